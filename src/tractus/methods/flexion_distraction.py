"""Flexion-distraction: prone, the lower table bends and draws about one level, again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus import spine as spines
from tractus.joints import tilt
from tractus.methods.activities import posture
from tractus.methods.loading import Load, Plan, above, guarding, held, profile
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("flexion-distraction",)


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Cycles of flexion by `angle` and of pull by `force` about `level`; a hand holds above it."""
    rest = posture(spine, "lying-prone")
    angle, force, cycle = float(keys["angle"]), float(keys["force"]), float(keys["cycle"])
    upper = above(spine, str(keys["level"]))
    place = np.asarray(spine.system.bodies.place)
    pivot = 0.5 * (place[upper] + place[upper - 1])

    def bent(share: float) -> Load:
        if share == 0.0 or angle == force == 0.0:
            return rest
        load = rest.copy()
        load.pull(0, np.array([0.0, 0.0, -force * share]), np.zeros(3))
        load.clamp[upper, 2] = parameter("hand_stiffness")
        if angle > 0.0:
            turn = -angle * share
            load.clamp[0, 4] = parameter("table_turn_stiffness")
            load.clamp[0, 0] = parameter("hand_stiffness")
            arm = place[0] - pivot
            shift = spines.rotate(tilt(turn), arm) - arm
            load.offset[0] = [shift[0], 0.0, 0.0, 0.0, turn, 0.0]
        load["guard"] = force * share * guarding(spine, "lumbar")
        load.applied = force * share
        return load

    segments = held(1.0, cycle / 2, 0.0, cycle / 2, duration)
    return Plan(rest, profile(bent, segments, min(ramp, cycle / 2), duration))
