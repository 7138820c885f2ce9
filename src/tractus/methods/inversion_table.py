"""Inversion table: hung by the ankles, head down; only what is headward of a level pulls on it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import SHOULDER, posture
from tractus.methods.loading import G, Load, Plan, Segment, profile, repeated
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("inversion-table",)


def headward_mass(spine: Spine) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Mass (J,) [kg] headward of each joint when lying (arms rest on the board)."""
    mass = np.asarray(spine.system.bodies.mass)
    return np.cumsum(mass[::-1])[::-1][1:]


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Gravity turned by the angle of the board; its friction holds part of every body part."""
    rest = posture(spine, "lying-supine")
    masses = headward_mass(spine)

    def tilted(angle: float) -> Load:
        if angle == 0.0:
            return rest
        load = rest.copy()
        load["gravity"] = G * np.array([-math.cos(angle), 0.0, math.sin(angle)])
        load["grip"] = np.full(len(spine.bodies), parameter("friction_board"))
        arms = spine.arms * G * math.sin(angle)  # lying beside or hanging past the head
        load.pull(spine.body(SHOULDER), np.array([0.0, 0.0, arms]), np.zeros(3))
        k, turn = parameter("ankle_stiffness"), parameter("ankle_turn_stiffness")
        load.clamp[0] = [k, k, k, turn, turn, turn]
        load["guard"] = masses * G * math.sin(angle)
        load.applied = spine.subject.mass * G * math.sin(angle)
        return load

    angle, swing = float(keys["angle"]), float(keys["oscillation"])
    segments: list[Segment] = [(angle, duration)]
    if swing > 0.0 and angle > 0.0:
        low, high = max(angle - swing, 0.0), min(angle + swing, math.pi / 2)
        half = parameter("inversion_swing_time") / 2
        segments = repeated([(high, half), (low, half)], duration)
    return Plan(rest, profile(tilted, segments, ramp, duration))
