"""Positional traction: side-lying over a bolster, the upper side opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import posture
from tractus.methods.loading import Load, Plan, bump, height_of, profile, stiffened
from tractus.spine import Spine
from tractus.tables import parameter

IDS = ("positional-traction",)


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """The bolster under the waist bends the spine away from it; `side` is the one opened."""
    rest = posture(spine, "lying-side")
    if keys["side"] == "left":
        rest["gravity"], rest["normal"] = -rest["gravity"], -rest["normal"]
    under = bump(spine, height_of(spine, "L3"), parameter("bolster_reach"))
    filled = parameter("waist_share")  # of the bolster that only fills the hollow of the waist

    def raised(height: float) -> Load:
        if height == 0.0:
            return rest
        load = rest.copy()
        stiffened(load, parameter("cushion_stiffness") * under)
        load["lift"] = (1.0 - filled) * height * np.asarray(under)
        return load

    return Plan(rest, profile(raised, [(float(keys["bolster_height"]), duration)], ramp, duration))
