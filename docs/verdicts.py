"""claims.md: what `make claims` recorded, checked against the tables that it was made from."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pages import DOCS, cell, table

from tractus.evidence import claim_rules, claims
from tractus.report.claims import found, needed
from tractus.tables import Row, text
from tractus.tables import table as tables

RECORD = DOCS / "records" / "claims.json"
PAGES = {
    "S0": "a rack of wooden nodules",
    "S1": "stretching by equipment or by hand",
    "S2": "passive motion and decompression in a clinic",
    "S3": "traction, the Detensor mat and mattress",
    "S4": "the Lumbarest mat and the day of a disc",
}

INTRO = """# Claims

**Research and education software, not a medical device.**

Five public pages make 97 claims about decompression that can be asked whether they are true. Each
is a row of `data/claims.csv` in words of this project, with a rule: numbers that are read from
simulations or from published counts, and what they must be. All conditions of a rule met: the claim
*holds*; none, or one marked *!* not: it *does not hold*; else *partly*. A claim that the model and
the literature found say nothing of is *untested*, and the reason is given. Some tests can show no
more than *partly*, and say so. Thresholds that stand for "can be seen in a person": 0.1 mm of
height, 1 deg, 10 kPa of pressure, 5 % of the area of a foramen; they are this project's choice,
made when first numbers were known, and another choice can turn a *partly*.

`tractus claims` runs all of it anew; `tractus claims S4-50 S3-41` shows single ones with their
numbers; `--lang es` in Spanish; `--json FILE` for a machine. The simulated person is a man of 45
years with a herniated disc (others, where a claim is about differences); one value of each
parameter; `--samples N` adds 90 % intervals and in how many draws of what is not known a verdict
stays the same. What the model is known to get wrong stands on [Validation](validation.md). `make
claims` writes the record below.
"""


def answers(record: Path = RECORD) -> list[claims.Answer]:
    """The recorded answers. Raises SystemExit where they are not those of the tables."""
    raw = json.loads(record.read_text(encoding="utf-8"))
    recorded = {entry["id"]: entry for entry in raw}
    rows = claims.rows()
    stale = sorted(recorded.keys() ^ rows.keys())
    stale += [name for name in rows if name in recorded and not _fresh(recorded[name], name)]
    if stale:
        listed = ", ".join(stale[:5]) + (", ..." if len(stale) > 5 else "")
        raise SystemExit(f"docs/records/{record.name} does not fit {listed}: run make claims")
    return [_answer(recorded[name]) for name in rows]


def _answer(entry: Mapping[str, Any]) -> claims.Answer:
    return claims.Answer(**{**entry, "result": [claim_rules.Result(**r) for r in entry["result"]]})


def _fresh(entry: Mapping[str, Any], name: str) -> bool:
    """Whether a record says what the table and its own numbers say now."""
    row, answer = claims.rows()[name], _answer(entry)
    rule = claim_rules.parse(text(row, "rule"), f"claim {name}")
    same = [(r.reading, r.relation, r.threshold, r.must) for r in answer.result] == [
        (c.reading, c.relation, c.threshold, c.must) for c in rule
    ]
    named = {r["key"]: r for t in ("claim_readings", "claim_figures") for r in tables(t)}
    same = same and all((r.text, r.unit) == _words(named[r.reading]) for r in answer.result)
    at_most = text(row, "at_most") or claim_rules.HOLDS
    return (
        same
        and (answer.claim, answer.test) == (row["en"], row["test"])
        and answer.reason.endswith(text(row, "note_en"))
        and answer.verdict == claim_rules.verdict(answer.result, at_most)
    )


def _words(row: Row) -> tuple[str, str]:
    return text(row, "en"), text(row, "unit")


def page() -> str:
    """The page of claims, by the page that makes them."""
    every = answers()
    parts = [INTRO, "## Totals\n", _totals(every)]
    for key, about in PAGES.items():
        parts += [f"## {key}: {about}\n", *(_entry(a) for a in every if a.page == key)]
    return "\n".join(parts)


def _totals(every: Sequence[claims.Answer]) -> str:
    rows = []
    for test in (*claim_rules.TESTS, ""):
        counted = Counter(a.verdict for a in every if test in ("", a.test))
        rows.append([test or "all", *(str(counted[v]) for v in claim_rules.VERDICTS)])
    return table(["test", *claim_rules.VERDICTS], rows)


def _entry(answer: claims.Answer) -> str:
    """A claim with verdict and reason, its numbers as a list, its sources."""
    head = f"**{answer.id}** {cell(answer.claim)}: **{answer.verdict}** ({answer.test})."
    lines = [f"{head} {cell(answer.reason)}\n"]
    lines += [
        f"- {cell(r.text)}: {cell(found(r))}; needed {cell(needed(r))}: {MET[r.met]}"
        for r in answer.result
    ]
    if answer.sources:
        lines.append(f"- *{'; '.join(map(_source, answer.sources))}*")
    return "\n".join(lines) + "\n"


MET = {True: "met", False: "not met", None: "no number"}


def _source(line: str) -> str:
    """A source, linked where it ends in an address."""
    shown, _, url = line.rpartition(" ")
    return f"[{cell(shown)}]({url})" if "://" in url else cell(line)
