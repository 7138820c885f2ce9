"""Signs of an examination (data/signs.csv) and what a patient file says of them.

A sign is present, absent, or not asked.  Some follow from the complaint, the discs, the age or a
finding of the screening.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tractus.answers import Given, Known, agree, known_answer
from tractus.findings import Person, beyond, known, limit, measures
from tractus.tables import table, text

DEFICIT = "neurological-deficit"
LIMBS = {"leg": r"leg|foot|thigh|calf|pierna|pie|muslo", "arm": r"arm|hand|finger|brazo|mano|dedo"}


class Examined(Person, Protocol):
    """A person with signs."""

    @property
    def signs(self) -> Mapping[str, Given]: ...


@dataclass(frozen=True)
class Sign:
    """A row of data/signs.csv.

    kind: dermatome, myotome, reflex, test, course; finding (of the screening); place (where it
    hurts) and file (discs, age), which follow from the rest of the file.
    """

    key: str
    kind: str
    measure: str
    below: float | None
    above: float | None
    words: Mapping[str, str]


@functools.cache
def signs() -> Mapping[str, Sign]:
    """Every sign by its key."""
    return {
        text(row, "key"): Sign(
            text(row, "key"),
            text(row, "kind"),
            text(row, "measure"),
            limit(row, "below"),
            limit(row, "above"),
            {lang: text(row, lang) for lang in ("en", "es")},
        )
        for row in table("signs")
    }


@functools.cache
def asked_signs() -> tuple[str, ...]:
    """Keys that a file may hold under `signs`; the others follow from the rest of it."""
    return tuple(s.key for s in signs().values() if s.kind not in ("file", "finding", "place"))


def known_signs(person: Examined) -> dict[str, Known]:
    """Every sign that the file gives or implies. Raises InputError for a contradiction."""
    found = _facts(person)
    given = {key: answer for key, raw in person.signs.items() if (answer := known_answer(raw))}
    for key, answer in given.items():
        if answer.answer and signs()[key].kind in ("myotome", "reflex"):
            found[DEFICIT] = Known(True, f"signs: {key}", answer.date)
    for key, answer in given.items():
        agree(key, answer, found.get(key), "signs")
        found[key] = answer
    return found


def _facts(person: Examined) -> dict[str, Known]:
    """Signs that complaint, age, discs and findings give."""
    values = measures(person) | _limbs(person)
    answers = known(person)
    facts = {}
    for sign in signs().values():
        if sign.kind == "finding" and sign.key in answers:
            facts[sign.key] = answers[sign.key]
        elif sign.measure in values:
            facts[sign.key] = beyond(values[sign.measure], sign.below, sign.above)
    return facts


def _limbs(person: Examined) -> dict[str, tuple[float, str]]:
    """Whether the radiation that the complaint names is into a leg or an arm."""
    where = person.complaint.radiation if person.complaint else None
    if not where:
        return {}
    return {
        limb: (float(bool(re.search(rf"\b(?:{words})s?\b", where.lower()))), "complaint: radiation")
        for limb, words in LIMBS.items()
    }
