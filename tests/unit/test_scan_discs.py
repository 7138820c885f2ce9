"""Discs that are labelled where no bone is seen beside them: the label itself is measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest

from scan_cases import changed, lumbar
from tractus.errors import InputError
from tractus.imaging.naming import by_name
from tractus.imaging.parts import labels_of
from tractus.imaging.scan import Scan, of_volume
from tractus.imaging.volume import Volume
from tractus.patient import Patient
from tractus.report.scan_page import scan_html

SPINE = lumbar()
DISCS = {"L4-L5": 95, "L3-L4": 94, "L2-L3": 93, "L1-L2": 92}
"""TotalSpineSeg's numbers."""
BONES = {"L5": 45, "L4": 44, "L3": 43, "L2": 42, "L1": 41}
MAN: Mapping[str, Any] = {"sex": "male", "age": 45, "height": "1.78 m", "mass": "78 kg"}


@pytest.fixture(scope="module")
def full() -> Volume:
    return SPINE.draw(BONES, (1.5, 1.5, 1.5), discs=DISCS)


@pytest.fixture(scope="module")
def discs(full: Volume) -> Volume:
    return changed(full, {number: number for number in DISCS.values()})


@pytest.fixture(scope="module")
def alone(discs: Volume) -> Scan:
    return of_volume(discs, convention="totalspineseg")


def test_discs_alone_have_their_drawn_sizes(alone: Scan) -> None:
    found = alone.geometry
    assert list(found.discs) == list(DISCS)
    assert not found.vertebrae
    assert not found.spacing
    body = SPINE.vertebrae[0]
    for (name, disc), truth in zip(found.discs.items(), SPINE.gaps, strict=True):
        assert disc.kind == "label", name
        assert disc.height.mean.value == pytest.approx(truth.height, abs=0.5)
        assert disc.wedge is not None
        assert disc.wedge.value == pytest.approx(truth.wedge, abs=2.0)
        assert disc.area.value == pytest.approx(np.pi * body.width * body.depth, rel=0.05)
        assert disc.slip is None
    assert any("measured as labelled" in w for w in found.warnings)


def test_discs_between_bones_are_measured_from_bone_to_bone(full: Volume) -> None:
    found = of_volume(full, convention="totalspineseg").geometry
    assert {d.kind for d in found.discs.values()} == {"gap"}


def test_a_disc_without_its_upper_bone_is_measured_as_labelled(full: Volume) -> None:
    kept = {n: n for n in (*BONES.values(), *DISCS.values()) if n != BONES["L1"]}
    found = of_volume(changed(full, kept), convention="totalspineseg").geometry
    assert list(found.discs) == list(DISCS)
    assert [d.kind for d in found.discs.values()] == ["gap", "gap", "gap", "label"]
    height = found.discs["L1-L2"].height.mean
    assert height.value == pytest.approx(SPINE.gaps[3].height, abs=0.5)
    assert height.sd >= 0.6


def test_a_disc_at_the_border_is_left_out(discs: Volume) -> None:
    top = np.flatnonzero((discs.array == DISCS["L1-L2"]).any((0, 1)))
    part = Volume(discs.array[:, :, : top[len(top) // 2]], discs.affine)
    found = of_volume(part, convention="totalspineseg").geometry
    assert list(found.discs) == list(DISCS)[:3]
    assert any(w.startswith("L1-L2: labelled, but cut by the border") for w in found.warnings)


def test_discs_alone_are_not_guessed(discs: Volume) -> None:
    with pytest.raises(InputError, match=r"could be discs by totalspineseg.* --convention"):
        of_volume(discs)


def test_discs_out_of_order_are_refused(discs: Volume) -> None:
    with pytest.raises(InputError, match="do not stand in this order"):
        of_volume(changed(discs, {92: 94, 94: 92, 93: 93, 95: 95}), convention="totalspineseg")


def test_segments_named_after_discs(discs: Volume) -> None:
    named = {number: f"{name.replace('-', '/')} disc" for name, number in DISCS.items()}
    reading, doubts = by_name(named, labels_of(discs))
    assert dict(reading.discs) == {number: name for name, number in DISCS.items()}
    assert not doubts


def test_their_page_draws_them(alone: Scan) -> None:
    page = scan_html(alone, day=date(2026, 11, 1))
    first = page[page.index("<svg") : page.index("</svg>")]
    assert first.count('class="bar"') == 12
    assert "Discs, as labelled" in page
    assert page.count("L4-L5") > 2


def test_a_patient_takes_their_wedges(alone: Scan) -> None:
    content = alone.geometry.model_dump(mode="json", by_alias=True, exclude_none=True)
    patient = Patient.parse({**MAN, "geometry": content})
    assert any("heights of labelled discs" in w for w in patient.warnings)
