"""The spine report that comes with a public CT: its heights drawn anew, and ours on its lines.

The report looks at one sagittal plane of voxels per body.  From a point it walks along a line in
steps of half a voxel (1.5 mm) for as long as the label, linear between voxels, is above one half;
where the last such step lies, the body ends.  First along the depth of the body from its middle,
then, at 15, 50 and 85 % of that depth, along the line through the neighbours' middles.  Of every
second plane it keeps the one where the three heights differ most.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from tractus.imaging import columns
from tractus.imaging.columns import framed
from tractus.imaging.scan import Scan, scan

Floats = NDArray[np.float64]
NAMES = ("T12", "L1", "L2", "L3", "L4", "L5")
LUMBAR = NAMES[1:]
SITES = {"posterior": 0.15, "middle": 0.5, "anterior": 0.85}
FIRST = 19
"""Label of T12; each vertebra below has the next one."""
STEP = 0.5
"""Voxels of a step of the report."""
VOXEL = 3.0
FAR = 60.0
"""Voxels beyond which no body reaches."""


@dataclass(frozen=True)
class Line:
    """One height: where it is taken [voxels], its direction, and where the label ends on it."""

    name: str
    site: str
    plane: int
    middle: Floats
    down: Floats
    ends: tuple[float, float]
    """Voxels from the middle up and down at which the label passes one half."""

    @property
    def steps(self) -> float:
        """Height [mm] of the report: whole steps within the label."""
        return VOXEL * sum(STEP * np.floor(e / STEP) for e in self.ends)

    @property
    def height(self) -> float:
        """Height [mm] to where the label passes one half."""
        return VOXEL * sum(self.ends)


def end(plane: Floats, start: Floats, way: Floats) -> float:
    """Distance [voxels] from a point within the label to where it ends."""
    along = np.arange(0.0, FAR, 0.002)
    found = ndimage.map_coordinates(plane, start[:, None] + way[:, None] * along, order=1)
    return float(along[np.argmax(found <= 0.5)])


def lines(label: NDArray[np.bool_], name: str, middle: Floats, down: Floats) -> list[list[Line]]:
    """The three heights of a body in every plane that the report may choose."""
    core = np.flatnonzero(ndimage.binary_erosion(label, np.ones((3, 3, 3))).any((1, 2)))
    edge = round(0.25 * (core[-1] - core[0] + 1))
    way = down[1:] / np.linalg.norm(down[1:])
    ahead = np.array([-way[1], way[0]])
    out = []
    for plane in range(core[0] + edge, core[-1] - edge + 1):
        drawn = label[plane].astype(float)
        centre = middle[1:]
        back, front = (STEP * np.floor(end(drawn, centre, s * ahead) / STEP) for s in (-1, 1))
        three = []
        for site, share in SITES.items():
            at = centre + (share * (back + front) - back) * ahead
            ends = (end(drawn, at, -way), end(drawn, at, way))
            three.append(Line(name, site, plane, at, way, ends))
        out.append(three)
    return out


@pytest.fixture(scope="module")
def path(shared_data: Path) -> Path:
    return shared_data / "totalsegmentator" / "spine_report_totalseg_vertebrae_pp_refined.nii.gz"


@pytest.fixture(scope="module")
def report(path: Path) -> dict[str, float]:
    text = (path.parent / "spine_report.json").read_text(encoding="utf-8")
    found: dict[str, float] = json.loads(text)["results"]
    return found


@pytest.fixture(scope="module")
def bodies(path: Path) -> Scan:
    return scan(path)


@pytest.fixture(scope="module")
def planes(path: Path) -> dict[str, list[list[Line]]]:
    """Every plane of every body; read without the code that is tested."""
    import SimpleITK as sitk

    image = sitk.ReadImage(str(path))
    assert np.allclose(image.GetSpacing(), VOXEL)
    assert np.allclose(np.array(image.GetDirection()).reshape(3, 3), np.diag([-1.0, -1.0, 1.0]))
    labels = sitk.GetArrayFromImage(image).transpose(2, 1, 0)  # right, anterior, cranial
    cores = [ndimage.binary_erosion(labels == FIRST + i, np.ones((3, 3, 3))) for i in range(6)]
    middles = [np.argwhere(core).mean(0) for core in cores]
    out = {}
    for i, name in enumerate(NAMES[1:], start=1):
        down = middles[min(i + 1, len(NAMES) - 1)] - middles[i - 1]
        out[name] = lines(labels == FIRST + i, name, middles[i], down)
    return out


@pytest.fixture(scope="module")
def chosen(planes: dict[str, list[list[Line]]]) -> list[Line]:
    """The fifteen heights of the report."""
    best = [max(own[::2], key=lambda t: np.ptp([x.steps for x in t])) for own in planes.values()]
    return [line for three in best for line in three]


def ours(bodies: Scan, line: Line) -> tuple[float, float]:
    """Voxels up and down from the middle of a line to the surfaces that `tractus scan` measures."""
    body = bodies.found.bodies[line.name]
    grid = bodies.parts.whole
    start = grid.world(np.array([line.plane, *line.middle]))
    up = grid.world(np.array([line.plane, *(line.middle - line.down)])) - start
    frame = framed(start, up, np.array([0.0, 1.0, 0.0]))
    z = np.arange(-30.0, 30.5, 0.5)
    values = columns.through(body.bone.field, frame, np.zeros(1), np.zeros(1), z)
    low, high = (float(x[0, 0]) for x in columns.longest_run(values, z, 0.5))
    return high / VOXEL, -low / VOXEL


def test_volumes_equal_the_report(bodies: Scan, report: dict[str, float]) -> None:
    for name in LUMBAR:
        found = bodies.geometry.vertebrae[name].volume.value
        assert found == pytest.approx(report[f"vertebrae_{name}_volume_ml"], abs=0.01)


def test_the_heights_of_the_report_are_drawn_anew(
    chosen: list[Line], report: dict[str, float]
) -> None:
    """All fifteen, exactly: what its numbers mean is known."""
    found = {(line.name, line.site): line.steps for line in chosen}
    told = {(n, s): report[f"vertebrae_{n}_height_{s}_mm"] for n in LUMBAR for s in SITES}
    assert found == pytest.approx(told, abs=0.01)


def test_our_surfaces_walked_in_its_steps_give_its_heights(
    chosen: list[Line], bodies: Scan, report: dict[str, float]
) -> None:
    """On its own lines: 11 of 15 the same, none more than one step off, -0.2 mm in the mean."""
    off = np.array(
        [
            VOXEL * sum(STEP * np.floor(e / STEP) for e in ours(bodies, line))
            - report[f"vertebrae_{line.name}_height_{line.site}_mm"]
            for line in chosen
        ]
    )
    assert abs(off.mean()) < 0.5
    assert np.abs(off).max() < STEP * VOXEL + 0.01
    assert np.count_nonzero(np.abs(off) < 0.01) >= 10


def test_our_heights_are_those_of_the_report_without_its_steps(
    chosen: list[Line], bodies: Scan
) -> None:
    off = np.array([VOXEL * sum(ours(bodies, line)) - line.height for line in chosen])
    assert abs(off.mean()) < 0.25
    assert np.median(np.abs(off)) < 0.65


@pytest.mark.parametrize("site", SITES)
def test_no_site_of_a_body_is_measured_too_high_or_too_low(
    site: str, planes: dict[str, list[list[Line]]], bodies: Scan
) -> None:
    """Over every plane; where it takes the extremes alone, their noise is in its numbers."""
    own = [line for each in planes.values() for three in each for line in three]
    off = [VOXEL * sum(ours(bodies, x)) - x.height for x in own if x.site == site]
    assert len(off) > 30
    assert abs(np.mean(off)) < 0.35
    assert np.std(off) < 0.65


def test_its_steps_leave_out_as_much_as_steps_do(planes: dict[str, list[list[Line]]]) -> None:
    """Half a step at either end in the mean: what stands between its numbers and any other's."""
    lost = [x.height - x.steps for own in planes.values() for three in own for x in three]
    assert np.mean(lost) == pytest.approx(STEP * VOXEL, abs=0.15)
