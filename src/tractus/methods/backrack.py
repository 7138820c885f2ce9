"""Backrack: two rows of wooden nodules beside the spine carry the back (page S0)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import posture
from tractus.methods.loading import (
    Load,
    Plan,
    Segment,
    bump,
    height_of,
    profile,
    regional,
    stiffened,
)  # fmt: skip
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("backrack",)


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Lying on the nodules; exercises alternate with lying still on them."""
    rest = posture(spine, "lying-supine")
    height = float(keys["nodule_height"])
    share = bump(spine, height_of(spine, "L2"), parameter("nodule_reach"))

    def racked(level: float) -> Load:
        """0 nothing, 1 lying on the nodules, 2 the exercise at its full."""
        if level == 0.0 or (height == 0.0 and level <= 1.0):
            return rest
        load = rest.copy()
        if height > 0.0:
            stiffened(load, parameter("nodule_stiffness") * share)
            load["lift"] = min(level, 1.0) * height * share
        _exercise(spine, load, str(keys["exercise"]), max(level - 1.0, 0.0))
        return load

    segments: list[Segment] = [(1.0, duration)]
    hold, count = float(keys["hold"]), int(keys["repetitions"])
    if keys["exercise"] != "rest" and count > 0:
        segments = [*[(2.0, hold), (1.0, hold)] * count, (1.0, duration)]
    return Plan(rest, profile(racked, segments, ramp, duration))


def _exercise(spine: Spine, load: Load, exercise: str, share: float) -> None:
    """Change a load by a share of an exercise."""
    if share == 0.0 or exercise == "rest":
        return
    if exercise == "knees-up":
        load["tone"] = load["tone"] - share * load["psoas"]
        load["psoas"] = (1.0 - share) * load["psoas"]
        load["hold"][0, 4] *= 1.0 + (parameter("thigh_hold_gain") - 1.0) * share
        load["pose"][0, 4] = math.radians(-parameter("knees_up_tilt")) * share
    elif exercise == "bridge":
        load["lift"][0] += parameter("bridge_lift") * share
        extra = parameter("bridge_tone") * spine.weight_scale * share
        load["tone"] = load["tone"] + extra * regional(spine, "lumbar")
    else:
        turn = math.radians(parameter("rack_tilt_turn")) * share
        load["hold"][0, 5] *= 1.0 + (parameter("rack_tilt_hold_gain") - 1.0) * share
        load["pose"][0] = load["pose"][0] + np.array([0.0, 0.0, 0.0, 0.0, 0.0, turn])
