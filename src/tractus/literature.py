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
                    _kind(row, kind, lang),
                    text(row, lang),
                    numbers(row, lang),
                    text(row, "source"),
                    text(row, "url"),
                    text(row, "status"),
                )
            )
    return found


def worded(row: Row, key: str, lang: str) -> str:
    """A cell in a language: the column `key`, in Spanish `key_es`."""
    return text(row, key if lang == "en" else f"{key}_{lang}")


def _kind(row: Row, kind: str, lang: str) -> str:
    if "guideline" in row:
        stance = worded(row, kind, lang)
        return f"{worded(row, 'guideline', lang)} {number(row, 'year'):.0f}: {stance}"
    people = f", n = {number(row, 'people'):.0f}" if row.get("people") else ""
    return worded(row, kind, lang) + people


TO = {"en": "to", "es": "a"}


def numbers(row: Row, lang: str = "en") -> str:
    """Value with its 95 % interval, a range, or a count with the interval of Wilson."""
    to = f" {TO[lang]} "
    if row.get("hits") is not None:
        hits, group = number(row, "hits"), number(row, "group")
        span = to.join(f"{100 * end:.1f}" for end in wilson(hits, group))
        return f"{hits:.0f}/{group:.0f} = {100 * hits / group:.1f} % ({span})"
    ends = [f"{number(row, key):g}" for key in ("low", "high") if row.get(key) is not None]
    span = to.join(ends)
    if row.get("value") is None:
        return f"{span} {worded(row, 'unit', lang)}".strip() if span else ""
    value = f"{number(row, 'value'):g}"
    return " ".join(
        part for part in (value, f"({span})" if span else "", worded(row, "unit", lang)) if part
    )
