"""A dose that was found, and the range it was looked for in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tractus.prediction import wilson
from tractus.tables import Row


@dataclass(frozen=True)
class Span:
    """Range of a dose (a row of data/doses.csv); `key` is empty where only time is chosen."""

    method: str
    key: str
    low: float
    high: float
    unit: str
    step: float
    minutes: tuple[float, ...]
    row: Row


@dataclass(frozen=True)
class Dose:
    """What was found for one method.

    step: as in a regimen file; reached: whether enough persons reach the target within limits;
    hindered: the limit that forbids more, or ""; target and effects in SI, beyond lying; persons:
    how many were tried, met: how many reach it; use: median of the largest value of each limited
    quantity, beside its limits; cost: force and time as shares of their ranges, added; runs:
    sessions simulated.
    """

    method: str
    step: Mapping[str, Any]
    key: str
    strength: float | None
    unit: str
    minutes: float
    level: str
    quantity: str
    target: float
    reached: bool
    hindered: str
    effect: Mapping[str, tuple[float, float, float]]
    usual: Mapping[str, float]
    met: int
    persons: int
    applied: float
    use: Mapping[str, float]
    limits: Mapping[str, float]
    cost: float
    runs: int

    @property
    def share(self) -> float:
        """Share of the persons that reach the target within the limits."""
        return self.met / self.persons

    @property
    def share_interval(self) -> tuple[float, float]:
        """95 % interval of the share (Wilson)."""
        return wilson(self.met, self.persons)
