"""A scanned person, lying in the morning, has the discs that the scan showed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import interp1d

import geometry_cases as scans
from tractus import initial, response
from tractus import spine as spines
from tractus.findings import known
from tractus.patient import Patient
from tractus.scan_findings import losses
from tractus.tables import number, varied
from tractus.uncertainty import drawn

PEOPLE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"height": 1.78, "mass": 78.0}, scans.scan()),
    ({"height": 1.78, "mass": 120.0, "discs": {"lumbar": {"grade": 5}}}, scans.scan()),
    ({"height": 1.60, "mass": 50.0, "sex": "female"}, scans.scan(0.9)),
    ({"height": 1.78, "mass": 78.0}, scans.scan(posture="standing")),
]


def person(known: dict[str, Any], scan: dict[str, Any]) -> Patient:
    return Patient(**{"sex": "male", "age": 45, **known}, geometry=scan)  # type: ignore[arg-type]


def scanned_at(run: initial.Run) -> np.ndarray:
    """Heights [mm] (level, site) of a regular day in the posture of the scan."""
    geometry = run.spine.subject.geometry  # type: ignore[union-attr]
    upright = geometry is not None and geometry.posture == "standing"
    if not upright:
        return 1e3 * np.asarray(run.day[-1].values["disc_height"])
    standing = [r for r in run.day if r.time <= initial.DAY]
    heights = np.array([r.values["disc_height"] for r in standing])
    by_time = interp1d([r.time for r in standing], heights, axis=0)
    return 1e3 * np.asarray(by_time(initial.DAY / 2))


@pytest.mark.parametrize(("known", "scan"), PEOPLE)
def test_heights_as_scanned_within_their_deviation(
    known: dict[str, Any], scan: dict[str, Any]
) -> None:
    patient = person(known, scan)
    run = initial.begin(patient)
    found = scanned_at(run)
    for j, level in enumerate(run.spine.levels[: len(scans.DISCS)]):
        height = patient.geometry.discs[level].height  # type: ignore[union-attr]
        for k, site in enumerate(response.SITES):
            seen = getattr(height, site)
            # the model answers for itself, not for the noise of the scan: a quarter of its sd
            assert found[j, k] == pytest.approx(seen.value, abs=0.25 * seen.sd), (level, site)


def test_spacing_curve_and_area_as_scanned() -> None:
    patient = person(*PEOPLE[0])
    spine = initial.begin(patient).spine
    place, turn = spines.chain(spine, spines.recumbent(spine), 0.0)
    geometry = patient.geometry
    assert geometry is not None
    heights = dict(zip(spine.levels, 1e-3 * scanned_at(initial.begin(patient))[:, 3], strict=True))
    free = dict(zip(spine.levels, np.asarray(response.gauge_of(spine).height)[:, 3], strict=True))
    for j, level in enumerate(spine.joints[:6]):
        if level in geometry.spacing:  # of the stress-free chain, less what the disc gained lying
            step = np.linalg.norm(place[j + 1] - place[j]) + heights[level] - free[level]
            assert 1e3 * step == pytest.approx(geometry.spacing[level].value, abs=0.5), level
        section = spine.sections[j]
        area = 1e6 * np.pi * section.width * section.depth
        assert area == pytest.approx(geometry.discs[level].area.value, rel=1e-6)
    up = [spines.rotate(q, np.array([0.0, 0.0, 1.0])) for q in turn]
    pitch = np.degrees([np.arctan2(u[0], u[2]) for u in up])
    known = sum(d.wedge.value for d in geometry.discs.values() if d.wedge) + sum(
        v.wedge.value for v in geometry.vertebrae.values()
    )
    top = spine.body("T12")
    flat = number(spine.rows[top - 1], "body_wedge_deg") / 2  # the body's own half
    assert pitch[0] - pitch[top] == pytest.approx(known - flat, abs=0.01)


def test_a_draw_moves_a_measured_height_by_its_own_deviation() -> None:
    patient = person(*PEOPLE[0])
    high = {"disc_height": 0.975, "disc_area": 0.025}

    def rows() -> list[Any]:
        spine = spines.of(patient)
        return [
            (number(r, "height_mm"), s.width * s.depth)
            for r, s in zip(spine.rows, spine.sections, strict=False)
        ]

    plain = rows()
    with varied(drawn(high)):
        moved = rows()
    for j, level in enumerate(scans.DISCS):
        disc = patient.geometry.discs[level]  # type: ignore[union-attr]
        expected = 1 + 1.96 * disc.height.mean.sd / disc.height.mean.value
        assert moved[j][0] / plain[j][0] == pytest.approx(expected, abs=1e-3)
        area = 1 - 1.96 * disc.area.sd / disc.area.value
        assert moved[j][1] / plain[j][1] == pytest.approx(area, abs=1e-3)
    assert moved[12][0] / plain[12][0] == pytest.approx(np.exp(1.96 * 0.12), abs=1e-3)


def test_a_real_scan_with_a_fracture(shared_data: Path) -> None:
    """VerSe 004: the first lumbar body has lost half of its height, the others have not."""
    scan = pytest.importorskip("tractus.imaging.scan")
    labels = shared_data / "verse" / "sub-verse004_seg-vert_msk.nii.gz"
    geometry = scan.scan(labels, None, "verse").geometry
    patient = Patient(sex="female", age=70, height=1.60, mass=60.0, geometry=geometry)
    lost = losses(geometry, "female")
    assert 0.4 < lost.pop("L1") < 0.65
    assert max(lost.values()) < 0.2
    assert "L1" in known(patient)["vertebral-fracture"].source
    run = initial.begin(patient)
    found = dict(zip(run.spine.levels, scanned_at(run), strict=True))
    for level, disc in geometry.levels():
        for k, site in enumerate(response.SITES):
            seen = getattr(disc.height, site)
            assert found[level][k] == pytest.approx(seen.value, abs=0.25 * seen.sd), (level, site)
