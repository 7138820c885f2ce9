"""Bench: force and moment on an isolated disc or segment whose lower body is held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.loading import Interval, Load, Plan
from tractus.spine import Spine

IDS = ("bench",)
CLAMP = np.array([1e9, 1e9, 1e9, 1e7, 1e7, 1e7])  # N/m, N m/rad: a vice


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Force at the centre of the disc and a pure moment, for their time."""
    load = Load.none(spine)
    load["hold"][0] = CLAMP
    force = np.array(
        [float(keys.get(k) or 0.0) for k in ("shear_anterior", "shear_lateral", "force")]
    )
    load.pull(1, force, np.asarray(spine.system.joints.upper[0]))
    load["moment"][1] = [
        float(keys.get(f"moment_{k}") or 0.0)
        for k in ("lateral_bending", "flexion", "axial_rotation")
    ]
    load.applied = float(keys.get("force") or 0.0)
    return Plan(load, (Interval(duration, load),))
