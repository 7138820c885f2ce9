"""Claims about decompression, each judged by a rule on numbers (data/claims.csv): `tractus claims`.

Numbers come from runs (`claim_readings`) and from what was published (`claim_figures`).  Where the
test covers only part of a claim, `at_most` bounds the verdict.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tractus import uncertainty
from tractus.errors import InputError, nearest
from tractus.evidence import claim_figures, claim_readings, claim_runs
from tractus.evidence.claim_rules import (
    HOLDS,
    RELATIONS,
    UNTESTED,
    WORDS,
    Condition,
    Result,
    in_draw,
    parse,
    reason,
    verdict,
    with_interval,
)
from tractus.simulation import Progress
from tractus.tables import Row, table, text


@dataclass(frozen=True)
class Answer:
    """A claim with what its test gave."""

    id: str
    page: str
    claim: str
    test: str
    result: list[Result] = field(default_factory=list)
    verdict: str = UNTESTED
    reason: str = ""
    sources: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As in the JSON file."""
        return asdict(self)


def rows() -> dict[str, Row]:
    """Claims of the table by id."""
    return {text(row, "id"): row for row in table("claims")}


def _readings() -> dict[str, Row]:
    return {text(row, "key"): row for row in table("claim_readings")}


def _figures() -> dict[str, Row]:
    return {text(row, "key"): row for row in table("claim_figures")}


def chosen(ids: Iterable[str]) -> list[str]:
    """Ids asked for in the order of the table, all where none is. Raises InputError."""
    asked = list(ids)
    for name in asked:
        if name not in rows():
            raise InputError(f"claim '{name}': there is none; {nearest(name, rows())}")
    return [name for name in rows() if name in asked or not asked]


def claims(
    ids: Iterable[str] = (),
    *,
    lang: str = "en",
    samples: int = 0,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Answer]:
    """Answer claims, all of them by default; every run that they need is simulated once.

    With `samples` every simulated number has a 90 % interval over that many draws of what is not
    known (`uncertainty`), and the reason says in how many draws the verdict is the same.  Raises
    InputError for an unknown id.
    """
    wanted = chosen(ids)
    rules = {name: parse(text(rows()[name], "rule"), f"claim {name}") for name in wanted}
    known = _readings()
    named = sorted({c.reading for rule in rules.values() for c in rule if c.reading in known})
    needed = sorted({key for name in named for key in claim_readings.needs(known[name])})
    runs = claim_runs.simulated(needed, progress) if needed else {}
    drawn = _drawn(named, needed, samples, seed, progress) if samples and needed else []
    return [_answer(rows()[name], rules[name], runs, drawn, lang) for name in wanted]


def _drawn(
    named: Sequence[str],
    needed: Sequence[str],
    samples: int,
    seed: int,
    progress: Progress | None,
) -> list[dict[str, float]]:
    """Readings by name, in every draw."""
    known = _readings()

    def count(done: int, total: int) -> None:
        if progress:
            progress(done / total, f"{done} of {total} samples")

    def draw() -> dict[str, float]:
        runs = claim_runs.drawn(needed)
        return {name: claim_readings.value(known[name], runs) for name in named}

    return uncertainty.over_draws(samples, seed, draw, count)


def _answer(
    row: Row,
    rule: Sequence[Condition],
    runs: Mapping[str, Any],
    drawn: Sequence[Mapping[str, float]],
    lang: str,
) -> Answer:
    results = [_result(condition, runs, lang) for condition in rule]
    at_most = text(row, "at_most") or HOLDS
    found = verdict(results, at_most)
    why = reason(results, found, at_most, text(row, f"note_{lang}"), lang)
    if drawn and any(c.reading in drawn[0] for c in rule):
        same = [verdict([in_draw(r, d) for r in results], at_most) == found for d in drawn]
        share = sum(same) / len(same)
        why += " " + WORDS[lang]["draws"].format(share=round(100 * share), n=len(drawn))
        results = [with_interval(r, drawn) for r in results]
    return Answer(
        text(row, "id"),
        text(row, "page"),
        text(row, lang),
        text(row, "test"),
        results,
        found,
        why,
        _sources(row, rule),
    )


def _result(condition: Condition, runs: Mapping[str, Any], lang: str) -> Result:
    """A condition held against its number."""
    name, error, number = condition.reading, None, None
    row = _readings().get(name) or _figures()[name]
    if name in _readings():
        failed = [e for k in claim_readings.needs(row) if isinstance(e := runs[k], InputError)]
        if failed:
            error = str(failed[0])
        else:
            number = claim_readings.value(row, runs)
    else:
        number = claim_figures.value(row)
    if number is not None and not math.isfinite(number):
        number, error = None, "no finite number"
    met = None
    if number is not None:
        met = RELATIONS[condition.relation](number, condition.threshold)
    return Result(
        name,
        text(row, lang),
        number,
        text(row, "unit"),
        condition.relation,
        condition.threshold,
        condition.must,
        met,
        error,
    )


def _sources(row: Row, rule: Sequence[Condition]) -> list[str]:
    """The claim's own sources and those of its figures."""
    own = [part for part in text(row, "sources").split(" | ") if part]
    figures = [claim_figures.source(_figures()[c.reading]) for c in rule if c.reading in _figures()]
    simulated = ["simulated by Tractus (data/claims/runs.yaml)"]
    made = simulated if any(c.reading in _readings() for c in rule) else []
    return list(dict.fromkeys([*own, *made, *(line for lines in figures for line in lines)]))
