"""One vertebra: the body within its label, its own axes, its endplates."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from tractus.imaging import columns
from tractus.imaging.columns import Frame, framed
from tractus.imaging.volume import Floats, Mask, Volume, largest_part, shape_field
from tractus.tables import entry

HOLE = 60.0  # mm2 of the smallest foramen that counts as seen
REACH = (36.0, 30.0, 26.0)  # mm from a body's centre to its edges: right, anterior, cranial
ARCH = 75.0  # mm from the label's centre to the end of the spinous process
ROUNDS = 3
OFF = 9.0  # mm from its plane at which a column's end is no longer part of an endplate


@dataclass(frozen=True)
class Plate:
    """An endplate: unit normal (3,) pointing cranial, a point (3,) [mm], residual of the plane."""

    normal: Floats
    point: Floats
    residual: float
    cut: bool = False
    """Whether the field of view ends here."""


@dataclass(frozen=True)
class Bone:
    """What a label holds before anything is measured."""

    name: str
    mask: Volume
    centre: Floats
    """Centroid (3,) [mm] of the whole label."""
    field: Volume
    wall: tuple[Floats, Floats] | None = None
    """Point and forward normal (3,) of the plane behind which lies the arch; None: no arch."""
    behind: Floats | None = None
    """Centroid (3,) [mm] of the arch."""
    hole: float = 0.0
    """Area [mm2] of the foramen seen along the axis."""

    @property
    def voxel(self) -> float:
        """Edge [mm] of a cube as large as a voxel."""
        return self.mask.edge


@dataclass(frozen=True)
class Body:
    """A vertebral body in its own frame, with the surfaces of its endplates."""

    bone: Bone
    frame: Frame
    right: Floats
    anterior: Floats
    bottom: Floats
    top: Floats
    inside: Mask
    lower: Plate
    upper: Plate
    centroid: Floats

    @property
    def name(self) -> str:
        """Name of the vertebra."""
        return self.bone.name

    @property
    def complete(self) -> bool:
        """Whether the field of view holds both endplates."""
        return not (self.lower.cut or self.upper.cut)

    def holds(self, points: Floats) -> Mask:
        """Whether world points (..., 3) lie above or below the columns of the body."""
        local = self.frame.local(points)
        i = np.rint((local[..., 0] - self.right[0]) / columns.GRID).astype(int)
        j = np.rint((local[..., 1] - self.anterior[0]) / columns.GRID).astype(int)
        n, m = self.inside.shape
        ok = (i >= 0) & (i < n) & (j >= 0) & (j < m)
        return np.asarray(ok & self.inside[np.clip(i, 0, n - 1), np.clip(j, 0, m - 1)])


def bone(name: str, mask: Volume) -> Bone:
    """The bone in a cropped mask."""
    at = np.argwhere(mask.array)
    return Bone(name, mask, mask.world(at.mean(0)), shape_field(mask))


def seen(found: Bone, axis: Floats, front: Floats) -> Bone:
    """The bone with its arch told from its body, looking along `axis` with `front` forward."""
    hole = _foramen(found, axis, front)
    if hole is None:
        return _without_foramen(found, front)
    frame, cut, area = hole
    wall = frame.points(np.array([0.0, cut, 0.0])), frame.axes[1]
    at = found.mask.world(np.argwhere(found.mask.array).astype(float))
    rear = (at - wall[0]) @ wall[1] < 0.0
    behind = at[rear].mean(0) if rear.sum() > 20 else None
    return replace(found, wall=wall, behind=behind, hole=area)


def _foramen(found: Bone, axis: Floats, front: Floats) -> tuple[Frame, float, float] | None:
    """Frame along the axis, front edge [mm] of the foramen in it, and its area [mm2]."""
    frame = framed(found.centre, axis, front)
    r = np.arange(-55.0, 55.5, 1.0)
    a = np.arange(-ARCH, ARCH + 0.5, 1.0)
    z = np.arange(-32.0, 32.5, max(1.0, 0.5 * float(found.field.spacing.min())))
    shadow = (columns.through(found.field, frame, r, a, z) > 0.5).any(-1)
    ball = np.hypot(*np.mgrid[-2:3, -2:3]) <= 2.3
    closed = ndimage.binary_closing(np.pad(shadow, 3), ball)[3:-3, 3:-3]
    holes, count = ndimage.label(ndimage.binary_fill_holes(closed) & ~closed)
    if not count:
        return None
    areas = ndimage.sum_labels(np.ones_like(holes), holes, range(1, count + 1))
    middle = ndimage.center_of_mass(np.ones_like(holes), holes, range(1, count + 1))
    usable = [k for k in range(count) if areas[k] >= HOLE and abs(r[0] + middle[k][0]) < 18.0]
    if not usable:
        return None
    best = max(usable, key=lambda k: float(areas[k]))
    cut = float(np.percentile(a[np.nonzero(holes == best + 1)[1]], 97)) + 0.5
    return frame, cut, float(areas[best])


def _without_foramen(found: Bone, front: Floats) -> Bone:
    """A label whose arch shows no ring: the thick part of it, or all where it is a body alone."""
    mask = found.mask.array > 0
    depth = ndimage.distance_transform_edt(mask, sampling=found.mask.spacing)
    thick = 0.5 * float(depth.max())
    core = largest_part(depth > thick)
    near = ndimage.distance_transform_edt(~core, sampling=found.mask.spacing) <= thick
    kept = mask & near
    if kept.sum() > entry("scan", "solid_share") * mask.sum():
        return replace(found, wall=None, behind=None)
    rear = mask & ~kept
    inverse = Volume(kept.astype(np.uint8), found.mask.affine, found.mask.name)
    behind = found.mask.world(np.argwhere(rear).mean(0)) if rear.sum() > 20 else None
    thick_part = Bone(found.name, inverse, found.centre, shape_field(inverse))
    return replace(thick_part, behind=behind)


def redrawn(found: Bone, shift: Floats) -> Bone:
    """The bone with its label drawn on a grid moved by `shift` [voxels]."""
    return replace(found, field=shape_field(found.mask, shift))


def body(
    found: Bone,
    axis: Floats,
    front: Floats,
    edges: Volume,
    level: float = 0.5,
    rounds: int = ROUNDS,
) -> Body:
    """The body of a bone: columns along the axis that its own endplates define.

    `axis` and `front` (3,) begin the search; `edges` is the whole volume, whose border may cut
    a body; `level` is the height of the surface in the field (0.5; less is a larger bone).
    """
    start = _front_part(found)
    frame = framed(start, axis, front)
    for step in range(rounds):
        made = _columns(found, frame, level)
        low, up = (_plate(found, frame, made, k, edges) for k in (0, 1))
        made = _trimmed(made, frame, low, up, found.mask.thickness(frame.axes[2]))
        if step == rounds - 1:
            break
        forward = made_forward(found, front, _centroid(frame, made))
        frame = framed(_centroid(frame, made), _axis(low, up, frame), forward)
    r, a, bottom, top, inside = made
    centre = _centroid(frame, made)
    return Body(found, frame, r, a, bottom, top, inside, low, up, centre)


def made_forward(found: Bone, front: Floats, centre: Floats) -> Floats:
    """Forward direction (3,): from the arch to the body where there is an arch."""
    return front if found.behind is None else centre - found.behind


def _front_part(found: Bone) -> Floats:
    """Centroid (3,) [mm] of the label before the wall."""
    if found.wall is None:
        return found.mask.world(np.argwhere(found.mask.array).mean(0))
    at = found.mask.world(np.argwhere(found.mask.array).astype(float))
    ahead = (at - found.wall[0]) @ found.wall[1] >= 0.0
    return np.asarray((at[ahead] if ahead.any() else at).mean(0))


_Columns = tuple[Floats, Floats, Floats, Floats, Mask]


def _columns(found: Bone, frame: Frame, level: float) -> _Columns:
    """Columns of a body in a frame: right, anterior, bottom, top, inside."""
    width, depth, high = REACH
    r, a = columns.grid(width, -depth, depth)
    step = float(np.clip(0.5 * found.field.spacing.min(), 0.4, 1.0))
    z = np.arange(-high, high + step, step)
    values = columns.through(found.field, frame, r, a, z)
    if found.wall is not None:
        rr, aa = np.meshgrid(r, a, indexing="ij")
        at = frame.points(np.stack([rr, aa, np.zeros_like(rr)], -1))
        values[(at - found.wall[0]) @ found.wall[1] < 0.0] = 0.0
    bottom, top = columns.longest_run(values, z, level)
    return r, a, bottom, top, columns.footprint(top - bottom)


def _plate(found: Bone, frame: Frame, made: _Columns, which: int, edges: Volume) -> Plate:
    """Lower (0) or upper (1) endplate in world coordinates."""
    r, a, bottom, top, inside = made
    height = (bottom, top)[which]
    normal, point, residual = columns.plane(
        r, a, height, inside, found.mask.thickness(frame.axes[2])
    )
    rr, aa = np.meshgrid(r, a, indexing="ij")
    at = frame.points(np.stack([rr, aa, height], -1)[inside])
    index = edges.index(at)
    last = np.array(edges.array.shape) - 1.0
    near = ((index < 0.75) | (index > last - 0.75)).any(-1)
    return Plate(normal @ frame.axes, frame.points(point), residual, bool(near.mean() > 0.25))


def _trimmed(made: _Columns, frame: Frame, low: Plate, up: Plate, step: float) -> _Columns:
    """Columns without processes: ends far off the plates, and roots short of them.

    Pedicles and transverse processes leave the body at its rear corners and are lower than it;
    `step` [mm] is the height of a voxel, by which the corners of a body are rounded.
    """
    r, a, bottom, top, inside = made
    over = np.full(inside.shape, -np.inf)
    short = over.copy()
    for plate, outward in ((low, -1.0), (up, 1.0)):
        normal, at = frame.axes @ plate.normal, frame.local(plate.point)
        flat = at[2] - ((r[:, None] - at[0]) * normal[0] + (a[None, :] - at[1]) * normal[1]) / max(
            normal[2], 0.2
        )
        beyond = outward * ((bottom if outward < 0 else top) - flat)
        over, short = np.maximum(over, beyond), np.maximum(short, -beyond)
    middle = [float(np.average(x, weights=inside.sum(k))) for x, k in ((r, 1), (a, 0))]
    corner_share, root_share = (entry("scan", f"{part}_share") for part in ("corner", "root"))
    aside = np.abs(r - middle[0]) > corner_share * math.sqrt(inside.sum() / math.pi)
    corner = aside[:, None] & (a < middle[1])[None, :]
    least = max(root_share * float(np.median((top - bottom)[inside])), step)
    kept = inside & (np.maximum(over, short) < OFF) & ~(corner & (short > least))
    if kept.sum() <= 0.6 * inside.sum():
        return made
    return r, a, bottom, top, columns.one_part(kept)


def _axis(low: Plate, up: Plate, frame: Frame) -> Floats:
    """Cranial axis: both normals together, or the one plate that is seen."""
    found = np.zeros(3)
    for plate in (low, up):
        if not plate.cut or low.cut == up.cut:
            found = found + plate.normal
    bent = math.degrees(math.acos(np.clip(found @ frame.axes[2] / np.linalg.norm(found), -1, 1)))
    return found if bent < columns.BEND else frame.axes[2]


def _centroid(frame: Frame, made: _Columns) -> Floats:
    """Centroid (3,) [mm] of the columns."""
    r, a, bottom, top, inside = made
    weight = np.where(inside, top - bottom, 0.0)
    total = weight.sum()
    local = [
        (weight * r[:, None]).sum() / total,
        (weight * a[None, :]).sum() / total,
        float(np.nansum(np.where(inside, weight * 0.5 * (top + bottom), 0.0)) / total),
    ]
    return frame.points(np.array(local))


def pitch(normal: Floats, frame: Frame) -> float:
    """Forward inclination [deg] of a plate's normal in the sagittal plane of a frame."""
    return math.degrees(math.atan2(normal @ frame.axes[1], normal @ frame.axes[2]))


def heights(found: Body) -> dict[str, float]:
    """Anterior, middle, posterior and mean height [mm] of a body."""
    return columns.thirds(
        found.right, found.anterior, found.top - found.bottom, found.inside, found.bone.voxel
    )


def wedge(found: Body) -> float:
    """Wedge [deg] of a body, taller in front positive."""
    return pitch(found.lower.normal, found.frame) - pitch(found.upper.normal, found.frame)


def volume(found: Body) -> float:
    """Volume [ml] of a body: all of a label without arch, else its voxels within the columns."""
    mask = found.bone.mask
    if found.bone.wall is None:
        return float(mask.array.sum()) * mask.voxel
    at = mask.world(np.argwhere(mask.array).astype(float))
    point, normal = found.bone.wall
    edge = float(np.abs(normal @ mask.affine[:3, :3]).sum())
    share = np.clip((at - point) @ normal / edge + 0.5, 0.0, 1.0)
    return float((share * found.holds(at)).sum()) * mask.voxel
