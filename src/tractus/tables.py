"""Tables that come with the program: one CSV file each in `data/`, a source in every row."""

from __future__ import annotations

import contextlib
import csv
import functools
import io
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from importlib import resources
from types import MappingProxyType
from typing import TypeAlias

Cell: TypeAlias = float | str | None
Row: TypeAlias = Mapping[str, Cell]

STATUSES = ("seen", "recalled", "derived", "guess")
_TEXT = frozenset(
    "source url doi status note default choices when limit unit kind key id name level body".split()
)


class Variant:
    """Tables as they would be for another person, or with other parameters, of the same kind.

    `change` turns a table's name and rows into its rows in this variant.  Two variants are equal
    only where they are the same object.
    """

    def __init__(
        self,
        change: Callable[[str, tuple[Row, ...]], tuple[Row, ...]],
        quantiles: Mapping[str, float] | None = None,
    ) -> None:
        self._change = change
        self.quantiles = dict(quantiles or {})
        """Where each factor of data/uncertainty.csv stands, 0 to 1."""
        self._tables: dict[str, tuple[Row, ...]] = {}
        self._parameters: dict[str, float] = {}

    def table(self, name: str) -> tuple[Row, ...]:
        """Rows of a table."""
        if name not in self._tables:
            self._tables[name] = self._change(name, _read(name))
        return self._tables[name]

    def parameters(self) -> Mapping[str, float]:
        """Values of the table of parameters by name."""
        if not self._parameters:
            self._parameters = _by_name(self.table("parameters"))
        return self._parameters


_VARIANT: ContextVar[Variant | None] = ContextVar("variant", default=None)


@contextlib.contextmanager
def varied(variant: Variant | None) -> Iterator[None]:
    """All tables read within are those of a variant; None: as they are."""
    before = _VARIANT.set(variant)
    try:
        yield
    finally:
        _VARIANT.reset(before)


def with_values(values: Mapping[str, float]) -> Variant:
    """The tables with these values of parameters, by their names."""

    def change(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        if name != "parameters":
            return rows
        return tuple(
            MappingProxyType({**row, "value": values.get(str(row["name"]), row["value"])})
            for row in rows
        )

    return Variant(change)


def variant() -> Variant | None:
    """The variant whose tables are read now."""
    return _VARIANT.get()


def quantile(factor: str) -> float:
    """Where a factor of data/uncertainty.csv stands in the variant: 0 to 1, 0.5 without one."""
    now = variant()
    return now.quantiles.get(factor, 0.5) if now else 0.5


def table(name: str) -> tuple[Row, ...]:
    """Rows of `data/NAME.csv` in the order of the file, those of the variant where there is one.

    A column whose cells are all numbers becomes floats in the unit of the column's name; an
    empty cell becomes None. Raises KeyError for a table that does not exist.
    """
    now = variant()
    return now.table(name) if now else _read(name)


def usual(name: str) -> tuple[Row, ...]:
    """Rows of a table as they are in the file, whatever the variant."""
    return _read(name)


@functools.cache
def _read(name: str) -> tuple[Row, ...]:
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


def _by_name(rows: tuple[Row, ...]) -> dict[str, float]:
    return {str(row["name"]): number(row, "value") for row in rows}


@functools.cache
def _parameters() -> dict[str, float]:
    return _by_name(_read("parameters"))


def parameter(name: str) -> float:
    """One value of `data/parameters.csv`, in SI. Raises KeyError for an unknown name."""
    now = variant()
    return (now.parameters() if now else _parameters())[name]


def entry(name: str, of: str) -> float:
    """A value of a table of names and values. Raises KeyError for an unknown name."""
    for row in table(name):
        if row["name"] == of:
            return number(row, "value")
    raise KeyError(f"no '{of}' in data/{name}.csv")


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
