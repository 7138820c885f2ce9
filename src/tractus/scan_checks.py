"""Whether the geometry of a scan can be a spine, and that of this person."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from statistics import median

import numpy as np

from tractus.disc_heights import expected_height, limit, measured_disc
from tractus.errors import InputError, show
from tractus.geometry import EXTRA_BONES, Geometry
from tractus.levels import LEVELS, VERTEBRAE, hint
from tractus.tables import number, table

SACRUM = "S1"
_AFTER = {"T13": "T12", "L6": "L5", "L7": "L6"}


def order(name: str) -> float:
    """Place of a vertebra counted from C1 down; extra ones lie between their neighbours."""
    if name in VERTEBRAE:
        return float(VERTEBRAE.index(name))
    if name in _AFTER:
        return order(_AFTER[name]) + 0.3
    return float(len(VERTEBRAE)) + 1.0


def check(geometry: Geometry, tall: float) -> None:
    """Raise InputError for names, an order or sizes that cannot be those of this person's spine.

    tall: scale of lengths along the spine by the person's height.
    """
    check_names(geometry)
    _sizes(geometry, tall)


def check_names(geometry: Geometry) -> None:
    """Raise InputError for names, or an order of centres, that cannot be those of a spine."""
    if not geometry.vertebrae and not geometry.discs:
        raise InputError("geometry: it holds neither vertebrae nor discs")
    for name in geometry.vertebrae:
        if name not in (*VERTEBRAE, *EXTRA_BONES, SACRUM):
            raise InputError(f"geometry: no vertebra {show(name)}; they are C1 to L5 and S1")
    pairs: Iterable[str] = (*geometry.discs, *geometry.spacing, *(geometry.canal or {}))
    for level in pairs:
        _level(level)
    _ordered(geometry)


def _level(level: str) -> None:
    upper, _, lower = level.partition("-")
    ends = (*VERTEBRAE, *EXTRA_BONES, SACRUM)
    extra = upper in EXTRA_BONES or lower in EXTRA_BONES
    if level in LEVELS or level in ("C1-C2",):
        return
    if not (extra and upper in ends and lower in ends and order(upper) < order(lower)):
        raise InputError(f"geometry: no level {show(level)}; {hint(level, LEVELS)}")


def names(geometry: Geometry) -> list[str]:
    """Vertebrae that were seen, from the highest down."""
    return sorted((n for n in geometry.vertebrae if n != SACRUM), key=order)


def _ordered(geometry: Geometry) -> None:
    """Centres must follow each other along the spine as their names do."""
    seen = names(geometry)
    for upper, lower in itertools.pairwise(seen):
        up, low = geometry.vertebrae[upper], geometry.vertebrae[lower]
        axis = np.asarray(up.axes[2]) + np.asarray(low.axes[2])
        if float((np.asarray(up.centroid) - np.asarray(low.centroid)) @ axis) <= 0.0:
            raise InputError(
                f"geometry: {upper} does not lie above {lower}; names, centroids or axes are wrong"
            )


def body_ratio(geometry: Geometry, tall: float) -> float | None:
    """Usual height of the seen bodies over that of the table; None where none was seen."""
    usual = {str(row["body"]): row for row in table("vertebrae")}
    found = [
        body.height.mean.value / (number(usual[name], "height_mm") * tall)
        for name, body in geometry.vertebrae.items()
        if name in VERTEBRAE
    ]
    return median(found) if found else None


def _sizes(geometry: Geometry, tall: float) -> None:
    ratio = body_ratio(geometry, tall)
    if ratio is not None and not limit("size_low") <= ratio <= limit("size_high"):
        raise InputError(
            f"geometry: the vertebrae are {100 * ratio:.0f} % as high as usual at this body "
            f"height; allowed: {100 * limit('size_low'):.0f} to {100 * limit('size_high'):.0f} %; "
            "is it the scan of this person?"
        )
    for level in LEVELS:
        disc = measured_disc(geometry, level)
        if disc is None:
            continue
        share = disc.height.mean.value / expected_height(geometry, level, tall)
        if not limit("disc_low") <= share <= limit("disc_high"):
            raise InputError(
                f"geometry: disc {level} of {disc.height.mean.value:.1f} mm is "
                f"{100 * share:.0f} % of the height expected; allowed: "
                f"{100 * limit('disc_low'):.0f} to {100 * limit('disc_high'):.0f} %"
            )
        miss = _spacing_miss(geometry, level)
        if miss is not None and abs(miss) > limit("spacing_miss"):
            raise InputError(
                f"geometry: {level}: the spacing differs by {miss:+.1f} mm from what its bodies "
                f"and disc add up to; allowed: {limit('spacing_miss'):g} mm"
            )


def _spacing_miss(geometry: Geometry, level: str) -> float | None:
    """Spacing [mm] less half of both bodies and the disc between them."""
    ends = [geometry.vertebrae.get(name) for name in level.split("-")]
    disc, spacing = measured_disc(geometry, level), geometry.spacing.get(level)
    if disc is None or spacing is None:
        return None
    halves = [0.5 * body.height.mean.value for body in ends if body is not None]
    return spacing.value - disc.height.mean.value - sum(halves) if len(halves) == 2 else None


def doubts(geometry: Geometry, tall: float) -> list[str]:
    """What of the scan is not used, and what it warned of itself; one line each."""
    lines = [f"scan: {' '.join(line.split())}" for line in geometry.warnings]
    drawn = [level for level, disc in geometry.discs.items() if disc.kind == "label"]
    if drawn:
        lines.append(
            f"scan: {', '.join(drawn)}: heights of labelled discs are lower than those from bone "
            "to bone and are not used; wedge and slip are"
        )
    extra = [name for name in geometry.vertebrae if name in EXTRA_BONES]
    if extra:
        lines.append(
            f"scan: {', '.join(extra)}: the model has 24 vertebrae; levels beside an extra one "
            "keep the sizes of the table"
        )
    ratio = body_ratio(geometry, tall)
    if ratio is not None and abs(ratio - 1.0) > limit("size_doubt"):
        lines.append(
            f"scan: the vertebrae are {100 * ratio:.0f} % as high as usual at this body height; "
            "check that it is the scan of this person"
        )
    return lines
