"""Doses side by side on the same possible persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tractus.dose_people import Population
from tractus.dose_runs import QUANTITIES, for_level, limits, session
from tractus.errors import InputError, show
from tractus.files import as_mapping, parse_yaml
from tractus.regimen import treatments
from tractus.simulation import resolve
from tractus.uncertainty import interval

Spread = tuple[float, float, float]


@dataclass(frozen=True)
class Tried:
    """A session on every possible person.

    effect: median and 90 % interval beyond lying, by quantity, in SI; against: the same of the
    difference from the first session, person by person; within: persons who keep the limits.
    """

    step: Mapping[str, Any]
    minutes: float
    effect: Mapping[str, Spread]
    against: Mapping[str, Spread]
    applied: float
    within: int
    persons: int


def read_step(given: str, mass: float) -> dict[str, Any]:
    """A session from text, as a regimen file holds it.  Raises InputError in one line."""
    where = "dose"
    raw = as_mapping(parse_yaml(given, where), where)
    if raw.get("do") not in treatments():
        raise InputError(
            f"{where}: {show(raw.get('do'))} is not a method; write it as in a regimen file: "
            "{do: traction-table, force: 30 % bw, for: 20 min}"
        )
    from tractus.regimen import parse

    parse([raw], mass=mass, where=where)
    return raw


def compare_doses(people: Population, steps: Sequence[Mapping[str, Any]]) -> list[Tried]:
    """Sessions on the same persons, each against the first."""
    first: list[dict[str, float]] = []
    found = []
    for step in steps:
        full = for_level(step, people.usual.level)
        courses = people.each(lambda who, full=full: session(who, full))  # type: ignore[misc]
        values = [{q: float(c.effect[q][-1]) for q in QUANTITIES} for c in courses]
        first = first or values
        pairs = list(zip(values, first, strict=True))
        kept = [all(c.taken(1e9)[k] <= top for k, top in limits().items()) for c in courses]
        duration = resolve(people.usual.morning.spine.subject, [full])[0].duration or 0.0
        found.append(
            Tried(
                full,
                duration / 60.0,
                {q: interval([v[q] for v in values]) for q in QUANTITIES},
                {q: interval([v[q] - w[q] for v, w in pairs]) for q in QUANTITIES},
                max(c.applied for c in courses),
                sum(kept),
                len(courses),
            )
        )
    return found
