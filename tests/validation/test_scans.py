"""Real segmented scans against what others measured on them; skipped where they are absent."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from tractus.errors import InputError
from tractus.imaging import columns, dicom
from tractus.imaging.scan import Scan, scan

LUMBAR = ("L1", "L2", "L3", "L4", "L5")


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "totalsegmentator"


@pytest.fixture(scope="module")
def bodies(folder: Path) -> Scan:
    return scan(folder / "spine_report_totalseg_vertebrae_pp_refined.nii.gz")


WHOLE = ("example_seg_fast_force_split.nii.gz", "example_seg_v1labels_commit5de6e4d.nii.gz")


@pytest.mark.parametrize("name", WHOLE)
def test_two_labels_of_one_body_give_one_spacing(folder: Path, bodies: Scan, name: str) -> None:
    """Whole vertebrae cut at the foramen, against bodies segmented as such.

    The L5 of the bodies ends a voxel higher than that of every other map of this CT.
    """
    whole = scan(folder / name)
    for level in ("L1-L2", "L2-L3", "L3-L4"):
        own, other = (g.geometry.spacing[level].value for g in (whole, bodies))
        assert own == pytest.approx(other, abs=0.3)
    ends = {n: ends_apart(whole, bodies, n) for n in LUMBAR}
    assert 2.0 < ends["L5"][0] < 3.0
    others = [x for n in LUMBAR for x in ends[n] if x != ends["L5"][0]]
    assert np.abs(others).max() < 0.9
    shift = {n: 0.5 * (above - below) for n, (below, above) in ends.items()}
    apart = [g.geometry.spacing["L4-L5"].value for g in (whole, bodies)]
    assert apart[0] - apart[1] == pytest.approx(shift["L4"] - shift["L5"], abs=0.2)


def ends_apart(one: Scan, other: Scan, name: str) -> tuple[float, float]:
    """By how much [mm] a body reaches lower, and higher, in one map than in another."""
    body, field = one.found.bodies[name], other.found.bodies[name].bone.field
    z = np.arange(-26.0, 26.5, 0.5)
    values = columns.through(field, body.frame, body.right, body.anterior, z)
    bottom, top = columns.longest_run(values, z, 0.5)
    use = ndimage.binary_erosion(body.inside & (top - bottom > 15.0), iterations=3)
    return float((bottom - body.bottom)[use].mean()), float((body.top - top)[use].mean())


@pytest.mark.parametrize(
    ("name", "convention"),
    [
        ("example_seg_fast_force_split.nii.gz", "totalsegmentator-v2"),
        ("example_seg_v1labels_commit5de6e4d.nii.gz", "totalsegmentator-v1"),
        ("spine_report_totalseg_vertebrae_pp_refined.nii.gz", "totalsegmentator-pp"),
    ],
)
def test_convention_is_inferred(folder: Path, name: str, convention: str) -> None:
    found = scan(folder / name, folder / "example_ct.nii.gz").geometry
    assert found.convention == convention
    assert [n for n in found.vertebrae if n in LUMBAR] == list(reversed(LUMBAR))
    assert any("T12" in w and "cut" in w for w in found.warnings)


def test_six_or_sacrum_is_told(folder: Path) -> None:
    found = scan(folder / "example_seg_fast_force_split.nii.gz").geometry
    assert any("label 26 read as S1" in w and "L6" in w for w in found.warnings)
    assert found.lordosis is not None
    assert (found.lordosis.upper, found.lordosis.lower) == ("L1", "S1")


def test_one_label_for_all_needs_a_name(folder: Path) -> None:
    path = folder / "spine_report_totalseg_vertebrae_body.nii.gz"
    with pytest.raises(InputError, match="one label"):
        scan(path)
    found = scan(path, convention="totalsegmentator-body:S1").geometry
    assert {"L1-L2", "L2-L3", "L3-L4", "L4-L5"} <= set(found.spacing)
    disc = found.discs["L3-L4"]
    assert disc.labelled is not None
    assert 1.0 < disc.height.mean.value - disc.labelled.height.mean.value < 4.0


def test_stumps_of_pedicles_change_nothing(folder: Path) -> None:
    """A label of bodies with stumps of their pedicles against the whole vertebrae."""
    path = folder / "spine_report_totalseg_vertebrae_body.nii.gz"
    found = scan(path, convention="totalsegmentator-body:S1").geometry
    whole = scan(folder / WHOLE[1]).geometry
    for level, apart in found.spacing.items():
        assert apart.value == pytest.approx(whole.spacing[level].value, abs=0.3)
    for level, disc in found.discs.items():
        other = whole.discs[level]
        assert disc.area.value == pytest.approx(other.area.value, rel=0.1)
        assert disc.slip is not None
        assert other.slip is not None
        assert disc.slip.value == pytest.approx(other.slip.value, abs=1.5)
    assert found.scoliosis is not None
    assert found.scoliosis.value.value < 5.0


def test_instances_are_not_taken_for_levels(shared_data: Path) -> None:
    path = shared_data / "tptbox" / "sub-mri_seg-vert_label-6_msk.nii.gz"
    with pytest.raises(InputError, match="numbers of instances"):
        scan(path)
    image = shared_data / "tptbox" / "sub-mri_label-6_T2w.nii.gz"
    found = scan(path, image, "spineps:L4").geometry
    assert list(found.vertebrae) == ["L3"]
    assert set(found.discs) == {"L3-L4", "L2-L3"}


def test_verse_bodies_lie_at_their_centroids(shared_data: Path) -> None:
    """Half a slice aside, as the published centroids count from the voxels' corners."""
    folder = shared_data / "verse"
    path = folder / "sub-verse004_seg-vert_msk.nii.gz"
    found = scan(path).geometry
    assert found.convention == "verse"
    published = _centroids(folder / "sub-verse004_seg-subreg_ctd.json", path)
    off = np.array([np.array(found.vertebrae[n].centroid) - c for n, c in published.items()])
    assert np.median(np.linalg.norm(off, axis=1)) < 1.3
    aside = np.linalg.norm(off - np.median(off, axis=0), axis=1)
    assert np.median(aside) < 0.5
    assert aside.max() < 1.0
    names = list(published)
    apart = [
        found.spacing[f"{up}-{low}"].value - np.linalg.norm(published[up] - published[low])
        for up, low in pairwise(names)
    ]
    assert np.median(np.abs(apart)) < 0.3
    assert np.abs(apart).max() < 0.5


def _centroids(path: Path, labels: Path) -> dict[str, np.ndarray]:
    import SimpleITK as sitk

    names = ("T9", "T10", "T11", "T12", *LUMBAR)
    image = sitk.ReadImage(str(labels))
    out = {}
    for entry in json.loads(path.read_text())[1:]:
        index = [entry["X"], entry["Y"], entry["Z"]]
        left = np.array(image.TransformContinuousIndexToPhysicalPoint(index))
        out[names[entry["label"] - 16]] = left * (-1.0, -1.0, 1.0)
    return out


def test_crushed_body_is_measured(shared_data: Path) -> None:
    found = scan(shared_data / "verse" / "sub-verse004_seg-vert_msk.nii.gz").geometry
    middle = found.vertebrae["L1"].height.middle
    assert middle is not None
    assert middle.value == pytest.approx(9.1, abs=0.5)
    assert any(w.startswith("L1: an endplate departs") for w in found.warnings)


def test_compressed_series_lies_on_its_map(folder: Path) -> None:
    image, warnings = dicom.read_series(folder / "example_ct_dicom")
    assert image.spacing[2] == pytest.approx(2.0, abs=1e-3)
    assert any("slices of 3 mm every 2 mm" in w for w in warnings)
    from tractus.imaging.read import read_labels

    labels = read_labels(folder / "example_seg_dicom.nii.gz")[0]
    assert image.array.shape == labels.array.shape
    for label, mean in ((32, 267.0), (33, 292.0)):
        assert image.array[labels.array == label].mean() == pytest.approx(mean, abs=1.0)


@pytest.mark.parametrize(
    "name",
    [
        "seg_image_ct_binary.dcm",
        "seg_image_ct_binary_overlap.dcm",
        "seg_image_ct_binary_single_frame.dcm",
        "seg_image_ct_true_fractional.dcm",
        "seg_image_sm_control_labelmap.dcm",
    ],
)
def test_segmentations_of_other_things_are_refused(shared_data: Path, name: str) -> None:
    with pytest.raises(InputError, match="no segment is named after a vertebra") as error:
        scan(shared_data / "dicom_seg_highdicom" / name)
    assert "\n" not in str(error.value)
