"""The questions of the screening (data/findings.csv) and what the answers in a file say.

An answer is yes, no, or absent; an absent one is unanswered, never "no".  Some answers follow from
what else is in the file: age, size, sex, discs, or a broader question (no osteoporosis at all means
no severe one).  Answers that contradict each other are refused.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tractus.answers import Given, Known, agree, known_answer
from tractus.errors import InputError
from tractus.geometry import Geometry
from tractus.levels import REGIONS, members
from tractus.scan_findings import SHOWN, seen
from tractus.tables import Row, number, table, text


class Person(Protocol):
    """What is read of a patient."""

    sex: Any
    age: int
    height: float
    mass: float
    complaint: Any
    findings: Mapping[str, Given]
    discs: Mapping[str, Any]
    geometry: Geometry | None

    @property
    def bmi(self) -> float: ...


@dataclass(frozen=True)
class Question:
    """A row of data/findings.csv.

    asked: intake, session (again before each), during (a session), file (worked out from the file),
    outcome (no matter of safety); of: the broader question; only: the sex it is asked of; a measure
    below or above its limits answers yes; points: its weight within the concern.
    """

    key: str
    asked: str
    of: str
    only: str
    measure: str
    below: float | None
    above: float | None
    concern: str
    points: float
    words: Mapping[str, str]


@functools.cache
def questions() -> Mapping[str, Question]:
    """Every question by its key, in the order of the table."""
    return {
        text(row, "key"): Question(
            **{k: text(row, k) for k in ("key", "asked", "of", "only", "measure", "concern")},
            below=limit(row, "below"),
            above=limit(row, "above"),
            points=limit(row, "points") or 0.0,
            words={lang: text(row, lang) for lang in ("en", "es")},
        )
        for row in table("findings")
    }


def limit(row: Row, key: str) -> float | None:
    """A cell that holds a number or nothing."""
    return None if row[key] is None else number(row, key)


def known(person: Person, leave: Iterable[str] = ()) -> dict[str, Known]:
    """Every answer that the file gives or implies, those of `leave` not read.

    Raises InputError where two of them contradict each other.
    """
    found = _facts(person)
    for key, given in person.findings.items():
        answer = known_answer(given)
        if answer and key not in leave:
            agree(key, answer, found.get(key), "findings")
            found[key] = answer
    _raise(found, seen(person.geometry, person.sex))
    _imply(found)
    return {key: found[key] for key in questions() if key in found}


def _raise(found: dict[str, Known], shown: Mapping[str, Known]) -> None:
    """Add what a scan shows, and the broader findings; against a "no" the careful answer rules."""
    for key, fact in shown.items():
        while key:
            before = found.get(key)
            if not before:
                found[key] = fact
            elif not before.answer:
                found[key] = Known(True, f"{fact.source}; {before.source} says no", fact.date)
            key = questions()[key].of


def scan_lines(person: Person) -> list[str]:
    """What a scan adds to the answers of a person, one line each."""
    shown = seen(person.geometry, person.sex)
    answers = known(person) if shown else {}
    return [
        f"findings: {key} is yes ({answers[key].source})"
        for key in shown
        if key != "scan" and answers[key].source.startswith(SHOWN)
    ]


def _imply(found: dict[str, Known]) -> None:
    """Add what broader and narrower questions imply: a narrow yes is a broad yes, and so on."""
    changed = True
    while changed:
        changed = False
        for question in questions().values():
            narrow, broad = found.get(question.key), found.get(question.of)
            if not question.of or (narrow and broad and narrow.answer <= broad.answer):
                continue
            if narrow and broad:
                raise InputError(
                    f"findings: {question.key} true contradicts {question.of} false; "
                    "correct one of them"
                )
            if narrow and narrow.answer:
                found[question.of] = Known(True, f"{question.key} is true", narrow.date)
                changed = True
            elif broad and not broad.answer:
                found[question.key] = Known(False, f"{question.of} is false", broad.date)
                changed = True


def _facts(person: Person) -> dict[str, Known]:
    """Answers that sex, age, size, complaint and discs give."""
    values = measures(person)
    facts = {}
    for question in questions().values():
        if question.only and question.only != person.sex:
            facts[question.key] = Known(False, f"sex: {person.sex}")
        elif question.measure in values:
            facts[question.key] = beyond(values[question.measure], question.below, question.above)
    return facts


def beyond(measure: tuple[float, str], below: float | None, above: float | None) -> Known:
    """Whether a measure lies below or above its limits, with where it comes from."""
    value, source = measure
    low = below is not None and value < below
    return Known(low or (above is not None and value >= above), source)


def measures(person: Person) -> dict[str, tuple[float, str]]:
    """Measures that the file gives, each with the key it comes from."""
    values = {
        "age": (float(person.age), "age"),
        "height": (person.height, "height"),
        "mass": (person.mass, "mass"),
        "bmi": (person.bmi, "height and mass"),
    }
    region = person.complaint.region if person.complaint else None
    if region:
        for name in REGIONS:
            values[name] = (float(region == name), f"complaint: {region}")
    return values | _disc_measures(person)


def _disc_measures(person: Person) -> dict[str, tuple[float, str]]:
    """The largest slip, herniation and stenosis that the file gives of any disc."""
    discs = [(level, disc) for key, disc in person.discs.items() for level in members(key)]
    depth = {text(row, "level"): 1e-3 * number(row, "depth_mm") for row in table("levels")}
    slips = [abs(d.listhesis) / depth[v] for v, d in discs if d.listhesis is not None]
    herniations = [d.herniation for _, d in discs if d.herniation]
    stenoses = [d.stenosis for _, d in discs if d.stenosis is not None]
    neck = [d.stenosis for v, d in discs if d.stenosis is not None and v.startswith("C")]
    found = {
        "slip": (slips, "discs: listhesis"),
        "herniation": ([h.size for h in herniations], "discs: herniation"),
        "median": ([float(h.site == "median") for h in herniations], "discs: herniation"),
        "stenosis": (stenoses, "discs: stenosis"),
        "stenosis-neck": (neck, "discs: stenosis"),
        "grade": ([float(d.grade) for _, d in discs if d.grade is not None], "discs: grade"),
        "seen": ([1.0] * bool(slips or herniations or stenoses), "discs"),
    }
    return {name: (max(sizes), source) for name, (sizes, source) in found.items() if sizes}
