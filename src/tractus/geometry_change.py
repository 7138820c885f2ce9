"""Two scans of one person: what changed at each level, and whether it is beyond the noise.

Spacing of bodies comes first, since it repeats within 0.2 mm; heights of discs within 0.6 mm.  The
deviations of both scans add up as squares; what both share (one tool, one voxel size) would
cancel, so the interval is rather too wide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist, median
from typing import Any

from tractus.errors import InputError
from tractus.geometry import Disc, Geometry, Number
from tractus.scan_checks import order

LEVEL = 0.90
"""Probability of an interval."""
WIDE = NormalDist().inv_cdf(0.5 + LEVEL / 2.0)
SAME_BODY = 0.05
"""Share by which bodies of one person may differ between two scans; they do not grow."""


@dataclass(frozen=True)
class Change:
    """A number before and after [mm or deg], its change with a 90 % interval."""

    before: float
    after: float
    sd: float

    @property
    def change(self) -> float:
        """After less before."""
        return self.after - self.before

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of the 90 % interval of the change."""
        return self.change - WIDE * self.sd, self.change + WIDE * self.sd

    @property
    def beyond_noise(self) -> bool:
        """Whether the interval leaves out zero."""
        low, high = self.interval
        return low > 0.0 or high < 0.0

    def as_dict(self) -> dict[str, Any]:
        """Numbers of a JSON file."""
        low, high = self.interval
        return {
            **{"before": self.before, "after": self.after, "change": self.change},
            **{"sd": self.sd, "low": low, "high": high, "beyond_noise": self.beyond_noise},
        }


@dataclass(frozen=True)
class LevelChange:
    """What both scans measured of a level; None where one of them did not."""

    level: str
    spacing: Change | None
    height: Change | None
    wedge: Change | None
    slip: Change | None

    def parts(self) -> Iterator[tuple[str, Change]]:
        """What was measured twice, spacing first."""
        for name in ("spacing", "height", "wedge", "slip"):
            found = getattr(self, name)
            if found is not None:
                yield name, found


@dataclass(frozen=True)
class GeometryChange:
    """Changes from an earlier to a later scan.

    levels: from the highest down; whole: spacings of all levels that both scans have, together;
    lordosis; warnings: what makes the two hard to compare.
    """

    levels: tuple[LevelChange, ...]
    whole: Change | None
    lordosis: Change | None
    warnings: tuple[str, ...]

    def beyond_noise(self) -> list[str]:
        """Names of what changed by more than its noise, such as `L4-L5 spacing`."""
        return [f"{v.level} {n}" for v in self.levels for n, c in v.parts() if c.beyond_noise]

    def as_dict(self) -> dict[str, Any]:
        """The content of `tractus scan --earlier F --json G`."""
        return {
            "interval": LEVEL,
            "levels": {v.level: {n: c.as_dict() for n, c in v.parts()} for v in self.levels},
            "whole_spacing": self.whole.as_dict() if self.whole else None,
            "lordosis": self.lordosis.as_dict() if self.lordosis else None,
            "beyond_noise": self.beyond_noise(),
            "warnings": list(self.warnings),
        }


def change(earlier: Geometry, later: Geometry) -> GeometryChange:
    """What changed between two scans of one person.

    Raises InputError where they have no level in common, or the earlier one is dated later.
    """
    if earlier.date and later.date and earlier.date > later.date:
        raise InputError(
            f"the earlier scan is dated {earlier.date}, after the later one of {later.date}; "
            "exchange them"
        )
    named = dict.fromkeys([*later.spacing, *later.discs])
    both = [n for n in named if n in earlier.spacing or n in earlier.discs]
    levels = tuple(
        found
        for name in sorted(both, key=lambda level: order(level.split("-")[0]))
        if any((found := _level(name, earlier, later)).parts())
    )
    if not levels:
        raise InputError("the two scans have no level in common; nothing can be compared")
    spacings = [v.spacing for v in levels if v.spacing]
    return GeometryChange(
        levels, _sum(spacings), _lordosis(earlier, later), tuple(_doubts(earlier, later))
    )


def _level(name: str, earlier: Geometry, later: Geometry) -> LevelChange:
    old, new = earlier.discs.get(name), later.discs.get(name)
    heights = _heights(old, new)
    return LevelChange(
        name,
        _between(earlier.spacing.get(name), later.spacing.get(name)),
        _between(*heights),
        _between(old.wedge if old else None, new.wedge if new else None),
        _between(old.slip if old else None, new.slip if new else None),
    )


def _heights(old: Disc | None, new: Disc | None) -> tuple[Number | None, Number | None]:
    """Mean heights that mean the same: both from bone to bone, or both as labelled."""
    if old is None or new is None:
        return None, None
    if old.kind == new.kind:
        return old.height.mean, new.height.mean
    drawn = [
        d.height if d.kind == "label" else d.labelled and d.labelled.height for d in (old, new)
    ]
    return (drawn[0].mean, drawn[1].mean) if drawn[0] and drawn[1] else (None, None)


def _between(before: Number | None, after: Number | None) -> Change | None:
    if before is None or after is None:
        return None
    return Change(before.value, after.value, math.hypot(before.sd, after.sd))


def _sum(parts: Sequence[Change]) -> Change | None:
    """Changes of many levels together; None for fewer than two."""
    if len(parts) < 2:
        return None
    before, after = sum(p.before for p in parts), sum(p.after for p in parts)
    return Change(before, after, math.sqrt(sum(p.sd**2 for p in parts)))


def _lordosis(earlier: Geometry, later: Geometry) -> Change | None:
    """Change of lordosis [deg], where both were measured between the same vertebrae."""
    old, new = earlier.lordosis, later.lordosis
    if old is None or new is None or (old.upper, old.lower) != (new.upper, new.lower):
        return None
    return _between(old.value, new.value)


def _doubts(earlier: Geometry, later: Geometry) -> Iterator[str]:
    if earlier.posture != later.posture:
        yield (
            f"one scan was taken {earlier.posture}, the other {later.posture}: posture alone "
            "changes heights, spacings and curve"
        )
    if earlier.convention != later.convention:
        yield (
            f"labels of {earlier.convention} and of {later.convention}: two tools draw bones "
            "apart by more than the deviation of either"
        )
    mixed = [
        n for n, d in later.discs.items() if n in earlier.discs and earlier.discs[n].kind != d.kind
    ]
    if mixed:
        yield f"{', '.join(mixed)}: heights from bone to bone once, as labelled once"
    shared = [n for n in later.vertebrae if n in earlier.vertebrae]
    ratios = [
        later.vertebrae[n].height.mean.value / earlier.vertebrae[n].height.mean.value
        for n in shared
    ]
    if ratios and abs(median(ratios) - 1.0) > SAME_BODY:
        yield (
            f"the vertebral bodies differ by {100 * (median(ratios) - 1.0):+.0f} %, which bone "
            "does not do: another person, another naming of levels, or another scale"
        )
    for name in shared:
        body = _between(earlier.vertebrae[name].height.mean, later.vertebrae[name].height.mean)
        if body and body.beyond_noise and body.change < -0.1 * body.before:
            yield f"{name} is {-body.change:.1f} mm lower than before: a new fracture, or a label"
