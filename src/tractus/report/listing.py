"""The lists that the command line prints: methods with their keys, parameters with sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tractus.errors import InputError, nearest
from tractus.regimen import OPERATIONS, allowed, ids, is_activity, rows
from tractus.report.export import write_json
from tractus.report.outputs import Outputs
from tractus.report.terminal import console, grid
from tractus.tables import Row, names, table, text

# tables of the model whose rows are single values; others hold geometry, lists or words
SKIPPED = ("strings", "misses", "uncertainty", "zeros", "posterior")


def methods(identifier: str | None, json: Path | None) -> None:
    """Print all methods, or one with its keys. Raises InputError for an unknown id."""
    if identifier is None:
        entries = [_short(i) for i in ids()]
        head = ["id", "kind", "evidence", "keys"]
        lines = [[e["id"], e["kind"], e["evidence"], ", ".join(e["keys"])] for e in entries]
        shown = grid(head, lines, text=range(4))
        data: Any = entries
    else:
        if identifier not in ids():
            raise InputError(f"methods: unknown id '{identifier}'; {nearest(identifier, ids())}")
        data = _long(identifier)
        head = ["key", "default", "allowed", "source", "status"]
        lines = [[key[name] for name in head] for key in data["keys"]]
        shown = grid(head, lines, title=f"{identifier} ({data['kind']})", text=range(5))
    _out(data, json)
    out = console()
    out.print(shown)
    if identifier is not None and data["evidence"] != "–":
        out.print(f"evidence: {data['evidence']}: {data['evidence_note']}")
        if data["guideline"]:
            out.print(f"guideline against: {data['guideline']}")


def kind(identifier: str) -> str:
    """activity, treatment, operation or bench."""
    if is_activity(identifier):
        return "activity"
    return (
        "operation"
        if identifier in OPERATIONS
        else "bench"
        if identifier == "bench"
        else "treatment"
    )


def _evidence(identifier: str) -> Mapping[str, Any]:
    return next((row for row in table("evidence") if row["id"] == identifier), {})


def _short(identifier: str) -> dict[str, Any]:
    keys = [text(row, "key") for row in rows(identifier)]
    letter = str(_evidence(identifier).get("letter") or "–")
    return {"id": identifier, "kind": kind(identifier), "evidence": letter, "keys": keys}


def _long(identifier: str) -> dict[str, Any]:
    evidence = _evidence(identifier)
    entry = _short(identifier)
    entry["keys"] = [_key(row) for row in rows(identifier)]
    entry["evidence_note"] = str(evidence.get("note") or "")
    entry["guideline"] = str(evidence.get("guideline") or "")
    return entry


def _key(row: Row) -> dict[str, str]:
    default, unit = text(row, "default"), text(row, "unit")
    shown = f"{default} {unit}".strip() if default and unit not in ("", "1") else default
    return {
        "key": text(row, "key"),
        "default": shown or "–",
        "allowed": allowed(row),
        "source": text(row, "source"),
        "url": text(row, "url"),
        "status": text(row, "status"),
        "note": text(row, "note"),
    }


def parameters(sources: bool, json: Path | None) -> None:
    """Print every row of every table of the model, with its sources where wanted."""
    found = [
        _parameter(name, row) for name in names() if name not in SKIPPED for row in table(name)
    ]
    head = ["table", "name", "value", "status", *(["source", "url"] if sources else [])]
    _out([{key: entry[key] for key in head} for entry in found], json)
    lines = [[entry[key] for key in head] for entry in found]
    console().print(grid(head, lines, text=range(len(head))))


NAMES = (
    *("id", "name", "level", "body", "nerve", "age", "region", "ligament", "key", "quantity"),
    *("table", "column"),
)
ABOUT = ("source", "url", "doi", "status", "note", "guideline", "guideline_url")


def _parameter(name: str, row: Row) -> dict[str, str]:
    """One row of a table as name, value(s) with unit, and where it comes from."""
    naming = [key for key in row if key in NAMES and row[key] is not None]
    values = [key for key in row if key not in (*NAMES, *ABOUT) and row[key] is not None]
    unit = text(row, "unit") if "unit" in row else ""
    if "value" in row:
        shown = f"{_cell(row['value'])} {unit}".strip()
    else:
        shown = ", ".join(f"{key} {_cell(row[key])}" for key in values)
    return {
        "table": name,
        "name": " ".join(_cell(row[key]) for key in naming),
        "value": shown,
        "status": text(row, "status") if "status" in row else "",
        "source": text(row, "source") if "source" in row else "",
        "url": " ".join(str(row[key]) for key in ("url", "doi") if row.get(key)),
    }


def _cell(value: float | str | None) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value or "")


def _out(data: Any, json: Path | None) -> None:
    if json is None:
        return
    with Outputs() as outputs:
        write_json(data, outputs.stage(json))
        outputs.commit()
