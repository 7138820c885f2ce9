"""`validate` on a made-up engine, and its record."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from experiment_cases import ITEM, item, write
from tractus import cli, code_cache, draw_processes, simulation
from tractus.errors import InputError
from tractus.evidence.validation import validate


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stands in for simulate: 0.1 MPa more at every time; `calls` holds the times asked for.

    Draws are taken in this process; they all lie above the tables, those in `lost` find nothing.
    """
    state: dict[str, Any] = {"calls": [], "error": None, "step": 1e5, "lost": set()}
    draws = itertools.count(1)

    def simulate(subject: Any, steps: Any, *, times: Any = None) -> xr.Dataset:
        state["calls"].append(times)
        if state["error"] and steps[0].do == "sitting":
            raise state["error"]
        return response(times)

    def sampled(subject: Any, steps: Any, asked: Any) -> xr.Dataset:
        number = next(draws)
        if number in state["lost"]:
            raise InputError("no equilibrium")
        return response(asked) * (1.0 + 0.01 * number)

    def response(times: Any) -> xr.Dataset:
        rise = state["step"] * np.arange(len(times))[:, None]
        coords = {"time": times, "level": ["L4-L5"]}
        return xr.Dataset({"intradiscal_pressure": (("time", "level"), rise)}, coords)

    monkeypatch.setattr(simulation, "simulate", simulate)
    monkeypatch.setattr(simulation, "sampled", sampled)
    monkeypatch.setattr(code_cache, "folder", lambda: None)
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


def test_the_tables_are_judged_and_draws_give_the_interval(
    tmp_path: Path, engine: dict[str, Any]
) -> None:
    write(tmp_path, item({"accept": [0.05, 0.1]}))
    (verdict,) = validate(tmp_path, samples=99).verdicts
    assert (verdict.predicted, verdict.within) == (pytest.approx(0.1), True)
    assert (verdict.low, verdict.high) == pytest.approx((0.105, 0.195))  # 5th and 95th of 99


def test_draws_without_equilibrium_are_left_out_and_too_many_are_an_error(
    tmp_path: Path, engine: dict[str, Any]
) -> None:
    write(tmp_path, item())
    engine["lost"] = {3, 17}
    (verdict,) = validate(tmp_path, samples=20).verdicts
    assert verdict.error is None
    assert verdict.low is not None
    engine["lost"] = set(range(21, 24))
    (verdict,) = validate(tmp_path, samples=20).verdicts
    assert verdict.error == "3 of 20 samples find no equilibrium"
    assert not verdict.within


def test_draws_in_processes_are_those_in_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {
        "patient": None,
        "segment": {"level": "L4-L5", "parts": "disc", "grade": 1},
        "regimen": [
            {"do": "bench", "for": "30 s"},
            {"do": "bench", "force": "-300 N", "for": "1 min"},
        ],
        "measure.level": None,
        "measure.at.step": 2,
    }
    write(tmp_path, item(changes))
    (apart,) = validate(tmp_path, samples=8).verdicts
    monkeypatch.setattr(draw_processes, "MANY", 9)
    (here,) = validate(tmp_path, samples=8).verdicts
    assert (apart.low, apart.high) == pytest.approx((here.low, here.high), rel=1e-9)
    assert apart.low < apart.high


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
        (["--experiments", "{tmp}/full", "--samples", "5000"], "--samples 5000: allowed are 0"),
        (["--experiments", "{tmp}/full", "--samples", "-1"], "--samples -1: allowed are 0"),
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
    drawn = tmp_path / "i.json"
    monkeypatch.setattr(record, "INTERVALS", drawn)
    drawn.write_text(json.dumps(validate(tmp_path, samples=9).as_list()))
    (entry,) = record.entries(kept, tmp_path)
    assert (entry["title"], entry["sd"]) == ("Pressure", 0.02)
    assert 0.1 < entry["low"] < entry["high"]
    moved = [{**e, "predicted": 2 * e["predicted"]} for e in json.loads(drawn.read_text())]
    drawn.write_text(json.dumps(moved))
    with pytest.raises(SystemExit, match="run make intervals"):
        record.entries(kept, tmp_path)
    for changed in (item(accept=[0, 1]), item(id="new")):
        write(tmp_path, changed)
        with pytest.raises(SystemExit, match="run make validate"):
            record.entries(kept, tmp_path)
