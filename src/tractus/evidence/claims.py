"""Claims about decompression, each judged by a rule on numbers (data/claims.csv): `tractus claims`.

A rule is a list of conditions `READING < NUMBER`, apart by `; `, `must` before one that decides
alone.  All met: the claim holds; none met, or one that must be is not: it does not hold; else it
holds partly.  A claim without a rule, or whose numbers do not exist, is untested.  Where the test
covers only part of a claim, `at_most` bounds the verdict.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tractus.errors import InputError, nearest
from tractus.evidence import claim_figures, claim_readings, claim_runs
from tractus.simulation import Progress
from tractus.tables import Row, table, text

HOLDS, PARTLY, FAILS, UNTESTED = "holds", "partly", "does not hold", "untested"
VERDICTS = (HOLDS, PARTLY, FAILS, UNTESTED)
TESTS = ("simulation", "arithmetic", "literature", "untestable")
RELATIONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_CONDITION = re.compile(r"(must )?([a-z0-9-]+) (<=|>=|<|>) (-?\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Condition:
    """A reading against its threshold."""

    reading: str
    relation: str
    threshold: float
    must: bool = False


@dataclass(frozen=True)
class Result:
    """A condition with the number found; `value` is None where there is no such number."""

    reading: str
    text: str
    value: float | None
    unit: str
    relation: str
    threshold: float
    must: bool
    met: bool | None
    error: str | None = None


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


def parse(rule: str, where: str) -> tuple[Condition, ...]:
    """Conditions of a rule. Raises InputError for one that is none."""
    found = []
    for part in filter(None, rule.split("; ")):
        match = _CONDITION.fullmatch(part)
        if not match:
            raise InputError(f"{where}: rule '{part}'; allowed: [must] READING < <= > >= NUMBER")
        must, reading, relation, limit = match.groups()
        found.append(Condition(reading, relation, float(limit), bool(must)))
    return tuple(found)


def verdict(results: Sequence[Result], at_most: str = HOLDS) -> str:
    """The verdict of a rule on its numbers."""
    if not results or any(r.met is None for r in results):
        return UNTESTED
    met = [r for r in results if r.met]
    if not met or any(r.must and not r.met for r in results):
        return FAILS
    return at_most if len(met) == len(results) else PARTLY


@functools.cache
def rows() -> dict[str, Row]:
    """Claims of the table by id."""
    return {text(row, "id"): row for row in table("claims")}


@functools.cache
def _readings() -> dict[str, Row]:
    return {text(row, "key"): row for row in table("claim_readings")}


@functools.cache
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
    ids: Iterable[str] = (), *, lang: str = "en", progress: Progress | None = None
) -> list[Answer]:
    """Answer claims, all of them by default; every run that they need is simulated once.

    Raises InputError for an unknown id.
    """
    wanted = chosen(ids)
    rules = {name: parse(text(rows()[name], "rule"), f"claim {name}") for name in wanted}
    named = {c.reading for rule in rules.values() for c in rule}
    needed = {k for n in named if n in _readings() for k in claim_readings.needs(_readings()[n])}
    runs = claim_runs.simulated(needed, progress) if needed else {}
    return [_answer(rows()[name], rules[name], runs, lang) for name in wanted]


def _answer(row: Row, rule: Sequence[Condition], runs: Mapping[str, Any], lang: str) -> Answer:
    results = [_result(condition, runs, lang) for condition in rule]
    at_most = text(row, "at_most") or HOLDS
    found = verdict(results, at_most)
    return Answer(
        text(row, "id"),
        text(row, "page"),
        text(row, lang),
        text(row, "test"),
        results,
        found,
        _reason(results, found, at_most, text(row, f"note_{lang}"), lang),
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


WORDS = {
    "en": {
        "all": "All {n} conditions are met.",
        "one": "The condition is met.",
        "one not": "The condition is not met.",
        "none": "None of {n} conditions is met.",
        "some": "{met} of {n} conditions are met.",
        "must": "Not met, and decisive: {what}.",
        "at most": "No more than 'partly' can be shown by this test.",
        "no number": "No number: {what}.",
        "failed": "The run failed: {what}.",
    },
    "es": {
        "all": "Se cumplen las {n} condiciones.",
        "one": "La condición se cumple.",
        "one not": "La condición no se cumple.",
        "none": "No se cumple ninguna de {n} condiciones.",
        "some": "Se cumplen {met} de {n} condiciones.",
        "must": "No se cumple, y es decisiva: {what}.",
        "at most": "Esta prueba no puede mostrar más que «en parte».",
        "no number": "Sin número: {what}.",
        "failed": "La simulación falló: {what}.",
    },
}


def _reason(results: Sequence[Result], found: str, at_most: str, note: str, lang: str) -> str:
    """What decided, and what is to be known of it."""
    words, parts = WORDS[lang], []
    missing = [r for r in results if r.met is None]
    decisive = [r.text for r in results if r.must and r.met is False]
    met, n = sum(bool(r.met) for r in results), len(results)
    if missing:
        errors = [r.error for r in missing if r.error]
        what = errors[0] if errors else "; ".join(r.text for r in missing)
        parts.append(words["failed" if errors else "no number"].format(what=what))
    elif decisive and met:
        parts.append(words["must"].format(what="; ".join(decisive)))
    elif results:
        several = "all" if met == n else "some" if met else "none"
        key = ("one" if met else "one not") if n == 1 else several
        parts.append(words[key].format(n=n, met=met))
    if found == at_most != HOLDS and met == n:
        parts.append(words["at most"])
    return " ".join([*parts, note]).strip()


def _sources(row: Row, rule: Sequence[Condition]) -> list[str]:
    """The claim's own sources and those of its figures."""
    own = [part for part in text(row, "sources").split(" | ") if part]
    figures = [claim_figures.source(_figures()[c.reading]) for c in rule if c.reading in _figures()]
    simulated = ["simulated by Tractus (data/claims/runs.yaml)"]
    made = simulated if any(c.reading in _readings() for c in rule) else []
    return list(dict.fromkeys([*own, *made, *(line for lines in figures for line in lines)]))
