"""Which of the things not known decide which result.

Two views of `data/uncertainty.csv`: how far a result moves when one factor alone moves by one
standard deviation (central difference through the engine), and which share of the variance over
draws of all factors goes with each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np

from tractus import uncertainty
from tractus.disc_shape import Floats
from tractus.tables import quantile, varied

Results: TypeAlias = Mapping[str, float]
Progress: TypeAlias = Callable[[int, int], None]

SIGMA = (NormalDist().cdf(-1.0), NormalDist().cdf(1.0))
PENALTY = 1e-2  # of the number of draws: keeps few draws from being explained by many factors
BOOTSTRAP = 400


@dataclass(frozen=True)
class Ranking:
    """What moves one result."""

    median: float
    sd: float  # over draws
    effects: Mapping[str, float]  # change of the result for one sd of a factor alone
    shares: Mapping[str, tuple[float, float, float]]  # of variance: value and its 90 % interval
    explained: float  # share of variance that goes with the factors one by one


def effects(work: Callable[[], Results], report: Progress | None = None) -> dict[str, Results]:
    """Change of every result for one standard deviation of each factor alone.

    Half the difference between a factor one sd above and one below its median, the others at the
    values of the tables; `work` gives the results with the tables as they are.
    """
    names = uncertainty.factors()
    found: dict[str, Results] = {}
    for done, name in enumerate(names):
        ends = []
        for place in SIGMA:
            with varied(uncertainty.drawn({name: place})):
                ends.append(work())
        below, above = ends
        found[name] = {key: 0.5 * (above[key] - below[key]) for key in below}
        if report:
            report(done + 1, len(names))
    return found


def shares(points: Floats, values: Floats) -> tuple[Floats, float]:
    """Share of the variance of `values` (N,) that goes with each of the factors (F,); their sum.

    `points` (N, F) are quantiles.  Regression on their normal scores: the coefficient squared
    over the variance, for factors drawn independently (Saltelli et al. 2008, section 1.2.5).
    """
    scores = _scores(points)
    centred = values - values.mean()
    penalty = PENALTY * len(values) * np.eye(scores.shape[1])
    slope = np.linalg.solve(scores.T @ scores + penalty, scores.T @ centred)
    variance = centred @ centred / len(values)
    if variance == 0.0:
        return np.zeros(scores.shape[1]), 0.0
    left = centred - scores @ slope
    freedom = max(len(values) - scores.shape[1], 1) / len(values)
    explained = 1.0 - (left @ left / len(values) / freedom) / variance
    return slope**2 / variance, float(np.clip(explained, 0.0, 1.0))


def _scores(points: Floats) -> Floats:
    from scipy.special import ndtri

    found: Floats = ndtri(points)
    even: Floats = (found - found.mean(0)) / found.std(0)
    return even


def rankings(
    work: Callable[[], Results],
    count: int,
    seed: int = 0,
    report: Progress | None = None,
) -> dict[str, Ranking]:
    """Ranking of every result that `work` gives, over `count` draws by a seed.

    Raises InputError where too many draws find no equilibrium (`uncertainty.over_draws`).
    """
    names = uncertainty.factors()
    alone = effects(work, report)

    def placed() -> tuple[list[float], Results]:
        return [quantile(name) for name in names], work()

    drawn = uncertainty.over_draws(count, seed, placed, report)
    points = np.array([point for point, _ in drawn])
    return {
        key: _ranking(
            points,
            np.array([values[key] for _, values in drawn]),
            {name: moved[key] for name, moved in alone.items()},
            np.random.default_rng(seed),
        )
        for key in drawn[0][1]
    }


def _ranking(
    points: Floats, values: Floats, alone: Mapping[str, float], chance: np.random.Generator
) -> Ranking:
    """Shares with the interval that drawing the draws again would give."""
    share, explained = shares(points, values)
    again = [chance.integers(0, len(values), len(values)) for _ in range(BOOTSTRAP)]
    spread = np.quantile([shares(points[i], values[i])[0] for i in again], uncertainty.INTERVAL, 0)
    found = zip(alone, share.tolist(), *spread.tolist(), strict=True)
    return Ranking(
        float(np.median(values)),
        float(values.std()),
        alone,
        {name: (value, low, high) for name, value, low, high in found},
        explained,
    )
