"""Columns through a bone: where its surface is met along an axis, finer than the voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tractus.imaging.volume import Floats, Mask, Volume, largest_part

GRID = 1.0  # mm between columns
RIM = 3.0  # mm of the rim that a plane leaves out: osteophytes, rounding
SHORT = 0.45  # columns below this share of the median height are not part of a body
TUKEY = 4.685
STEP = 0.4  # share of a step by which the steps of a drawn surface stand off its plane
BEND = 30.0  # degrees beyond which a fitted plane is no endplate

Index = NDArray[np.intp]


@dataclass(frozen=True)
class Frame:
    """A place in the body: origin (3,) [mm] and axes (3, 3), rows right, anterior, cranial."""

    origin: Floats
    axes: Floats

    def points(self, local: Floats) -> Floats:
        """World points (..., 3) [mm] of local ones."""
        return np.asarray(local @ self.axes + self.origin)

    def local(self, points: Floats) -> Floats:
        """Local coordinates (..., 3) [mm] of world points."""
        return np.asarray((points - self.origin) @ self.axes.T)


def framed(origin: Floats, cranial: Floats, anterior: Floats) -> Frame:
    """Frame whose cranial axis is given and whose anterior axis is the nearest to that given."""
    up = cranial / np.linalg.norm(cranial)
    front = anterior - (anterior @ up) * up
    front = front / np.linalg.norm(front)
    return Frame(origin, np.stack([np.cross(front, up), front, up]))


def grid(width: float, back: float, front: float) -> tuple[Floats, Floats]:
    """Columns' right (n,) and anterior (m,) coordinates [mm]: |right| <= width."""
    return (
        np.arange(-np.ceil(width), np.ceil(width) + 0.5, GRID),
        np.arange(np.floor(back), np.ceil(front) + 0.5, GRID),
    )


def through(field: Volume, frame: Frame, r: Floats, a: Floats, z: Floats) -> Floats:
    """Values (n, m, k) of a field along columns."""
    local = np.stack(np.meshgrid(r, a, z, indexing="ij"), -1)
    return field.sample(frame.points(local))


def crossing(values: Floats, z: Floats, level: float, upward: bool) -> Floats:
    """Height (n, m) of the first crossing of `level`; nan where there is none.

    upward: searched from the lowest z; else from the highest.
    """
    if not upward:
        return crossing(values[..., ::-1], z[::-1], level, True)
    inside = values >= level
    first = np.argmax(inside, axis=-1)
    met = np.take_along_axis(inside, first[..., None], -1)[..., 0] & (first > 0)
    k = np.maximum(first, 1)
    v0 = np.take_along_axis(values, (k - 1)[..., None], -1)[..., 0]
    v1 = np.take_along_axis(values, k[..., None], -1)[..., 0]
    share = (level - v0) / np.where(v1 > v0, v1 - v0, 1.0)
    return np.where(met, z[k - 1] + share * (z[k] - z[k - 1]), np.nan)


def longest_run(values: Floats, z: Floats, level: float) -> tuple[Floats, Floats]:
    """Bottom and top (n, m) of the longest part of each column above `level`; nan where none."""
    n = len(z)
    inside = values >= level
    length = np.zeros(values.shape[:2], int)
    best, end = length.copy(), np.zeros_like(length)
    for k in range(n):
        length = np.where(inside[..., k], length + 1, 0)
        longer = length > best
        best, end = np.where(longer, length, best), np.where(longer, k, end)
    start = end - best + 1
    found = best > 0
    return (
        np.where(found, _between(values, z, start, start - 1, level), np.nan),
        np.where(found, _between(values, z, end, end + 1, level), np.nan),
    )


def _between(values: Floats, z: Floats, i: Index, o: Index, level: float) -> Floats:
    """Height where a column crosses `level` between an index inside and its neighbour outside."""
    edge = np.clip(o, 0, len(z) - 1)
    i = np.clip(i, 0, len(z) - 1)
    a = np.take_along_axis(values, i[..., None], -1)[..., 0]
    b = np.take_along_axis(values, edge[..., None], -1)[..., 0]
    share = np.where(a > b, (a - level) / np.where(a > b, a - b, 1.0), 0.0)
    return np.asarray(z[i] + share * (z[edge] - z[i]))


def footprint(height: Floats) -> Mask:
    """Columns (n, m) that belong to a body: not too short, in one part."""
    good = np.isfinite(height) & (height > 0)
    if not good.any():
        return good
    tall = good & (height > SHORT * np.median(height[good]))
    return one_part(tall)


def one_part(columns: Mask) -> Mask:
    """Columns (n, m) without spurs, in one part."""
    opened = ndimage.binary_opening(columns, iterations=2)
    return largest_part(opened if opened.any() else columns)


def plane(
    r: Floats, a: Floats, z: Floats, inside: Mask, step: float
) -> tuple[Floats, Floats, float]:
    """Normal (3,), point (3,) [mm] and residual [mm] of the plane through z(r, a) `inside`.

    Tukey's weights leave out what lies off the plane, further than steps of `step` [mm] in
    the label make; the rim is left out beforehand.
    """
    steps = max(1, round(RIM / GRID))
    core = ndimage.binary_erosion(inside, iterations=steps)
    use = (core if core.sum() > 60 else inside) & np.isfinite(z)
    if use.sum() < 12:
        raise ValueError("too few columns for a plane")
    rr, aa = np.meshgrid(r, a, indexing="ij")
    x = np.stack([rr[use], aa[use], np.ones(use.sum())], 1)
    y, weight = z[use], np.ones(use.sum())
    for _ in range(8):
        w = np.sqrt(weight)[:, None]
        fit = np.linalg.lstsq(x * w, y * w[:, 0], rcond=None)[0]
        rest = y - x @ fit
        scale = max(1.4826 * float(np.median(np.abs(rest))), STEP * step)
        weight = np.clip(1.0 - (rest / (TUKEY * scale)) ** 2, 0.0, None) ** 2
    centre = np.array([x[:, 0].mean(), x[:, 1].mean()])
    point = np.array([*centre, fit[0] * centre[0] + fit[1] * centre[1] + fit[2]])
    normal = np.array([-fit[0], -fit[1], 1.0])
    residual = float(np.sqrt((weight * rest**2).sum() / max(weight.sum(), 1e-9)))
    return normal / np.linalg.norm(normal), point, residual


BANDS = {"posterior": (0.03, 0.22), "middle": (0.40, 0.60), "anterior": (0.78, 0.97)}
STRIP = 5.0  # mm to either side of the middle that count as mid-sagittal


def thirds(r: Floats, a: Floats, height: Floats, inside: Mask, voxel: float) -> dict[str, float]:
    """Anterior, middle, posterior (of the mid-sagittal strip) and mean (of all) height [mm].

    The outermost `voxel` [mm] only says how far the columns reach: it is rounded.
    """
    use = inside & np.isfinite(height)
    strip = use & (np.abs(r - _middle(r, use)) <= STRIP)[:, None]
    rows = np.flatnonzero(strip.any(0))
    if not rows.size:
        return {}
    back, front = a[rows[0]], a[rows[-1]]
    share = (a - back) / max(front - back, 1.0)
    height = smoothed(height, use, 0.8 * voxel / GRID)
    firm = ndimage.binary_erosion(use, iterations=max(1, round(voxel / GRID)))
    firm = firm if firm.sum() > 60 else use
    strip, out = strip & firm, {}
    for name in ("anterior", "middle", "posterior"):
        low, high = BANDS[name]
        band = strip & ((share >= low) & (share <= high))[None, :]
        out[name] = float(np.median(height[band])) if band.any() else float("nan")
    out["mean"] = float(height[firm].mean())
    return out


def smoothed(height: Floats, use: Mask, sigma: float) -> Floats:
    """A surface over the columns in `use`, without the steps that voxels left in it."""
    weight = ndimage.gaussian_filter(use.astype(float), sigma)
    value = ndimage.gaussian_filter(np.where(use, height, 0.0), sigma)
    return np.where(use, value / np.maximum(weight, 1e-9), np.nan)


def _middle(r: Floats, use: Mask) -> float:
    """Right coordinate [mm] of the middle of the columns in use."""
    across = np.flatnonzero(use.any(1))
    return float(0.5 * (r[across[0]] + r[across[-1]])) if across.size else 0.0
