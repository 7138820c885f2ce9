"""Calibration: the parameters of one set against all calibration experiments at once.

Free parameters are the rows of data/calibrated.csv, within the ranges of data/parameters.csv.
A prediction in the middle half of its band costs nothing; beyond, the cost grows with the square of
the distance in units of the band, and in proportion to it outside (soft L1), so that readings that
contradict each other do not decide alone.  Signs that no set may turn (conditions.yaml) are held
in the same way.  A weak pull takes every parameter to the middle of its range.  Every round
minimises this cost of the predictions made linear, within the ranges.

Slopes of experiments on specimens come through the engine (gradients.py), anew in every round.
Experiments on persons begin after regular days that are not differentiated: their slopes come from
differences of whole runs, at the beginning and before the end; between, they are mended by what
each round shows (Broyden 1965).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from tractus import simulation
from tractus.calibrated import Free, free_parameters
from tractus.disc_shape import Floats
from tractus.errors import InputError
from tractus.evidence import experiments, gradients, validation
from tractus.evidence.experiments import Experiment
from tractus.patient import Specimen
from tractus.tables import number, table, text, varied, with_values

FREE = (
    0.5  # of a band's half-width, about its middle: within it one prediction is as good as another
)
WEAK = 0.4  # root of the cost of a parameter at an end of its range; more costs readings
DIFFERENCE = 0.05  # of half a range: step of the differences of whole runs
REACHES = (0.5, 0.2, 0.08)  # of half a range: how far a parameter may move at once
LEAST = 1e-3  # share of the cost that a step must gain
FAR = 10.0  # half-widths: what a run that fails counts as
SAME = 0.1  # of its standard deviation: how far a parameter may move in a rerun to the same set
RANGE_SD = 0.5  # of half a range: deviation of a parameter of which only its range is known
WORKERS = 2

Said = Callable[[str], None]


def data() -> list[Experiment]:
    """The experiments for calibration, specimens first, those of one run together."""
    known = experiments.load(experiments.packaged())
    mine = [e for e in known if isinstance(e, Experiment) and e.use == "calibration"]
    return [e for run in validation.by_run(sorted(mine, key=lambda e: not _bench(e))) for e in run]


def conditions() -> list[Experiment]:
    """What no set may break, data/conditions.yaml, in the form of experiments on specimens.

    Raises InputError where one cannot be read: a fit without it could turn the sign.
    """
    found = []
    for one in experiments.read(experiments.packaged().parent / "conditions.yaml"):
        if not isinstance(one, Experiment):
            raise InputError(one.error)
        found.append(one)
    return found


def zero(one: Experiment) -> float:
    """What the model reads, in the unit of the experiment, where the study's scale has its zero.

    Nothing, but for the rows of data/zeros.csv.  `validate` knows of none: it reads as files say.
    """
    return sum(
        number(r, "zero") for r in table("zeros") if fnmatchcase(one.id, text(r, "experiments"))
    )


def _bench(one: Experiment) -> bool:
    return isinstance(one.subject, Specimen)


class Problem:
    """Residuals and their slopes at a place x of the free parameters."""

    def __init__(
        self,
        free: Sequence[Free] | None = None,
        mine: Sequence[Experiment] | None = None,
        said: Said = lambda line: None,
        begin: Mapping[str, float] | None = None,
    ) -> None:
        self.free = tuple(free_parameters() if free is None else free)
        self.names = [f.name for f in self.free]
        held = conditions()
        self.mine = [*held, *data()] if mine is None else list(mine)
        self.measured = ~np.isin([e.id for e in self.mine], [e.id for e in held])
        self.bench = [e for e in self.mine if _bench(e)]
        self.body = [e for e in self.mine if not _bench(e)]
        middle = [0.5 * (e.accept[0] + e.accept[1]) for e in self.mine]
        self.middle = dict(zip([e.id for e in self.mine], middle, strict=True))
        self.half = {e.id: 0.5 * (e.accept[1] - e.accept[0]) for e in self.mine}
        self.zero = {e.id: zero(e) for e in self.mine}
        self.said = said
        self.begin = dict(begin or {})
        if unknown := set(self.begin) - set(self.names):
            raise InputError(f"not free: {sorted(unknown)}; allowed are {self.names}")
        self._seen: dict[bytes, Floats] = {}

    def start(self) -> Floats:
        """Where the parameters stand now, or where a fit is asked to begin."""
        now = {str(row["name"]): number(row, "value") for row in table("parameters")} | self.begin
        return np.clip([f.x(now[f.name]) for f in self.free], -1.0, 1.0)

    def values(self, x: Floats) -> dict[str, float]:
        """Parameters at x."""
        return {f.name: f.value(float(v)) for f, v in zip(self.free, x, strict=True)}

    def misfit(self, x: Floats, mine: Sequence[Experiment]) -> Floats:
        """Distance of each prediction from the middle of its band, in half-widths."""
        with varied(with_values(self.values(x))):
            found = {
                e.id: v
                for same in validation.by_run(mine)
                for e, v in zip(same, predictions(same), strict=True)
            }
        return np.array([self.scaled(e, found[e.id]) for e in mine])

    def scaled(self, one: Experiment, predicted: float) -> float:
        """Distance from the middle of the band, in half-widths, seen from the study's zero."""
        if not math.isfinite(predicted):
            return FAR
        return (predicted - self.zero[one.id] - self.middle[one.id]) / self.half[one.id]

    def residuals(self, x: Floats) -> Floats:
        """Misfit of every experiment, in the order of `mine`."""
        key = np.asarray(x).tobytes()
        if key not in self._seen:
            found = np.concatenate([self.misfit(x, self.bench), self.misfit(x, self.body)])
            self._seen[key] = found
            out = int(np.sum(np.abs(found) > 1.0))
            self.said(f"{len(found) - out} of {len(found)} in band, cost {cost(found, x):.3f}")
        return self._seen[key]

    def slopes(self, x: Floats) -> Floats:
        """Slopes (specimens' experiments, parameters) of `misfit`, through the engine."""
        self.said("slopes: specimens")
        values = self.values(x)
        by = np.array([f.slope(float(v)) for f, v in zip(self.free, x, strict=True)])
        rows: dict[str, Floats] = {}
        for same in validation.by_run(self.bench):
            _, slope = gradients.predict(same, values, self.names)
            for e, s in zip(same, slope, strict=True):
                rows[e.id] = s * by / self.half[e.id]
        return np.array([rows[e.id] for e in self.bench]).reshape(-1, len(self.free))

    def differences(self, x: Floats) -> Floats:
        """Slopes (persons' experiments, parameters) of `misfit` from whole runs, inwards."""
        if not self.body:
            return np.zeros((0, len(self.free)))
        here = self.residuals(x)[len(self.bench) :]

        def column(k: int) -> Floats:
            step = -DIFFERENCE if x[k] > 0.0 else DIFFERENCE
            moved = np.array(x)
            moved[k] += step
            return (self.misfit(moved, self.body) - here) / step

        self.said(f"slopes: persons, by {len(self.free)} parameters")
        with ThreadPoolExecutor(WORKERS) as pool:
            return np.stack(list(pool.map(column, range(len(self.free)))), 1)

    def jacobian(self, x: Floats, body: Floats) -> Floats:
        """Slopes of `residuals`: specimens' anew, persons' as given."""
        return np.concatenate([self.slopes(x), body])


def predictions(same: Sequence[Experiment]) -> Floats:
    """Predictions of experiments that one run answers, in their units; nan where it fails."""
    try:
        times = validation.asked(same)
        data = simulation.simulate(same[0].subject, same[0].steps, times=times)
    except InputError:  # no equilibrium
        return np.full(len(same), np.nan)
    return np.array([validation.predicted(one, data) for one in same])


def mended(slopes: Floats, step: Floats, change: Floats) -> Floats:
    """Slopes that explain the change over a step, otherwise as they were (Broyden)."""
    found: Floats = slopes + np.outer(change - slopes @ step, step) / (step @ step)
    return found


def _beyond(r: Floats) -> Floats:
    """Distance beyond the middle part of the band, 1 at its edge."""
    found: Floats = np.sign(r) * np.maximum(np.abs(r) - FREE, 0.0) / (1.0 - FREE)
    return found


def cost(r: Floats, x: Floats) -> float:
    """What a calibration minimises, at misfits r and place x."""
    soft = 2.0 * (np.sqrt(1.0 + _beyond(r) ** 2) - 1.0)
    return float(np.sum(soft) + np.sum((WEAK * x) ** 2))


def best_step(x: Floats, r: Floats, jacobian: Floats, reach: float) -> Floats:
    """Step in x that is best for misfits r + jacobian step, within the ranges and `reach`."""
    from scipy.optimize import minimize

    def at(step: Floats) -> tuple[float, Floats]:
        there, far = x + step, r + jacobian @ step
        out = _beyond(far)
        slope = 2.0 * out / np.sqrt(1.0 + out**2) / (1.0 - FREE)
        return cost(far, there), jacobian.T @ slope + 2.0 * WEAK**2 * there

    ends = np.stack([np.maximum(-1.0 - x, -reach), np.minimum(1.0 - x, reach)], 1)
    asked = {"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(at, 0.0 * x, jac=True, bounds=ends, method="L-BFGS-B", options=asked)
    step: Floats = found.x
    return step


@dataclass(frozen=True)
class Calibrated:
    """Result: place of the parameters, misfits there and at the beginning, slopes."""

    problem: Problem
    x: Floats
    residuals: Floats
    jacobian: Floats
    begun: Floats

    def covariance(self, pull: float = WEAK) -> Floats:
        """Inverse of J'J with pulls to the middle (in units of x), a half-width one deviation.

        Of what was measured: the band of a sign that must hold is a guess, and says no more.
        """
        slopes = self.jacobian[self.problem.measured]
        pulls = pull**2 * np.eye(len(self.x))
        return np.asarray(np.linalg.inv(slopes.T @ slopes + pulls), np.float64)

    def farthest(self) -> tuple[str, float]:
        """The parameter that moved most from the beginning, in its standard deviations."""
        moved = np.abs(self.x - self.problem.start()) / np.sqrt(np.diag(self.covariance()))
        most = int(np.argmax(moved))
        return self.problem.names[most], float(moved[most])

    def posterior(self) -> Floats:
        """Lower triangular factor of the covariance where ranges alone leave RANGE_SD."""
        return np.asarray(np.linalg.cholesky(self.covariance(1.0 / RANGE_SD)), np.float64)


def left_out(mine: Sequence[Experiment], x: Floats, residuals: Floats, jacobian: Floats) -> Floats:
    """Misfit of every experiment as a set would predict it that has not seen its study.

    For each study one step of the fit to all others, by the slopes at `x`, no further than they
    can be trusted: the least that a prediction misses where no one has looked.
    """
    studies = np.array([one.study for one in mine])
    found = np.array(residuals, float)
    for study in dict.fromkeys(studies.tolist()):
        own = studies == study
        step = best_step(x, residuals[~own], jacobian[~own], REACHES[0])
        found[own] += jacobian[own] @ step
    return found


def calibrate(problem: Problem, rounds: int) -> Calibrated:
    """The set that fits best near where it begins.

    It is at rest where, by slopes that are none of them mended, no step of `REACHES` gains more
    than `LEAST`: from there a rerun does not move.  Interrupted, it ends where it last knew
    the slopes.
    """
    x = problem.start()
    begun = residuals = problem.residuals(x)
    bench = len(problem.bench)
    jacobian, fresh, tried = problem.jacobian(x, problem.differences(x)), True, 0
    try:
        for _ in range(rounds):
            step = best_step(x, residuals, jacobian, REACHES[tried])
            found = problem.residuals(x + step)
            now = cost(residuals, x)
            gain = now - cost(found, x + step)
            body = mended(jacobian[bench:], step, found[bench:] - residuals[bench:])
            if gain > LEAST * now:
                slopes = problem.jacobian(x + step, body)
                x, residuals, jacobian, fresh, tried = x + step, found, slopes, False, 0
                problem.said(f"gained {gain:.4f} of {now:.4f}")
            elif tried + 1 < len(REACHES):
                jacobian[bench:], tried = body, tried + 1
            elif fresh:
                problem.said(f"at rest: no step gains {100 * LEAST:g} % of the cost")
                break
            else:
                jacobian[bench:], fresh, tried = problem.differences(x), True, 0
    except KeyboardInterrupt:
        problem.said("interrupted: the last place that gained is kept")
    return Calibrated(problem, x, residuals, jacobian, begun)


def record(found: Calibrated, version: str) -> dict[str, Any]:
    """What is kept of a calibration, as JSON."""
    p = found.problem
    covariance = found.covariance()
    sd = np.sqrt(np.diag(covariance))
    values = p.values(found.x)
    return {
        "version": version,
        "parameters": [
            {
                "name": f.name,
                "low": f.low,
                "high": f.high,
                "scale": "log" if f.logarithmic else "linear",
                "start": f.value(float(p.start()[i])),
                "value": values[f.name],
                "x": float(found.x[i]),
                "sd_x": float(sd[i]),
                "sd": float(sd[i]) * f.slope(float(found.x[i])),
            }
            for i, f in enumerate(p.free)
        ],
        "experiments": [e.id for e in p.mine],
        "before": found.begun.tolist(),
        "residuals": found.residuals.tolist(),
        "left_out": left_out(p.mine, found.x, found.residuals, found.jacobian).tolist(),
        "jacobian": np.round(found.jacobian, 6).tolist(),
        "covariance": np.round(covariance, 8).tolist(),
        "posterior": np.round(found.posterior(), 6).tolist(),
        "weak": WEAK,
    }
