"""Whether predicted intervals are as wide as what was measured varies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist, mean, median
from typing import Any

from tractus.evidence.experiments import USES
from tractus.evidence.shares import Share
from tractus.uncertainty import NOMINAL


@dataclass(frozen=True)
class Coverage:
    """Intervals of one use against published values and the spread of the people behind them.

    held: published values within their intervals; people: mean share of the people measured that
    lie within, if they are spread as the published deviation says; width: median width of an
    interval over that of the middle 90 % of the people.  None where no deviation is published.
    """

    held: Share
    spreads: int
    people: float | None
    width: float | None


def coverage(entries: Iterable[Mapping[str, Any]]) -> list[Coverage]:
    """Coverage of each use; entries as in the JSON of `validate`, with `sd` where published."""
    every = [e for e in entries if e["low"] is not None and e["high"] is not None]
    return [_of(use, mine) for use in USES if (mine := [e for e in every if e["use"] == use])]


def _of(use: str, entries: list[Mapping[str, Any]]) -> Coverage:
    held = sum(e["low"] <= e["published"] <= e["high"] for e in entries)
    spread = [e for e in entries if e["sd"]]
    return Coverage(
        Share(use, held, len(entries)),
        len(spread),
        mean(map(_people, spread)) if spread else None,
        median(map(_width, spread)) if spread else None,
    )


def _people(entry: Mapping[str, Any]) -> float:
    measured = NormalDist(entry["published"], entry["sd"])
    return measured.cdf(entry["high"]) - measured.cdf(entry["low"])


def _width(entry: Mapping[str, Any]) -> float:
    ends = NormalDist().inv_cdf(0.5 + 0.5 * NOMINAL) * 2.0 * entry["sd"]
    return float((entry["high"] - entry["low"]) / ends)


__all__ = ["Coverage", "coverage"]
