"""The surface of a mask as few triangles: one vertex per cell that it crosses (surface nets)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tractus.imaging.volume import Floats, Volume

Triangles = NDArray[np.int64]
_CORNERS = np.indices((2, 2, 2)).reshape(3, 8).T
_EDGES = [
    (a, b) for a in range(8) for b in range(a) if np.abs(_CORNERS[a] - _CORNERS[b]).sum() == 1
]


def surface(field: Volume, step: float, level: float = 0.5) -> tuple[Floats, Triangles]:
    """Points (n, 3) [mm] and triangles (m, 3) of the surface of a field, `step` mm apart."""
    values, at = _resampled(field, step)
    cells = tuple(n - 1 for n in values.shape)
    corner = [
        values[tuple(slice(o, o + n) for o, n in zip(c, cells, strict=True))] for c in _CORNERS
    ]
    inside = np.stack([c >= level for c in corner])
    crossed = inside.any(0) & ~inside.all(0)
    if not crossed.any():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    number = np.full(cells, -1, np.int64)
    number[crossed] = np.arange(int(crossed.sum()))
    points = np.argwhere(crossed) + _middle([c[crossed] for c in corner], level)
    return field.world(at + points * (step / field.spacing)), _faces(values >= level, number)


def _resampled(field: Volume, step: float) -> tuple[Floats, Floats]:
    """The field on a grid of `step` mm along its own axes, and the index where that begins."""
    size = np.ceil(np.array(field.array.shape) * field.spacing / step).astype(int) + 2
    start = -step / field.spacing
    index = np.stack(np.meshgrid(*(np.arange(n) for n in size), indexing="ij"), -1)
    return field.sample(field.world(start + index * (step / field.spacing))), start


def _middle(corner: list[Floats], level: float) -> Floats:
    """Mean (n, 3), in cells, of where the surface meets the edges of each cell."""
    total, count = np.zeros((len(corner[0]), 3)), np.zeros(len(corner[0]))
    for a, b in _EDGES:
        met = (corner[a] >= level) != (corner[b] >= level)
        rise = np.where(met, corner[b] - corner[a], 1.0)
        share = np.clip((level - corner[a]) / rise, 0.0, 1.0)[:, None]
        point = _CORNERS[a] + share * (_CORNERS[b] - _CORNERS[a])
        total += met[:, None] * point
        count += met
    return np.asarray(total / np.maximum(count, 1.0)[:, None])


def _faces(inside: NDArray[np.bool_], number: NDArray[np.int64]) -> Triangles:
    """Two triangles for each step of the grid between inside and outside."""
    out = []
    for axis in range(3):
        one, two = (axis + 1) % 3, (axis + 2) % 3
        low, high = np.delete(inside, -1, axis), np.delete(inside, 0, axis)
        for leaving in (True, False):
            at = np.argwhere((low & ~high) if leaving else (~low & high))
            at = at[(at[:, one] > 0) & (at[:, two] > 0)]
            quad = []
            for shift_one, shift_two in ((0, 0), (1, 0), (1, 1), (0, 1)):
                cell = at.copy()
                cell[:, one] -= shift_one
                cell[:, two] -= shift_two
                ok = (cell < np.array(number.shape)).all(1)
                cell = np.minimum(cell, np.array(number.shape) - 1)
                quad.append(np.where(ok, number[tuple(cell.T)], -1))
            a, b, c, d = quad if leaving else quad[::-1]
            out += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
    faces = np.concatenate(out)
    return np.asarray(faces[(faces >= 0).all(1)])
