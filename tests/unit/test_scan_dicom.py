"""DICOM: a folder with one series, or two; SEG whose segments are named after vertebrae."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scan_cases import IDS, short
from tractus.errors import InputError
from tractus.imaging import dicom, read
from tractus.imaging.scan import scan
from tractus.imaging.volume import Volume

pydicom = pytest.importorskip("pydicom")
highdicom = pytest.importorskip("highdicom")

STEP = 2.5


@pytest.fixture(scope="module")
def labels() -> Volume:
    return short().draw(IDS, (2.0, 2.0, STEP))


def series(folder: Path, volume: Volume, name: str = "spine", thickness: float = 4.0) -> list[Any]:
    """Axial CT slices of a volume, one file each; returns what was written."""
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    study, frame, number = generate_uid(), generate_uid(), generate_uid()
    origin = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    out = []
    for k in range(volume.array.shape[2]):
        data = pydicom.Dataset()
        data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, generate_uid()
        data.StudyInstanceUID, data.SeriesInstanceUID = study, number
        data.FrameOfReferenceUID, data.SeriesDescription, data.Modality = frame, name, "CT"
        data.PatientID = data.PatientName = data.StudyID = data.AccessionNumber = ""
        data.PatientBirthDate = data.PatientSex = data.StudyDate = data.StudyTime = ""
        data.ReferringPhysicianName = data.Manufacturer = data.PositionReferenceIndicator = ""
        data.SeriesNumber, data.InstanceNumber = 1, k + 1
        data.ImageOrientationPatient = [-1, 0, 0, 0, -1, 0]
        place = origin @ np.array([0.0, 0.0, float(k), 1.0])
        data.ImagePositionPatient = [round(float(x), 4) for x in place[:3]]
        data.PixelSpacing = [float(volume.spacing[1]), float(volume.spacing[0])]
        data.SliceThickness = thickness
        data.Rows, data.Columns = volume.array.shape[1], volume.array.shape[0]
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit, data.PixelRepresentation = 15, 1
        data.RescaleSlope, data.RescaleIntercept = 1, 0
        data.PixelData = (volume.array[:, :, k].T.astype(np.int16) * 40).tobytes()
        data.file_meta = pydicom.dataset.FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        folder.mkdir(exist_ok=True)
        data.save_as(folder / f"{name}-{99 - k:02d}.dcm", enforce_file_format=True)
        out.append(data)
    return out


def segmentation(path: Path, slices: list[Any], volume: Volume, names: dict[int, str]) -> Path:
    """A DICOM SEG of the labels of a volume."""
    from highdicom.seg import Segmentation, SegmentDescription
    from pydicom.sr.codedict import codes
    from pydicom.uid import generate_uid

    described = [
        SegmentDescription(
            segment_number=i,
            segment_label=name,
            segmented_property_category=codes.SCT.AnatomicalStructure,
            segmented_property_type=codes.SCT.Bone,
            algorithm_type="MANUAL",
        )
        for i, name in enumerate(names.values(), start=1)
    ]
    masks = np.stack([volume.array == k for k in names], -1).transpose(2, 1, 0, 3)
    made = Segmentation(
        source_images=slices,
        pixel_array=masks.astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=described,
        series_instance_uid=generate_uid(),
        series_number=2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="",
        manufacturer_model_name="",
        software_versions="",
        device_serial_number="",
    )
    made.save_as(path)
    return path


def test_series_lies_where_its_positions_put_it(labels: Volume, tmp_path: Path) -> None:
    series(tmp_path / "ct", labels)
    image, warnings = dicom.read_series(tmp_path / "ct")
    assert any("the step counts" in line for line in warnings)
    assert image.spacing[2] == pytest.approx(STEP)
    assert np.array_equal(image.array, labels.array.astype(np.int16) * 40)
    assert np.allclose(image.affine, labels.affine, atol=1e-3)


def test_two_series_in_one_folder(labels: Volume, tmp_path: Path) -> None:
    small = Volume(labels.array[:, :, :5], labels.affine)
    series(tmp_path / "ct", small, "bone")
    series(tmp_path / "ct", small, "soft")
    with pytest.raises(InputError, match="2 image series") as error:
        dicom.read_series(tmp_path / "ct")
    assert "bone, 5 slices" in str(error.value)
    assert "soft, 5 slices" in str(error.value)


def test_a_missing_slice_is_told(labels: Volume, tmp_path: Path) -> None:
    small = Volume(labels.array[:, :, :8], labels.affine)
    series(tmp_path / "ct", small)
    (tmp_path / "ct" / "spine-95.dcm").unlink()
    assert any("not evenly spaced" in line for line in dicom.read_series(tmp_path / "ct")[1])


def test_folder_without_dicom(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(InputError, match="no DICOM file"):
        dicom.read_series(tmp_path)


def test_segments_named_after_vertebrae(labels: Volume, tmp_path: Path) -> None:
    slices = series(tmp_path / "ct", labels)
    names = {24: "L5 vertebra", 23: "vertebrae_L4", 22: "L3"}
    path = segmentation(tmp_path / "seg.dcm", slices, labels, names)
    found = scan(path, tmp_path / "ct").geometry
    assert list(found.vertebrae) == ["L5", "L4", "L3"]
    assert found.discs["L4-L5"].height.mean.value == pytest.approx(11.0, abs=0.8)
    back = read.read_labels(path)[0]
    inside = np.argwhere(labels.array == 23).mean(0)
    assert np.allclose(
        back.world(np.argwhere(back.array == 2).mean(0)), labels.world(inside), atol=0.01
    )


def test_segments_with_other_names(labels: Volume, tmp_path: Path) -> None:
    small = Volume(labels.array[:, :, :20], labels.affine)
    slices = series(tmp_path / "ct", small)
    path = segmentation(tmp_path / "seg.dcm", slices, small, {24: "liver"})
    with pytest.raises(InputError, match="no segment is named after a vertebra: liver"):
        scan(path)


def test_segmentation_cut_off(labels: Volume, tmp_path: Path) -> None:
    small = Volume(labels.array[:, :, :20], labels.affine)
    path = segmentation(
        tmp_path / "seg.dcm", series(tmp_path / "ct", small), small, {24: "vertebrae_L5"}
    )
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError) as error:
        scan(path)
    assert "\n" not in str(error.value)


def test_an_image_is_no_segmentation(labels: Volume, tmp_path: Path) -> None:
    series(tmp_path / "ct", Volume(labels.array[:, :, :3], labels.affine))
    with pytest.raises(InputError, match="no segmentation"):
        scan(next((tmp_path / "ct").iterdir()))
