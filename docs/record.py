"""The record of `make validate` as tables and pictures for validation.md.

A record that no longer fits the experiment files ends in one line that says so.
"""

import json
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import chart
from pages import DOCS, cell, read, table

from tractus.evidence.coverage import coverage
from tractus.evidence.experiments import USES, Experiment, load, packaged
from tractus.evidence.shares import misses_first, totals
from tractus.report.validation import band, interval, number

RECORD = DOCS / "records" / "validation.json"
INTERVALS = DOCS / "records" / "intervals.json"

Entry = Mapping[str, Any]


def entries(record: Path = RECORD, folder: Path | None = None) -> list[Entry]:
    """The record with titles and spreads of the files. Raises SystemExit where they differ."""
    recorded = {entry["id"]: entry for entry in json.loads(record.read_text(encoding="utf-8"))}
    found = load(folder or packaged())
    stale = {one.id for one in found} ^ set(recorded)
    for one in found:
        if not isinstance(one, Experiment):
            raise SystemExit(one.error)
        if one.id not in stale and _said(one) != {k: recorded[one.id][k] for k in _said(one)}:
            stale.add(one.id)
    if stale:
        listed = ", ".join(sorted(stale)[:5]) + (", ..." if len(stale) > 5 else "")
        raise SystemExit(f"docs/records/{record.name} does not fit {listed}: run make validate")
    spread = _intervals(recorded)
    return [
        {
            **recorded[one.id],
            **{end: spread[one.id][end] for end in ("low", "high")},
            "title": one.title,
            "sd": one.published.sd,
            "n": one.published.n,
        }
        for one in found
        if isinstance(one, Experiment)
    ]


def _intervals(recorded: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """The record of draws by id.  Raises SystemExit where it is of other predictions."""
    spread = {e["id"]: e for e in json.loads(INTERVALS.read_text(encoding="utf-8"))}
    for name, entry in recorded.items():
        drawn = spread.get(name, {}).get("predicted")
        if drawn is None or not math.isclose(drawn, entry["predicted"], rel_tol=1e-3, abs_tol=1e-3):
            raise SystemExit(
                f"docs/records/{INTERVALS.name} does not fit {name}: run make intervals"
            )
    return spread


def _said(one: Experiment) -> dict[str, Any]:
    """What a record repeats of an experiment file."""
    return {
        "use": one.use,
        "study": one.study,
        "unit": one.published.unit,
        "published": one.published.value,
        "accept": list(one.accept),
    }


def sections() -> dict[str, str]:
    """What stands between the marks of validation.md, by their names."""
    every = entries()
    misses = [entry for entry in every if not entry["within"]]
    return {
        "totals": _totals(every),
        "misses": _misses(misses, {row["id"]: row["why"] for row in read("misses")}),
        "contradictions": _contradictions(),
        "experiments": _table([entry for entry in every if entry["within"]]),
        "studies": _studies(every),
        "coverage": _coverage(every),
    }


def _totals(every: Sequence[Entry]) -> str:
    rows = [
        [t.share.name, str(t.share), str(len(t.studies)), f"{100 * t.by_study:.0f} %"]
        for t in totals(every)
    ]
    return table(["use", "experiments in band", "studies", "mean of their shares"], rows)


def _coverage(every: Sequence[Entry]) -> str:
    head = ["use", "published value in the interval", "of them with a deviation"]
    head += ["people within", "width over that of the people"]
    rows = []
    for c in coverage(every):
        people = "" if c.people is None else f"{100 * c.people:.0f} %"
        width = "" if c.width is None else f"{c.width:.2f}"
        rows.append([c.held.name, str(c.held), str(c.spreads), people, width])
    return table(head, rows)


def _studies(every: Sequence[Entry]) -> str:
    rows = [[t.share.name, cell(s.name), str(s)] for t in totals(every) for s in t.studies]
    return table(["use", "study", "in band"], rows)


def _misses(misses: Sequence[Entry], why: Mapping[str, str]) -> str:
    """Each miss with its mechanism."""
    missed = {entry["id"] for entry in misses}
    for names, what in ((why.keys() - missed, "is no miss"), (missed - why.keys(), "has no row")):
        if names:
            raise SystemExit(f"data/misses.csv: {', '.join(sorted(names))} {what}")
    rows = [[*_row(entry), cell(why[entry["id"]])] for entry in misses]
    return table([*HEAD, "why"], rows) if rows else "None.\n"


HEAD = ["experiment", "use", "published", "band", "predicted", "unit"]


def _table(chosen: Iterable[Entry]) -> str:
    return table(HEAD, map(_row, chosen))


def _row(entry: Entry) -> list[str]:
    return [
        f"{cell(entry['title'])} (`{entry['id']}`)",
        entry["use"],
        _published(entry),
        band(entry),
        _predicted(entry),
        cell(entry["unit"]) if entry["unit"] != "1" else "",
    ]


def _published(entry: Entry) -> str:
    spread = f" ± {number(entry['sd'])}" if entry["sd"] else ""
    return f"{number(entry['published'])}{spread}" + (f" (n {entry['n']})" if entry["n"] else "")


def _predicted(entry: Entry) -> str:
    if entry["predicted"] is None:
        return cell(entry["error"])
    spread = f" ({interval(entry)})" if entry["low"] is not None else ""
    return f"{number(entry['predicted'])}{spread}"


def _contradictions() -> str:
    """Published results that cannot all be met (contradictions.toml)."""
    words = tomllib.loads((DOCS / "contradictions.toml").read_text(encoding="utf-8"))
    keys = ("topic", "a", "b", "what_differs")
    rows = [[cell(entry[key]) for key in keys] for entry in words["contradiction"]]
    return table(["about", "one result", "the other", "what differs"], rows)


def _picture(use: str) -> Callable[[], str]:
    def made() -> str:
        return chart.draw(misses_first(entry for entry in entries() if entry["use"] == use))

    return made


PICTURES = {f"images/record-{use}.svg": _picture(use) for use in USES}
