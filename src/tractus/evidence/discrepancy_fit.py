"""How much the model misses: the spreads of `discrepancy` that serve the calibration experiments.

Every calibration experiment is run on draws of persons and parameters, without discrepancy.  Gains
are then drawn with spreads on a grid, and each interval of 90 % is scored against what was
published: its width, and 20 times what lies outside, in half-widths of the band (interval score,
Gneiting and Raftery 2007, equation 43).  Of the spreads by which 90 % of the published values are
held, as an interval says, those with the least score are taken: as wide as misses ask for, and no
wider.  The mean score is that over studies, so that one of many readings does not decide alone.
A fit misses least what it was made for: so every prediction is moved to where a set would have it
that has not seen its study (`calibration.left_out`).  What was published holds errors of
measurement as well; they count as misses.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from tractus import discrepancy, draw_processes, initial, response, simulation, uncertainty
from tractus.disc_shape import Floats
from tractus.errors import InputError
from tractus.evidence import measure, validation
from tractus.evidence.experiments import Experiment
from tractus.tables import table, text

OUTSIDE = 1.0 - uncertainty.NOMINAL
SPREADS = tuple(round(0.05 * k, 2) for k in range(17))  # log standard deviations that are tried
REPEATS = 32  # draws of the gains for each draw of a person

Answer = Mapping[str, Floats]  # states of a measure and `rest`, each over levels, in SI


@dataclass(frozen=True)
class Fit:
    """Spreads of the gains of kinds and of steps, and the mean score of every pair tried."""

    kind: float
    step: float
    scores: Mapping[tuple[float, float], float]
    held: float  # share of published values within the intervals of the best pair


def answers(
    mine: Sequence[Experiment],
    count: int,
    seed: int,
    report: Callable[[int, int], None] | None = None,
) -> dict[str, list[Answer]]:
    """What draws say of each experiment without discrepancy; draws that find nothing left out.

    Raises InputError where an experiment is left with too few.
    """
    draw = functools.partial(_draw, mine)
    every = draw_processes.over_draws(count, seed, draw, report, without="model")
    found = {e.id: [draw[e.id] for draw in every if e.id in draw] for e in mine}
    for name, kept in found.items():
        if len(kept) < (1.0 - uncertainty.LOST) * count:
            raise InputError(f"{name}: {len(kept)} of {count} draws find an equilibrium")
    return found


def _draw(mine: Sequence[Experiment]) -> dict[str, Answer]:
    out: dict[str, Answer] = {}
    for same in validation.by_run(mine):
        try:
            out.update(_run(same))
        except InputError:  # no equilibrium in this draw
            continue
    return out


def _run(same: Sequence[Experiment]) -> dict[str, Answer]:
    subject, steps = same[0].subject, same[0].steps
    times = validation.asked(same)
    run = simulation.follow(initial.begin(subject), steps, also=times, swift=True)
    data = run.response().sel(time=times, method="nearest")
    assert run.rest is not None  # `begin` gives it
    rest = response.dataset(run.spine, [run.rest])
    out: dict[str, Answer] = {}
    for e in same:
        states = measure.states(e.measure, subject, steps, data)
        states["rest"] = measure.field(e.measure, subject, rest).isel(time=0)
        out[e.id] = {name: np.atleast_1d(values) for name, values in states.items()}
    return out


def drawn(one: Experiment, found: Sequence[Answer], kind: float, step: float) -> Floats:
    """Predictions (answers x REPEATS,) with gains of two spreads, in the published unit."""
    form = next(text(r, "form") for r in table("discrepancy") if r["key"] == one.measure.quantity)
    timed = [n for n, s in enumerate(one.steps, 1) if s.duration]
    scores = _scores(len(found), 1 + len(timed))
    states = {}
    for name, when in one.measure.states.items():
        gain = np.exp(kind * scores[:, :1] + step * scores[:, [1 + timed.index(when.step)]])
        now, rest = (np.repeat([a[k] for a in found], REPEATS, 0) for k in (name, "rest"))
        states[name] = discrepancy.missed(form, now, rest, gain)
    with np.errstate(divide="ignore", invalid="ignore"):
        formed: Floats = measure.formed(one.measure.form, states)
    values: Floats = getattr(np, one.measure.across or "mean")(formed, 1) / one.scale
    return values


@functools.lru_cache(maxsize=8)
def _scores(count: int, columns: int) -> Floats:
    """Standard normal scores (count x REPEATS, columns), the same in every call."""
    from scipy.stats import norm, qmc

    even = qmc.Sobol(columns, scramble=True, rng=0).random(count * REPEATS)
    found: Floats = norm.ppf(np.clip(even, 1e-6, 1.0 - 1e-6))
    return found


def interval_score(low: float, high: float, published: float) -> float:
    """Width of an interval and 2 / OUTSIDE times the distance of what lies outside of it."""
    outside = max(low - published, 0.0) + max(published - high, 0.0)
    return high - low + 2.0 / OUTSIDE * outside


def fit(
    mine: Sequence[Experiment], found: Mapping[str, Sequence[Answer]], moved: Mapping[str, float]
) -> Fit:
    """The pair of spreads with the least mean score over studies, of those that hold nine of ten.

    Where none does, of those that hold most.
    moved: by how much each prediction is moved, in half-widths of its band.
    """
    tried: dict[tuple[float, float], float] = {}
    held: dict[tuple[float, float], float] = {}
    for pair in itertools.product(SPREADS, SPREADS):
        by_study: dict[str, list[float]] = {}
        inside = 0
        for one in mine:
            half = 0.5 * (one.accept[1] - one.accept[0])
            values = drawn(one, found[one.id], *pair) + half * moved[one.id]
            low, high = np.nanquantile(values, uncertainty.INTERVAL)
            score = interval_score(low, high, one.published.value)
            by_study.setdefault(one.study, []).append(score / half)
            inside += low <= one.published.value <= high
        tried[pair] = mean(mean(scores) for scores in by_study.values())
        held[pair] = inside / len(mine)
    enough = min(uncertainty.NOMINAL, max(held.values()))
    best = min((p for p in tried if held[p] >= enough), key=lambda pair: tried[pair])
    return Fit(*best, tried, held[best])
