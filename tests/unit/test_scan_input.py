"""Bad files end in one clear line, odd ones in a right result with a warning."""

from __future__ import annotations

import gzip
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from scan_cases import IDS, changed, short, write_nifti
from tractus import cli
from tractus.errors import InputError
from tractus.imaging import read
from tractus.imaging.phantom import Vertebra
from tractus.imaging.scan import of_volume, scan
from tractus.imaging.volume import Volume


@pytest.fixture(scope="module")
def labels() -> Volume:
    """Three bodies with arches, VerSe's numbers, voxels of 3 mm."""
    return short().draw(IDS, (3.0, 3.0, 3.0))


def one_line(error: pytest.ExceptionInfo[InputError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_front_and_back_exchanged(labels: Volume) -> None:
    turned = Volume(labels.array[:, ::-1].copy(), labels.affine)
    with pytest.raises(InputError, match=r"axes are wrong") as error:
        of_volume(turned, convention="verse")
    one_line(error)


def test_upside_down(labels: Volume) -> None:
    turned = Volume(labels.array[:, :, ::-1].copy(), labels.affine)
    with pytest.raises(InputError, match=r"do not stand in this order|axes") as error:
        of_volume(turned, convention="verse")
    one_line(error)


def test_axes_that_lie_down(labels: Volume) -> None:
    turned = Volume(labels.array.transpose(0, 2, 1).copy(), labels.affine)
    with pytest.raises(InputError, match=r"axes are wrong|do not stand"):
        of_volume(turned, convention="verse")


def test_permuted_header_of_a_thin_slab(tmp_path: Path) -> None:
    array = np.zeros((60, 120, 9), np.uint8)
    array[20:40, 40:80, 2:7] = 22
    path = write_nifti(tmp_path / "slab.nii", Volume(array, np.diag([4.4, 0.43, 0.43, 1.0])))
    with pytest.raises(InputError, match="axes of the header look permuted") as error:
        scan(path)
    one_line(error)


def test_any_order_of_the_axes_in_the_file(labels: Volume, tmp_path: Path) -> None:
    """Stored as P, I, R, as VerSe does, with a header that says so."""
    order, signs = (1, 2, 0), (-1, -1, 1)
    array = labels.array.transpose(order)[::-1, ::-1, :]
    affine = labels.affine.copy()
    affine[:3, :3] = labels.affine[:3, list(order)] * signs
    corner = np.array([array.shape[0] - 1, array.shape[1] - 1, 0.0])
    affine[:3, 3] -= affine[:3, :3] @ corner
    back = read.read_labels(write_nifti(tmp_path / "pir.nii.gz", Volume(array, affine)))[0]
    assert np.array_equal(back.array, labels.array)
    assert np.allclose(back.affine, labels.affine, atol=1e-4)


def test_whole_numbers_as_floats(labels: Volume, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "float.nii.gz", labels, np.float64)
    assert np.array_equal(read.read_labels(path)[0].array, labels.array)


def test_fractions_are_no_labels(labels: Volume, tmp_path: Path) -> None:
    path = tmp_path / "half.nii.gz"
    write_nifti(path, Volume(labels.array * 0.37, labels.affine), np.float32)
    with pytest.raises(InputError, match="labels are whole numbers") as error:
        scan(path)
    one_line(error)


def test_an_image_is_no_map(labels: Volume, tmp_path: Path) -> None:
    path = tmp_path / "ct.nii.gz"
    write_nifti(path, Volume(labels.array - 1000.0, labels.affine), np.int16)
    with pytest.raises(InputError, match="is this an image"):
        scan(path)


def test_random_order_of_labels_is_counted_up(labels: Volume) -> None:
    mixed = changed(labels, {22: 7, 23: 3, 24: 12})
    found = of_volume(mixed, convention="any:L5").geometry
    assert list(found.vertebrae) == ["L5", "L4", "L3"]
    assert found.discs["L4-L5"].height.mean.value == pytest.approx(11.0, abs=1.0)


def test_random_order_without_help_is_refused(labels: Volume) -> None:
    with pytest.raises(InputError, match=r"no vertebrae found|numbers of instances") as error:
        of_volume(changed(labels, {22: 7, 23: 3, 24: 12}))
    assert "any:L" in one_line(error)


def test_instance_numbers_are_seen_by_the_size_of_bones(labels: Volume) -> None:
    with pytest.raises(InputError, match="look like numbers of instances") as error:
        of_volume(changed(labels, {22: 5, 23: 6, 24: 7}))
    assert "C6" in one_line(error)


def test_unknown_numbers(labels: Volume) -> None:
    with pytest.raises(InputError, match="no vertebrae found: the labels 140, 150, 160"):
        of_volume(changed(labels, {22: 140, 23: 150, 24: 160}))


def test_other_labels_are_left_alone(labels: Volume) -> None:
    more = labels.array.copy()
    more[:3, :3, :3] = 200
    found = of_volume(Volume(more, labels.affine), convention="verse").geometry
    assert set(found.vertebrae) == {"L3", "L4", "L5"}


def test_map_without_vertebrae(labels: Volume, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no vertebra among the labels 90"):
        of_volume(Volume(np.full((20, 20, 20), 90, np.uint8), np.eye(4)), convention="verse")
    empty = write_nifti(tmp_path / "empty.nii.gz", Volume(labels.array * 0, labels.affine))
    with pytest.raises(InputError, match="every voxel is 0"):
        scan(empty)


def test_unknown_convention_names_the_nearest(labels: Volume) -> None:
    with pytest.raises(InputError, match="verse") as error:
        of_volume(labels, convention="vrse")
    one_line(error)


def test_first_version_and_second_are_told_apart(labels: Volume) -> None:
    first = of_volume(changed(labels, {22: 20, 23: 19, 24: 18}))
    second = of_volume(changed(labels, {22: 29, 23: 28, 24: 27}))
    assert first.geometry.convention == "totalsegmentator-v1"
    assert second.geometry.convention == "totalsegmentator-v2"


def test_both_readings_are_told(labels: Volume) -> None:
    found = of_volume(labels).geometry
    assert found.convention == "verse"
    doubts = [w for w in found.warnings if "convention not named" in w]
    assert all("would be" in w for w in doubts)


def test_image_on_another_grid(labels: Volume, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", labels)
    coarse = Volume(labels.array[::2, ::2, ::2], labels.affine @ np.diag([2.0, 2, 2, 1]))
    image = write_nifti(tmp_path / "image.nii.gz", coarse)
    assert any("another grid" in w for w in scan(path, image, "verse").geometry.warnings)


def test_a_single_slice_is_no_image(labels: Volume, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", labels)
    for name in ("slice.dcm", "CT.1.2.3"):
        (tmp_path / name).write_bytes(bytes(128) + b"DICM")
        with pytest.raises(InputError, match="the folder that holds its series") as error:
            scan(path, tmp_path / name, "verse")
        one_line(error)


def test_image_of_another_place(labels: Volume, tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", labels)
    away = labels.affine.copy()
    away[:3, 3] += 500.0
    image = write_nifti(tmp_path / "image.nii.gz", Volume(labels.array, away))
    with pytest.raises(InputError, match="lies elsewhere") as error:
        scan(path, image, "verse")
    one_line(error)


@pytest.mark.parametrize("slices", [3.0, 5.0])
def test_thick_slices_warn_and_hold(slices: float) -> None:
    found = of_volume(short().draw(IDS, (0.9, 0.9, slices)), convention="verse").geometry
    assert any(f"{slices:g} mm" in w for w in found.warnings)
    disc = found.discs["L4-L5"]
    assert abs(disc.height.mean.value - 11.0) < 2 * disc.height.mean.sd
    assert disc.height.mean.sd > 0.6


def test_body_at_the_border_is_left_out(labels: Volume) -> None:
    cropped = Volume(labels.array[:, :, 12:], labels.affine)
    found = of_volume(cropped, convention="verse").geometry
    assert "L5" not in found.vertebrae
    assert "L4-L5" not in found.spacing
    assert any(w.startswith("L5 is cut by the border of the image below") for w in found.warnings)


def test_where_nothing_is_whole_each_vertebra_tells_why(labels: Volume) -> None:
    ends = [int(np.argwhere(labels.array == IDS[name])[:, 2].mean()) for name in ("L5", "L3")]
    apart = changed(labels, {IDS["L5"]: IDS["L5"], IDS["L3"]: IDS["L3"]})
    with pytest.raises(InputError, match="no body is whole") as error:
        of_volume(Volume(apart.array[:, :, slice(*ends)], labels.affine), convention="verse")
    told = one_line(error)
    assert "L5 is cut by the border of the image below" in told
    assert "L3 is cut by the border of the image above" in told


def test_remnants_alone_are_told(labels: Volume) -> None:
    body = changed(labels, {IDS["L3"]: IDS["L3"]})
    first = np.flatnonzero(body.array.any((0, 1)))[0]
    with pytest.raises(InputError, match="L3: only a remnant at the border") as error:
        of_volume(Volume(body.array[:, :, : first + 1], labels.affine), convention="verse")
    one_line(error)


def test_one_label_alone_does_not_tell_its_level(labels: Volume) -> None:
    single = changed(labels, {IDS["L4"]: 5})
    with pytest.raises(InputError, match=r"label 5 alone .* L1 by spider") as error:
        of_volume(single)
    one_line(error)
    assert set(of_volume(single, convention="any:L4").geometry.vertebrae) == {"L4"}


@pytest.mark.parametrize("end", [".nii", ".nii.gz", ".mha", ".nrrd"])
def test_cut_off_file(labels: Volume, tmp_path: Path, end: str) -> None:
    path = write_nifti(tmp_path / f"labels{end}", labels)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"cut off|cannot be read") as error:
        scan(path)
    one_line(error)


def test_no_file_of_that_kind(tmp_path: Path) -> None:
    path = tmp_path / "labels.nii.gz"
    path.write_text("not a scan")
    with pytest.raises(InputError, match=r"cannot be read|damaged"):
        scan(path)
    (tmp_path / "labels.txt").write_text("")
    with pytest.raises(InputError, match="not a format that is read"):
        scan(tmp_path / "labels.txt")


def _header(shape: tuple[int, ...], kind: int = 2, bits: int = 8) -> bytes:
    """A NIfTI header of `shape`; kind 2 is a byte, 64 a double."""
    dims = [len(shape), *shape] + [1] * (7 - len(shape))
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, *dims)
    struct.pack_into("<2h", head, 70, kind, bits)
    struct.pack_into("<8f", head, 76, 1.0, *([1.0] * 7))
    struct.pack_into("<f", head, 108, 352.0)
    head[344:348] = b"n+1\0"
    return bytes(head)


def test_four_dimensions(tmp_path: Path) -> None:
    path = tmp_path / "four.nii.gz"
    path.write_bytes(gzip.compress(_header((20, 20, 20, 3)) + bytes(24000)))
    with pytest.raises(InputError, match=r"4 dimensions") as error:
        scan(path)
    one_line(error)


def test_file_that_unpacks_without_end(tmp_path: Path) -> None:
    path = tmp_path / "bomb.nii.gz"
    path.write_bytes(gzip.compress(_header((20, 20, 20)) + bytes(60_000_000)))
    with pytest.raises(InputError, match="unpacks to far more"):
        scan(path)


def test_header_that_tells_of_too_much(tmp_path: Path) -> None:
    path = tmp_path / "huge.nii.gz"
    path.write_bytes(gzip.compress(_header((20000, 20000, 2000)) + bytes(1000)))
    with pytest.raises(InputError, match="million"):
        scan(path)


def test_floats_that_would_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "floats.nii.gz"
    path.write_bytes(gzip.compress(_header((512, 512, 600), 64, 64) + bytes(1000)))
    with pytest.raises(InputError, match=r"1\.3 GB of voxels; crop it to the spine") as error:
        scan(path)
    one_line(error)


def test_libraries_that_are_missing(
    labels: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    path = write_nifti(tmp_path / "labels.nii.gz", labels)

    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    assert cli.main(["scan", str(path)]) == 2
    told = capsys.readouterr().err.strip()
    assert told.count("\n") == 0
    assert "pip install 'tractus[scan]'" in told


def test_bodies_without_arches_are_measured(labels: Volume) -> None:
    spine = short(Vertebra(29, 27, arch=False))
    found = of_volume(spine.draw(IDS, (2.0, 2.0, 2.0)), convention="verse").geometry
    assert found.discs["L4-L5"].height.mean.value == pytest.approx(11.0, abs=0.7)
