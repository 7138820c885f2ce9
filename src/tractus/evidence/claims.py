"""Claims about decompression, each judged by a rule on numbers (data/claims.csv): `tractus claims`.

A rule is a list of conditions `READING < NUMBER`, apart by `; `, `must` before one that decides
alone.  All met: the claim holds; none met, or one that must be is not: it does not hold; else it
holds partly.  A claim without a rule, or whose numbers do not exist, is untested.  Where the test
covers only part of a claim, `at_most` bounds the verdict.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tractus import uncertainty
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
    """A condition with the number found; `value` is None where there is no such number.

    With samples low and high are the ends of the 90 % interval of a simulated number, and share
    the part of the draws that meet the condition.
    """

    reading: str
    text: str
    value: float | None
    unit: str
    relation: str
    threshold: float
    must: bool
    met: bool | None
    error: str | None = None
    low: float | None = None
    high: float | None = None
    share: float | None = None


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
    reason = _reason(results, found, at_most, text(row, f"note_{lang}"), lang)
    if drawn and any(c.reading in drawn[0] for c in rule):
        same = [verdict([_in_draw(r, d) for r in results], at_most) == found for d in drawn]
        share = sum(same) / len(same)
        reason += " " + WORDS[lang]["draws"].format(share=round(100 * share), n=len(drawn))
        results = [_with_interval(r, drawn) for r in results]
    return Answer(
        text(row, "id"),
        text(row, "page"),
        text(row, lang),
        text(row, "test"),
        results,
        found,
        reason,
        _sources(row, rule),
    )


def _in_draw(result: Result, draw: Mapping[str, float]) -> Result:
    """The condition with the number of a draw; as it is where nothing is drawn."""
    if result.reading not in draw:
        return result
    value = draw[result.reading]
    met = RELATIONS[result.relation](value, result.threshold) if math.isfinite(value) else None
    return replace(result, value=value, met=met)


def _with_interval(result: Result, drawn: Sequence[Mapping[str, float]]) -> Result:
    """The condition with the interval of its number and the share of draws that meet it."""
    values = [d[result.reading] for d in drawn if result.reading in d]
    if not values or not all(map(math.isfinite, values)):
        return result
    _, low, high = uncertainty.interval(values)
    met = [RELATIONS[result.relation](v, result.threshold) for v in values]
    return replace(result, low=low, high=high, share=sum(met) / len(met))


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
        "draws": "The verdict is the same in {share} % of {n} draws of what is not known.",
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
        "draws": "El veredicto es el mismo en el {share} % de {n} sorteos de lo que no se conoce.",
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
