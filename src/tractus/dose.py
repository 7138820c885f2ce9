"""The least force and time of each method that reach a chosen effect, found on the engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tractus.dose_found import Dose, Span
from tractus.dose_people import SAMPLES, SHARE, Population, population
from tractus.dose_search import Search
from tractus.effect import DEFAULT, Effect, read_effect
from tractus.initial import target_level
from tractus.levels import REGION_OF, check_level
from tractus.patient import Patient
from tractus.simulation import Progress
from tractus.tables import Row, number, table, text


def spans(level: str) -> dict[str, Span]:
    """Ranges of the methods that can aim at a level, by method."""
    region = REGION_OF[level]
    rows = [row for row in table("doses") if region in text(row, "regions").split("|")]
    return {text(row, "method"): _span(row) for row in rows}


def _span(row: Row) -> Span:
    ends = [number(row, f"minutes_{k}") for k in ("low", "high", "step")]
    count = round((ends[1] - ends[0]) / ends[2])
    key = text(row, "key")
    low, high, step = (number(row, k) if key else 0.0 for k in ("low", "high", "step"))
    times = tuple(ends[0] + i * ends[2] for i in range(count + 1))
    return Span(text(row, "method"), key, low, high, text(row, "unit"), step, times, row)


def doses(
    patient: Patient,
    methods: Sequence[str],
    *,
    level: str | None = None,
    effect: str | Effect = DEFAULT,
    samples: int = SAMPLES,
    seed: int = 0,
    share: float = SHARE,
    careful: Collection[str] = (),
    progress: Progress | None = None,
) -> dict[str, Dose]:
    """The dose of each method that aims at `level` (the target level where it is not given).

    Raises InputError for bad input; an effect that is out of reach is a dose that is not reached.
    """
    at = check_level(level, "level") if level else target_level(patient)
    wanted = read_effect(effect)
    people = population(patient, at, samples, seed, share, progress)
    return find(people, methods, wanted, progress, careful=careful)


def find(
    people: Population,
    methods: Sequence[str],
    effect: Effect,
    progress: Progress | None = None,
    *,
    careful: Collection[str] = (),
) -> dict[str, Dose]:
    """Doses of the methods that can aim at the level of these persons.

    careful: methods under caution, which keep stricter limits.
    """
    ranges = spans(people.usual.level)
    wanted = [ranges[name] for name in methods if name in ranges]
    found = {}
    for i, span in enumerate(wanted):
        if progress:
            progress(i / len(wanted), span.method)
        found[span.method] = Search(people, span, effect, span.method in careful).dose()
    return found
