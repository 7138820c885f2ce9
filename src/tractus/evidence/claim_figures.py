"""Published numbers that claims are judged by (data/claim_figures.csv).

A figure is part of a row of the tables of trials, operations, rules or evidence, or a count over
them; one that is in no such table stands in its own row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tractus.prediction import wilson
from tractus.tables import Row, number, table, text

GRADES = {"A": 5.0, "B": 4.0, "C": 3.0, "D": 2.0, "E": 1.0}
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def value(row: Row) -> float | None:
    """The figure; None where what it asks for was never published or not found."""
    name, part = text(row, "table"), text(row, "part")
    if not name:
        return _part(row, part)
    if name in COUNTS:
        return COUNTS[name](text(row, "of"), part)
    return _part(next(r for r in table(name) if r["id"] == row["of"]), part)


def source(row: Row) -> tuple[str, ...]:
    """Where the figure comes from, one line each."""
    name = text(row, "table")
    if not name:
        return (_line(row),)
    if name == "studies":
        rows = _rows("trials", text(row, "of"))
        if text(row, "part").startswith("share"):
            rows = [r for r in rows if r["finding"]] or rows
    elif name == "guidelines":
        rows = [r for r in _rows("guidelines", text(row, "of")) if r["stance"] == row["part"]]
    else:
        rows = [r for r in table(name) if row["of"] in (r.get("id"), r.get("rule"))]
    lines = tuple(dict.fromkeys(_line(r) for r in rows))
    return lines or (f"data/{'trials' if name == 'studies' else name}.csv: no row",)


def _line(row: Row) -> str:
    """Source with its address; a mark where it was not read there."""
    url, status = text(row, "url"), text(row, "status")
    mark = "" if status == "seen" else f" ({status})"
    return " ".join(p for p in (text(row, "source") + mark, url if "://" in url else "") if p)


def _part(row: Row, part: str) -> float | None:
    """A number of a row; `share` and its ends are those of a count, in percent."""
    if part.startswith("share"):
        if row.get("hits") is None:
            return None
        return _share(number(row, "hits"), number(row, "group"), part)
    found = row.get(part)
    return None if found is None else float(found)


def _share(hits: float, group: float, part: str) -> float:
    low, high = wilson(hits, group)
    return 100.0 * {"share": hits / group, "share-low": low, "share-high": high}[part]


def _rows(name: str, methods: str) -> list[Row]:
    """Rows about one of several methods."""
    wanted = set(methods.split("|"))
    return [r for r in table(name) if wanted & set(text(r, "methods").split("|"))]


def _studies(methods: str, part: str) -> float | None:
    """Studies of methods: how many, how many with a comparison, the share better, the newest.

    A study with several results is better only where each of them is.
    """
    rows = [r for r in _rows("trials", methods) if r["design"] != "search"]
    if part == "any":
        return float(len(_names(rows)))
    if part == "newest":
        years = [int(y) for r in rows for y in YEAR.findall(text(r, "source"))]
        return float(max(years)) if years else None
    compared = [r for r in rows if r["finding"]]
    better = _names(compared) - _names(r for r in compared if r["finding"] != "better")
    if part == "compared":
        return float(len(_names(compared)))
    return _share(len(better), len(_names(compared)), part) if compared else None


def _names(rows: Iterable[Row]) -> set[str]:
    return {text(row, "source") for row in rows}


def _guidelines(methods: str, part: str) -> float | None:
    """Guidelines on methods with a stance."""
    found = [r for r in _rows("guidelines", methods) if r["stance"] == part]
    return float(len({text(r, "guideline") for r in found}))


def _grade(method: str, part: str) -> float | None:
    """Letter of a method's evidence as a number, A 5 to E 1."""
    del part
    return next(GRADES[text(r, "letter")] for r in table("evidence") if r["id"] == method)


def _rule(name: str, part: str) -> float | None:
    """Successes among all people of the study behind a prediction rule."""
    row = next(r for r in table("prediction_rules") if r["rule"] == name and r["people"])
    return _share(number(row, "successes"), number(row, "people"), part)


COUNTS: dict[str, Callable[[str, str], float | None]] = {
    "studies": _studies,
    "guidelines": _guidelines,
    "evidence": _grade,
    "prediction_rules": _rule,
}
