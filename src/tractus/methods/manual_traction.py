"""Manual traction: hands pull the legs or the head; a vertebra can be held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.levels import REGION_OF
from tractus.methods.activities import posture
from tractus.methods.loading import Load, Plan, above, guarding, held, profile
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("manual-traction",)


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Holds of the pull with rests between; the couch's friction and the held level take part."""
    rest = posture(spine, "lying-supine")
    region, level = str(keys["region"]), keys.get("level")
    neck = region == "cervical"
    body = spine.body("head") if neck else 0

    def pulled(force: float) -> Load:
        if force == 0.0:
            return rest
        load = rest.copy()
        load.pull(body, np.array([0.0, 0.0, force if neck else -force]), np.zeros(3))
        load["grip"][body] = 0.0  # the pulling hands carry what they pull
        if level is not None and (REGION_OF[str(level)] == "cervical") == neck:
            held_body = above(spine, str(level)) - (1 if neck else 0)
            load.clamp[held_body, 2] = parameter("hand_stiffness")
        load["guard"] = force * guarding(spine, region)
        load.applied = force
        return load

    segments = held(float(keys["force"]), float(keys["hold"]), 0.0, float(keys["rest"]), duration)
    return Plan(rest, profile(pulled, segments, ramp, duration))
