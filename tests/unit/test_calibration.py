"""The calibrated set is what the record says, and stays where it is."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path

import numpy as np
import pytest

from tractus.errors import InputError
from tractus.evidence import calibration
from tractus.tables import number, table

FOLDER = Path(__file__).parents[2] / "docs" / "records"
SOME = (
    "heuer-2007-flexion-2.5",
    "heuer-2007-idp-extension-2.5",
    "schmidt-1998-extension",
    "snyder-2007-lateral-bending",
    "liebsch-2020-T3-T4-axial-rotation",
)


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


def test_the_fit_takes_every_calibration_experiment(kept):
    mine = [*calibration.conditions(), *calibration.data()]
    assert [e.id for e in mine] == kept["experiments"]


def test_a_condition_that_cannot_be_read_stops_the_fit(tmp_path, monkeypatch):
    known = (calibration.experiments.packaged().parent / "conditions.yaml").read_text("utf-8")
    (tmp_path / "conditions.yaml").write_text(known.replace("parts: disc", "parts: disk"), "utf-8")
    monkeypatch.setattr(calibration.experiments, "packaged", lambda: tmp_path / "experiments")
    with pytest.raises(InputError, match="condition-pull"):
        calibration.conditions()


def test_a_study_is_read_from_its_own_zero_by_the_fit_alone(kept):
    """Under 1 N m Heuer's disc turns as far either way, seen from where his curve is even."""
    mine = {e.id: e for e in calibration.data()}
    ways = [mine[f"heuer-2007-{way}-1.0"] for way in ("flexion", "extension")]
    fro, back = (one.published.value + calibration.zero(one) for one in ways)
    assert fro == pytest.approx(-back, abs=0.1)
    problem = calibration.Problem(mine=ways)
    meant = {one.id: 0.5 * (one.accept[0] + one.accept[1]) for one in ways}
    assert problem.scaled(ways[0], meant[ways[0].id] + calibration.zero(ways[0])) == 0.0
    for row in table("zeros"):
        units = {e.published.unit for e in mine.values() if fnmatch(e.id, str(row["experiments"]))}
        assert units == {row["unit"]}
    judged = json.loads((FOLDER / "validation.json").read_text(encoding="utf-8"))
    predicted = {entry["id"]: entry["predicted"] for entry in judged}
    known = dict(zip(kept["experiments"], kept["residuals"], strict=True))
    for one in ways:  # the same prediction, which `validate` leaves as it is
        assert problem.scaled(one, predicted[one.id]) == pytest.approx(known[one.id], abs=0.01)
    assert calibration.zero(mine["heuer-2007-idp-flexion-2.5"]) == 0.0


def test_a_fit_begins_where_asked_within_the_range_and_only_by_what_is_free():
    elsewhere = calibration.Problem(mine=[], begin={"fibre_toe": 0.01, "nucleus_share": 7.0})
    known = dict(zip(elsewhere.names, elsewhere.start(), strict=True))
    toe = next(f for f in elsewhere.free if f.name == "fibre_toe")
    assert toe.value(known["fibre_toe"]) == pytest.approx(0.01)
    assert known["nucleus_share"] == 1.0
    with pytest.raises(InputError, match=r"not free: .*fibre_tow"):
        calibration.Problem(mine=[], begin={"fibre_tow": 0.01})


def test_a_parameter_and_its_place_in_the_range_are_one():
    for f in calibration.free_parameters():
        assert f.value(-1.0) == pytest.approx(f.low)
        assert f.value(f.x(0.3 * f.low + 0.7 * f.high)) == pytest.approx(0.3 * f.low + 0.7 * f.high)
        assert f.slope(0.2) == pytest.approx((f.value(0.2001) - f.value(0.1999)) / 2e-4, rel=1e-6)


def test_what_is_left_out_is_what_a_fit_to_the_others_says(kept):
    """Two studies that read one parameter in contradiction: each is predicted by the other."""
    mine = [
        e
        for e in calibration.data()
        if e.id in ("panjabi-1977-torsion", "avila-2022-flexed-tension")
    ]
    slopes, misfits = np.array([[2.0], [4.0]]), np.array([0.9, -0.9])
    found = calibration.left_out(mine, np.zeros(1), misfits, slopes)
    for i in (0, 1):
        step = calibration.best_step(np.zeros(1), misfits[[1 - i]], slopes[[1 - i]], 0.5)
        assert found[i] == pytest.approx(misfits[i] + slopes[i] @ step)
    assert np.all(np.abs(found) > 1.0)
    within = np.abs(np.array(kept["residuals"])) <= 1.0
    apart = np.abs(np.array(kept["left_out"])) <= 1.0
    assert apart.sum() < within.sum()


def test_the_posterior_is_of_what_was_measured_not_of_signs_that_must_hold(kept):
    problem = calibration.Problem()
    slopes, x = (np.array(kept[n]) for n in ("jacobian", "residuals"))
    assert [e.id for e in problem.mine] == kept["experiments"]
    place = np.array([row["x"] for row in kept["parameters"]])
    found = calibration.Calibrated(problem, place, x, slopes, x)
    measured = [not name.startswith("condition-") for name in kept["experiments"]]
    bare = slopes[measured].T @ slopes[measured] + calibration.WEAK**2 * np.eye(len(place))
    assert found.covariance() == pytest.approx(np.linalg.inv(bare), abs=1e-9)
    assert 0 < sum(measured) < len(measured)
    assert np.array(kept["covariance"]) == pytest.approx(found.covariance(), abs=1e-3)
    assert np.array(kept["posterior"]) == pytest.approx(found.posterior(), abs=1e-3)


class Toy(calibration.Problem):
    """Two experiments on specimens and one on a person, curved in two parameters."""

    def __init__(self, start):
        self.free = calibration.free_parameters()[:2]
        self.names = [f.name for f in self.free]
        self.bench, self.body = ["first", "second"], ["third"]
        self.mine = [*self.bench, *self.body]
        self.begin = np.asarray(start)
        self.said = lambda line: None

    def start(self):
        return self.begin

    def residuals(self, x):
        a, b = 3.0 * (x[0] - 0.4), 3.0 * (x[1] + 0.3)
        return np.array([a + 0.3 * a * b, b, a + b + 0.2 * b**2])

    def slopes(self, x):
        return self.by_differences(x)[:2]

    def differences(self, x):
        return self.by_differences(x)[2:]

    def by_differences(self, x):
        h = 1e-6 * np.eye(2)
        ends = [(self.residuals(x + d), self.residuals(x - d)) for d in h]
        return np.stack([(up - down) / 2e-6 for up, down in ends], 1)


def test_a_fit_finds_the_least_cost_and_a_rerun_from_it_does_not_move():
    from scipy.optimize import minimize

    problem = Toy([-0.9, 0.8])
    found = calibration.calibrate(problem, rounds=24)
    best = minimize(lambda x: calibration.cost(problem.residuals(x), x), found.x, tol=1e-10)
    assert calibration.cost(found.residuals, found.x) <= best.fun * (1.0 + calibration.LEAST)
    again = calibration.calibrate(Toy(found.x), rounds=24)
    assert np.array_equal(again.x, found.x)


def test_the_parameter_that_moved_most_is_measured_by_its_own_deviation():
    problem = Toy([-0.9, 0.8])
    slopes = np.array([[10.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    end = np.array([-0.85, 0.9])  # half as far as the other, and known ten times better
    found = calibration.Calibrated(problem, end, np.zeros(3), slopes, np.zeros(3))
    problem.measured = np.array([True, True, True])
    name, far = found.farthest()
    assert name == problem.names[0]
    assert far == pytest.approx(0.05 * np.sqrt(100.0 + calibration.WEAK**2))
    again = calibration.Calibrated(problem, problem.start(), np.zeros(3), slopes, np.zeros(3))
    assert again.farthest()[1] == 0.0


def test_a_fit_that_is_interrupted_keeps_what_it_found():
    class Stopped(Toy):
        asked = 0

        def slopes(self, x):
            self.asked += 1
            if self.asked == 3:
                raise KeyboardInterrupt
            return super().slopes(x)

    problem = Stopped([-0.9, 0.8])
    found = calibration.calibrate(problem, rounds=24)
    assert np.array_equal(found.residuals, problem.residuals(found.x))
    kept = calibration.cost(found.residuals, found.x)
    assert kept < calibration.cost(found.begun, problem.start())


def test_mended_slopes_explain_the_last_change():
    slopes, step = np.array([[1.0, 2.0], [0.5, 0.0]]), np.array([0.2, -0.1])
    change = np.array([0.3, 0.05])
    found = calibration.mended(slopes, step, change)
    assert found @ step == pytest.approx(change)
    across = np.array([0.1, 0.2])  # at right angles nothing is new
    assert found @ across == pytest.approx(slopes @ across)


def test_a_step_ends_within_the_range_and_near_the_edge_of_the_free_part():
    j = np.array([[2.0, 0.0], [0.0, 1.0]])
    r = np.array([1.0, 3.0])
    first, second = calibration.best_step(np.zeros(2), r, j, 2.0)
    assert 0.4 < r[0] + 2.0 * first < 0.6
    assert second == pytest.approx(-1.0)
