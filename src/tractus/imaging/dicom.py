"""DICOM: segmentations (SEG) with the names of their segments, and image series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tractus.errors import InputError
from tractus.imaging.read import FLIP, LARGEST, from_sitk, label_array, library, whole
from tractus.imaging.volume import Volume, canonical

SEGMENTATIONS = ("1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7")
UNEVEN = 0.05  # share of the slice step by which slices may stray from it
MOST = 20_000
"""Files of a folder that are looked at."""


def headers(folder: Path) -> dict[Path, Any]:
    """Headers of the DICOM files in a folder, without their pixels."""
    pydicom = library("pydicom")
    out = {}
    for path in sorted(p for p in folder.iterdir() if p.is_file())[:MOST]:
        try:
            out[path] = pydicom.dcmread(path, stop_before_pixels=True)
        except (pydicom.errors.InvalidDicomError, OSError, ValueError, EOFError):
            continue
    if not out:
        raise InputError(f"{folder}: no DICOM file in this folder")
    return out


def read_segmentation(path: Path) -> tuple[Volume, dict[int, str], list[str]]:
    """A DICOM SEG, or the one in a folder: labels, names of its segments, warnings."""
    if path.is_dir():
        found = [p for p, h in headers(path).items() if h.get("SOPClassUID") in SEGMENTATIONS]
        if len(found) != 1:
            raise InputError(
                f"{path}: {len(found)} DICOM SEG in this folder; give the one file of labels"
            )
        path = found[0]
    highdicom, pydicom = library("highdicom"), library("pydicom")
    try:
        head = pydicom.dcmread(path, stop_before_pixels=True)
        if head.get("SOPClassUID") not in SEGMENTATIONS:
            raise InputError(f"{path}: DICOM, but no segmentation (SEG)")
        if int(head.Rows) * int(head.Columns) > LARGEST // 2:
            raise InputError(f"{path}: slices of {head.Rows} x {head.Columns} are too large")
        seg = highdicom.seg.segread(path, lazy_frame_retrieval=True)
        names = {int(s.SegmentNumber): str(s.SegmentLabel) for s in seg.SegmentSequence}
        names.pop(0, None)
        array, affine, warnings = _labels(seg, names)
        if _slices(head) > array.shape[0]:
            warnings.append(
                f"{path.name}: leaves out slices without labels, so that its first and last bones "
                "count as cut unless --image gives its series"
            )
    except InputError as error:
        told = str(error)
        raise InputError(told if told.startswith(str(path)) else f"{path}: {told}") from None
    except (pydicom.errors.InvalidDicomError, OSError, EOFError):
        raise InputError(f"{path}: not DICOM, or cut off") from None
    except Exception as error:  # highdicom raises many kinds for what it cannot place in space
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"{path}: a segmentation that cannot be placed: {reason}") from None
    return whole(canonical(array, FLIP @ affine, path.name)), names, warnings


def _slices(head: Any) -> int:
    """Slices of the series that a segmentation refers to."""
    series = head.get("ReferencedSeriesSequence") or [{}]
    return len(series[0].get("ReferencedInstanceSequence") or [])


def _labels(seg: Any, names: dict[int, str]) -> tuple[NDArray[Any], NDArray[np.float64], list[str]]:
    """Segments as one label array, voxels claimed twice going to the first segment."""
    out: NDArray[Any] | None = None
    affine = np.eye(4)
    twice = 0
    geometry = seg.get_volume_geometry()
    if geometry is None:
        raise InputError("its frames are no stack of parallel slices")
    if int(np.prod([float(n) for n in geometry.spatial_shape])) > LARGEST:
        raise InputError(f"{geometry.spatial_shape} voxels are too many; crop it to the spine")
    for number in names:
        volume = seg.get_volume(
            segment_numbers=[number], combine_segments=False, rescale_fractional=True
        )
        part = volume.array[..., 0] >= 0.5
        if out is None:
            out, affine = np.zeros(part.shape, np.uint16), np.asarray(volume.affine)
        twice += int((part & (out > 0)).sum())
        out[part & (out == 0)] = number
    if out is None or not out.any():
        raise InputError("the segmentation holds no segment with voxels")
    lines = [f"{twice} voxels belong to two segments; kept for the first"] if twice else []
    return label_array(out), affine, lines


def read_series(folder: Path) -> tuple[Volume, list[str]]:
    """The one image series of a folder; slices are placed where their headers put them."""
    sitk = library("SimpleITK")
    series: dict[str, list[tuple[Path, Any]]] = {}
    for path, head in headers(folder).items():
        if "ImagePositionPatient" in head and head.get("SOPClassUID") not in SEGMENTATIONS:
            series.setdefault(str(head.get("SeriesInstanceUID")), []).append((path, head))
    if len(series) != 1:
        text = "; ".join(_described(items) for items in series.values()) or "none"
        raise InputError(f"{folder}: {len(series)} image series ({text}); give a folder with one")
    files, step, warnings = _sorted(folder, next(iter(series.values())))
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(p) for p in files])
    try:
        image = reader.Execute()
    except RuntimeError as error:
        last = str(error).strip().splitlines()[-1].strip()
        raise InputError(f"{folder}: cannot be read: {last[-160:]}") from None
    spacing = image.GetSpacing()
    image.SetSpacing((spacing[0], spacing[1], step))
    return from_sitk(image, folder, labels=False), warnings


def _described(items: list[tuple[Path, Any]]) -> str:
    head = items[0][1]
    return f"{head.get('SeriesDescription', 'without name')}, {len(items)} slices"


def _sorted(folder: Path, items: list[tuple[Path, Any]]) -> tuple[list[Path], float, list[str]]:
    """Files along the normal of the slices, the step [mm] between them, and warnings."""
    direction = np.array(items[0][1].ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(*direction)
    placed = sorted(
        ((float(np.array(h.ImagePositionPatient, float) @ normal), p) for p, h in items),
        key=lambda pair: pair[0],
    )
    if len(placed) < 2:
        raise InputError(f"{folder}: one slice is not a volume")
    steps = np.diff([z for z, _ in placed])
    step = float(np.median(steps))
    if step <= 0:
        raise InputError(f"{folder}: slices lie on one another; two series in one?")
    warnings = []
    stray = np.abs(steps - step) > UNEVEN * step
    if stray.any():
        warnings.append(
            f"{folder.name}: slices are not evenly spaced ({steps.min():.2f} to {steps.max():.2f} "
            "mm); the image is drawn as if they were"
        )
    told = items[0][1].get("SliceThickness")
    if told is not None and abs(float(told) - step) > UNEVEN * step:
        warnings.append(
            f"{folder.name}: slices of {float(told):g} mm every {step:g} mm; the step counts"
        )
    return [p for _, p in placed], step, warnings
