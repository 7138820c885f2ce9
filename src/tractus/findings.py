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

from tractus.errors import InputError, nearest
from tractus.levels import members
from tractus.tables import number, table, text

FILE = "patient file"


class Person(Protocol):
    """What is read of a patient."""

    sex: Any
    age: int
    height: float
    mass: float
    complaint: Any
    findings: Mapping[str, Any]
    discs: Mapping[str, Any]

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


@dataclass(frozen=True)
class Known:
    """A known answer, with where it comes from and its date where one is given."""

    answer: bool
    source: str
    date: str | None = None


@functools.cache
def questions() -> Mapping[str, Question]:
    """Every question by its key, in the order of the table."""
    return {
        text(row, "key"): Question(
            **{k: text(row, k) for k in ("key", "asked", "of", "only", "measure", "concern")},
            below=_limit(row, "below"),
            above=_limit(row, "above"),
            points=_limit(row, "points") or 0.0,
            words={lang: text(row, lang) for lang in ("en", "es")},
        )
        for row in table("findings")
    }


def _limit(row: Any, key: str) -> float | None:
    return None if row[key] is None else number(row, key)


def check_finding(key: str, where: str) -> None:
    """Raise InputError for a key that the screening does not ask."""
    if key not in questions():
        hint = nearest(key, questions())
        short = hint if hint.startswith("did") else "the keys stand in the table of the screening"
        raise InputError(f"{where}: unknown finding '{key}'; {short}")


def known(person: Person, leave: Iterable[str] = ()) -> dict[str, Known]:
    """Every answer that the file gives or implies, those of `leave` not read.

    Raises InputError where two of them contradict each other.
    """
    found = {key: Known(value, source) for key, (value, source) in _facts(person).items()}
    for key, given in person.findings.items():
        answer = _answer(given)
        if answer is None or key in leave:
            continue
        if key in found and found[key].answer != answer.answer:
            raise InputError(
                f"findings: {key} {_word(answer.answer)} contradicts the file's own "
                f"{found[key].source}; correct one of them"
            )
        found[key] = answer
    _imply(found)
    return {key: found[key] for key in questions() if key in found}


def _answer(given: Any) -> Known | None:
    """A given answer in either form: true or false, or with date and source."""
    if given is None or isinstance(given, bool):
        return None if given is None else Known(given, FILE)
    if given.answer is None:
        return None
    return Known(given.answer, given.source or FILE, given.date)


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


def _word(answer: bool) -> str:
    return str(answer).lower()


def _facts(person: Person) -> dict[str, tuple[bool, str]]:
    """Answers that sex, age, size, complaint and discs give."""
    values = _measures(person)
    facts: dict[str, tuple[bool, str]] = {}
    for question in questions().values():
        if question.only and question.only != person.sex:
            facts[question.key] = (False, f"sex: {person.sex}")
        elif question.measure in values:
            value, source = values[question.measure]
            low = question.below is not None and value < question.below
            high = question.above is not None and value >= question.above
            facts[question.key] = (low or high, source)
    return facts


def _measures(person: Person) -> dict[str, tuple[float, str]]:
    """Measures that the file gives, each with the key it comes from."""
    values = {
        "age": (float(person.age), "age"),
        "height": (person.height, "height"),
        "mass": (person.mass, "mass"),
        "bmi": (person.bmi, "height and mass"),
    }
    region = person.complaint.region if person.complaint else None
    if region:
        values["thoracic"] = (float(region == "thoracic"), f"complaint: {region}")
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
        "seen": ([1.0] * bool(slips or herniations or stenoses), "discs"),
    }
    return {name: (max(sizes), source) for name, (sizes, source) in found.items() if sizes}
