"""Files to volumes: NIfTI and the like, DICOM series, DICOM SEG.  One clear line for bad files."""

from __future__ import annotations

import gzip
import importlib
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tractus.errors import InputError
from tractus.imaging.volume import Volume, canonical

LARGEST = 300_000_000
"""Voxels of the largest volume that is read; 512 x 512 x 600 are 157 million."""
BYTES = 700_000_000
"""Bytes of its voxels, unpacked: with what reading takes beside them they stay below 2 GB."""
SLACK = 10_000_000
"""Bytes that a file may hold beyond its voxels: header and extensions."""
SUFFIXES = (".nii", ".nii.gz", ".mha", ".nrrd")
FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])  # left, posterior, cranial to right, anterior, cranial


def library(name: str) -> Any:
    """A library of the extra `scan`. Raises InputError where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise InputError(
            f"reading scans needs {name}, which is not installed: pip install 'tractus[scan]'"
        ) from None


def read_labels(path: Path) -> tuple[Volume, dict[int, str], list[str]]:
    """A label map, the names its file gives to labels (DICOM SEG), and warnings."""
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_dir() or path.suffix.lower() in (".dcm", "") or _is_dicom(path):
        from tractus.imaging import dicom

        return dicom.read_segmentation(path)
    volume, warnings = _read_file(path, labels=True)
    return volume, {}, warnings


def read_image(path: Path) -> tuple[Volume, list[str]]:
    """The image behind the labels: a file, or a folder with one DICOM series."""
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if path.is_dir():
        from tractus.imaging import dicom

        return dicom.read_series(path)
    if path.suffix.lower() == ".dcm" or _is_dicom(path):
        raise InputError(f"{path}: one DICOM file; give the folder that holds its series")
    return _read_file(path, labels=False)


def _is_dicom(path: Path) -> bool:
    """Whether a file under another name is DICOM, as scanners write them without suffix."""
    if path.name.lower().endswith(SUFFIXES):
        return False
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def _read_file(path: Path, labels: bool) -> tuple[Volume, list[str]]:
    sitk = library("SimpleITK")
    if not path.name.lower().endswith(SUFFIXES):
        other = "DICOM SEG" if labels else "a folder with a DICOM series"
        raise InputError(
            f"{path}: not a format that is read; allowed: {', '.join(SUFFIXES)}, {other}"
        )
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        check_size(path, reader.GetSize(), reader.GetSpacing())
        if _bytes(reader) > BYTES:
            raise InputError(
                f"{path}: {_bytes(reader) / 1e9:.2g} GB of voxels; crop it to the spine, or store "
                "whole numbers"
            )
        check_content(path, reader)
        image = reader.Execute()
    except RuntimeError as error:
        raise InputError(f"{path}: cannot be read: {_reason(error)}") from None
    if image.GetDimension() == 4:
        image = image[:, :, :, 0]
    if image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(f"{path}: has colours or vectors; one number per voxel is needed")
    return from_sitk(image, path, labels), []


def from_sitk(image: Any, path: Path, labels: bool) -> Volume:
    """A SimpleITK image as a volume with axes right, anterior, cranial."""
    sitk = library("SimpleITK")
    if labels:
        image = _whole(image, path)
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    array = sitk.GetArrayViewFromImage(image).transpose(2, 1, 0)
    try:
        volume = canonical(array, FLIP @ affine, path.name)
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return whole(volume) if labels else replace(volume, owner=image)


def whole(volume: Volume) -> Volume:
    """The volume with its voxels in one piece, quick to look at."""
    return Volume(np.ascontiguousarray(volume.array), volume.affine, volume.name)


def _whole(image: Any, path: Path) -> Any:
    """Labels as small whole numbers. Raises InputError where they are none."""
    sitk = library("SimpleITK")
    view = sitk.GetArrayViewFromImage(image)
    top, low = 0, 0
    for part in view:  # slice by slice, so that a large map is not held twice
        if part.dtype.kind == "f" and not np.array_equal(part, np.rint(part)):
            odd = part[part != np.rint(part)].flat[0]
            raise InputError(
                f"{path}: holds {odd:.4g}; labels are whole numbers, is this an image or a "
                "map of probabilities?"
            )
        top, low = max(top, int(part.max())), min(low, int(part.min()))
    if low < 0 or top > 65535:
        raise InputError(f"{path}: labels from {low} to {top}; is this an image?")
    if top == 0:
        raise InputError(f"{path}: no label in it, every voxel is 0")
    del view
    kind = sitk.sitkUInt8 if top < 256 else sitk.sitkUInt16
    return image if image.GetPixelID() == kind else sitk.Cast(image, kind)


def check_size(path: Path, size: tuple[int, ...], spacing: tuple[float, ...]) -> None:
    """Refuse what is no volume, what is too large, and headers whose axes are permuted."""
    extra = [n for n in size[3:] if n != 1]
    if len(size) < 3 or extra:
        raise InputError(f"{path}: has {len(size)} dimensions ({_times(size)}); give one volume")
    n, step = np.array(size[:3], float), np.array(spacing[:3], float)
    if n.prod() > LARGEST:
        raise InputError(
            f"{path}: {_times(size)} voxels are more than {LARGEST / 1e6:.0f} million; crop it to "
            "the spine or resample it"
        )
    if n.min() < 2:
        raise InputError(f"{path}: {_times(size)} voxels are a slice, not a volume")
    if not np.all(np.isfinite(step)) or step.min() < 0.05 or step.max() > 20.0:
        raise InputError(f"{path}: voxels of {_times(spacing[:3])} mm are not possible")
    extent = n * step
    coarse = int(step.argmax())
    if step.max() > 3.0 * step.min() and n[coarse] > 3.0 * n.min() and extent.min() < 15.0:
        raise InputError(
            f"{path}: {_times(size[:3])} voxels of {_times(spacing[:3])} mm give a slab of "
            f"{extent.min():.3g} mm: the axes of the header look permuted; write it anew"
        )


def check_content(path: Path, reader: Any) -> None:
    """Refuse a NIfTI file whose content is shorter or far longer than its header says."""
    name = path.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        return
    bits = reader.GetMetaData("bitpix") if reader.HasMetaDataKey("bitpix") else "8"
    need = int(np.prod([float(n) for n in reader.GetSize()])) * int(bits) // 8
    found = 0
    try:
        with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
            while part := file.read(1 << 22):
                found += len(part)
                if found > need + SLACK:
                    raise InputError(
                        f"{path}: unpacks to far more than the {need} bytes that its header tells"
                    )
    except (EOFError, OSError, zlib.error) as error:
        raise InputError(f"{path}: cut off or damaged ({error})") from None
    if found < need:
        raise InputError(f"{path}: cut off: {found} bytes where the header needs {need}")


def _bytes(reader: Any) -> int:
    """Bytes of the voxels that a header tells of."""
    sitk = library("SimpleITK")
    one = sitk.Image([1] * 2, reader.GetPixelID(), reader.GetNumberOfComponents())
    return int(np.prod([float(n) for n in reader.GetSize()])) * int(one.GetSizeOfPixelComponent())


def _times(values: Any) -> str:
    return " x ".join(f"{v:g}" for v in values)


def _reason(error: Exception) -> str:
    """The last words of a message of ITK, which is many lines long."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else "unknown reason")[-160:].removeprefix("sitk::ERROR: ")


def label_array(values: NDArray[Any]) -> NDArray[Any]:
    """Labels in the smallest type that holds them."""
    return values.astype(np.uint8 if values.max() < 256 else np.uint16)
