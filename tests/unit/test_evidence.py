"""Experiment files, what is read off a response, the shares, and `validate` on a made-up engine."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

from tractus import cli, simulation
from tractus.errors import InputError
from tractus.evidence import measure as measures
from tractus.evidence.experiments import Experiment, Fault, Source, load, packaged, read
from tractus.evidence.shares import misses_first, totals
from tractus.evidence.validation import validate
from tractus.patient import parse_subject
from tractus.regimen import parse

SOURCE = {"authors": "Doe JR, Roe A", "year": 2001, "journal": "Spine 1:1-2"}
PATIENT = {"sex": "male", "age": 40, "height": "1.75 m", "mass": "80 kg"}
SEGMENT = {"level": "L4-L5", "parts": "disc", "grade": 1}
ITEM: dict[str, Any] = {
    "id": "doe-2001",
    "title": "Pressure",
    "patient": PATIENT,
    "regimen": [
        {"do": "standing", "for": "1 h"},
        {"do": "microdiscectomy", "level": "L4-L5"},
        {"do": "traction-table", "force": "300 N", "ramp": "10 s", "for": "10 min"},
    ],
    "measure": {
        "quantity": "intradiscal_pressure",
        "level": "L4-L5",
        "at": {"step": 3, "time": "end"},
        "from": {"step": 1, "time": "end"},
    },
    "published": {"value": 0.1, "unit": "MPa", "sd": 0.02, "n": 8},
    "accept": [0.05, 0.15],
}
SUBJECT = parse_subject(PATIENT)
STEPS = parse(ITEM["regimen"], mass=80.0)


def item(changes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """ITEM with keys replaced; 'measure.level' reaches into a mapping, None takes a key away."""
    made = copy.deepcopy(ITEM)
    for path, value in {**(changes or {}), **more}.items():
        *outer, key = path.split(".")
        place = made
        for name in outer:
            place = place[name]
        place[key] = copy.deepcopy(value)
        if value is None:
            del place[key]
    return made


def write(folder: Path, *items: Any, name: str = "doe", **top: Any) -> Path:
    content = {"source": SOURCE, "use": "calibration", "experiments": list(items), **top}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
    return path


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


@pytest.mark.parametrize(
    ("step", "time", "seconds"),
    [
        (1, "start", 1.0),
        (1, "end", 3600.0),
        (3, "0 s", 3600.0),
        (3, "start", 3610.0),  # its ramp takes 10 s
        (3, "30 s", 3630.0),
        (3, "end", 4200.0),
    ],
)
def test_instants(step: int, time: str, seconds: float) -> None:
    assert measures.instant(measures.When(step=step, time=time), STEPS) == seconds


STATES = {"at": 4200.0, "from": 3600.0, "of": 1800.0, "base": 1.0}
PRESSURE = {
    "L3-L4": {"at": 3.0, "from": 2.0, "of": 6.0, "base": 1.0},
    "L4-L5": {"at": 5.0, "from": 2.0, "of": 14.0, "base": 4.0},
}
WHEN = {
    "at": {"step": 3, "time": "end"},
    "from": {"step": 1, "time": "end"},
    "of": {"step": 1, "time": "30 min"},
    "base": {"step": 1, "time": "start"},
}


def response(samples: int = 0) -> xr.Dataset:
    """Made-up readings at the four states; sample i adds i to the pressure."""
    names = sorted(STATES, key=lambda name: STATES[name])
    pressure = np.array([[PRESSURE[level][n] for level in PRESSURE] for n in names])
    height = np.array([[[1.0, 2.0, 3.0, 4.0]] * 2] * 4)
    area = np.array([[[1.0, 3.0]] * 2] * 4)
    dims: tuple[str, ...] = ("time", "level")
    if samples:
        pressure = pressure[..., None] + np.arange(samples)
        dims = (*dims, "sample")
    return xr.Dataset(
        {
            "intradiscal_pressure": (dims, pressure),
            "disc_height": (("time", "level", "site"), height),
            "foramen_area": (("time", "level", "side"), area),
            "muscle_activity": (("time", "region"), np.array([[0.1, 0.2, 0.3]] * 4)),
        },
        {
            "time": [STATES[name] for name in names],
            "level": list(PRESSURE),
            "site": ["anterior", "middle", "posterior", "mean"],
            "side": ["left", "right"],
            "region": ["cervical", "thoracic", "lumbar"],
        },
    )


def predicted(states: str, samples: int = 0, **keys: Any) -> measures.Prediction:
    """Prediction of a measure at some of the states, of the pressure by default."""
    raw = {"quantity": "intradiscal_pressure", **{n: WHEN[n] for n in states.split()}, **keys}
    measure = measures.parse(raw, SUBJECT, STEPS, "measure")
    return measures.predict(measure, SUBJECT, STEPS, response(samples))


@pytest.mark.parametrize(
    ("states", "form", "value"),
    [
        ("at", "value", 5.0),
        ("at from", "value", 3.0),
        ("at from", "percent", 150.0),
        ("at from of", "share", 3.0 / 12.0),
        ("at from of base", "share", 3.0 / 10.0),
        ("at from of base", "share-recovered", -3.0 / 10.0),
    ],
)
def test_every_form(states: str, form: str, value: float) -> None:
    assert predicted(states, level="L4-L5", **{"as": form}).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("across", "value"), [("mean", 100.0), ("min", 50.0), ("max", 150.0), ("sum", 4.0)]
)
def test_form_of_each_level_first_then_across(across: str, value: float) -> None:
    form = "value" if across == "sum" else "percent"
    found = predicted("at from", levels=["L3-L4", "L4-L5"], across=across, **{"as": form})
    assert found.value == pytest.approx(value)


def test_components_and_their_defaults() -> None:
    height = {"quantity": "disc_height", "level": "L4-L5"}
    foramen = {"quantity": "foramen_area", "level": "L4-L5"}
    assert predicted("at", **height).value == 4.0
    assert predicted("at", **height, site="posterior").value == 3.0
    assert predicted("at", **foramen).value == 2.0
    assert predicted("at", **foramen, side="right").value == 3.0
    assert predicted("at", quantity="muscle_activity", region="lumbar").value == 0.3


def test_intervals_over_samples() -> None:
    found = predicted("at", samples=101, level="L4-L5")
    assert (found.value, found.low, found.high) == pytest.approx((55.0, 10.0, 100.0))
    assert predicted("at", level="L4-L5").low is None


@pytest.mark.parametrize(
    ("quantity", "form", "unit", "one"),
    [
        ("intradiscal_pressure", "value", "kPa", 1e3),
        ("intradiscal_pressure", "value", "mmHg", 133.322),
        ("disc_height", "value", "mm", 1e-3),
        ("foramen_area", "value", "mm2", 1e-6),
        ("disc_volume", "value", "mm3", 1e-9),
        ("disc_volume", "value", "cm3", 1e-6),
        ("axial_force", "value", "% bw", 0.8 * 9.80665),
        ("annulus_strain_max", "value", "%", 0.01),
        ("oxygen_min", "value", "kPa", 1e3),
        ("lactate_max", "value", "mmol/l", 1.0),
        ("axial_force", "percent", "%", 1.0),
        ("axial_force", "share", "%", 0.01),
        ("axial_force", "share", "1", 1.0),
    ],
)
def test_units(quantity: str, form: Any, unit: str, one: float) -> None:
    at = measures.When(step=1, time="end")
    measure = measures.Measure(quantity=quantity, at=at, form=form)
    assert measures.scale(measure, unit, SUBJECT) == pytest.approx(one, rel=1e-5)


def test_a_study_of_many_readings_weighs_as_much_as_one_of_a_single_reading() -> None:
    rows = [("a", True), ("a", True), ("a", True), ("b", False)]
    entries = [{"use": "validation", "study": s, "within": w} for s, w in rows]
    (total,) = totals([*entries, {"use": None, "study": None, "within": False}])
    assert (total.share.within, total.share.of, total.by_study) == (3, 4, 0.5)
    assert [entry["study"] for entry in misses_first(entries)] == ["b", "a", "a", "a"]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for simulate: 0.1 MPa more at every time; `calls` holds the times asked for."""
    state: dict[str, Any] = {"calls": [], "error": None, "step": 1e5}

    def simulate(subject: Any, steps: Any, *, samples: int = 0, times: Any = None) -> xr.Dataset:
        if samples:
            raise InputError(f"samples {samples}: refused")
        state["calls"].append(times)
        if state["error"] and steps[0].do == "sitting":
            raise state["error"]
        rise = state["step"] * np.arange(len(times))[:, None]
        coords = {"time": times, "level": ["L4-L5"]}
        return xr.Dataset({"intradiscal_pressure": (("time", "level"), rise)}, coords)

    monkeypatch.setattr(simulation, "simulate", simulate)
    return state


def test_one_run_answers_all_experiments_of_a_regimen(
    tmp_path: Path, engine: dict[str, Any]
) -> None:
    later = {"measure.at.time": "end", "measure.from.time": "30 min", "id": "later"}
    write(tmp_path, item(), item(later), item({"id": "other", "patient.age": 41}))
    told: list[float] = []
    result = validate(tmp_path, progress=lambda share, text: told.append(share))
    assert sorted(engine["calls"]) == [[1800.0, 3600.0, 4200.0], [3600.0, 4200.0]]
    assert [v.id for v in result.verdicts] == ["doe-2001", "later", "other"]
    assert [v.predicted for v in result.verdicts] == pytest.approx([0.1, 0.2, 0.1])
    assert [v.within for v in result.verdicts] == [True, False, True]
    assert told[-1] == 1.0


def test_what_is_not_finite_is_out(tmp_path: Path, engine: dict[str, Any]) -> None:
    write(tmp_path, item({"measure.as": "percent", "published.unit": "%"}))
    (verdict,) = validate(tmp_path).verdicts  # a change of nothing, in percent
    assert (verdict.predicted, verdict.within) == (None, False)
    assert verdict.error == "the prediction is not finite"


KEYS = "id study use unit published accept predicted low high within error".split()


@pytest.mark.parametrize(
    ("use", "step", "strict", "code"),
    [
        ("calibration", 1e5, True, 0),
        ("calibration", 1e6, False, 0),
        ("calibration", 1e6, True, 1),
        ("validation", 1e6, True, 0),
    ],
)
def test_exit_codes_and_json(
    use: str, step: float, strict: bool, code: int, tmp_path: Path, engine: dict[str, Any]
) -> None:
    engine["step"] = step
    write(tmp_path, item(), use=use)
    given = ["validate", "--experiments", str(tmp_path), "--json", str(tmp_path / "v.json")]
    assert cli.main([*given, *(["--strict"] if strict else [])]) == code
    (entry,) = json.loads((tmp_path / "v.json").read_text())
    assert list(entry) == KEYS
    assert entry["within"] is (step == 1e5)
    assert (entry["unit"], entry["accept"], entry["low"]) == ("MPa", [0.05, 0.15], None)


def test_bad_files_and_failing_runs_let_the_others_run(
    tmp_path: Path, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    engine["error"] = ValueError("no\nequilibrium")
    sitting = [{"do": "sitting", "for": "1 h"}, *ITEM["regimen"][1:]]
    write(tmp_path, item(), item(id="fails", regimen=sitting))
    (tmp_path / "broken.yaml").write_text("source: [\n")
    write(tmp_path, item(id="wrong", accept=[2, 1]), name="wrong")
    given = ["validate", "--experiments", str(tmp_path), "--json", str(tmp_path / "v.json")]
    assert cli.main([*given, "--strict"]) == 2
    entries = {e["id"]: e for e in json.loads((tmp_path / "v.json").read_text())}
    assert {name: e["within"] for name, e in entries.items()} == {
        "broken": False, "doe-2001": True, "fails": False, "wrong": False
    }  # fmt: skip
    assert entries["fails"]["error"] == "ValueError: no equilibrium"
    assert entries["broken"]["use"] is None
    captured = capsys.readouterr()
    assert "fails: ValueError: no equilibrium" in captured.out
    assert [line.split(":")[0] for line in captured.err.splitlines()] == ["tractus", "tractus"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--experiments", "{tmp}/none"], "no such folder"),
        (["--experiments", "{tmp}"], "no experiments"),
        (["--experiments", "{tmp}/full", "--samples", "4"], "samples 4"),
    ],
)
def test_refusals(
    arguments: list[str],
    part: str,
    tmp_path: Path,
    engine: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "full").mkdir()
    write(tmp_path / "full", item())
    assert cli.main(["validate", *(a.format(tmp=tmp_path) for a in arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert part in captured.err


def test_a_record_that_does_not_fit_the_files_is_refused(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, engine: dict[str, Any]
) -> None:
    monkeypatch.syspath_prepend(str(root / "docs"))
    import record

    write(tmp_path, item())
    kept = tmp_path / "v.json"
    kept.write_text(json.dumps(validate(tmp_path).as_list()))
    (entry,) = record.entries(kept, tmp_path)
    assert (entry["title"], entry["sd"]) == ("Pressure", 0.02)
    for changed in (item(accept=[0, 1]), item(id="new")):
        write(tmp_path, changed)
        with pytest.raises(SystemExit, match="run make validate"):
            record.entries(kept, tmp_path)
