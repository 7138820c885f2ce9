"""Shape of a disc's cross-section: sectors, layers, slices and the paths of water between them.

An ellipse (half axes 1 across, 0.70 front to back), the nucleus off centre to the back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tractus.tissue import flow
from tractus.tissue.disc import LAYERS, SECTORS, SLICES

Floats = NDArray[np.float64]
FINE = 64  # quadrature points per sector
ROUND = 8  # points per sector of what goes on round the rim
RATIO = 0.6  # thickness of a slice against its neighbour nearer the middle plane


class Section(NamedTuple):
    """Cross-section of a disc; lengths [m], areas [m2]."""

    point: Floats  # (2, L, K) patch middles
    tangent: Floats  # (2, K)
    normal: Floats  # (2, K)
    angle: Floats  # (K,) rad from the front to the left
    area: Floats  # (L, K) patch areas
    radius: Floats  # (L, K) distance of a patch from the centre of the nucleus
    rim: Floats  # (K,) the same of the rim
    depth: float  # half axis front to back
    width: float  # half axis across
    centre: float  # x of the nucleus' middle
    nucleus_area: float
    thickness: Floats  # (K,) of the whole annulus


def section(area: float, nucleus_share: float, aspect: float, back: float) -> Section:
    """Section of an ellipse of `area` [m2] whose nucleus lies `back` [m] behind the middle."""
    width = float(np.sqrt(area / (np.pi * aspect)))
    depth = aspect * width
    shrink = float(np.sqrt(nucleus_share))
    angle = np.arange(SECTORS) * 2.0 * np.pi / SECTORS

    def ring(phi: Floats, s: Floats | float) -> Floats:
        """Points at share s of the way from the nucleus' edge to the rim."""
        unit = np.stack([depth * np.cos(phi), width * np.sin(phi)], -1)
        inner = shrink * unit + np.array([-back, 0.0])
        return inner + np.asarray(s)[..., None] * (unit - inner)

    # layers of equal area: edges where the enclosed area grows by equal parts
    edges = (
        np.sqrt(nucleus_share + (1 - nucleus_share) * np.arange(LAYERS + 1) / LAYERS) - shrink
    ) / (1.0 - shrink)
    half = np.pi / SECTORS
    phi = np.linspace(angle - half, angle + half, FINE + 1, axis=-1)
    patch = np.diff(_fan(ring(phi, edges[:, None, None])), axis=0)
    middle = 0.5 * (edges[:-1] + edges[1:])
    point = np.stack([ring(angle, np.full(SECTORS, s)).T for s in middle], 1)
    tangent = np.stack([-depth * np.sin(angle), width * np.cos(angle)])
    tangent /= np.linalg.norm(tangent, axis=0)
    normal = np.stack([tangent[1], -tangent[0]])
    radius = np.hypot(point[0] + back, point[1])
    rim = radius[-1] + 0.5 * (radius[-1] - radius[-2])
    thickness = np.linalg.norm(
        ring(angle, np.ones(SECTORS)) - ring(angle, np.zeros(SECTORS)), axis=-1
    )
    scale = area * (1 - nucleus_share) / patch.sum()
    return Section(
        point, tangent, normal, angle, patch * scale, radius, rim, depth, width, -back,
        nucleus_share * area, thickness,
    )  # fmt: skip


def tied(depth: float, width: float, height: float) -> Floats:
    """Growth (K, K) of the hoop of an elliptic wall in each sector by that of the area in each.

    A wall that stands out on one side draws length from beside it by sliding along the rim, which
    the plates hinder.  Both motions have the parabola g of the bulge, whose square is 6/5 in the
    mean and that of its slope 12/h^2.  The hoop modulus of a wall that keeps its volume is 4 shear
    moduli, so that least energy weighs the sliding, squared, by 12/h^2 : 4 x 6/5 against the hoop
    strain.  Fibres come to the same: cot^2 of their angle (3.5 to 5) stands for the 4.  The hoop
    strain returned has the energy of both.  Half axes and height in m.
    """
    n = SECTORS * ROUND
    phi = np.arange(n) * 2.0 * np.pi / n
    speed = np.hypot(depth * np.sin(phi), width * np.cos(phi))
    bend = (depth * width) ** 2 / speed**4  # curvature times distance of the tangent to the middle
    size = speed * 2.0 * np.pi / n
    between = 0.5 * (size + np.roll(size, -1))
    slide = (np.roll(np.eye(n), 1, 0) - np.eye(n)) / np.sqrt(size)[:, None] / np.sqrt(between)
    held, turn = np.linalg.eigh(np.eye(n) + slide @ slide.T * height**2 * (4.0 * 1.2 / 12.0))
    root = (turn / np.sqrt(held)) @ turn.T * np.sqrt(size) / np.sqrt(size)[:, None]
    k = np.arange(1, SECTORS // 2 + 1)[:, None, None]
    wave = np.where(2 * k < SECTORS, 2.0, 1.0) * np.cos(k * (phi[:, None] - phi[::ROUND]))
    smooth = (1.0 + wave.sum(0)) / SECTORS
    return np.asarray((root @ (bend[:, None] * smooth))[::ROUND])


def _fan(curve: Floats) -> Floats:
    """Signed areas between curves (..., n, 2) and the origin."""
    a, b = curve[..., :-1, :], curve[..., 1:, :]
    area: Floats = 0.5 * np.sum(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0], -1)
    return area


def slice_thickness(height: float) -> Floats:
    """Thickness (N,) [m] of the slices over the half height, plate first."""
    growth = RATIO ** -np.arange(SLICES)
    return 0.5 * height * growth / growth.sum()


def water_path(s: Section, height: float, endplate: float, inner_open: float) -> flow.Path:
    """Paths of water; `endplate` thickness [m], `inner_open` share of the inner annulus' plate.

    Slices exchange with each other and through the endplates, every slice with the inner
    layer, layers with each other, the outer layer with the bath at the rim.
    """
    d = slice_thickness(height)
    nucleus_radius = float(np.sqrt(s.nucleus_area / np.pi))
    layer = s.area.sum(1)
    around = 2.0 * np.pi * np.sqrt((s.nucleus_area + np.cumsum(layer)) / np.pi)
    inner_round = 2.0 * np.pi * nucleus_radius
    thick = layer / (0.5 * (around + np.concatenate([[inner_round], around[:-1]])))
    first, second, r1, r2 = [], [], [], []

    def join(i: int, j: int, ri: float, rj: float) -> None:
        first.append(i), second.append(j), r1.append(ri), r2.append(rj)  # type: ignore[func-returns-value]

    for i in range(SLICES - 1):
        join(i, i + 1, d[i] / (4 * s.nucleus_area), d[i + 1] / (4 * s.nucleus_area))
    for i in range(SLICES):
        face = inner_round * 2 * d[i]
        join(i, SLICES, nucleus_radius / 4 / face, thick[0] / 2 / face)
    for m in range(LAYERS - 1):
        face = around[m] * height
        join(SLICES + m, SLICES + m + 1, thick[m] / 2 / face, thick[m + 1] / 2 / face)
    n = SLICES + LAYERS
    inner, outer, opened = np.ones(n), np.zeros(n), np.zeros(n)
    inner[0], outer[0], opened[0] = (
        d[0] / (4 * s.nucleus_area),
        endplate / (2 * s.nucleus_area),
        1.0,
    )
    plate = 2.0 * layer[0] * max(inner_open, 1e-6)
    inner[SLICES], outer[SLICES], opened[SLICES] = height / 4 / plate, endplate / plate, 1.0
    rim = around[-1] * height
    inner[n - 1], outer[n - 1], opened[n - 1] = thick[-1] / 2 / rim, 0.0, 1.0
    ends: list[Any] = [np.array(a) for a in (first, second, r1, r2)]
    ends += [inner, outer, opened]
    return flow.Path(*ends)
