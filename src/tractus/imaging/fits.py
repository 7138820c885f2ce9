"""Does a reading of labels agree with the anatomy: order, distances and sizes along the spine."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tractus.imaging.conventions import ORDER, RARE, Label, Reading
from tractus.imaging.volume import Floats
from tractus.tables import number, table, text

FITS = (0.62, 1.55)
"""Measured over usual distance of neighbours, in the median, within which names can be right."""
PAIR = (0.5, 2.2)
"""The same for one pair, which may be crushed, slipped or fused."""
CUT = 12.0
"""Millimetres by which the border of the map, cutting one of two, brings their middles nearer."""
NEAR = 45.0  # mm between a disc and a vertebra that it borders on


def usual_distance(upper: str, lower: str) -> float:
    """Distance [mm] of two neighbouring bodies in a man of 1.78 m."""
    heights, discs = _sizes()
    known = [heights.get(n, heights["L5" if n[0] in "LS" else "T12"]) for n in (upper, lower)]
    gap = discs.get(f"{upper}-{lower}", discs["L4-L5"] if upper[0] == "L" else discs["T12-L1"])
    return 0.5 * sum(known) + gap


@functools.cache
def _sizes() -> tuple[dict[str, float], dict[str, float]]:
    bodies = {text(r, "body"): r["height_mm"] for r in table("vertebrae")}
    return (
        {name: float(h) for name, h in bodies.items() if h is not None},
        {text(r, "level"): number(r, "height_mm") for r in table("levels")},
    )


def along(centres: Floats) -> Floats:
    """Coordinate (n,) [mm] of points along the line of the spine, cranial positive."""
    if len(centres) < 2:
        return np.asarray(centres[:, 2])
    middle = centres - centres.mean(0)
    axis = np.linalg.svd(middle)[2][0]
    return np.asarray(middle @ (axis if axis[2] >= 0 else -axis))


@functools.cache
def largest(region: str) -> float:
    """Volume [ml] that no whole vertebra of a region (C, T, L) exceeds."""
    rows = {text(row, "name"): number(row, "value") for row in table("scan")}
    return rows[f"largest_{region}"]


@dataclass(frozen=True)
class Fit:
    """How well a reading agrees with the anatomy."""

    reading: Reading
    fault: str = ""
    """What cannot be, in words; empty where all can."""
    ordered: bool = True
    ratio: float = math.nan
    """Measured over usual distance of neighbours; nan where there are none."""
    explained: int = 0
    """Labels to which the reading gives a place that they can have."""

    @property
    def plausible(self) -> bool:
        """Whether the labels can be what the reading says."""
        return bool(self.reading.vertebrae) and not self.fault


def fit(reading: Reading, labels: Mapping[int, Label]) -> Fit:
    """Hold a reading against order, distances and sizes of its vertebrae."""
    ids = sorted(reading.vertebrae, key=lambda k: -ORDER.index(reading.vertebrae[k]))
    if not ids:
        return Fit(reading)
    base = reading.sacrum
    chain = ([base] if base is not None and base in labels else []) + ids
    ordered = bool(np.all(np.diff(along(np.array([labels[k].centre for k in chain]))) > 0))
    pairs = [_pair(reading, labels, low, up) for low, up in itertools.pairwise(ids)]
    whole = [p.apart / p.usual for p in pairs if p.neighbours and not p.cut]
    ratio = float(np.median(whole)) if whole else math.nan
    explained = len(ids) + reading.others + _discs(reading, labels)
    fault = "" if ordered else "they do not stand in this order along the spine"
    fault = fault or _far(ratio, pairs) or _large(reading, labels)
    return Fit(reading, fault, ordered, ratio, explained)


@dataclass(frozen=True)
class _Pair:
    apart: float
    """Measured distance [mm]."""
    usual: float
    """Usual distance [mm], over all vertebrae between."""
    cut: bool
    neighbours: bool

    @property
    def possible(self) -> bool:
        least = PAIR[0] * self.usual - (CUT if self.cut else 0.0)
        return least <= self.apart <= PAIR[1] * self.usual


def _pair(reading: Reading, labels: Mapping[int, Label], low: int, up: int) -> _Pair:
    """Two vertebrae that follow one another in the map."""
    names = [n for n in ORDER if n not in RARE or n in reading.vertebrae.values()]
    first, last = names.index(reading.vertebrae[up]), names.index(reading.vertebrae[low])
    usual = sum(usual_distance(*pair) for pair in itertools.pairwise(names[first : last + 1]))
    apart = float(np.linalg.norm(labels[up].centre - labels[low].centre))
    return _Pair(apart, usual, labels[up].cut or labels[low].cut, last - first == 1)


def _far(ratio: float, pairs: list[_Pair]) -> str:
    """What is wrong with the distances."""
    if not math.isnan(ratio) and not FITS[0] <= ratio <= FITS[1]:
        return f"neighbours lie {ratio:.2g} times as far apart as those vertebrae usually do"
    for pair in pairs:
        if not pair.possible:
            times = pair.apart / pair.usual
            return f"two of them lie {times:.2g} times as far apart as they usually do"
    return ""


def _large(reading: Reading, labels: Mapping[int, Label]) -> str:
    """What is too large to be what it would be."""
    for label, name in reading.vertebrae.items():
        most = largest(name[0])
        if labels[label].volume > most:
            return f"{name} would have {labels[label].volume:.0f} ml, more than any ({most:g} ml)"
    return ""


def _discs(reading: Reading, labels: Mapping[int, Label]) -> int:
    """Labels of discs that lie beside a vertebra on which they border."""
    found = 0
    for label, name in reading.discs.items():
        beside = [k for k, v in reading.vertebrae.items() if v in name.split("-")]
        apart = [np.linalg.norm(labels[label].centre - labels[k].centre) for k in beside]
        found += any(d < NEAR for d in apart)
    return found
