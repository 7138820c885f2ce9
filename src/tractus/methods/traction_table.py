"""Traction table: a harness pulls the pelvis, another holds the lower thorax."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import posture
from tractus.methods.loading import Load, Plan, Segment, guarding, held, profile
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("traction-table",)
POSTURES = {"supine": "lying-supine", "prone": "lying-prone", "fowler": "lying-crook"}
HARNESS = "T9"  # middle of the ribs that the upper harness grips, T8 to T10
ROLLING = ("S1", "L5", "L4")  # what lies on the moving half of a split table


def pattern(keys: Mapping[str, Any], duration: float) -> list[Segment]:
    """Force [N] and time [s] of each stretch of the session."""
    force, hold, rest = float(keys["force"]), float(keys["hold"]), float(keys["rest"])
    low = min(float(keys["rest_force"]), force)
    kind = keys["pattern"]
    if kind == "static":
        return [(force, duration)]
    if kind == "intermittent":
        return held(force, hold, low, rest, duration)
    if kind == "cyclic":
        # up for `hold`, down for `rest`, in thirds
        mid = 0.5 * (force + low)
        wave = [(mid, hold / 2), (force, hold / 2), (mid, rest / 2), (low, rest / 2)]
        return wave * math.ceil(duration / max(hold + rest, 1.0))
    count = max(int(keys["steps"]), 1)
    drop = float(keys["step_drop"])
    forces = [force * (i + 1) / count for i in range(count)]
    if kind == "regressive":
        forces.reverse()
    time = duration / count
    dip = min(rest, time / 2)
    out: list[Segment] = []
    for i, level in enumerate(forces):
        last = i == count - 1
        out.append((level, time if last else time - dip))
        if not last:
            out.append((level * (1.0 - drop), dip))
    return out


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """The pull over time; friction of each part on its surface decides what reaches a level."""
    rest = posture(spine, POSTURES[keys["position"]])
    angle = float(keys["angle"])
    direction = math.sin(angle) * rest["normal"] - math.cos(angle) * np.array([0.0, 0.0, 1.0])

    def pulled(force: float) -> Load:
        if force == 0.0:
            return rest
        load = rest.copy()
        load.pull(0, force * direction, np.array([-parameter("harness_arm"), 0.0, 0.0]))
        load.clamp[spine.body(HARNESS), 2] = parameter("harness_stiffness")
        if keys["surface"] == "split":
            for name in ROLLING:
                load["grip"][spine.body(name)] = parameter("friction_rollers")
        load["guard"] = force * guarding(spine, "lumbar")
        load.applied = force
        return load

    return Plan(rest, profile(pulled, pattern(keys, duration), ramp, duration))
