"""What scan.md takes from tables and records: conventions of labels, errors on phantoms."""

import itertools
import json
from collections.abc import Mapping, Sequence

from pages import DOCS, Row, between, cell, read, table


def page() -> str:
    """scan.md with the conventions between its marks."""
    text = (DOCS / "scan.md").read_text(encoding="utf-8")
    text = between(text, "phantoms", phantoms())
    return between(text, "conventions", conventions())


def phantoms() -> str:
    """Bias and spread of what is measured on spines of known size, per grid."""
    record = json.loads((DOCS / "records" / "phantoms.json").read_text(encoding="utf-8"))
    kinds = list(dict.fromkeys(kind for rows in record.values() for kind in rows))
    body = [
        [grid, *(f"{rows[k]['bias']:+.2f} ± {rows[k]['spread']:.2f}" for k in kinds), _within(rows)]
        for grid, rows in record.items()
    ]
    units = ["°" if "wedge" in kind else "mm" for kind in kinds]
    named = [f"{kind}, {unit}" for kind, unit in zip(kinds, units, strict=True)]
    return table(["grid", *named, "within 2 sd"], body)


def _within(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Share of all numbers whose error is at most two of their own standard deviations."""
    total = sum(r["n"] for r in rows.values())
    return f"{100 * sum(r['within'] * r['n'] for r in rows.values()) / total:.0f} %"


def conventions() -> str:
    """One row per convention: what its numbers mean, in runs."""
    rows = read("label_conventions")
    body = []
    for name, group in itertools.groupby(rows, key=lambda r: r["convention"]):
        own = list(group)
        kinds = {kind: [r for r in own if r["kind"] == kind] for kind in _kinds(own)}
        words = "; ".join(f"{kind} {_runs(part)}" for kind, part in kinds.items())
        first = own[0]
        body.append([f"`{name}`", words, _worst(own), f"[{cell(first['source'])}]({first['url']})"])
    return table(["convention", "labels", "status", "source"], body)


def _kinds(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(r["kind"] for r in rows))


def _runs(rows: Sequence[Row]) -> str:
    """Labels as `18 to 41 (L5 to C1)`."""
    runs: list[list[Row]] = []
    for row in sorted(rows, key=lambda r: int(r["label"])):
        if runs and int(row["label"]) == int(runs[-1][-1]["label"]) + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return ", ".join(_run(run) for run in runs)


def _run(run: Sequence[Row]) -> str:
    labels = list(dict.fromkeys((run[0]["label"], run[-1]["label"])))
    first, last = run[0]["level"], run[-1]["level"]
    named = f" ({first} to {last})" if last and last != first else f" ({first})" if first else ""
    named = f" ({first} and up)" if first and not last else named
    return " to ".join(labels) + named


def _worst(rows: Sequence[Row]) -> str:
    order = ("guess", "recalled", "derived", "seen")
    return min((r["status"] for r in rows), key=order.index)
