"""Tables that come with the program: one CSV file each in `data/`, a source in every row."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType
from typing import TypeAlias

Cell: TypeAlias = float | str | None
Row: TypeAlias = Mapping[str, Cell]

STATUSES = ("seen", "recalled", "derived", "guess")
_TEXT = frozenset(
    "source url doi status note default choices when limit unit kind key id name level body".split()
)


@functools.cache
def table(name: str) -> tuple[Row, ...]:
    """Rows of `data/NAME.csv` in the order of the file.

    A column whose cells are all numbers becomes floats in the unit of the column's name; an
    empty cell becomes None. Raises KeyError for a table that does not exist.
    """
    file = resources.files("tractus") / "data" / f"{name}.csv"
    if not file.is_file():
        raise KeyError(f"no table '{name}'; there are: {', '.join(names())}")
    raw = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")), strict=True))
    numeric = {key for key in (raw[0] if raw else {}) if _is_numeric(key, raw)}
    return tuple(
        MappingProxyType({key: _cell(text, key in numeric) for key, text in row.items()})
        for row in raw
    )


def names() -> tuple[str, ...]:
    """Names of all tables, in alphabetical order."""
    folder = resources.files("tractus") / "data"
    return tuple(sorted(f.name[:-4] for f in folder.iterdir() if f.name.endswith(".csv")))


@functools.cache
def _parameters() -> dict[str, float]:
    return {str(row["name"]): number(row, "value") for row in table("parameters")}


def parameter(name: str) -> float:
    """One value of `data/parameters.csv`, in SI. Raises KeyError for an unknown name."""
    return _parameters()[name]


def number(row: Row, key: str) -> float:
    """A cell that must hold a number. Raises ValueError where it does not."""
    value = row[key]
    if value is None:
        raise ValueError(f"empty cell '{key}' in {dict(row)}")
    return float(value)


def text(row: Row, key: str) -> str:
    """A cell as text, '' where it is empty."""
    value = row[key]
    return "" if value is None else str(value)


def _is_numeric(key: str, rows: list[dict[str, str]]) -> bool:
    if key in _TEXT:
        return False
    cells = [row[key] for row in rows if row[key]]
    return bool(cells) and all(_is_float(cell) for cell in cells)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cell(text: str, numeric: bool) -> Cell:
    if not text:
        return None
    return float(text) if numeric else text
