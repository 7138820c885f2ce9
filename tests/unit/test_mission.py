"""The list of all items: whole, and true to the tables that it names."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
ITEMS = ROOT.parent / "shared" / "reference" / "mission_items.csv"


@pytest.fixture
def items(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("items")


def test_every_item_is_there_once_with_a_place_or_a_reason(items: ModuleType) -> None:
    rows = items.rows()  # ends where a row is not whole or names what does not exist
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids)) == 298
    assert all(row["item"] for row in rows)
    assert sum("verdict" in row for row in rows) == 97


def test_the_ids_are_those_of_the_list_of_items(items: ModuleType) -> None:
    if not ITEMS.is_file():
        pytest.skip(f"no list of items at {ITEMS.parent.name}/{ITEMS.name}")
    with ITEMS.open(newline="", encoding="utf-8") as file:
        wanted = [row["id"] for row in csv.DictReader(file)]
    assert sorted(row["id"] for row in items.rows()) == sorted(wanted)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"state": "soon"}, "a state of"),
        ({"why": "because"}, "a state of"),
        ({"where": ""}, "where is it"),
        ({"where": "method:magic"}, "method:magic: there is none"),
        ({"where": "place:home"}, "there is none"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(
    items: ModuleType, cells: dict[str, str], message: str
) -> None:
    row = {"id": "S0-01", "item": "x", "state": "works", "where": "method:heat", "why": ""}
    items._check(row)
    with pytest.raises(SystemExit, match=message):
        items._check(row | cells)
