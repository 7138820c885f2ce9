"""Rules of claims: conditions on numbers, the verdict that follows, and why in one sentence.

A rule is a list of conditions `READING < NUMBER`, apart by `; `, `must` before one that decides
alone.  All met: the claim holds; none met, or one that must be is not: it does not hold; else it
holds partly.  Without a rule, or where a number does not exist, it is untested.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tractus import uncertainty
from tractus.errors import InputError

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


def in_draw(result: Result, draw: Mapping[str, float]) -> Result:
    """The condition with the number of a draw; as it is where nothing is drawn."""
    if result.reading not in draw:
        return result
    value = draw[result.reading]
    met = RELATIONS[result.relation](value, result.threshold) if math.isfinite(value) else None
    return replace(result, value=value, met=met)


def with_interval(result: Result, drawn: Sequence[Mapping[str, float]]) -> Result:
    """The condition with the interval of its number and the share of draws that meet it."""
    values = [d[result.reading] for d in drawn if result.reading in d]
    if not values or not all(map(math.isfinite, values)):
        return result
    _, low, high = uncertainty.interval(values)
    met = [RELATIONS[result.relation](v, result.threshold) for v in values]
    return replace(result, low=low, high=high, share=sum(met) / len(met))


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


def reason(results: Sequence[Result], found: str, at_most: str, note: str, lang: str) -> str:
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
