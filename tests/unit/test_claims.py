"""Claims: every item there once, verdicts that follow the numbers, readings from responses."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import xarray as xr

from tractus.errors import InputError
from tractus.evidence import claim_figures, claim_readings, claim_rules, claim_runs, claims
from tractus.evidence.claim_rules import FAILS, HOLDS, PARTLY, UNTESTED
from tractus.prediction import wilson
from tractus.tables import STATUSES, Variant, table, text, varied

ITEMS = Path(__file__).parents[3] / "shared" / "reference" / "mission_items.csv"
NEVER = (
    r"\bcures?\b|repair|regenerat|safe for everyone|no side effects|negative pressure guaranteed"
)
COUNT = {"S0": 25, "S1": 13, "S2": 14, "S3": 19, "S4": 26}


def _named(rule: str) -> list[str]:
    return [c.reading for c in claim_rules.parse(rule, "rule")]


def test_every_claim_is_there_once() -> None:
    ids = [text(row, "id") for row in table("claims")]
    assert len(ids) == len(set(ids)) == 97
    pages = [text(row, "page") for row in table("claims")]
    assert {page: pages.count(page) for page in COUNT} == COUNT
    assert all(i.startswith(p + "-") for i, p in zip(ids, pages, strict=True))


def test_the_ids_are_those_of_the_list_of_items() -> None:
    if not ITEMS.is_file():
        pytest.skip(f"no list of items at {ITEMS.parent.name}/{ITEMS.name}")
    with ITEMS.open(newline="", encoding="utf-8") as file:
        wanted = [r["id"] for r in csv.DictReader(file) if "d" in r["implement_as"].split("+")]
    assert sorted(wanted) == sorted(text(row, "id") for row in table("claims"))


@pytest.mark.parametrize("row", table("claims"), ids=lambda row: str(row["id"]))
def test_a_claim_is_whole(row: Any) -> None:
    for lang in ("en", "es"):
        assert text(row, lang)
        assert not re.search(NEVER, text(row, lang), re.IGNORECASE)
        assert bool(text(row, "note_en")) == bool(text(row, f"note_{lang}"))
    assert row["test"] in claim_rules.TESTS
    assert row["at_most"] in (None, PARTLY)
    readings = {text(r, "key") for r in table("claim_readings")}
    figures = {text(r, "key") for r in table("claim_figures")}
    names = _named(text(row, "rule"))
    assert set(names) <= readings | figures
    if row["test"] == "untestable":
        assert not names
        assert row["note_en"]  # the reason
    elif row["test"] == "simulation":
        assert readings & set(names)
    else:
        assert names
        assert set(names) <= figures


def test_readings_and_figures_are_used_and_lead_somewhere() -> None:
    used = {name for row in table("claims") for name in _named(text(row, "rule"))}
    keys = [text(r, "key") for name in ("claim_readings", "claim_figures") for r in table(name)]
    assert sorted(keys) == sorted(used)
    runs = {k for row in table("claim_readings") for k in claim_readings.needs(row)}
    assert runs == set(claim_runs.planned())
    for row in table("claim_readings"):
        assert row["unit"] in claim_readings.SCALE
    for row in table("claim_figures"):
        value = claim_figures.value(row)
        assert value is None or np.isfinite(value)
        assert claim_figures.source(row)
        assert row["table"] or (row["source"] and row["status"] in STATUSES)


@pytest.mark.parametrize(
    ("hits", "people", "low", "high"),
    [  # Newcombe 1998 Stat Med 17:857, table I, method 3; Wilson's own formula
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (85, 85, 0.9568, 1.0),
        (1, 1, 0.2065, 1.0),
        (188, 219, 0.806, 0.898),
    ],
)
def test_wilson(hits: int, people: int, low: float, high: float) -> None:
    assert wilson(hits, people) == pytest.approx((low, high), abs=6e-4)


def _result(met: bool | None, must: bool = False) -> claim_rules.Result:
    return claim_rules.Result("x", "x", 1.0, "mm", ">", 0.0, must, met)


@pytest.mark.parametrize(
    ("results", "at_most", "verdict"),
    [
        ([], HOLDS, UNTESTED),
        ([_result(True), _result(True)], HOLDS, HOLDS),
        ([_result(True), _result(True)], PARTLY, PARTLY),
        ([_result(True), _result(False)], HOLDS, PARTLY),
        ([_result(False), _result(False)], HOLDS, FAILS),
        ([_result(True), _result(False, must=True)], HOLDS, FAILS),
        ([_result(True), _result(None)], HOLDS, UNTESTED),
        ([_result(False)], PARTLY, FAILS),
    ],
)
def test_verdicts(results: list[claim_rules.Result], at_most: str, verdict: str) -> None:
    assert claim_rules.verdict(results, at_most) == verdict


def test_rules() -> None:
    found = claim_rules.parse("must a-b >= -1.5; c < 2", "rule")
    assert found == (
        claim_rules.Condition("a-b", ">=", -1.5, True),
        claim_rules.Condition("c", "<", 2.0),
    )
    with pytest.raises(InputError, match=r"claim S: rule 'a = 1'; allowed"):
        claim_rules.parse("a = 1", "claim S")


def test_an_unknown_claim_is_refused() -> None:
    with pytest.raises(InputError, match=r"claim 'S4-120': there is none; .*S4-12"):
        claims.claims(["S4-120"])


def _changed(name: str, where: dict[str, Any], **cells: Any) -> Variant:
    """The tables with some cells of some rows changed."""

    def change(table: str, rows: Any) -> Any:
        if table != name:
            return rows
        return tuple(
            MappingProxyType({**r, **cells}) if all(r[k] == v for k, v in where.items()) else r
            for r in rows
        )

    return Variant(change)


def test_arithmetic_follows_its_counts() -> None:
    before = claims.claims(["S3-53"])[0]
    assert before.verdict == FAILS
    assert before.result[0].value == pytest.approx(20.65, abs=0.01)
    with varied(_changed("trials", {"id": "rasmussen-2017"}, hits=20.0, group=20.0)):
        assert claims.claims(["S3-53"])[0].verdict == HOLDS


def test_the_86_percent_needs_a_study_of_the_mat() -> None:
    answer = claims.claims(["S4-12"])[0]
    assert answer.verdict == FAILS
    assert [r.met for r in answer.result] == [False, True, True]
    assert any("Gionis" in source for source in answer.sources)
    with varied(_changed("trials", {"id": "apfel-2010"}, methods="lumbarest-mat")):
        assert claims.claims(["S4-12"])[0].verdict == HOLDS


def test_literature_follows_its_trials() -> None:
    assert claims.claims(["S0-05"])[0].verdict == FAILS
    with varied(_changed("trials", {}, finding="better")):
        assert claims.claims(["S0-05"])[0].verdict == HOLDS
    assert claims.claims(["S0-56"])[0].verdict == UNTESTED  # no comparison was found
    with varied(_changed("trials", {"id": "prasad-2012-inversion"}, methods="backrack")):
        assert claims.claims(["S0-56"])[0].verdict == HOLDS


def test_both_languages() -> None:
    english, spanish = (claims.claims(["S0-29"], lang=lang)[0] for lang in ("en", "es"))
    assert (english.verdict, spanish.verdict) == (HOLDS, HOLDS)
    assert spanish.reason.startswith("Se cumplen las 2 condiciones.")
    assert english.as_dict().keys() == {
        *("id", "page", "claim", "test", "result", "verdict", "reason", "sources")
    }


def _run(pressure: list[float], height: list[float], pull: float = 0.0) -> xr.Dataset:
    """A made-up response of one level at 0, 1 s, 10, 20 and 45 min of a second step."""
    time = 14400.0 + np.array([0.0, 1.0, 600.0, 1200.0, 2700.0])
    level = ("time", "level")
    return xr.Dataset(
        {
            "intradiscal_pressure": (level, np.array(pressure)[:, None] * 1e3),
            "disc_height": ((*level, "site"), np.array(height)[:, None, None] * 1e-3),
            "applied_force": ("time", np.full(5, pull)),
        },
        {"time": time, "level": ["L4-L5"], "site": ["mean"], "step": ("time", [1, 2, 2, 2, 2])}
        | {"held": ("time", [1, 1, 1, 1, 0])},
    )


def _reading(**cells: str) -> Any:
    empty = dict.fromkeys(table("claim_readings")[0], None)
    return {**empty, "run": "a", "where": "L4-L5", "at": "2:end", "unit": "kPa", **cells}


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        ({"quantity": "intradiscal_pressure"}, 120.0),
        ({"quantity": "intradiscal_pressure", "at": "2:held"}, 90.0),
        ({"quantity": "intradiscal_pressure", "at": "2:15 min"}, 85.0),
        ({"quantity": "intradiscal_pressure", "since": "1:end"}, -280.0),
        ({"quantity": "intradiscal_pressure", "minus": "b"}, 20.0),
        ({"quantity": "intradiscal_pressure", "minus": "b", "as": "percent", "unit": "%"}, 20.0),
        # 140 of the 324 kPa that fall within the first second
        ({"quantity": "intradiscal_pressure", "as": "time-of-50", "unit": "min"}, 140 / 324 / 60),
        (
            {"quantity": "disc_height", "pick": "site=mean", "as": "shortened", "minus": "b"}
            | {"unit": "%"},
            100.0 * 25 / 45,
        ),
    ],
)
def test_readings(cells: dict[str, str], value: float) -> None:
    runs = {
        "a": _run([400, 76, 80, 90, 120], [9.0, 9.4, 9.5, 9.6, 9.8]),
        "b": _run([400, 80, 80, 90, 100], [9.0, 9.3, 9.4, 9.5, 9.6]),
    }
    assert claim_readings.value(_reading(**cells), runs) == pytest.approx(value)


def test_simulation_follows_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(late: float) -> Any:
        run = _run([400, 76, 80, 90, late], [9.0, 9.4, 9.5, 9.6, 9.8])
        return lambda keys, progress=None: dict.fromkeys(keys, run)

    monkeypatch.setattr(claim_runs, "simulated", runs(120.0))
    assert claims.claims(["S4-69"])[0].verdict == FAILS
    monkeypatch.setattr(claim_runs, "simulated", runs(60.0))
    assert claims.claims(["S4-69"])[0].verdict == HOLDS


def test_draws_give_intervals_and_say_how_firm_a_verdict_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = iter([120.0, 110.0, 100.0, 60.0])

    def runs(keys: Any, progress: Any = None) -> Any:
        return dict.fromkeys(keys, _run([400, 76, 80, 90, 120], [9.0, 9.4, 9.5, 9.6, 9.8]))

    def drawn(keys: Any) -> Any:
        return dict.fromkeys(keys, _run([400, 76, 80, 90, next(late)], [9.0] * 5))

    monkeypatch.setattr(claim_runs, "simulated", runs)
    monkeypatch.setattr(claim_runs, "drawn", drawn)
    answer = claims.claims(["S4-69"], samples=4)[0]
    assert answer.verdict == FAILS
    assert "the same in 75 % of 4 draws" in answer.reason
    first = answer.result[0]  # minute 20 to 45
    assert (first.value, first.share) == (pytest.approx(30.0), 0.25)
    assert first.low is not None
    assert first.high is not None
    assert -30.0 <= first.low < 10.0 < first.high <= 30.0


def test_a_run_that_fails_leaves_its_claim_untested(monkeypatch: pytest.MonkeyPatch) -> None:
    def failed(keys: Any, progress: Any = None) -> Any:
        return dict.fromkeys(keys, InputError("step 2: no equilibrium"))

    monkeypatch.setattr(claim_runs, "simulated", failed)
    answer = claims.claims(["S4-69"])[0]
    assert answer.verdict == UNTESTED
    assert "no equilibrium" in answer.reason
