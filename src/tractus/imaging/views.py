"""Pictures of a measured scan: sections that follow the bodies, and where a point lies on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tractus.imaging import curves
from tractus.imaging.bones import Body, Plate
from tractus.imaging.columns import STRIP, Frame, framed
from tractus.imaging.gaps import Gap
from tractus.imaging.parts import Parts
from tractus.imaging.scan import Scan
from tractus.imaging.volume import Floats

STEP = 0.7  # mm of a pixel
MARGIN = {"sagittal": (70.0, 45.0), "coronal": (50.0, 50.0)}
"""Millimetres shown to either side of the bodies: behind and in front; left and right."""
ENDS = 28.0  # mm shown above and below
BANDS = {"anterior": 0.875, "middle": 0.5, "posterior": 0.125}
PLATE = 15.0  # mm to either side that the plate of the sacrum is drawn

Kind = Literal["sagittal", "coronal"]
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class View:
    """A section that follows the line of the bodies; x [mm] to the front or right, y [mm] up."""

    kind: Kind
    frame: Frame
    x: Floats
    y: Floats
    grey: Floats | None
    """Image (y, x), None where there is none."""
    parts: NDArray[np.int16]
    """Number (y, x) of the part in `names` plus one; 0 for nothing."""
    names: list[str]

    def place(self, points: Floats) -> Points:
        """Where world points (n, 3) lie in the picture [mm]."""
        local = self.frame.local(np.atleast_2d(points))
        across = local[:, 1 if self.kind == "sagittal" else 0]
        return [(float(a), float(u)) for a, u in zip(across, local[:, 2], strict=True)]


def view(scan: Scan, kind: Kind) -> View:
    """The mid-sagittal or the coronal section through the bodies of a scan."""
    frame, places = _line(scan)
    middle = frame.local(places)
    order = np.argsort(middle[:, 2])
    x_axis, follow = (1, 0) if kind == "sagittal" else (0, 1)
    low, high = MARGIN[kind]
    x = np.arange(middle[:, x_axis].min() - low, middle[:, x_axis].max() + high, STEP)
    plate = scan.found.sacrum
    lowest = middle[:, 2].min() if plate is None else frame.local(plate.point)[2]
    y = np.arange(lowest - ENDS, middle[:, 2].max() + ENDS, STEP)
    line = np.interp(y, middle[order, 2], middle[order, follow])
    local = np.zeros((len(y), len(x), 3))
    local[..., x_axis], local[..., follow], local[..., 2] = x, line[:, None], y[:, None]
    points = frame.points(local)
    grey = None
    if scan.image is not None:
        dark = float(np.nan_to_num(scan.image.array.min()))
        grey = np.nan_to_num(scan.image.sample(points, outside=dark), nan=dark)
    parts, names = _parts(scan.parts, points)
    return View(kind, frame, x, y, grey, parts, names)


def _line(scan: Scan) -> tuple[Frame, Floats]:
    """Frame of what is shown, and the places (n, 3) [mm] that the section follows."""
    bodies = scan.found.bodies
    if bodies:
        return curves.whole_frame(bodies), np.array([b.centroid for b in curves.shown(bodies)])
    discs = [gap.frame for gap in scan.found.drawn.values()]
    origins = np.array([f.origin for f in discs])
    cranial = np.mean([f.axes[2] for f in discs], axis=0)
    return framed(origins.mean(0), cranial, np.mean([f.axes[1] for f in discs], axis=0)), origins


def _parts(parts: Parts, points: Floats) -> tuple[NDArray[np.int16], list[str]]:
    masks = dict(parts.vertebrae)
    if parts.sacrum is not None:
        masks["S1"] = parts.sacrum
    masks |= parts.discs
    if parts.canal is not None:
        masks["canal"] = parts.canal
    out = np.zeros(points.shape[:-1], np.int16)
    for number, mask in enumerate(masks.values(), start=1):
        out[(out == 0) & (mask.sample(points) >= 0.5)] = number
    return out, list(masks)


def plate_line(shown: View, plate: Plate, body: Body | None) -> Points:
    """Two ends of an endplate's plane in the picture."""
    axis = shown.frame.axes[1 if shown.kind == "sagittal" else 0]
    ends = [-PLATE, PLATE]
    if body is not None:
        inside = np.flatnonzero(body.inside.any(0 if shown.kind == "sagittal" else 1))
        along = body.anterior if shown.kind == "sagittal" else body.right
        turned = body.frame.axes[1 if shown.kind == "sagittal" else 0]
        middle = (plate.point - body.frame.origin) @ turned
        ends = [float(along[inside[0]] - middle), float(along[inside[-1]] - middle)]
    slope = (axis @ plate.normal) / (shown.frame.axes[2] @ plate.normal)
    direction = axis - slope * shown.frame.axes[2]
    direction = direction / np.linalg.norm(direction)
    return shown.place(np.array([plate.point + e * direction for e in ends]))


def height_bars(shown: View, gap: Gap) -> dict[str, Points]:
    """The three heights of a disc as bars from floor to roof in the mid-sagittal picture."""
    strip = np.abs(gap.right - np.median(gap.right[gap.inside.any(1)])) <= STRIP
    use = gap.inside & strip[:, None]
    rows = np.flatnonzero(use.any(0))
    out: dict[str, Points] = {}
    if not rows.size:
        return out
    for name, share in BANDS.items():
        j = round(float(rows[0] + share * (rows[-1] - rows[0])))
        column = use[:, j]
        if column.any():
            right = float(gap.right[column].mean())
            ends = [float(np.median(s[column, j])) for s in (gap.floor, gap.roof)]
            local = np.array([[right, gap.anterior[j], z] for z in ends])
            out[name] = shown.place(gap.frame.points(local))
    return out
