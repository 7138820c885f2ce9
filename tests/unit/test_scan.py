"""A phantom of known size comes back as measured geometry, through the file and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scan_cases import IDS, LUMBAR_IDS, lumbar, short, write_nifti
from tractus import cli
from tractus.geometry import Geometry
from tractus.imaging import curves
from tractus.imaging.columns import framed
from tractus.imaging.phantom import Vertebra
from tractus.imaging.scan import Scan, of_volume

SPINE = lumbar()


@pytest.fixture(scope="module")
def scan() -> Scan:
    return of_volume(SPINE.draw(LUMBAR_IDS, (1.5, 1.5, 1.5)), convention="verse")


@pytest.fixture(scope="module")
def measured(scan: Scan) -> Geometry:
    return scan.geometry


def test_heights_wedges_and_slips(measured: Geometry) -> None:
    for level, truth in zip(("L4-L5", "L3-L4", "L2-L3", "L1-L2"), SPINE.gaps, strict=True):
        disc = measured.discs[level]
        assert disc.kind == "gap"
        assert disc.height.mean.value == pytest.approx(truth.height, abs=0.5)
        assert disc.wedge is not None
        assert disc.wedge.value == pytest.approx(truth.wedge, abs=2.0)
        assert disc.slip is not None
        assert disc.slip.value == pytest.approx(truth.slip, abs=1.3)


def test_bodies_and_spacing(measured: Geometry) -> None:
    frames = SPINE.frames()
    for name, body in zip(SPINE.names, SPINE.vertebrae, strict=True):
        found = measured.vertebrae[name]
        assert found.height.mean.value == pytest.approx(0.5 * (body.front + body.back), abs=0.5)
    apart = np.linalg.norm(np.diff([f.origin for f in frames], axis=0), axis=1)
    for level, truth in zip(("L4-L5", "L3-L4", "L2-L3", "L1-L2"), apart, strict=True):
        assert measured.spacing[level].value == pytest.approx(truth, abs=0.3)


def test_no_number_is_surer_than_two_tracings(measured: Geometry) -> None:
    assert all(disc.height.mean.sd >= 0.6 for disc in measured.discs.values())
    assert all(apart.sd >= 0.15 for apart in measured.spacing.values())


def test_axes_are_right_anterior_cranial(measured: Geometry) -> None:
    for body in measured.vertebrae.values():
        axes = np.array(body.axes)
        assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-3)
        assert np.all(np.diag(axes) > 0.7)


@pytest.mark.parametrize("voxel", [(1.5, 1.5, 1.5), (3.0, 3.0, 3.0)])
@pytest.mark.parametrize("arch", [True, False])
def test_roots_of_processes_are_no_part_of_a_body(
    voxel: tuple[float, float, float], arch: bool
) -> None:
    """Transverse processes that leave the body itself, or stumps of them, change no number."""
    plain, rooted = (
        of_volume(short(Vertebra(29, 27, arch=arch, roots=roots)).draw(IDS, voxel), None, "verse")
        for roots in (False, True)
    )
    for name in IDS:
        own, other = (g.geometry.vertebrae[name] for g in (rooted, plain))
        assert np.linalg.norm(np.subtract(own.centroid, other.centroid)) < 0.5
        assert own.height.mean.value == pytest.approx(other.height.mean.value, abs=0.3)
        assert not arch or own.volume.value == pytest.approx(other.volume.value, rel=0.05)
        assert np.dot(own.axes[1], other.axes[1]) > np.cos(np.deg2rad(3.0))
    for level, disc in plain.geometry.discs.items():
        found = rooted.geometry.discs[level]
        assert found.area.value == pytest.approx(disc.area.value, rel=0.05)
        assert found.height.mean.value == pytest.approx(disc.height.mean.value, abs=0.3)
        assert found.slip is not None
        assert disc.slip is not None
        assert found.slip.value == pytest.approx(disc.slip.value, abs=1.0)


def test_a_vertebra_without_endplates_does_not_turn_the_whole(scan: Scan) -> None:
    """Of one at the border at most the arch is seen, whose axes mean nothing."""
    bodies = dict(scan.found.bodies)
    top = bodies.pop("L1")
    cut = [replace(plate, cut=True) for plate in (top.lower, top.upper)]
    askew = framed(top.centroid + 60.0, np.array([1.0, 0.2, 0.2]), np.array([0.0, 1.0, 0.0]))
    more = {**bodies, "L1": replace(top, lower=cut[0], upper=cut[1], frame=askew)}
    without, with_it = curves.whole_frame(bodies), curves.whole_frame(more)
    assert np.allclose(without.axes, with_it.axes)
    assert np.allclose(without.origin, with_it.origin)
    assert curves.values(bodies, None) == curves.values(more, None)


def test_command_writes_the_geometry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = write_nifti(tmp_path / "labels.nii.gz", SPINE.draw(LUMBAR_IDS, (3.0, 3.0, 3.0)))
    out = tmp_path / "scan.json"
    wanted = ["--convention", "verse", "--posture", "standing", "--out", str(out)]
    assert cli.main(["scan", str(labels), *wanted]) == 0
    printed = capsys.readouterr().out
    assert printed.index("warning: voxels of 3 x 3 x 3 mm") < printed.index("L4-L5")
    written = Geometry.read(out)
    assert list(written.vertebrae) == list(SPINE.names)
    assert json.loads(out.read_text())["units"]["area"] == "mm2"
    assert written.posture == "standing"
    assert cli.main(["scan", str(labels), "--posture", "sitting"]) == 2
    assert "allowed: supine, prone" in capsys.readouterr().err


def test_name_of_the_output_is_checked_first(tmp_path: Path) -> None:
    assert cli.main(["scan", str(tmp_path / "none.nii"), "--out", str(tmp_path / "a.txt")]) == 2
