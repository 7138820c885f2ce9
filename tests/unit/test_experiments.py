"""Experiment files: what becomes of good ones, and one line for each bad one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from experiment_cases import SEGMENT, SOURCE, item, write
from tractus.evidence import measure as measures
from tractus.evidence.experiments import Experiment, Fault, Source, load, packaged, read


def test_a_file_becomes_experiments(tmp_path: Path) -> None:
    (found,) = read(write(tmp_path, item()))
    assert isinstance(found, Experiment)
    assert (found.study, found.use, found.accept) == ("Doe 2001", "calibration", (0.05, 0.15))
    assert found.scale == pytest.approx(1e6)


def test_every_packaged_file_is_sound() -> None:
    found = load(packaged())
    assert [one.error for one in found if isinstance(one, Fault)] == []
    assert len(found) >= 48


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"titel": "x"}, "unknown key 'titel'; did you mean 'title'?"),
        ({"title": None}, "missing title"),
        ({"title": 3}, "title 3 is not text"),
        ({"note": ["x"]}, "note ['x'] is not text"),
        ({"patient": None}, "one of patient and segment"),
        ({"segment": SEGMENT}, "one of patient and segment"),
        ({"patient.age": 4}, "age"),
        ({"regimen": "day.yaml"}, "'day.yaml' is not a list of steps"),
        ({"regimen": [{"do": "stand"}]}, "did you mean 'standing'?"),
        ({"accept": [2, 1]}, "low must be below high"),
        ({"accept": [1, 1]}, "low must be below high"),
        ({"accept": 1}, "allowed: [low, high]"),
        ({"accept": [True, 2]}, "allowed: [low, high]"),
        ({"published.unit": "bar"}, "unit 'bar'"),
        ({"published.unit": "mm"}, "allowed: Pa, kPa, MPa, mmHg"),
        ({"published.value": "0.1"}, "value: '0.1'"),
        ({"published.value": True}, "value: True"),
        ({"published.n": 0}, "n: 0"),
        ({"published.sd": -1.0}, "sd: -1.0"),
        ({"published.mean": 1}, "unknown key 'mean'"),
        ({"measure.quantity": "presure"}, "did you mean"),
        ({"measure.quantity": "disc_hight"}, "did you mean 'disc_height'?"),
        ({"measure.levle": "L4-L5"}, "did you mean 'level'?"),
        ({"measure.level": None}, "needs a level, or levels and across"),
        ({"measure.level": "L4-L6"}, "L4-L6"),
        ({"measure.levels": ["L3-L4"]}, "level or levels, not both"),
        ({"measure.level": None, "measure.levels": ["L3-L4", "L4-L5"]}, "levels need across"),
        ({"measure.level": None, "measure.levels": []}, "levels: []"),
        ({"measure.across": "median"}, "across: 'median'"),
        ({"measure.site": "mean"}, "has no site"),
        ({"measure.quantity": "disc_height", "measure.site": "front"}, "unknown site 'front'"),
        ({"measure.quantity": "rotation"}, "needs axis: flexion"),
        ({"measure.quantity": "displacement"}, "needs direction: axial"),
        ({"measure.quantity": "muscle_activity"}, "needs region: cervical"),
        ({"measure.quantity": "stature"}, "stature has no levels"),
        ({"measure.at": None}, "missing at"),
        ({"measure.at.step": 4}, "no step 4; the regimen has 3"),
        ({"measure.at.step": 0}, "step: 0"),
        ({"measure.at.step": 2}, "step 2 (microdiscectomy) takes no time"),
        ({"measure.at.time": "11 min"}, "'11 min' is not in step 3 (traction-table)"),
        ({"measure.at.time": "middle"}, "cannot read 'middle'"),
        ({"measure.at.time": 10}, "time: 10"),
        ({"measure.at": {"step": 1, "time": "0 s"}}, "'0 s' is not in step 1"),
        ({"measure.at.when": "end"}, "unknown key 'when'"),
        ({"measure.as": "ratio"}, "as: 'ratio'"),
        ({"measure.as": "percent"}, "unit 'MPa' of intradiscal_pressure as percent; allowed: %"),
        ({"measure.as": "percent", "measure.from": None}, "as percent needs from"),
        ({"measure.as": "percent", "measure.across": "sum"}, "cannot be summed"),
        ({"measure.as": "share"}, "as share needs of"),
        ({"measure.as": "share", "measure.from": None}, "as share needs from and of"),
        ({"measure.of": {"step": 1, "time": "end"}}, "of and base are for shares"),
    ],
)
def test_a_bad_experiment_is_one_line(changes: dict[str, Any], part: str, tmp_path: Path) -> None:
    path = write(tmp_path, item(changes), item(id="other"))
    bad, good = read(path)
    assert isinstance(bad, Fault)
    assert isinstance(good, Experiment)
    assert part in bad.error
    assert str(path) in bad.error
    assert "\n" not in bad.error
    assert (bad.id, bad.study, bad.use) == ("doe-2001", "Doe 2001", "calibration")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"measure.level": "L3-L4"}, "level L3-L4 is not in the specimen L4-L5"),
        ({"measure.quantity": "stature", "measure.level": None}, "needs a patient"),
        ({"segment.parts": "half"}, "half"),
    ],
)
def test_a_specimen_has_one_level_and_no_stature(
    changes: dict[str, Any], part: str, tmp_path: Path
) -> None:
    bench = [{"do": "bench", "for": "30 s"}]
    when = {"step": 1, "time": "end"}
    base = {"patient": None, "segment": dict(SEGMENT), "regimen": bench}
    base |= {"measure.at": when, "measure.from": when}
    (bad,) = read(write(tmp_path, item({**base, **changes})))
    assert isinstance(bad, Fault)
    assert part in bad.error
    (good,) = read(write(tmp_path, item({**base, "measure.level": None})))
    assert isinstance(good, Experiment)
    assert measures.levels_of(good.measure, good.subject) == ["L4-L5"]


@pytest.mark.parametrize(
    ("top", "part"),
    [
        ({"use": "calibraton"}, "did you mean 'calibration'?"),
        ({"use": None}, "missing use"),
        ({"sauce": {}}, "unknown key 'sauce'; did you mean 'source'?"),
        ({"source": {**SOURCE, "pages": 3}}, "unknown key 'pages'"),
        ({"source": {**SOURCE, "year": "2001"}}, "year: '2001'"),
        ({"source": {"authors": "Doe J"}}, "missing year, journal"),
        ({"experiments": []}, "a list of experiments is needed"),
    ],
)
def test_a_bad_file_is_one_fault(top: dict[str, Any], part: str, tmp_path: Path) -> None:
    (bad,) = read(write(tmp_path, item(), **top))
    assert isinstance(bad, Fault)
    assert bad.id == "doe"
    assert part in bad.error


def test_ids_differ_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path, item(), name="a")
    write(tmp_path, item(), item(id="other"), item(id="other"), name="b")
    found = load(tmp_path)
    assert [isinstance(one, Fault) for one in found] == [False, True, False, True]
    assert "id 'doe-2001' again (first in a.yaml)" in getattr(found[1], "error", "")


@pytest.mark.parametrize(
    ("authors", "year", "study"),
    [
        ("Doe JR, Roe A", 2001, "Doe 2001"),
        ("O'Connell GD et al.", 2011, "O'Connell 2011"),
        ("van der Veen AJ; Mullender M", 2013, "van der Veen 2013"),
        ("Wilke HJ, Neef P", 1999, "Wilke 1999/2001"),
        ("Wilke HJ, Neef P, Hinz B", 2001, "Wilke 1999/2001"),
        ("Wilke HJ, Herkommer A", 2017, "Wilke 2017"),
    ],
)
def test_papers_on_one_man_are_one_study(authors: str, year: int, study: str) -> None:
    assert Source(authors=authors, year=year, journal="x").study == study
