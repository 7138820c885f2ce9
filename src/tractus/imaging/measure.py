"""Masks to numbers: every body, every disc, the curves; once, and again with the labels moved."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from tractus.errors import InputError
from tractus.imaging import bones, curves, discs, gaps
from tractus.imaging.bones import Body, Bone, Plate
from tractus.imaging.gaps import Gap
from tractus.imaging.parts import Parts, neighbours, ordered
from tractus.imaging.volume import Floats, Volume, shape_field

FRONT = np.array([0.0, 1.0, 0.0])
WORKERS = 2
SHIFTS = ((0.35, 0.35, 0.35), (0.35, -0.35, -0.35))
"""Voxels by which the labels are moved and drawn anew."""
GROWN, SHRUNK = 0.244, 0.756
"""Levels of the field whose surface lies half a voxel outside and inside."""
CURVED = 1.3  # mm of a plane's residual above which an endplate is no plane

Key = tuple[str, ...]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Measured:
    """One pass over all masks."""

    bodies: Mapping[str, Body]
    """From the lowest up, also those that the field of view cuts."""
    sacrum: Plate | None
    gaps: Mapping[str, Gap]
    drawn: Mapping[str, Gap] = field(default_factory=dict)
    """Discs that are labelled, but have no gap between two endplates."""
    values: Mapping[Key, float] = field(default_factory=dict)


def measured(parts: Parts) -> tuple[Measured, list[Measured]]:
    """The measurement, and its repetitions with labels moved, grown and shrunk."""
    base = _first(parts)
    again = [_moved(parts, base, np.array(shift)) for shift in SHIFTS]
    again += [_moved(parts, base, None, level) for level in (GROWN, SHRUNK)]
    return base, again


def each(function: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    """Results in the order of the items, on both cores."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(function, items))


def tangents(centres: Floats) -> Floats:
    """Direction (n, 3) of the spine at centres (n, 3) that run upwards."""
    if len(centres) < 2:
        return np.array([[0.0, 0.0, 1.0]])
    along = np.gradient(centres, axis=0)
    return np.asarray(along / np.linalg.norm(along, axis=1, keepdims=True))


def _first(parts: Parts) -> Measured:
    names = ordered(parts.vertebrae)
    if not names:
        return _joined(parts, {}, 0.5)
    found = each(lambda n: bones.bone(n, parts.vertebrae[n]), names)
    directions = tangents(np.array([b.centre for b in found]))
    if len(found) == 2 and directions[0, 2] < 0.8:  # two that the border cuts, arches unlike
        directions = np.array([[0.0, 0.0, 1.0]] * 2)
    if np.median(directions[:, 2]) < 0.5:
        raise InputError(
            "the vertebrae do not stand one above the other in the directions of the header; its "
            "axes are wrong"
        )

    def one(item: tuple[Bone, Floats]) -> Body | None:
        start, axis = item
        try:
            made = bones.body(bones.seen(start, axis, FRONT), axis, FRONT, parts.whole)
            up, front = made.frame.axes[2], made.frame.axes[1]
            return bones.body(bones.seen(start, up, front), up, front, parts.whole)
        except ValueError:
            return None

    made = each(one, list(zip(found, directions, strict=True)))
    bodies = {b.name: b for b in made if b is not None}
    check_front(list(bodies.values()))
    return _joined(parts, bodies, 0.5)


def check_front(bodies: list[Body]) -> None:
    """Refuse a map whose header exchanges front and back: arches must lie behind bodies."""
    whole = [(b, b.bone.behind) for b in bodies if b.bone.behind is not None]
    wrong = [b for b, arch in whole if (b.centroid - arch) @ FRONT < 0 or _hollow(b)]
    if whole and len(wrong) > 0.6 * len(whole):
        raise InputError(
            "the arches of the vertebrae lie in front of their bodies by the directions of the "
            "header; its axes are wrong"
        )


def _hollow(body: Body) -> bool:
    """Whether what was taken for the body is thinner than what was taken for the arch."""
    at = body.bone.mask.world(np.argwhere(body.bone.mask.array).astype(float))
    if body.bone.wall is None:
        return False
    point, normal = body.bone.wall
    return bool(((at - point) @ normal >= 0.0).mean() < 0.3)


def _moved(parts: Parts, base: Measured, shift: Floats | None, level: float = 0.5) -> Measured:
    """The measurement again, with the labels drawn on a moved grid or their surface at a level."""

    def one(body: Body) -> Body:
        bone = body.bone if shift is None else bones.redrawn(body.bone, shift)
        up, front = body.frame.axes[2], body.frame.axes[1]
        try:
            return bones.body(bone, up, front, parts.whole, level, 1 if shift is None else 2)
        except ValueError:
            return body

    bodies = {b.name: b for b in each(one, list(base.bodies.values()))}
    return _joined(parts, bodies, level, shift)


def _joined(
    parts: Parts, bodies: Mapping[str, Body], level: float, shift: Floats | None = None
) -> Measured:
    """Gaps between neighbours, the sacrum, and all values."""
    names = ordered(bodies)
    pairs = [p for p in itertools.pairwise(names) if neighbours(*p)]
    found = each(lambda p: gaps.between(bodies[p[0]], bodies[p[1]], level), pairs)
    made = {f"{up}-{low}": g for (low, up), g in zip(pairs, found, strict=True) if g is not None}
    sacrum = None
    if parts.sacrum is not None and names and names[0] in ("L5", "L6"):
        low = bodies[names[0]]
        field = shape_field(parts.sacrum, shift)
        sacrum = None if low.lower.cut else gaps.sacral_plate(field, low, level)
        gap = gaps.above_sacrum(field, sacrum, low, level) if sacrum else None
        if gap is not None:
            made = {f"{low.name}-S1": gap, **made}
    result = Measured(bodies, sacrum, made, _drawn(parts, bodies, made, level, shift))
    values = {**_body_values(result), **_disc_values(parts, result, level, shift)}
    values |= curves.values(bodies, sacrum)
    if parts.canal is not None:
        values |= _canal_values(parts.canal, result, level)
    return replace(result, values=values)


def _drawn(
    parts: Parts,
    bodies: Mapping[str, Body],
    made: Mapping[str, Gap],
    level: float,
    shift: Floats | None,
) -> dict[str, Gap]:
    """Labelled discs without a gap that the image holds whole."""
    front = np.mean([b.frame.axes[1] for b in bodies.values()] or [FRONT], axis=0)
    out = {}
    for name, mask in parts.discs.items():
        if name not in made and not discs.cut(mask, parts.whole):
            found = discs.drawn(mask, shape_field(mask, shift), front, level)
            if found is not None:
                out[name] = found
    return out


def _body_values(found: Measured) -> dict[Key, float]:
    out: dict[Key, float] = {}
    whole = {n: b for n, b in found.bodies.items() if b.complete}
    for name, body in whole.items():
        for where, value in bones.heights(body).items():
            out["vertebrae", name, "height", where] = value
        out["vertebrae", name, "wedge"] = bones.wedge(body)
        out["vertebrae", name, "volume"] = bones.volume(body)
    for low, up in itertools.pairwise(ordered(whole)):
        if neighbours(low, up):
            apart = whole[up].centroid - whole[low].centroid
            out["spacing", f"{up}-{low}"] = float(np.linalg.norm(apart))
    return out


def _disc_values(
    parts: Parts, found: Measured, level: float, shift: Floats | None
) -> dict[Key, float]:
    out: dict[Key, float] = {}
    for name, gap in found.gaps.items():
        for where, value in gap.heights.items():
            out["discs", name, "height", where] = value
        out["discs", name, "area"] = gap.area
        out["discs", name, "wedge"] = gap.wedge
        out["discs", name, "slip"] = gap.slip
        if name in parts.discs:
            drawn = shape_field(parts.discs[name], shift)
            heights, area = gaps.labelled(drawn, gap.frame, level)
            for where, value in heights.items():
                out["labels", name, "height", where] = value
            if area:
                out["labels", name, "area"] = area
    for name, alone in found.drawn.items():
        for where, value in alone.heights.items():
            out["labels", name, "height", where] = value
        out["labels", name, "area"] = alone.area
        out["labels", name, "wedge"] = alone.wedge
    return out


def _canal_values(canal: Volume, found: Measured, level: float) -> dict[Key, float]:
    """Area [mm2] of the canal in the middle plane of every disc."""
    drawn = shape_field(canal)
    out: dict[Key, float] = {}
    steps = np.arange(-40.0, 40.25, 0.5)
    rr, aa = np.meshgrid(steps, steps, indexing="ij")
    for name, gap in found.gaps.items():
        at = gap.frame.points(np.stack([rr, aa - 20.0, np.zeros_like(rr)], -1))
        area = float((drawn.sample(at) > level).sum()) * 0.25
        if area > 20.0:
            out["canal", name] = area
    return out
