"""Which of the things not known decide which result.

Two views of `data/uncertainty.csv`: how far a result moves when one factor alone moves by one
standard deviation (central difference through the engine), and the share of the variance over
draws of all factors that this movement accounts for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeAlias

import numpy as np

from tractus import uncertainty
from tractus.tables import varied

Results: TypeAlias = Mapping[str, float]
Progress: TypeAlias = Callable[[int, int], None]

SIGMA = (NormalDist().cdf(-1.0), NormalDist().cdf(1.0))


@dataclass(frozen=True)
class Ranking:
    """What moves one result."""

    median: float
    sd: float  # over draws of all factors
    effects: Mapping[str, float]  # change of the result for one sd of a factor alone
    shares: Mapping[str, float]  # of the variance over draws: squared effect over it
    explained: float  # sum of the shares: 1 where factors act one by one and in proportion


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


def rankings(
    work: Callable[[], Results],
    count: int,
    seed: int = 0,
    report: Progress | None = None,
) -> dict[str, Ranking]:
    """Ranking of every result that `work` gives, its variance that of `count` draws by a seed.

    Raises InputError where too many draws find no equilibrium (`uncertainty.over_draws`).
    """
    alone = effects(work, report)
    drawn = uncertainty.over_draws(count, seed, work, report)
    return {
        key: ranking([d[key] for d in drawn], {name: moved[key] for name, moved in alone.items()})
        for key in drawn[0]
    }


def ranking(values: Sequence[float], alone: Mapping[str, float]) -> Ranking:
    """Ranking of one result from its values over draws and the effect of each factor alone.

    First-order shares by linearisation (Saltelli et al. 2008, section 1.2): a share needs no
    regression, which a few dozen draws of as many factors could not carry.
    """
    variance = float(np.var(values))
    shares = {name: move**2 / variance if variance else 0.0 for name, move in alone.items()}
    total = sum(shares.values())
    return Ranking(float(np.median(values)), variance**0.5, alone, shares, total)
