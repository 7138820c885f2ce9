"""What is doubtful about a scan: one line each, beside the numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from scipy import ndimage

from tractus.errors import InputError
from tractus.imaging import conventions
from tractus.imaging.conventions import Reading
from tractus.imaging.fits import usual_distance
from tractus.imaging.measure import CURVED, Measured
from tractus.imaging.parts import Parts, neighbours, ordered
from tractus.imaging.volume import Volume

THICK = 2.5  # mm of a voxel's edge above which single numbers are coarse
APART = (0.65, 1.5)  # measured over usual distance of two neighbours
CONTACT = 150.0  # mm2 by which a first sacral segment hangs on the sacrum
SEEN = 2_000_000  # voxels of a map that are looked at to place it
SIX = "totalsegmentator-v3"


def anatomy(volume: Volume, parts: Parts, found: Measured) -> list[str]:
    """Cut bodies, odd distances, missing levels, plates that are no planes, thick slices."""
    lines = []
    thick = volume.spacing.max()
    if thick > THICK:
        lines.append(
            f"voxels of {' x '.join(f'{s:.3g}' for s in volume.spacing)} mm: heights and slips "
            f"come from the average of many voxels, single ones are no finer than {thick:.2g} mm"
        )
    cut = left_out(parts, found)
    if cut:
        lines.append(f"{'; '.join(cut)}: left out of bodies and spacing")
    names = ordered(found.bodies)
    for low, up in itertools.pairwise(names):
        if not neighbours(low, up):
            lines.append(f"between {up} and {low} a vertebra is missing in the labels")
    for key, value in found.values.items():
        if key[0] == "spacing":
            ratio = value / usual_distance(*key[1].split("-"))
            if not APART[0] <= ratio <= APART[1]:
                lines.append(f"{key[1]}: {value:.1f} mm between centres is unusual")
    for name, body in found.bodies.items():
        worst = max(body.lower.residual, body.upper.residual)
        if body.complete and worst > max(CURVED, 0.45 * body.bone.voxel):
            lines.append(
                f"{name}: an endplate departs {worst:.1f} mm from a plane (fracture, node, or a "
                "faulty label)"
            )
    alone = list(found.drawn)
    if alone:
        lines.append(
            f"{', '.join(alone)}: measured as labelled, 2 to 3 mm lower than from bone to bone, "
            "as the labels do not hold both endplates"
        )
    for name in parts.discs:
        if name not in found.gaps and name not in alone:
            lines.append(f"{name}: labelled, but cut by the border of the image or too small")
    return lines


def left_out(parts: Parts, found: Measured) -> list[str]:
    """Which vertebrae give no body, and why; a few words each."""
    lines = []
    for name, body in found.bodies.items():
        ends = [end for end, plate in (("below", body.lower), ("above", body.upper)) if plate.cut]
        if ends:
            lines.append(f"{name} is cut by the border of the image {' and '.join(ends)}")
    missing = [name for name in parts.vertebrae if name not in found.bodies]
    return lines + [f"{name} shows too little of its body" for name in missing]


def nothing_whole(name: str, parts: Parts, found: Measured, dropped: list[str]) -> str:
    """Why nothing of a map can be measured, per vertebra."""
    why = [*left_out(parts, found), *(line for line in dropped if "remnant" in line)]
    return (
        f"{name}: no body is whole, and no disc has both of its endplates in the image: "
        f"{'; '.join(why) or 'it shows no vertebra'}"
    )


def same_place(labels: Volume, image: Volume) -> list[str]:
    """Hold the grid of an image against that of its labels. Raises InputError where apart."""
    step = max(2, round((labels.array.size / SEEN) ** (1 / 3)))
    inside = step * np.argwhere(labels.array[::step, ::step, ::step] > 0).astype(np.float64)
    index = image.index(labels.world(inside))
    ok = ((index >= -0.5) & (index <= np.array(image.array.shape) - 0.5)).all(-1)
    if ok.mean() < 0.5:
        raise InputError(
            f"{image.name}: lies elsewhere than the labels ({100 * ok.mean():.0f} % of them are "
            "inside it); give the image that was segmented"
        )
    offset = image.index(labels.affine[:3, 3])
    alike = np.allclose(image.affine[:3, :3], labels.affine[:3, :3], atol=1e-3)
    if alike and np.allclose(offset, np.rint(offset), atol=0.02):
        return []
    return [f"{image.name}: another grid than the labels; drawn at the same place in space"]


def touching(volume: Volume, one: int, other: int) -> float:
    """Area [mm2] over which two labels touch."""
    box = ndimage.find_objects((volume.array == one).astype(np.uint8))
    if not box or box[0] is None:
        return 0.0
    crop = volume.crop(box[0], 1).array
    area = 0.0
    for axis in range(3):
        a, b = np.delete(crop, -1, axis), np.delete(crop, 0, axis)
        faces = ((a == one) & (b == other)) | ((a == other) & (b == one))
        area += float(faces.sum()) * volume.voxel * 1000.0 / float(volume.spacing[axis])
    return area


def sacral_or_lumbar(
    volume: Volume, reading: Reading, doubts: list[str], wanted: str | None
) -> tuple[Reading, list[str]]:
    """TotalSegmentator's label 26: S1 (v2) hangs on the sacrum, L6 (v3) stands above a disc."""
    if wanted is not None or not reading.convention.startswith("totalsegmentator-v"):
        return reading, doubts
    labels = [i for i in range(1, int(volume.array.max()) + 1) if (volume.array == i).any()]
    if 26 not in labels or reading.convention == "totalsegmentator-v1":
        return reading, doubts
    held = touching(volume, 26, 25) > CONTACT if 25 in labels else True
    name = "totalsegmentator-v2" if held else SIX
    why = "it hangs on the sacrum" if held else "it stands free of the sacrum"
    line = (
        f"label 26 read as {'S1' if held else 'L6'} ({name}), since {why}; "
        f"{SIX if held else 'totalsegmentator-v2'} would call it {'L6' if held else 'S1'}"
    )
    return replace(conventions.read(name, labels)), [line]
