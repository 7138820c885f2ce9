"""What is not known of a person and of the parameters, as distributions, and draws from them.

`data/uncertainty.csv` names the factors; each moves cells of the tables that everything is built
from.  A draw is a variant of the tables; draws fill the space evenly (Sobol) and repeat by seed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from statistics import NormalDist
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from tractus import calibrated
from tractus.disc_shape import Floats
from tractus.errors import InputError
from tractus.tables import Cell, Row, Variant, text, usual, varied

NOMINAL = 0.9  # share that an interval is to hold
INTERVAL = (0.5 - 0.5 * NOMINAL, 0.5 + 0.5 * NOMINAL)  # its ends as quantiles
LARGEST = 4096  # samples
LOST = 0.1  # share of draws that may find no equilibrium, and are then left out
WORKERS = 2

Found = TypeVar("Found")


def factors() -> tuple[str, ...]:
    """Names of the factors, in the order of the table."""
    return tuple(dict.fromkeys(text(row, "factor") for row in usual("uncertainty")))


@functools.lru_cache(maxsize=4)
def points(count: int, seed: int) -> Floats:
    """Quantiles (count, factors) of every factor in every draw, evenly spread over (0, 1)."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(len(factors()), scramble=True, rng=seed)
    found: Floats = sequence.random(2 ** math.ceil(math.log2(count)))[:count]
    return np.clip(found, 1e-6, 1.0 - 1e-6)


@functools.lru_cache(maxsize=4)
def draws(count: int, seed: int, without: str = "") -> tuple[Variant, ...]:
    """Variants of the tables; factors of the kind `without` do not move.

    Raises InputError for a number that is not allowed.
    """
    if not 1 <= count <= LARGEST:
        raise InputError(f"samples {count}: allowed are 1 to {LARGEST}, or 0 for no interval")
    if seed < 0:
        raise InputError(f"seed {seed}: allowed are whole numbers from 0")
    still = {text(row, "factor") for row in usual("uncertainty") if row["kind"] == without}
    every = [dict(zip(factors(), row, strict=True)) for row in points(count, seed).tolist()]
    return tuple(drawn({k: v for k, v in one.items() if k not in still}) for one in every)


def drawn(quantiles: Mapping[str, float]) -> Variant:
    """The variant in which each factor stands at its quantile (0 to 1); the others do not move.

    Where one fitted parameter moves, the others follow as the experiments ask for.
    """
    given = [row for row in usual("uncertainty") if text(row, "factor") in quantiles]
    at = {text(r, "rows"): quantiles[text(r, "factor")] for r in given if _is_fitted(r)}
    fitted = calibrated.drawn(at) if at else {}
    rows = [r for r in usual("uncertainty") if r in given or (fitted and _is_fitted(r))]

    def change(name: str, old: tuple[Row, ...]) -> tuple[Row, ...]:
        moves = [row for row in rows if row["table"] == name]
        return tuple(_moved(row, moves, quantiles, fitted) for row in old) if moves else old

    return Variant(change, quantiles)


def _is_fitted(row: Row) -> bool:
    return row["distribution"] == "fitted"


def _moved(
    row: Row, moves: Sequence[Row], quantiles: Mapping[str, float], fitted: Mapping[str, float]
) -> Row:
    """A row of a table with the cells that the factors move."""
    named = f"{next(iter(row.values()))}:{row.get('key', '')}".removesuffix(":")
    now = dict(row)
    for move in moves:
        column = text(move, "column")
        cell = now.get(column)
        if cell not in (None, "") and fnmatchcase(named, text(move, "rows")):
            if _is_fitted(move):
                now[column] = fitted[text(move, "rows")]
            else:
                now[column] = _new(cell, row, move, quantiles[text(move, "factor")])
    return MappingProxyType(now)


def _new(cell: Cell, row: Row, move: Row, quantile: float) -> Cell:
    """A cell at a quantile of its distribution, between the ends that the factor gives.

    The range in a cell's own row is that of the usual person: only `range` draws from it.
    """
    form, spread = text(move, "distribution"), move["spread"]
    value = float(cell)  # type: ignore[arg-type]
    own = row if form == "range" else {}
    low, high = (_limit(own, move, name) for name in ("low", "high"))
    if form == "lognormal":
        value *= math.exp(float(spread or 0.0) * NormalDist().inv_cdf(quantile))
    elif form == "normal":
        value += float(spread or 0.0) * NormalDist().inv_cdf(quantile)
    elif form == "neighbours":  # one more or less, each with this probability
        value += (quantile > 1.0 - float(spread or 0.0)) - float(quantile < float(spread or 0.0))
    elif form == "range":
        value = _triangular(quantile, low, value, high)
    else:
        raise ValueError(f"uncertainty.csv: unknown distribution '{form}'")
    value = min(max(value, low), high)
    return f"{value:.9g}" if isinstance(cell, str) else value


def _limit(row: Row, move: Row, name: str) -> float:
    """End of the range of a cell: what the factor says, else what its row says."""
    given = move[name] if move[name] is not None else row.get(name)
    return float(given) if given not in (None, "") else math.inf * (-1 if name == "low" else 1)


def _triangular(quantile: float, low: float, mode: float, high: float) -> float:
    """Quantile of the triangular distribution."""
    width = high - low
    if quantile * width < mode - low:
        return low + math.sqrt(quantile * width * (mode - low))
    return high - math.sqrt((1.0 - quantile) * width * (high - mode))


def over_draws(
    count: int,
    seed: int,
    work: Callable[[], Found],
    report: Callable[[int, int], None] | None = None,
    spare: int = 0,
    without: str = "",
) -> list[Found]:
    """What `work` finds under every draw, in order; those without equilibrium left out.

    Factors of the kind `without` do not move.  Raises InputError where too many find none: more
    than the share LOST, and than `spare`.
    """
    every = draws(count, seed, without)
    done = 0

    def one(variant: Variant) -> Found | InputError:
        nonlocal done
        try:
            with varied(variant):
                found: Found | InputError = work()
        except InputError as error:
            found = error
        done += 1
        if report:
            report(done, count)
        return found

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            every_found = list(pool.map(one, every))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return kept(every_found, spare)


def kept(every: Sequence[Found | InputError], spare: int = 0) -> list[Found]:
    """What draws found; those without equilibrium left out.

    Raises InputError where too many found none: more than the share LOST, and than `spare`.
    """
    count = len(every)
    good = [found for found in every if not isinstance(found, InputError)]
    lost = [found for found in every if isinstance(found, InputError)]
    if len(lost) > max(LOST * count, spare) or not good:
        raise InputError(
            f"{len(lost)} of {count} samples find no equilibrium; the first: {lost[0]}"
        )
    return good


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Median and the ends of the interval that holds 90 % of further draws.

    With n draws a further one falls between the i-th and the j-th with probability
    (j - i)/(n + 1) (Weibull's positions); the usual quantiles of 16 draws hold 79 % of others.
    """
    places = (INTERVAL[0], 0.5, INTERVAL[1])
    low, middle, high = np.quantile(np.asarray(values), places, method="weibull")
    return float(middle), float(low), float(high)
