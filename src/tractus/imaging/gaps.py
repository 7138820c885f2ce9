"""Between two bodies: height of the disc, its area, wedge and slip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from tractus.imaging import bones, columns
from tractus.imaging.bones import Body, Plate
from tractus.imaging.columns import Frame, framed
from tractus.imaging.volume import Floats, Mask, Volume, largest_part

REACH = 15.0  # mm from the middle of a disc within which its endplates lie
DEEP = 3.0  # mm below an endplate at which the posterior wall is read
LEAST = 100  # columns (mm2) that two bodies must share


@dataclass(frozen=True)
class Gap:
    """The space between two facing endplates, in its own frame."""

    frame: Frame
    right: Floats
    anterior: Floats
    floor: Floats
    """Surface (n, m) [mm] of the body below."""
    roof: Floats
    """Surface (n, m) [mm] of the body above."""
    inside: Mask
    wedge: float
    slip: float
    voxel: float

    @property
    def heights(self) -> dict[str, float]:
        """Anterior, middle, posterior and mean height [mm], bone to bone."""
        height = self.roof - self.floor
        return columns.thirds(self.right, self.anterior, height, self.inside, self.voxel)

    @property
    def area(self) -> float:
        """Columns that the two bodies share [mm2]."""
        return float(self.inside.sum()) * columns.GRID**2


def gap_frame(below: Plate, above: Plate, front: Floats) -> Frame:
    """Frame between the upper plate of a body and the lower plate of the next."""
    return framed(0.5 * (below.point + above.point), below.normal + above.normal, front)


def between(below: Body, above: Body, level: float = 0.5) -> Gap | None:
    """The gap between two bodies; None where they share no columns or one is cut off."""
    if below.upper.cut or above.lower.cut:
        return None
    front = below.frame.axes[1] + above.frame.axes[1]
    return _gap(below.bone.field, below.upper, above, front, level, below)


def above_sacrum(field: Volume, plate: Plate, above: Body, level: float = 0.5) -> Gap | None:
    """The gap between the sacrum, known by its upper plate, and the body above."""
    return _gap(field, plate, above, above.frame.axes[1], level)


def _gap(
    field: Volume, plate: Plate, above: Body, front: Floats, level: float, below: Body | None = None
) -> Gap | None:
    frame = gap_frame(plate, above.lower, front)
    width, depth, _ = bones.REACH
    r, a = columns.grid(width, -depth, depth)
    z = np.arange(-REACH, REACH + 0.4, 0.5)
    roof = columns.crossing(columns.through(above.bone.field, frame, r, a, z), z, level, True)
    floor = columns.crossing(columns.through(field, frame, r, a, z), z, level, False)
    inside = np.isfinite(roof) & np.isfinite(floor) & _on(frame, r, a, roof, above)
    if below is not None:
        inside &= _on(frame, r, a, floor, below)
    if inside.sum() < LEAST:
        return None
    inside = largest_part(ndimage.binary_opening(inside, iterations=2))
    if inside.sum() < LEAST:
        return None
    wedge = bones.pitch(plate.normal, frame) - bones.pitch(above.lower.normal, frame)
    slip = _back(above.bone.field, above.lower, frame, DEEP, level)
    slip -= _back(field, plate, frame, -DEEP, level)
    voxel = max(above.bone.voxel, field.edge)
    return Gap(frame, r, a, floor, roof, inside, wedge, slip, voxel)


def _on(frame: Frame, r: Floats, a: Floats, z: Floats, body: Body) -> Mask:
    """Columns whose surface point belongs to a body."""
    rr, aa = np.meshgrid(r, a, indexing="ij")
    return body.holds(frame.points(np.stack([rr, aa, np.nan_to_num(z)], -1)))


def _back(field: Volume, plate: Plate, frame: Frame, deep: float, level: float) -> float:
    """Anterior coordinate [mm] in a frame of the posterior wall, `deep` beyond the plate."""
    centre = frame.local(plate.point)
    normal = frame.axes @ plate.normal
    a = np.arange(centre[1], centre[1] - 40.0, -0.5)
    r = np.arange(-columns.STRIP, columns.STRIP + 0.5, 1.0) + centre[0]
    rr, aa = np.meshgrid(r, a, indexing="ij")
    zz = centre[2] - ((rr - centre[0]) * normal[0] + (aa - centre[1]) * normal[1]) / normal[2]
    values = field.sample(frame.points(np.stack([rr, aa, zz + deep], -1)))
    outside = values < level
    k = np.argmax(outside, axis=1)
    met = outside.any(1) & (k > 0)
    if not met.any():
        return float("nan")
    v0, v1 = (np.take_along_axis(values, x[:, None], 1)[:, 0] for x in (k - 1, k))
    share = np.where(v0 > v1, (v0 - level) / np.where(v0 > v1, v0 - v1, 1.0), 0.0)
    return float(np.median((a[k - 1] - 0.5 * share)[met]))


def labelled(field: Volume, frame: Frame, level: float = 0.5) -> tuple[dict[str, float], float]:
    """Heights [mm] and area [mm2] of a labelled disc in the frame of its gap."""
    width, depth, _ = bones.REACH
    r, a = columns.grid(width, -depth, depth)
    z = np.arange(-REACH, REACH + 0.4, 0.5)
    bottom, top = columns.longest_run(columns.through(field, frame, r, a, z), z, level)
    inside = columns.footprint(top - bottom)
    if inside.sum() < LEAST:
        return {}, 0.0
    return columns.thirds(r, a, top - bottom, inside, field.edge), float(
        inside.sum()
    ) * columns.GRID**2


def sacral_plate(below: Volume, above: Body, level: float = 0.5) -> Plate | None:
    """The upper endplate of the sacrum under a body; None where none lies within reach."""
    plate = above.lower
    frame = framed(plate.point - 6.0 * plate.normal, plate.normal, above.frame.axes[1])
    found = None
    for _ in range(3):
        width, depth, _ = bones.REACH
        r, a = columns.grid(width, -depth, depth)
        z = np.arange(-REACH - 4.0, REACH + 0.4, 0.5)
        floor = columns.crossing(columns.through(below, frame, r, a, z), z, level, False)
        inside = np.isfinite(floor) & _on(frame, r, a, np.full(floor.shape, 6.0), above)
        if inside.sum() < LEAST:
            return None
        middle = np.median(floor[inside])
        inside = largest_part(inside & (np.abs(floor - middle) < 9.0))
        steps = below.thickness(frame.axes[2])
        normal, point, residual = columns.plane(r, a, floor, inside, steps)
        found = Plate(normal @ frame.axes, frame.points(point), residual)
        frame = gap_frame(found, plate, above.frame.axes[1])
    return found
