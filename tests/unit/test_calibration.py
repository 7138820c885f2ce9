"""The calibrated set is what the record says, and stays where it is."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from tractus.evidence import calibration
from tractus.tables import number, table

FOLDER = Path(__file__).parents[2] / "docs" / "records"
# of the loins: the neck has been given its fibres and uncinate processes since the fit
SOME = ("heuer-2007-flexion-2.5", "schmidt-1998-extension", "jaramillo-2016-flexion-8")


@pytest.fixture(scope="module")
def kept() -> dict:
    (version,) = {str(row["version"]) for row in table("calibrated")}
    return json.loads((FOLDER / f"calibration-{version}.json").read_text(encoding="utf-8"))


def test_the_tables_hold_the_calibrated_set(kept):
    now = {row["name"]: row for row in table("parameters")}
    for row in kept["parameters"]:
        assert number(now[row["name"]], "value") == pytest.approx(row["value"], rel=1e-4)
        assert row["low"] <= row["value"] <= row["high"]
    values = {row["name"]: row["value"] for row in kept["parameters"]}
    listed = {row["name"]: number(row, "value") for row in table("calibrated")}
    assert listed == pytest.approx(values, rel=1e-4)


def test_a_rerun_of_some_experiments_finds_the_kept_distances(kept):
    mine = [e for e in calibration.data() if e.id in SOME]
    problem = calibration.Problem(mine=mine)
    known = dict(zip(kept["experiments"], kept["residuals"], strict=True))
    found = problem.misfit(problem.start(), mine)
    assert found == pytest.approx([known[e.id] for e in mine], abs=0.01)


def test_the_fit_takes_the_experiments_of_the_record_and_says_why_it_leaves_others(kept):
    assert {e.id for e in calibration.fitted()} == set(kept["experiments"])
    every = [e.id for e in calibration.data()]
    for row in table("unfitted"):
        assert any(fnmatch(name, str(row["experiments"])) for name in every)
        assert row["why"]


def test_the_kept_set_is_where_the_fit_stays(kept):
    assert calibration.left(kept) < 0.03


def test_a_parameter_and_its_place_in_the_range_are_one():
    for f in calibration.free_parameters():
        assert f.value(-1.0) == pytest.approx(f.low)
        assert f.value(f.x(0.3 * f.low + 0.7 * f.high)) == pytest.approx(0.3 * f.low + 0.7 * f.high)
        assert f.slope(0.2) == pytest.approx((f.value(0.2001) - f.value(0.1999)) / 2e-4, rel=1e-6)


def test_a_step_ends_within_the_range_and_near_the_edge_of_the_free_part():
    j = np.array([[2.0, 0.0], [0.0, 1.0]])
    r = np.array([1.0, 3.0])
    first, second = calibration.best_step(np.zeros(2), r, j)
    assert 0.4 < r[0] + 2.0 * first < 0.6
    assert second == pytest.approx(-1.0)
