"""Cervical traction: a neck harness or cushion pulls the head, lying or seated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import posture
from tractus.methods.loading import Load, Plan, guarding, profile
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("cervical-traction",)
GRIPS = {"pneumatic": "neck_wedge_arm", "over-door": "chin_strap_arm", "manual": "hands_arm"}


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """A steady pull at `angle` forward of the body's axis, where the device grips the head."""
    rest = posture(spine, "lying-supine" if keys["position"] == "supine" else "sitting")
    angle = float(keys["angle"])
    direction = np.array([math.sin(angle), 0.0, math.cos(angle)])
    head = spine.body("head")
    arm = np.array([parameter(GRIPS[str(keys["device"])]), 0.0, -parameter("skull_base_depth")])

    def pulled(force: float) -> Load:
        if force == 0.0:
            return rest
        load = rest.copy()
        load.pull(head, force * direction, arm)
        load["grip"][head] = 0.0
        load["guard"] = force * guarding(spine, "cervical")
        load.applied = force
        return load

    return Plan(rest, profile(pulled, [(float(keys["force"]), duration)], ramp, duration))
