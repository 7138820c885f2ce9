"""The list of all items of the five pages for mission.md, each with where it works or why not.

items.csv holds the items that are no claims in words of this project; claims come from
data/claims.csv and the record of `make claims`, and a row of items.csv only adds what they lack.
Whatever `where` names must exist.
"""

import csv
from collections import Counter
from collections.abc import Callable, Mapping

import verdicts
from pages import DATA, DOCS, cell, read, table

from tractus.evidence.claim_rules import UNTESTED
from tractus.evidence.claims import Answer

STATES = ("works", "partly", "untested", "not yet", "outside")
COMMANDS = ("compare", "simulate", "scan", "screen", "plan", "validate", "claims", "methods")
KINDS: Mapping[str, Callable[[str], str]] = {
    "command": lambda name: f"`tractus {name}`",
    "method": lambda name: f"method `{name}`",
    "finding": lambda name: f"question `{name}`",
    "condition": lambda name: f"condition `{name}`",
    "table": lambda name: f"`data/{name}.csv`",
    "page": lambda name: f"[{name}]({name}.md)",
    "claim": lambda name: f"[claim {name}](claims.md)",
}


def rows() -> list[dict[str, str]]:
    """All items in the order of the pages. Raises SystemExit for what does not fit."""
    with (DOCS / "items.csv").open(newline="", encoding="utf-8") as file:
        own = {row["id"]: row for row in csv.DictReader(file)}
    every = {key: row for key, row in own.items() if row["item"]}
    every |= {answer.id: _claim(answer, own.get(answer.id)) for answer in verdicts.answers()}
    found = sorted(every.values(), key=lambda row: (row["id"][:2], int(row["id"][3:])))
    for row in found:
        _check(row)
    return found


def _claim(answer: Answer, lacking: Mapping[str, str] | None) -> dict[str, str]:
    """A claim as an item: untested with its reason, or tested and perhaps lacking something."""
    row = {"id": answer.id, "item": answer.claim, "verdict": answer.verdict}
    row |= {"where": f"claim:{answer.id}", "state": "works", "why": ""}
    if answer.verdict == UNTESTED:
        return row | {"state": "untested", "why": answer.reason}
    return row | {k: lacking[k] for k in ("state", "why")} if lacking else row


def _check(row: Mapping[str, str]) -> None:
    """Whether an item says where it works, or why not, in names that exist."""
    if row["state"] not in STATES or bool(row["why"]) == (row["state"] == "works"):
        states = ", ".join(STATES)
        raise SystemExit(f"docs/items.csv: {row['id']}: a state of {states}; why unless it works")
    if row["state"] in ("works", "partly") and not row["where"]:
        raise SystemExit(f"docs/items.csv: {row['id']}: where is it?")
    for place in row["where"].split():
        kind, _, name = place.partition(":")
        if kind not in KINDS or name not in _known(kind):
            raise SystemExit(f"docs/items.csv: {row['id']}: {place}: there is none")


def _known(kind: str) -> set[str]:
    """Names that a kind of place can have."""
    columns = {"method": ("methods", "id"), "finding": ("findings", "key")}
    columns |= {"condition": ("conditions", "id"), "claim": ("claims", "id")}
    if kind == "command":
        return set(COMMANDS)
    if kind == "table":
        return {path.stem for path in DATA.glob("*.csv")}
    if kind == "page":
        return {path.stem for path in DOCS.glob("*.md")}
    name, column = columns[kind]
    return {row[column] for row in read(name)}


def _where(row: Mapping[str, str]) -> str:
    if "verdict" in row:
        return f"[claim](claims.md): {row['verdict']}"
    shown = []
    for place in row["where"].split():
        kind, _, name = place.partition(":")
        shown.append(KINDS[kind](name))
    return ", ".join(shown)


def section() -> str:
    """Totals, and a table per page of the mission."""
    every = rows()
    total = Counter(row["state"] for row in every)
    counts = ", ".join(f"{total[state]} *{state}*" for state in STATES)
    parts = [f"{len(every)} items: {counts}.\n"]
    for page, about in verdicts.PAGES.items():
        body = [
            [row["id"], cell(row["item"]), row["state"], _where(row), cell(row["why"])]
            for row in every
            if row["id"].startswith(page)
        ]
        head = ["item", "about", "state", "where", "why not, or what is missing"]
        parts += [f"### {page}: {about}\n", table(head, body)]
    return "\n".join(parts)
