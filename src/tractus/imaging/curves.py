"""Curves of the spine: lordosis, kyphosis, and the angle of a scoliosis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from tractus.imaging.bones import Body, Plate
from tractus.imaging.columns import Frame, framed
from tractus.imaging.conventions import ORDER
from tractus.imaging.parts import ordered

Key = tuple[str, ...]
LEAST = 3
"""Vertebrae that a curve needs."""


def ends(bodies: Mapping[str, Body], sacrum: Plate | None) -> dict[str, tuple[str, str]]:
    """Between which plates each curve is measured, upper first: L1 to S1, or what is seen."""
    up = [n for n in reversed(ordered(bodies)) if not bodies[n].upper.cut]
    down = [n for n in ordered(bodies) if not bodies[n].lower.cut]
    if sacrum is not None:
        down = ["S1", *down]
    picked = {
        "lordosis": (_first(up, "L"), _first(down, "LS")),
        "kyphosis": (
            _first([n for n in up if n not in ("T1", "T2", "T3")], "T"),
            _first(down, "T"),
        ),
    }
    return {
        name: (upper, lower)
        for name, (upper, lower) in picked.items()
        if upper and lower and ORDER.index(lower) - ORDER.index(upper) >= LEAST - 1
    }


def _first(names: list[str], regions: str) -> str:
    return next((n for n in names if n[0] in regions), "")


def shown(bodies: Mapping[str, Body]) -> list[Body]:
    """Bodies with an endplate in the image; all where there is none."""
    return [b for b in bodies.values() if not (b.lower.cut and b.upper.cut)] or [*bodies.values()]


def whole_frame(bodies: Mapping[str, Body]) -> Frame:
    """Frame of the whole spine; its right axis is the mean of the vertebrae's."""
    found = shown(bodies)
    right = np.mean([b.frame.axes[0] for b in found], axis=0)
    cranial = np.mean([b.frame.axes[2] for b in found], axis=0)
    middle = np.mean([b.centroid for b in found], axis=0)
    return framed(middle, cranial, np.cross(cranial, right))


def values(bodies: Mapping[str, Body], sacrum: Plate | None) -> dict[Key, float]:
    """Angles [deg]: lordosis and kyphosis positive as usual, scoliosis without sign."""
    if not bodies:
        return {}
    frame = whole_frame(bodies)
    out: dict[Key, float] = {}
    for name, (upper, lower) in ends(bodies, sacrum).items():
        top = _pitch(bodies[upper].upper.normal, frame)
        plate = sacrum if lower == "S1" and sacrum is not None else bodies[lower].lower
        bend = _pitch(plate.normal, frame) - top
        out[name, upper, lower] = bend if name == "lordosis" else -bend
    side = scoliosis(bodies, frame)
    if side:
        out["scoliosis", side[0], side[1]] = side[2]
    return out


def scoliosis(bodies: Mapping[str, Body], frame: Frame) -> tuple[str, str, float] | None:
    """Upper and lower vertebra of the largest bend to the side, and its angle [deg]."""
    names = [n for n in reversed(ordered(bodies)) if bodies[n].complete]
    if len(names) < LEAST:
        return None
    top = [_tilt(bodies[n].upper.normal, frame) for n in names]
    low = [_tilt(bodies[n].lower.normal, frame) for n in names]
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    i, j = max(pairs, key=lambda p: abs(top[p[0]] - low[p[1]]))
    return names[i], names[j], abs(top[i] - low[j])


def _pitch(normal: np.ndarray, frame: Frame) -> float:
    return math.degrees(math.atan2(normal @ frame.axes[1], normal @ frame.axes[2]))


def _tilt(normal: np.ndarray, frame: Frame) -> float:
    return math.degrees(math.atan2(normal @ frame.axes[0], normal @ frame.axes[2]))
