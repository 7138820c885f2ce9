"""A volume in space: voxels, and the affine that takes an index to right, anterior, cranial mm."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
SMOOTH = 0.6
"""Gaussian [voxels] that turns a mask into a field with a sub-voxel surface."""


@dataclass(frozen=True)
class Volume:
    """`array` (i, j, k), axes nearest to right, anterior, cranial, and `affine` (4, 4) [mm]."""

    array: NDArray[Any]
    affine: Floats
    name: str = ""
    owner: Any = field(default=None, repr=False, compare=False)
    """What holds the memory of the voxels, where another library does."""

    @cached_property
    def spacing(self) -> Floats:
        """Size (3,) [mm] of a voxel along its axes."""
        return np.asarray(np.linalg.norm(self.affine[:3, :3], axis=0), float)

    @property
    def voxel(self) -> float:
        """Volume [ml] of a voxel."""
        return abs(float(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    @property
    def edge(self) -> float:
        """Edge [mm] of a cube as large as a voxel."""
        return float(np.prod(self.spacing) ** (1 / 3))

    def thickness(self, axis: Floats) -> float:
        """Size [mm] of a voxel along a unit direction (3,): the height of a label's steps."""
        return float(np.linalg.norm(self.affine[:3, :3].T @ axis))

    @cached_property
    def _inverse(self) -> Floats:
        return np.asarray(np.linalg.inv(self.affine), float)

    def world(self, index: Floats) -> Floats:
        """Points (..., 3) [mm] of indices."""
        return np.asarray(index @ self.affine[:3, :3].T + self.affine[:3, 3])

    def index(self, points: Floats) -> Floats:
        """Indices (..., 3) of points [mm], not rounded."""
        return np.asarray(points @ self._inverse[:3, :3].T + self._inverse[:3, 3])

    def sample(self, points: Floats, order: int = 1, outside: float = 0.0) -> Floats:
        """Values at points (..., 3) [mm], linear between voxels."""
        at = np.moveaxis(self.index(points), -1, 0)
        got = ndimage.map_coordinates(self.array, at, order=order, cval=outside, prefilter=False)
        return np.asarray(got)

    def crop(self, box: tuple[slice, ...], margin: int) -> Volume:
        """The part inside `box`, with `margin` voxels of nothing where the volume ends."""
        low = [s.start - margin for s in box]
        size = [s.stop - s.start + 2 * margin for s in box]
        out = np.zeros(size, self.array.dtype)
        source, target = [], []
        for n, lo, s in zip(self.array.shape, low, size, strict=True):
            a, b = max(lo, 0), min(lo + s, n)
            source.append(slice(a, b))
            target.append(slice(a - lo, b - lo))
        out[tuple(target)] = self.array[tuple(source)]
        affine = self.affine.copy()
        affine[:3, 3] = self.world(np.array(low, float))
        return Volume(out, affine, self.name)


def canonical(array: NDArray[Any], affine: Floats, name: str) -> Volume:
    """The volume with its axes turned to those nearest to right, anterior, cranial; no copy.

    Raises ValueError where two axes run the same way.
    """
    order = [int(np.argmax(np.abs(affine[row, :3]))) for row in range(3)]
    if sorted(order) != [0, 1, 2]:
        raise ValueError("its axes cannot be told apart")
    array = array.transpose(order)
    affine = np.column_stack([affine[:, order], affine[:, 3:]])
    for axis in range(3):
        if affine[axis, axis] < 0:
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
            array = np.flip(array, axis)
    return Volume(array, affine, name)


def extended(volume: Volume, other: Volume, most: int = 4) -> Volume:
    """The volume with voxels of nothing where another one reaches further, `most` on a side.

    A map that was cropped to its labels ends where the image of it does not.
    """
    size = np.array(other.array.shape) - 1
    corners = volume.index(other.world(np.indices((2, 2, 2)).reshape(3, 8).T * size.astype(float)))
    before = np.clip(np.rint(-corners.min(0)), 0, most).astype(int)
    shape = np.array(volume.array.shape)
    after = np.clip(np.rint(corners.max(0) - shape + 1), 0, most).astype(int)
    if not (before.any() or after.any()):
        return volume
    affine = volume.affine.copy()
    affine[:3, 3] = volume.world(-before.astype(float))
    pad = list(zip(before.tolist(), after.tolist(), strict=True))
    return Volume(np.pad(volume.array, pad), affine, volume.name)


def shape_field(mask: Volume, shift: Floats | None = None) -> Volume:
    """Field of a mask (0 or 1) whose 0.5 surface lies between voxels.

    `shift` (3,) [voxels] draws that surface anew on a grid moved by as much, as another scan of
    the same body would.
    """
    values, affine = ndimage.gaussian_filter(mask.array.astype(np.float32), SMOOTH), mask.affine
    if shift is not None:
        moved = ndimage.shift(values, -shift, order=1, prefilter=False)
        values = ndimage.gaussian_filter((moved > 0.5).astype(np.float32), SMOOTH)
        affine = affine.copy()
        affine[:3, 3] = mask.world(shift)
    return Volume(values, affine, mask.name)


def largest_part(mask: Mask) -> Mask:
    """The largest connected part of a mask."""
    parts, count = ndimage.label(mask)
    if count < 2:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())
