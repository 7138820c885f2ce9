"""A label map taken apart: one mask per vertebra, disc, sacrum and canal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import ndimage

from tractus.errors import InputError
from tractus.imaging.conventions import ORDER, Label, Reading
from tractus.imaging.volume import Mask, Volume

STRAY = 0.05  # share of a label below which a separate part of it is dropped
MARGIN = 4  # voxels around a crop
SMALL = 2.0  # ml below which a vertebra is a remnant at the border of the image
COARSE = 6_000_000  # voxels above which labels are first looked at in steps


@dataclass(frozen=True)
class Parts:
    """Masks by name, and the whole volume that they were cut from."""

    whole: Volume
    vertebrae: Mapping[str, Volume]
    sacrum: Volume | None = None
    discs: Mapping[str, Volume] = field(default_factory=dict)
    canal: Volume | None = None


def labels_of(volume: Volume) -> dict[int, Label]:
    """Every label of a map with its size [ml] and centre [mm]; large maps in coarse steps."""
    step = max(1, round((volume.array.size / COARSE) ** (1 / 3)))
    affine = volume.affine.copy()
    affine[:3, :3] *= step
    coarse = Volume(volume.array[::step, ::step, ::step], affine)
    out = {}
    for i, box in enumerate(ndimage.find_objects(coarse.array), start=1):
        if box is None:
            continue
        at = np.argwhere(coarse.array[box] == i)
        start = np.array([s.start for s in box])
        size = len(at) * coarse.voxel
        ends = zip(box, coarse.array.shape, strict=True)
        cut = any(s.start == 0 or s.stop == n for s, n in ends)
        out[i] = Label(i, size, coarse.world(np.median(at, axis=0) + start), cut)
    return out


def take_apart(volume: Volume, reading: Reading) -> tuple[Parts, list[str]]:
    """The masks that a reading names, and what was dropped."""
    warnings: list[str] = []
    boxes = ndimage.find_objects(volume.array)

    def mask(label: int | None, name: str) -> Volume | None:
        if label is None or label > len(boxes) or boxes[label - 1] is None:
            return None
        crop = volume.crop(boxes[label - 1], MARGIN)
        inside = crop.array == label
        kept, dropped = _without_strays(inside)
        if dropped:
            warnings.append(f"{name}: {dropped} voxels apart from the rest were left out")
        return Volume(kept.astype(np.uint8), crop.affine, name)

    if reading.all_vertebrae is not None:
        sacrum = mask(reading.sacrum, "S1")
        if mask(reading.all_vertebrae, "vertebrae") is None:
            raise InputError(f"no label {reading.all_vertebrae}, which holds all vertebrae")
        from tractus.imaging.split import split

        bones, between = split(volume, reading, next(iter(reading.vertebrae.values())))
        sacrum = bones.pop("S1", sacrum)
        return Parts(volume, bones, sacrum, between, mask(reading.canal, "canal")), warnings
    bones = {}
    for label, name in reading.vertebrae.items():
        found = mask(label, name)
        if found is None:
            continue
        if float(found.array.sum()) * found.voxel < SMALL and name[0] != "C":
            warnings.append(f"{name}: only a remnant at the border, left out")
            continue
        bones[name] = found
    gaps = {name: m for k, name in reading.discs.items() if (m := mask(k, name)) is not None}
    parts = Parts(volume, bones, mask(reading.sacrum, "S1"), gaps, mask(reading.canal, "canal"))
    return parts, warnings


def _without_strays(inside: Mask) -> tuple[Mask, int]:
    """A mask without small separate parts, and the number of voxels dropped."""
    parts, count = ndimage.label(inside, np.ones((3, 3, 3)))
    if count < 2:
        return inside, 0
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    keep = sizes >= max(STRAY * sizes.sum(), 1)
    keep[sizes.argmax()] = True
    keep[0] = False
    kept = keep[parts]
    return kept, int(inside.sum() - kept.sum())


def ordered(names: Mapping[str, object]) -> list[str]:
    """Names from the lowest vertebra up."""
    return sorted(names, key=lambda n: -ORDER.index(n))


def neighbours(low: str, up: str) -> bool:
    """Whether two vertebrae border on one disc; T13 and L6 are counted where they are there."""
    steps = ORDER.index(low) - ORDER.index(up)
    between = ORDER[ORDER.index(up) + 1 : ORDER.index(low)]
    return steps == 1 or (steps > 1 and all(n in ("T13", "L6", "L7") for n in between))
