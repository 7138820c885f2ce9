"""Gravity mats: inclined elastic ribs turn body weight into a pull along the body.

A rib is stiff along its axis and soft across it, inclined by alpha from the normal: under the
back towards the head, under the lumbar spine upright, under the buttocks towards the feet.
With the weight N on it given, its springs leave a blocked push N p along the body and a
stiffness k against the part's yielding; friction bounds both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus.methods.activities import posture
from tractus.methods.loading import G, Load, Plan, Segment, carried, profile, repeated
from tractus.spine import Spine, body_row
from tractus.tables import number, parameter

IDS = ("gravity-mat", "detensor-mat", "detensor-mattress", "lumbarest-mat")


def rib(angle: float, along: float, across: float) -> tuple[float, float]:
    """Blocked push per newton of weight, and tangential stiffness [N/m], of a rib."""
    s, c = math.sin(angle), math.cos(angle)
    normal = along * c * c + across * s * s
    return (along - across) * s * c / normal, along * across / normal


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """Lying on the ribs; the push is there as soon as the weight is."""
    rest = posture(spine, "lying-supine")
    back, low = float(keys["rib_angle_back"]), float(keys["rib_angle_pelvis"])
    along, across = float(keys["rib_stiffness_along"]), float(keys["rib_stiffness_across"])
    pelvis, legs = (number(body_row(name), "mass_fraction") for name in ("S1", "legs"))
    heat, turn = keys.get("heat"), float(keys["rotation"])

    def warmed(load: Load) -> Load:
        if heat is None:
            return load
        out = load.copy()
        out["heat"] = max(float(heat) - 273.15 - parameter("skin_temperature"), 0.0)
        return out

    def ribbed(share: float) -> Load:
        if share == 0.0:
            return rest
        if back == low == 0.0:
            return warmed(rest)
        load = warmed(rest.copy())
        for i, name in enumerate(spine.bodies):
            if name[0] == "T":
                p, k = rib(share * back, along, across)
                load["push"][i], load["shear"][i] = p, k
            elif name[0] == "L":
                load["shear"][i] = rib(0.0, along, across)[1]
            elif name == "S1":
                # the legs lie beyond the mat: their weight does not push, their friction holds
                p, k = rib(share * low, along, across)
                load["push"][i] = -p * pelvis / (pelvis + legs)
                load["shear"][i] = k + parameter("shear_stiffness_pelvis") * legs / (pelvis + legs)
            else:
                continue
            load["grip"][i] = float(keys["friction"])
        weights = carried(rest)
        load.applied = float(np.sum(np.maximum(load["push"], 0.0) * weights))
        return load

    segments: list[Segment] = [(1.0, duration)]
    intervals = profile(ribbed, segments, ramp, duration)
    if turn > 0.0:
        intervals = profile(_turning(ribbed, turn), _turns(duration), ramp, duration)
    return Plan(rest, intervals)


def _turns(duration: float) -> list[Segment]:
    half = parameter("mat_turn_time") / 2
    return repeated([(1.0, half), (-1.0, half)], duration)


def _turning(make: Any, angle: float) -> Any:
    """Loads of the mat with gravity leaning to one side or the other."""

    def turned(side: float) -> Load:
        load: Load = make(1.0).copy()
        lean = angle * side
        load["gravity"] = G * np.array([-math.cos(lean), math.sin(lean), 0.0])
        return load

    return turned
