"""The parameters that were fitted: their ranges, and draws of what the fit leaves open.

`data/calibrated.csv` names them.  `data/posterior.csv` holds, for the places `x` of all of them in
their ranges, the lower triangular factor L of the covariance that the experiments leave when every
range is first taken for two standard deviations either way.  A draw is x + L z within the ranges:
each z is normal, cut off where its parameter would leave the range (Geweke 1991, Hajivassiliou and
Keane 1994), so that parameters keep what the experiments say of them together.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from tractus.tables import Row, number, text, usual

NORMAL = NormalDist()
EDGE = 1e-9  # of the probability: the ends of a cut normal distribution are not reached


@dataclass(frozen=True)
class Free:
    """A free parameter and its range; `x` from -1 to 1 stands for low to high."""

    name: str
    low: float
    high: float
    logarithmic: bool

    def value(self, x: float) -> float:
        """Parameter at x."""
        low, high = self._ends()
        at = 0.5 * (low + high) + 0.5 * (high - low) * x
        found = math.exp(at) if self.logarithmic else at
        return min(max(found, self.low), self.high)

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
    rows: dict[str, Row] = {str(row["name"]): row for row in usual("parameters")}
    return tuple(
        Free(
            str(row["name"]),
            number(rows[str(row["name"])], "low"),
            number(rows[str(row["name"])], "high"),
            text(row, "scale") == "log",
        )
        for row in usual("calibrated")
    )


@functools.cache
def _posterior() -> tuple[tuple[Free, float, tuple[float, ...]], ...]:
    """Every free parameter with its place and its row of the factor, up to the diagonal."""
    rows = {str(row["name"]): row for row in usual("posterior")}
    found = []
    for i, free in enumerate(free_parameters()):
        row = rows[free.name]
        factor = tuple(number(row, f"z{j + 1}") for j in range(i + 1))
        found.append((free, number(row, "x"), factor))
    return tuple(found)


def drawn(quantiles: Mapping[str, float]) -> dict[str, float]:
    """Values of the parameters where the z of each stands at its quantile (0 to 1).

    A parameter without a quantile has a z of nothing.
    """
    z: list[float] = []
    found: dict[str, float] = {}
    for free, place, factor in _posterior():
        middle, spread = place + sum(a * b for a, b in zip(factor, z, strict=False)), factor[-1]
        given = quantiles.get(free.name)
        z.append(
            0.0 if given is None else _cut(given, (-1.0 - middle) / spread, (1.0 - middle) / spread)
        )
        x = min(max(middle + spread * z[-1], -1.0), 1.0)
        found[free.name] = free.value(x)
    return found


def _cut(quantile: float, low: float, high: float) -> float:
    """Quantile of the normal distribution between two ends."""
    below, above = NORMAL.cdf(low), NORMAL.cdf(high)
    if above - below < EDGE:  # all of it lies beyond one end
        return low if low > 0.0 else high
    at = below + quantile * (above - below)
    return NORMAL.inv_cdf(min(max(at, EDGE), 1.0 - EDGE))
