"""One label for all vertebrae: told apart by the discs between them, or by their thickness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from tractus.errors import InputError
from tractus.imaging.conventions import ORDER, RARE, Reading
from tractus.imaging.fits import along
from tractus.imaging.volume import Floats, Mask, Volume

BALL = 3.0  # mm of the opening that cuts thin bridges
LEAST = 4.0  # ml of a vertebra
LEAST_DISC = 0.7  # ml of a disc
ACROSS = 0.2  # share of a piece beyond a disc by which it is more than one vertebra


def split(
    volume: Volume, reading: Reading, lowest: str
) -> tuple[dict[str, Volume], dict[str, Volume]]:
    """Masks of vertebrae and of the discs between them, named from `lowest` up."""
    bone = volume.array == reading.all_vertebrae
    discs = _disc_parts(volume, reading.all_discs)
    labels = _by_discs(volume, bone, discs) if discs else _by_thickness(volume, bone)
    masks = _masks(volume, labels, LEAST)
    if not masks:
        raise InputError("the label of all vertebrae holds none that is large enough to measure")
    names = [n for n in ORDER[ORDER.index(lowest) :: -1] if n == lowest or n not in RARE]
    bones = dict(zip(names, masks, strict=False))
    return bones, _named_discs(bones, discs)


def _disc_parts(volume: Volume, label: int | None) -> list[Volume]:
    """Separate discs, the lowest first."""
    if label is None:
        return []
    parts, _ = ndimage.label(volume.array == label)
    return _masks(volume, parts, LEAST_DISC)


def _masks(volume: Volume, labels: NDArray[np.int32], least: float) -> list[Volume]:
    """Masks of the labels of at least `least` ml, the lowest first."""
    out = []
    for i, box in enumerate(ndimage.find_objects(labels), start=1):
        if box is None:
            continue
        crop = Volume(labels, volume.affine).crop(box, 4)
        inside = (crop.array == i).astype(np.uint8)
        if inside.sum() * volume.voxel >= least:
            out.append(Volume(inside, crop.affine))
    if not out:
        return []
    return [out[i] for i in np.argsort(along(np.array([_centre(m) for m in out])))]


def _centre(mask: Volume) -> Floats:
    return mask.world(np.argwhere(mask.array).mean(0))


def _normal(mask: Volume) -> Floats:
    """Direction (3,) in which a disc is thinnest, cranial."""
    at = mask.world(np.argwhere(mask.array).astype(float))
    axis = np.linalg.svd(at - at.mean(0), full_matrices=False)[2][2]
    return np.asarray(axis if axis[2] >= 0 else -axis)


def _by_discs(volume: Volume, bone: NDArray[np.bool_], discs: list[Volume]) -> NDArray[np.int32]:
    """Each voxel of bone numbered by how many discs lie below it.

    Separate pieces are counted as wholes; only one that reaches past the middle of a disc by
    itself is cut along the planes of the discs.
    """
    planes = [(_centre(one), _normal(one)) for one in discs]
    pieces, number = ndimage.label(bone)
    at = np.argwhere(bone)
    piece = pieces[tuple(at.T)]
    points = volume.world(at.astype(float))
    sides = [np.asarray((points - centre) @ normal > 0.0) for centre, normal in planes]
    above = np.stack(sides, 1)
    size = np.maximum(np.bincount(piece, minlength=number + 1), 1)[:, None]
    share = np.stack([np.bincount(piece, a, number + 1) for a in above.T], 1) / size
    across = np.any((share > ACROSS) & (share < 1.0 - ACROSS), axis=1)
    whole = 1 + np.sum(share > 0.5, axis=1)
    labels = np.zeros(volume.array.shape, np.int32)
    count = np.where(np.take(across, piece), 1 + above.sum(1), np.take(whole, piece))
    labels[tuple(at.T)] = count
    return labels


def _by_thickness(volume: Volume, bone: Mask) -> NDArray[np.int32]:
    """Bodies are the thickest parts; each voxel goes to the nearest of them."""
    depth = ndimage.distance_transform_edt(bone, sampling=volume.spacing)
    opened = depth > BALL
    for share in (0.55, 0.65, 0.75):
        cores, count = ndimage.label(opened & (depth > share * depth.max()))
        if count > 1:
            break
    near = ndimage.distance_transform_edt(
        cores == 0, sampling=volume.spacing, return_distances=False, return_indices=True
    )
    return np.where(bone, cores[tuple(near)], 0).astype(np.int32)


def _named_discs(bones: dict[str, Volume], discs: list[Volume]) -> dict[str, Volume]:
    """Discs by the two vertebrae that lie next to them."""
    names = list(bones)
    height = {n: _centre(bones[n])[2] for n in names}
    out = {}
    for one in discs:
        middle = _centre(one)[2]
        below = [n for n in names if height[n] < middle]
        above = [n for n in names if height[n] > middle]
        if above and below:
            out[f"{above[0]}-{below[-1]}"] = one
        elif above and above[0] == "L5":
            out["L5-S1"] = one
    return out
