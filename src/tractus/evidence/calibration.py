"""Calibration: the parameters of one set against all calibration experiments at once.

Free parameters are the rows of data/calibrated.csv, within the ranges of data/parameters.csv.
Least squares of distances from the middles of the bands, in half-widths of the band, growing
linearly beyond the band (soft L1) so that readings that contradict each other do not decide alone;
and a weak pull of every parameter to the middle of its range.  SciPy's trust region with bounds.
Slopes of experiments on specimens come through the engine (gradients.py), anew in every round.
Experiments on persons begin after regular days that are not differentiated: their slopes come from
differences of whole runs, once, by the parameters that are said to be read by them (`read_by`),
and are then mended by what each round shows (Broyden 1965).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from tractus import initial, response, simulation
from tractus.disc_shape import Floats
from tractus.errors import InputError
from tractus.evidence import experiments, gradients, measure, validation
from tractus.evidence.experiments import Experiment
from tractus.evidence.gradients import with_values
from tractus.patient import Specimen
from tractus.tables import Row, number, table, text, varied

WEAK = 0.2  # of a band's half-width: pull of a parameter at the end of its range to the middle
DIFFERENCE = 0.05  # of half a range: step of the differences of whole runs
FAR = 10.0  # half-widths: what a run that fails counts as
WORKERS = 2

Said = Callable[[str], None]


@dataclass(frozen=True)
class Free:
    """A free parameter and its range; `x` from -1 to 1 stands for low to high."""

    name: str
    low: float
    high: float
    logarithmic: bool
    bench: bool  # whether slopes of experiments on specimens are taken by it
    body: bool  # whether slopes of experiments on persons are

    def value(self, x: float) -> float:
        """Parameter at x."""
        low, high = self._ends()
        at = 0.5 * (low + high) + 0.5 * (high - low) * x
        return math.exp(at) if self.logarithmic else at

    def x(self, value: float) -> float:
        """Place of a value in the range."""
        low, high = self._ends()
        at = math.log(value) if self.logarithmic else value
        return (2.0 * at - low - high) / (high - low)

    def slope(self, x: float) -> float:
        """Change of the parameter with x."""
        low, high = self._ends()
        return 0.5 * (high - low) * (self.value(x) if self.logarithmic else 1.0)

    def _ends(self) -> tuple[float, float]:
        if self.logarithmic:
            return math.log(self.low), math.log(self.high)
        return self.low, self.high


def free_parameters() -> tuple[Free, ...]:
    """The rows of data/calibrated.csv with their ranges."""
    rows: dict[str, Row] = {str(row["name"]): row for row in table("parameters")}
    return tuple(
        Free(
            str(row["name"]),
            number(rows[str(row["name"])], "low"),
            number(rows[str(row["name"])], "high"),
            text(row, "scale") == "log",
            text(row, "read_by") != "persons",
            text(row, "read_by") != "specimens",
        )
        for row in table("calibrated")
    )


def data() -> list[Experiment]:
    """The experiments for calibration, specimens first, those of one run together."""
    known = experiments.load(experiments.packaged())
    mine = [e for e in known if isinstance(e, Experiment) and e.use == "calibration"]
    return [e for run in _runs(sorted(mine, key=lambda e: not _bench(e))) for e in run]


def _bench(one: Experiment) -> bool:
    return isinstance(one.subject, Specimen)


def _runs(mine: Sequence[Experiment]) -> Iterator[list[Experiment]]:
    for same in validation._alike(mine, validation._subject_of):
        yield from validation._alike(same, validation._regimen_of)


class Problem:
    """Residuals and their slopes at a place x of the free parameters."""

    def __init__(
        self,
        free: Sequence[Free] | None = None,
        mine: Sequence[Experiment] | None = None,
        said: Said = lambda line: None,
    ) -> None:
        self.free = tuple(free_parameters() if free is None else free)
        self.names = [f.name for f in self.free]
        self.mine = list(data() if mine is None else mine)
        self.bench = [e for e in self.mine if _bench(e)]
        self.body = [e for e in self.mine if not _bench(e)]
        middle = [0.5 * (e.accept[0] + e.accept[1]) for e in self.mine]
        self.middle = dict(zip([e.id for e in self.mine], middle, strict=True))
        self.half = {e.id: 0.5 * (e.accept[1] - e.accept[0]) for e in self.mine}
        self.said = said
        self._seen: dict[bytes, Floats] = {}

    def start(self) -> Floats:
        """Where the parameters stand now."""
        now = {str(row["name"]): number(row, "value") for row in table("parameters")}
        return np.array([f.x(now[f.name]) for f in self.free])

    def values(self, x: Floats) -> dict[str, float]:
        """Parameters at x."""
        return {f.name: f.value(float(v)) for f, v in zip(self.free, x, strict=True)}

    def misfit(self, x: Floats, mine: Sequence[Experiment]) -> Floats:
        """Distance of each prediction from the middle of its band, in half-widths."""
        with varied(with_values(self.values(x))):
            found = {e.id: v for same in _runs(mine) for e, v in zip(same, _run(same), strict=True)}
        return np.array([self._scaled(e, found[e.id]) for e in mine])

    def _scaled(self, one: Experiment, predicted: float) -> float:
        if not math.isfinite(predicted):
            return FAR
        return (predicted - self.middle[one.id]) / self.half[one.id]

    def residuals(self, x: Floats) -> Floats:
        """Misfit of every experiment (in the order of `mine`), then the pull of each parameter."""
        key = np.asarray(x).tobytes()
        if key not in self._seen:
            found = np.concatenate([self.misfit(x, self.bench), self.misfit(x, self.body)])
            self._seen[key] = found
            out, cost = int(np.sum(np.abs(found) > 1.0)), float(np.sum(_soft(found)))
            self.said(f"{len(found) - out} of {len(found)} in band, sum of squares {cost:.3f}")
        return np.concatenate([self._seen[key], WEAK * np.asarray(x)])

    def slopes(self, x: Floats) -> Floats:
        """Slopes (specimens' experiments, parameters) of `misfit`, through the engine."""
        self.said("slopes: specimens")
        values, loose = self.values(x), [i for i, f in enumerate(self.free) if f.bench]
        by = np.array([self.free[i].slope(float(x[i])) for i in loose])
        rows: dict[str, Floats] = {}
        for same in _runs(self.bench):
            _, slope = gradients.predict(same, values, [self.names[i] for i in loose])
            for e, s in zip(same, slope, strict=True):
                rows[e.id] = np.zeros(len(self.free))
                rows[e.id][loose] = s * by / self.half[e.id]
        return np.array([rows[e.id] for e in self.bench]).reshape(-1, len(self.free))

    def differences(self, x: Floats) -> Floats:
        """Slopes (persons' experiments, parameters) of `misfit` from whole runs, inwards."""
        found = np.zeros((len(self.body), len(self.free)))
        if not self.body:
            return found
        here = self.residuals(x)[len(self.bench) : len(self.mine)]

        def column(k: int) -> Floats:
            step = -DIFFERENCE if x[k] > 0.0 else DIFFERENCE
            moved = np.array(x)
            moved[k] += step
            return (self.misfit(moved, self.body) - here) / step

        loose = [i for i, f in enumerate(self.free) if f.body]
        self.said(f"slopes: persons, by {len(loose)} parameters")
        with ThreadPoolExecutor(WORKERS) as pool:
            found[:, loose] = np.stack(list(pool.map(column, loose)), 1)
        return found

    def jacobian(self, x: Floats, body: Floats) -> Floats:
        """Slopes of `residuals`: specimens' anew, persons' as given, the pulls'."""
        return np.concatenate([self.slopes(x), body, WEAK * np.eye(len(x))])


def _run(same: Sequence[Experiment]) -> Floats:
    """Predictions of experiments that one run answers, in their units; nan where it fails."""
    subject, steps = same[0].subject, same[0].steps
    asked = validation._distinct(
        [measure.instant(w, steps) for e in same for w in e.measure.states.values()]
    )
    try:
        run = simulation.follow(initial.begin(subject), steps, also=asked)
    except InputError:  # no equilibrium
        return np.full(len(same), np.nan)
    data = response.dataset(run.spine, list(run.readings)).sel(time=asked, method="nearest")
    return np.array(
        [measure.predict(e.measure, subject, steps, data).value / e.scale for e in same]
    )


def mended(slopes: Floats, step: Floats, change: Floats) -> Floats:
    """Slopes that explain the change over a step, otherwise as they were (Broyden)."""
    found: Floats = slopes + np.outer(change - slopes @ step, step) / (step @ step)
    return found


def _soft(r: Floats) -> Floats:
    """Soft L1 of a residual: its square where small, twice its size where large."""
    out: Floats = 2.0 * (np.sqrt(1.0 + r * r) - 1.0)
    return out


@dataclass(frozen=True)
class Calibrated:
    """Result: place and values of the parameters, covariance in units of x, the way there."""

    problem: Problem
    x: Floats
    residuals: Floats
    jacobian: Floats  # of the residuals as they are
    begun: Floats

    @property
    def covariance(self) -> Floats:
        """Inverse of J'J (parameters squared, in units of x), soft residuals weighing less."""
        n = len(self.problem.mine)
        r = self.residuals[:n]
        weight = np.concatenate([(1.0 + r * r) ** -0.25, np.ones(len(self.x))])
        weighted = self.jacobian * weight[:, None]
        found: Floats = np.linalg.inv(weighted.T @ weighted)
        return found

    def step(self) -> Floats:
        """The Gauss-Newton step that is left, parameters at an end of their range held there."""
        return gauss_newton(self.x, self.residuals, self.jacobian)


def gauss_newton(x: Floats, residuals: Floats, jacobian: Floats, reach: float = 2.0) -> Floats:
    """Step in x of soft least squares within the ranges and `reach`; zero at the optimum."""
    from scipy.optimize import lsq_linear

    n = len(residuals) - len(x)
    r = residuals[:n]
    weight = np.concatenate([(1.0 + r * r) ** -0.25, np.ones(len(x))])
    ends = (np.maximum(-1.0 - x, -reach) - 1e-9, np.minimum(1.0 - x, reach) + 1e-9)
    found = lsq_linear(jacobian * weight[:, None], -residuals * weight, bounds=ends)
    step: Floats = found.x
    return step


def calibrate(problem: Problem, rounds: int = 8, tolerance: float = 1e-3) -> Calibrated:
    """The set that fits best, from where the parameters stand now."""
    x = np.clip(problem.start(), -1.0, 1.0)
    begun = residuals = problem.residuals(x)
    n, bench = len(problem.mine), len(problem.bench)
    body = problem.differences(x)
    jacobian = problem.jacobian(x, body)

    def cost(r: Floats) -> float:
        return float(np.sum(_soft(r[:n])) + np.sum(r[n:] ** 2))

    reach = 0.5  # of half a range: how far a parameter may move at once
    for _ in range(rounds):
        step = gauss_newton(x, residuals, jacobian, reach)
        trial = x + step
        found = problem.residuals(trial)
        gain = cost(residuals) - cost(found)
        body = mended(body, step, found[bench:n] - residuals[bench:n])
        if gain <= 0.0:
            reach *= 0.4
            jacobian[bench:n] = body
            continue
        x, residuals, reach = trial, found, min(1.0, 1.5 * reach)
        jacobian = problem.jacobian(x, body)
        problem.said(f"gained {gain:.4f} of {cost(residuals):.4f}")
        if gain < tolerance * cost(residuals):
            break
    return Calibrated(problem, x, residuals, jacobian, begun)


def record(found: Calibrated, version: str) -> dict[str, Any]:
    """What is kept of a calibration, as JSON."""
    p, n = found.problem, len(found.problem.mine)
    sd = np.sqrt(np.diag(found.covariance))
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
        "before": found.begun[:n].tolist(),
        "residuals": found.residuals[:n].tolist(),
        "jacobian": np.round(found.jacobian[:n], 6).tolist(),
        "covariance": np.round(found.covariance, 8).tolist(),
        "weak": WEAK,
    }


def stay(kept: Mapping[str, Any]) -> Floats:
    """The step in x that a kept calibration would still take: none, if it is one."""
    x = np.array([row["x"] for row in kept["parameters"]])
    r = np.concatenate([kept["residuals"], kept["weak"] * x])
    j = np.concatenate([kept["jacobian"], kept["weak"] * np.eye(len(x))])
    return gauss_newton(x, r, j)
