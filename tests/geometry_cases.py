"""Geometry of a scan made by hand: a lumbar spine, T12 to S1, as `tractus scan` would write it."""

from __future__ import annotations

import math
from typing import Any

AXES = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
BODIES = {"L5": 26.5, "L4": 26.0, "L3": 26.5, "L2": 26.0, "L1": 25.5, "T12": 24.5}
# anterior, middle, posterior, mean [mm]; area [mm2]; wedge [deg], lowest first
DISCS: dict[str, tuple[float, ...]] = {
    "L5-S1": (13.0, 11.5, 7.5, 10.4, 1420.0, 10.0),
    "L4-L5": (12.8, 12.3, 8.9, 11.2, 1500.0, 7.5),
    "L3-L4": (11.9, 12.4, 9.3, 11.0, 1520.0, 5.0),
    "L2-L3": (10.2, 11.3, 8.9, 10.2, 1480.0, 2.5),
    "L1-L2": (8.6, 9.8, 8.2, 9.1, 1430.0, 0.8),
    "T12-L1": (7.4, 8.2, 7.3, 7.8, 1290.0, 0.2),
}
WEDGES = {"L5": 9.0, "L4": 3.0, "L3": 1.5, "L2": 0.0, "L1": -1.0, "T12": -1.5}


def number(value: float, sd: float) -> dict[str, float]:
    return {"value": round(value, 3), "sd": sd}


def heights(front: float, middle: float, back: float, mean: float) -> dict[str, Any]:
    named = {"anterior": front, "middle": middle, "posterior": back, "mean": mean}
    return {name: number(value, 0.6) for name, value in named.items()}


def body(name: str, z: float, height: float) -> dict[str, Any]:
    lift = 0.5 * 0.75 * 35.0 * math.tan(math.radians(WEDGES[name]))
    return {
        "centroid": [0.0, 0.0, round(z, 2)],
        "axes": AXES,
        "height": heights(height + lift, height, height - lift, height),
        "wedge": number(WEDGES[name], 1.0),
        "volume": number(1.45 * height, 1.1),
    }


def scan(larger: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Content of a geometry file; `larger` scales all lengths, changes replace whole keys."""
    vertebrae, spacing, discs = {}, {}, {}
    z, below = 0.0, 0.0
    for level, (front, middle, back, mean, area, wedge) in DISCS.items():
        name = level.split("-")[0]
        height = BODIES[name] * larger
        if below:
            step = 0.5 * (below + height) + mean * larger
            spacing[level] = number(step, 0.15)
            z += step
        vertebrae[name] = body(name, z, height)
        discs[level] = {
            "kind": "gap",
            "height": heights(*(larger * h for h in (front, middle, back, mean))),
            "area": number(area * larger**2, 0.05 * area),
            "wedge": number(wedge, 1.0),
            "slip": number(-4.0 if level == "L5-S1" else -2.0, 0.6),
        }
        below = height
    found = {
        "convention": "totalsegmentator-v2",
        "posture": "supine",
        "units": {"length": "mm", "angle": "deg", "area": "mm2", "volume": "ml"},
        "vertebrae": vertebrae,
        "discs": discs,
        "spacing": spacing,
        "lordosis": {"from": "L1", "to": "S1", "value": number(38.3, 1.5)},
        "warnings": [],
    }
    return {**found, **changes}
