"""A disc that is labelled where no bone is seen on one of its sides: measured by itself."""

from __future__ import annotations

import numpy as np

from tractus.imaging import bones, columns
from tractus.imaging.columns import framed
from tractus.imaging.gaps import LEAST, REACH, Gap
from tractus.imaging.volume import Floats, Volume
from tractus.tables import entry

ROUNDS = 3


def cut(mask: Volume, whole: Volume) -> bool:
    """Whether a label reaches the border of the map."""
    index = whole.index(mask.world(np.argwhere(mask.array).astype(float)))
    last = np.array(whole.array.shape) - 1.0
    border = entry("scan", "border")
    return bool(((index < border) | (index > last - border)).any())


def drawn(mask: Volume, field: Volume, front: Floats, level: float = 0.5) -> Gap | None:
    """The space that a label fills, along the axis of its own two faces; None where too small.

    The search begins in the direction in which the label is thinnest. `field` has the surface of
    the mask, `front` (3,) points forward. Its slip is nan: a disc alone shows none.
    """
    at = mask.world(np.argwhere(mask.array).astype(float))
    centre = at.mean(0)
    axis = np.linalg.svd(at - centre, full_matrices=False)[2][2]
    axis = axis if axis[2] >= 0.0 else -axis
    width, depth, _ = bones.REACH
    r, a = columns.grid(width, -depth, depth)
    z = np.arange(-REACH, REACH + 0.4, 0.5)
    for _ in range(ROUNDS):
        frame = framed(centre, axis, front)
        floor, roof = columns.longest_run(columns.through(field, frame, r, a, z), z, level)
        inside = columns.footprint(roof - floor)
        if inside.sum() < LEAST:
            return None
        step = mask.thickness(frame.axes[2])
        low, up = (
            columns.plane(r, a, face, inside, step)[0] @ frame.axes for face in (floor, roof)
        )
        axis = low + up
    wedge = bones.pitch(low, frame) - bones.pitch(up, frame)
    return Gap(frame, r, a, floor, roof, inside, wedge, float("nan"), field.edge)
