"""What trials, guidelines and series say of each method and operation, with intervals.

Counts carry the interval of Wilson, computed here; every statement keeps its source and status.
"""

from __future__ import annotations

from dataclasses import dataclass

from tractus.prediction import wilson
from tractus.tables import Row, number, table, text


@dataclass(frozen=True)
class Statement:
    """One published result in one language: what kind, what was found, its numbers, its source."""

    methods: tuple[str, ...]
    kind: str
    text: str
    numbers: str
    source: str
    url: str
    status: str


def trials(method: str | None = None, lang: str = "en") -> list[Statement]:
    """Trials, reviews and series of a method, of all where none is named."""
    return _statements("trials", "methods", "design", method, lang)


def guidelines(method: str | None = None, lang: str = "en") -> list[Statement]:
    """Guidelines on a method: against it, for it, or silent."""
    return _statements("guidelines", "methods", "stance", method, lang)


def surgery(operation: str | None = None, lang: str = "en") -> list[Statement]:
    """Outcomes and risks of an operation; never ranked against conservative care."""
    return _statements("surgery", "operations", "kind", operation, lang)


def _statements(
    name: str, column: str, kind: str, wanted: str | None, lang: str
) -> list[Statement]:
    found = []
    for row in table(name):
        methods = tuple(text(row, column).split("|"))
        if wanted is None or wanted in methods:
            found.append(
                Statement(
                    methods,
                    _kind(row, kind),
                    text(row, lang),
                    numbers(row),
                    text(row, "source"),
                    text(row, "url"),
                    text(row, "status"),
                )
            )
    return found


def _kind(row: Row, kind: str) -> str:
    if "guideline" in row:
        return f"{text(row, 'guideline')} {number(row, 'year'):.0f}: {text(row, kind)}"
    people = f", n = {number(row, 'people'):.0f}" if row.get("people") else ""
    return text(row, kind) + people


def numbers(row: Row) -> str:
    """Value with its 95 % interval, a range, or a count with the interval of Wilson."""
    if row.get("hits") is not None:
        hits, group = number(row, "hits"), number(row, "group")
        low, high = (f"{100 * end:.1f}" for end in wilson(hits, group))
        share = f"{100 * hits / group:.1f} %"
        return f"{hits:.0f}/{group:.0f} = {share} ({low} to {high})"
    ends = [f"{number(row, key):g}" for key in ("low", "high") if row.get(key) is not None]
    span = " to ".join(ends)
    if row.get("value") is None:
        return f"{span} {text(row, 'unit')}".strip() if span else ""
    value = f"{number(row, 'value'):g}"
    return " ".join(
        part for part in (value, f"({span})" if span else "", text(row, "unit")) if part
    )
