"""Who may have a method: the rules of data/screening.csv on the answers of a patient file.

A rule is three-valued: it holds, it does not, or an answer is missing.  A method takes the gravest
of what its rules say, in the order of STATUSES; a missing answer is graver than a caution, since
it may hide a stop.  Concerns add up weak flags of one disease (data/concerns.csv).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tractus.answers import Answer, Known
from tractus.errors import InputError
from tractus.files import build
from tractus.findings import known, questions
from tractus.patient import Patient
from tractus.regimen import OPERATIONS
from tractus.scan_findings import SHOWN
from tractus.tables import Row, number, table, text

STATUSES = ("allowed", "caution", "unknown", "refer", "stop")
UNANSWERED = "unanswered"  # in place of a rule
URGENCIES = ("routine", "urgent", "emergency")
LEVELS_OF_CONCERN = {"high": "stop", "moderate": "refer"}
NECK = "cervical-traction"
NOT_LUMBAR = (NECK, "heat")


@dataclass(frozen=True)
class Rule:
    """A row of data/screening.csv: any of `finding`, and any of `also` where that is not empty."""

    id: str
    finding: tuple[str, ...]
    also: tuple[str, ...]
    methods: tuple[str, ...]
    severity: str
    words: Mapping[str, str]
    source: str
    reviewed: bool


@dataclass(frozen=True)
class Reason:
    """Why a method has its status."""

    rule: str
    text: str
    source: str

    @property
    def said(self) -> str:
        """The rule and what it says; missing answers, which are no rule, say it themselves."""
        return self.text if self.rule == UNANSWERED else f"{self.rule}: {self.text}"


@dataclass(frozen=True)
class Verdict:
    """Status of one method, with the rules behind it."""

    status: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Screening:
    """What the answers allow.

    unanswered: keys that some rule still needs, for the methods that fit the complaint; referral:
    urgency and text, or None; concerns: low, moderate or high by disease; answers: all known ones.
    """

    unanswered: tuple[str, ...]
    methods: Mapping[str, Verdict]
    referral: Mapping[str, str] | None
    concerns: Mapping[str, str]
    answers: Mapping[str, Known]

    @property
    def complete(self) -> bool:
        """Whether nothing is unanswered; no plan is made before."""
        return not self.unanswered

    def as_dict(self) -> dict[str, Any]:
        """The content of `tractus screen --json`; `scan` where one answered."""
        shown = self.shown()
        return {
            "complete": self.complete,
            "unanswered": list(self.unanswered),
            "methods": {
                name: {"status": v.status, "reasons": [vars(r) for r in v.reasons]}
                for name, v in self.methods.items()
            },
            "referral": dict(self.referral) if self.referral else None,
            **({"scan": shown} if shown else {}),
        }

    def shown(self) -> dict[str, dict[str, str | None]]:
        """What a scan answered, with what it showed and its date."""
        return {
            key: {"source": found.source, "date": found.date}
            for key, found in self.answers.items()
            if found.source.startswith(SHOWN)
        }


@functools.cache
def screened() -> tuple[str, ...]:
    """Ids of the methods that are screened: all with evidence but the operations."""
    ids = (text(row, "id") for row in table("evidence"))
    return tuple(name for name in ids if name not in OPERATIONS)


@functools.cache
def rules() -> tuple[Rule, ...]:
    """The rules in the order of the table."""
    return tuple(_rule(row) for row in table("screening"))


def _rule(row: Row) -> Rule:
    reviewed = row["status"] == "seen"
    return Rule(
        text(row, "id"),
        _listed(row, "finding"),
        _listed(row, "with"),
        _methods(_listed(row, "methods")),
        text(row, "severity"),
        {lang: text(row, lang) for lang in ("en", "es")},
        text(row, "source") + ("" if reviewed else f" ({row['status']}, for review)"),
        reviewed,
    )


def _listed(row: Row, key: str) -> tuple[str, ...]:
    return tuple(word for word in text(row, key).split("|") if word)


def _methods(names: tuple[str, ...]) -> tuple[str, ...]:
    """`all`, `lumbar` (all that pull, press or bend the loins), or the ids themselves."""
    if names == ("all",):
        return screened()
    return tuple(m for m in screened() if m not in NOT_LUMBAR) if names == ("lumbar",) else names


def screen(patient: Patient, *, lang: str = "en", session: str | None = None) -> Screening:
    """Screen a patient; `session` (a date) leaves out what was not answered anew for that day.

    Raises InputError for answers that contradict each other or are dated after the session.
    """
    answers = known(patient, _stale(patient, session) if session else ())
    held = {rule.id: _holds(rule, answers) for rule in rules()}
    concerns = _concerns(answers)
    alarms = _alarms(concerns, lang)
    fits = [m for m in screened() if m != NECK or _neck(patient)]
    open_rules = [r for r in rules() if held[r.id] is None and set(r.methods) & set(fits)]
    return Screening(
        _unanswered(open_rules, answers),
        {m: _verdict(m, held, alarms, answers, lang) for m in screened()},
        _referral(held, concerns, lang),
        concerns,
        answers,
    )


def _neck(patient: Patient) -> bool:
    region = patient.complaint.region if patient.complaint else None
    return region in ("cervical", None)


def _stale(patient: Patient, session: str) -> list[str]:
    """Questions of each session whose answer is not of this day."""
    build(Answer, {"date": session}, "session")
    stale = []
    for key, given in patient.findings.items():
        day = given.date if isinstance(given, Answer) else None
        if day is not None and day > session:
            raise InputError(f"findings: {key} is dated {day}, after the session of {session}")
        if questions()[key].asked == "session" and day != session:
            stale.append(key)
    return stale


def _holds(rule: Rule, answers: Mapping[str, Known]) -> bool | None:
    """Whether a rule holds; None where an answer that decides it is missing."""
    parts = [_any(rule.finding, answers)]
    parts += [_any(rule.also, answers)] if rule.also else []
    return False if False in parts else None if None in parts else True


def _any(keys: Sequence[str], answers: Mapping[str, Known]) -> bool | None:
    values = [_value(key, answers) for key in keys]
    return True if True in values else None if None in values else False


def _value(key: str, answers: Mapping[str, Known]) -> bool | None:
    """A known answer; what can only be seen in a session has not happened before it."""
    if key in answers:
        return answers[key].answer
    return False if questions()[key].asked == "during" else None


def _unanswered(open_rules: Iterable[Rule], answers: Mapping[str, Known]) -> tuple[str, ...]:
    """Keys that these rules wait for; a broad question stands for the narrow ones within it."""
    needed = {key for rule in open_rules for key in (*rule.finding, *rule.also)}
    broad = {_broadest(key, answers) for key in needed if _value(key, answers) is None}
    return tuple(key for key in questions() if key in broad)


def _broadest(key: str, answers: Mapping[str, Known]) -> str:
    above = questions()[key].of
    return _broadest(above, answers) if above and _value(above, answers) is None else key


def _verdict(
    method: str,
    held: Mapping[str, bool | None],
    alarms: Mapping[str, tuple[str, Reason]],
    answers: Mapping[str, Known],
    lang: str,
) -> Verdict:
    """The gravest of what rules, concerns and missing answers say of one method."""
    mine = [rule for rule in rules() if method in rule.methods]
    fired = [rule for rule in mine if held[rule.id]]
    reasons = [Reason(rule.id, rule.words[lang], rule.source) for rule in fired]
    status = gravest(rule.severity for rule in fired)
    for severity, reason in alarms.values():
        if gravest((status, severity)) != status:
            reasons.append(reason)
            status = severity
    missing = _unanswered((rule for rule in mine if held[rule.id] is None), answers)
    if missing and gravest((status, "unknown")) == "unknown":
        words = {"en": "unanswered", "es": "sin respuesta"}[lang]
        reasons.append(Reason(UNANSWERED, f"{words}: {', '.join(missing)}", "patient file"))
        status = "unknown"
    return Verdict(status, tuple(reasons))


def gravest(statuses: Iterable[str]) -> str:
    """The last of STATUSES that occurs; allowed where none does."""
    return max(statuses, key=STATUSES.index, default="allowed")


def _concerns(answers: Mapping[str, Known]) -> dict[str, str]:
    """Level of concern by disease, from the points of all its flags together."""
    points: dict[str, float] = {}
    for key, given in answers.items():
        question = questions()[key]
        if given.answer and question.concern:
            points[question.concern] = points.get(question.concern, 0.0) + question.points
    return {name: _level(name, total) for name, total in points.items()}


def _level(concern: str, points: float) -> str:
    rows = [row for row in table("concerns") if row["concern"] == concern]
    reached = [row for row in rows if points >= number(row, "points")]
    return text(max(reached, key=lambda row: number(row, "points")), "level") if reached else "low"


def _concern_row(concern: str, level: str) -> Row:
    rows = table("concerns")
    return next(row for row in rows if row["concern"] == concern and text(row, "level") == level)


def _alarms(concerns: Mapping[str, str], lang: str) -> dict[str, tuple[str, Reason]]:
    """Severity and reason of every concern above low; they hold for all methods."""
    found = {}
    for name, level in concerns.items():
        if level in LEVELS_OF_CONCERN:
            row = _concern_row(name, level)
            reason = Reason(f"concern:{name}", text(row, lang), text(row, "source"))
            found[name] = (LEVELS_OF_CONCERN[level], reason)
    return found


def _referral(
    held: Mapping[str, bool | None], concerns: Mapping[str, str], lang: str
) -> dict[str, str] | None:
    """The most urgent referral with the texts of all; None where nobody has to be asked."""
    rows = [_concern_row(n, level) for n, level in concerns.items() if level in LEVELS_OF_CONCERN]
    if rows:
        rows.sort(key=lambda row: -URGENCIES.index(text(row, "urgency")))
        words = " ".join(text(row, lang) for row in rows)
        return {"urgency": text(rows[0], "urgency"), "text": words}
    whole = [
        rule
        for rule in rules()
        if held[rule.id] and rule.severity in ("refer", "stop") and rule.methods == screened()
    ]
    if not whole:
        return None
    row = _concern_row("method", "")
    words = " ".join([text(row, lang), *(f"{rule.words[lang]}." for rule in whole)])
    return {"urgency": text(row, "urgency"), "text": words}
