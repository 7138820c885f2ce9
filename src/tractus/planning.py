"""A plan: options for a clinician to consider, with doses found on the engine.  Not orders.

No plan is made while the screening is incomplete, nor for a person who is stopped or referred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tractus import comparison_runs, comparison_summary, regimen
from tractus.admission import OPEN, NotPlanned, check_screened
from tractus.dose import find, spans
from tractus.dose_comparison import Tried, compare_doses, read_step
from tractus.dose_found import Dose
from tractus.dose_people import SAMPLES, SHARE, Population, population
from tractus.dose_runs import Person, session
from tractus.effect import DEFAULT, Effect, read_effect
from tractus.errors import InputError, nearest
from tractus.initial import target_level
from tractus.levels import check_level
from tractus.patient import Patient
from tractus.screening import Screening, screen
from tractus.simulation import Progress, follow, resolve
from tractus.tables import Row, number, table, text

if TYPE_CHECKING:
    import xarray

ADJUNCTS = ("adjunct", "beside")
KINDS = ("progress", "adjunct", "home", "stop", "measure", "reevaluate", "refer", "conservative",
         "surgery")  # fmt: skip
PARTS = (0.5, 0.75, 1.0)
"""Share of the dose in the first, second and third session."""
LETTERS = "ABCDE"


@dataclass(frozen=True)
class Option:
    """A method that the screening leaves open, with its dose and how often.

    status: allowed or caution; per_week, weeks: lowest and highest usual number.
    """

    method: str
    status: str
    reasons: tuple[Any, ...]
    evidence: str
    evidence_note: str
    dose: Dose
    per_week: tuple[int, int]
    weeks: tuple[int, int]
    source: str
    url: str

    @property
    def regimen(self) -> list[dict[str, Any]]:
        """The session as a regimen file holds it, with five minutes of lying after it."""
        return [dict(self.dose.step), {"do": "lying-supine", "for": "5 min"}]


@dataclass(frozen=True)
class Plan:
    """Options for one person, and the one that is shown step by step.

    progression: part of the dose, step, and predicted effect [SI] on the usual person; runs: 4 h
    standing, session, 1 h standing, and the same with lying in its place; outline: of the spine.
    """

    patient: Patient
    level: str
    effect: Effect
    screening: Screening
    options: tuple[Option, ...]
    closed: Mapping[str, str]
    shown: Option
    progression: tuple[tuple[float, Mapping[str, Any], float], ...]
    people: Population
    run: xarray.Dataset
    lying: xarray.Dataset
    outline: Mapping[str, Any]
    compared: tuple[Tried, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def reached(self) -> bool:
        """Whether some method reaches the effect."""
        return any(option.dose.reached for option in self.options)

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The content of plan.json."""
        return {
            "patient": self.patient.model_dump(mode="json", exclude_none=True),
            "target_level": self.level,
            "effect": {"quantity": self.effect.quantity, "amount": self.effect.amount}
            | {"share": self.effect.share},
            "samples": {
                "count": len(self.people.drawn) if self.people.samples else 0,
                "seed": self.people.seed,
                "share": self.people.share,
                "lost": self.people.lost,
            },
            "reached": self.reached,
            "options": [_told(option, self.patient, lang) for option in self.options],
            "not_offered": dict(self.closed),
            "shown": self.shown.method,
            "progression": [
                {"part": part, "step": dict(step), "effect": effect}
                for part, step, effect in self.progression
            ],
            "compared": [vars(tried) for tried in self.compared],
            **{
                kind: [entry(row, lang) for row in texts(kind, [self.shown.method])]
                for kind in KINDS
            },
            "note": "Options for a clinician to consider, not orders. "
            "Research and education software, not a medical device.",
        }


def plan(
    patient: Patient,
    *,
    level: str | None = None,
    effect: str | Effect = DEFAULT,
    methods: Sequence[str] | None = None,
    samples: int = SAMPLES,
    seed: int = 0,
    share: float = SHARE,
    lang: str = "en",
    against: Sequence[str] = (),
    progress: Progress | None = None,
) -> Plan:
    """Options for a person at `level` (the target level where it is not given).

    against: sessions as in a regimen file, to be held against the dose that is shown, on the same
    persons.  Raises NotPlanned where the screening is incomplete or stops or refers the person,
    InputError for an unknown level, method or effect.  An effect out of reach is part of the
    result.
    """
    wanted = read_effect(effect)
    screening = screen(patient, lang=lang)
    check_screened(screening, lang)
    at = check_level(level, "level") if level else target_level(patient)
    ids = _open(screening, at, methods)
    others = [read_step(given, patient.mass) for given in against]
    _check_open(screening, [str(step["do"]) for step in others])
    people = population(patient, at, samples, seed, share, _part(progress, 0.0, 0.4))
    careful = [m for m in ids if screening.methods[m].status == "caution"]
    found = find(people, ids, wanted, _part(progress, 0.4, 0.95), careful=careful)
    options = tuple(_option(found[name], screening) for name in ids)
    shown = min(options, key=_order)
    if progress:
        progress(0.95, "the session and lying down, minute by minute")
    run, lying = (_whole(people.usual, step) for step in (shown.dose.step, _lying(shown.dose)))
    return Plan(
        patient,
        at,
        wanted,
        screening,
        options,
        {m: v.status for m, v in screening.methods.items() if m not in ids},
        shown,
        _progression(people.usual, shown.dose),
        people,
        run,
        lying,
        comparison_summary.outline(people.usual.morning.spine),
        tuple(compare_doses(people, [shown.dose.step, *others])) if others else (),
        tuple(patient.warnings),
    )


def _open(screening: Screening, level: str, methods: Sequence[str] | None) -> list[str]:
    """Methods to dose: all that are open and can aim at the level, or those asked for."""
    able = spans(level)
    if methods is None:
        ids = [m for m, v in screening.methods.items() if v.status in OPEN and m in able]
        if not ids:
            raise NotPlanned(f"no plan: no method that the screening leaves open aims at {level}")
        return ids
    _check_open(screening, methods)
    for name in methods:
        if name not in able:
            raise InputError(f"methods: {name} has no dose at {level}; {nearest(name, able)}")
    return list(dict.fromkeys(methods))


def _check_open(screening: Screening, methods: Sequence[str]) -> None:
    """Raise InputError for a method that is unknown or that the screening does not leave open."""
    for name in methods:
        if name not in screening.methods:
            known = list(screening.methods)
            raise InputError(f"methods: unknown method '{name}'; {nearest(name, known)}")
        verdict = screening.methods[name]
        if verdict.status not in OPEN:
            why = "; ".join(r.said for r in verdict.reasons)
            raise NotPlanned(f"no plan: {name} is '{verdict.status}' for this person: {why}")


def _option(dose: Dose, screening: Screening) -> Option:
    row = spans(dose.level)[dose.method].row
    verdict = screening.methods[dose.method]
    letter, note = comparison_summary.evidence(dose.method)
    return Option(
        dose.method,
        verdict.status,
        verdict.reasons,
        letter,
        note,
        dose,
        _pair(row, "per_week"),
        _pair(row, "weeks"),
        text(row, "source") + ("" if row["status"] == "seen" else f" ({row['status']})"),
        text(row, "url"),
    )


def _pair(row: Row, name: str) -> tuple[int, int]:
    return int(number(row, f"{name}_low")), int(number(row, f"{name}_high"))


def _order(option: Option) -> tuple[Any, ...]:
    """What is shown first: reached, allowed without caution, better evidence, less of it."""
    dose = option.dose
    return (
        not dose.reached,
        option.status != "allowed",
        LETTERS.index(option.evidence[:1]) if option.evidence[:1] in LETTERS else len(LETTERS),
        dose.cost if dose.reached else -dose.effect[dose.quantity][0],
    )


def _lying(dose: Dose) -> dict[str, Any]:
    return {"do": "lying-supine", "for": f"{dose.minutes:g} min"}


def _whole(who: Person, step: Mapping[str, Any]) -> xarray.Dataset:
    """4 h standing, a step, 1 h standing."""
    after = {"do": "standing", "for": f"{comparison_runs.AFTER} s"}
    run = follow(who.morning, resolve(who.morning.spine.subject, [dict(step), after]))
    return run.response()


def _progression(who: Person, dose: Dose) -> tuple[tuple[float, Mapping[str, Any], float], ...]:
    """Parts of the dose and what they do to the usual person."""
    out = []
    for part in PARTS:
        step = dict(dose.step)
        if dose.strength is not None and dose.unit != "degC":
            step[dose.key] = f"{part * dose.strength:.3g} {dose.unit}"
        else:
            step["for"] = f"{part * dose.minutes:g} min"
        minutes = part * dose.minutes if step["for"] != dose.step["for"] else dose.minutes
        out.append((part, step, session(who, step).at(minutes, dose.quantity)))
    return tuple(out)


def _told(option: Option, patient: Patient, lang: str) -> dict[str, Any]:
    """An option as plan.json holds it; effects beyond lying, in Pa and m."""
    dose = option.dose
    low, high = dose.share_interval
    return {
        "id": option.method,
        "status": option.status,
        "reasons": [vars(reason) for reason in option.reasons],
        "evidence": option.evidence,
        "evidence_note": option.evidence_note,
        "reached": dose.reached,
        "hindered": dose.hindered,
        "target": dose.target,
        "regimen": option.regimen,
        "dose": strength_words(dose, patient),
        "minutes": dose.minutes,
        "applied_force_N": dose.applied,
        "effect": {
            name: {"median": m, "low": a, "high": b} if dose.persons > 1 else {"median": m}
            for name, (m, a, b) in dose.effect.items()
        },
        "effect_usual": dict(dose.usual),
        "persons": {"met": dose.met, "of": dose.persons, "low": low, "high": high},
        "largest": dict(dose.use),
        "limits": dict(dose.limits),
        "per_week": list(option.per_week),
        "weeks": list(option.weeks),
        "source": option.source,
        "session": session_steps(option, patient, lang),
    }


def entry(row: Row, lang: str) -> dict[str, Any]:
    """A row of data/plan.csv in one language."""
    keys = ("grade", "source", "url", "status")
    return {"text": text(row, lang), **{key: text(row, key) for key in keys if row[key]}}


def texts(kind: str, methods: Sequence[str] = ()) -> list[Row]:
    """Rows of data/plan.csv of a kind: those for all, and those for any of the methods."""
    wanted = {"all", *methods}
    rows = [row for row in table("plan") if row["kind"] == kind]
    if kind in ADJUNCTS:
        return rows
    return [row for row in rows if wanted & set(text(row, "methods").split("|"))]


def session_steps(option: Option, patient: Patient, lang: str) -> list[str]:
    """The session step by step in words, with its numbers."""
    values = step_values(option.dose, patient)
    return [text(row, lang).format(**values) for row in texts("step", [option.method])]


def step_values(dose: Dose, patient: Patient) -> dict[str, str]:
    """Numbers of a session as they are read: dose, minutes, ramp and the other parameters."""
    step = resolve(patient, [dict(dose.step)])[0]
    values = {key: spoken(str(value)) for key, value in regimen.described(step).items()}
    values |= {"ramp": f"{step.ramp:g} s", "minutes": f"{dose.minutes:g}", "level": dose.level}
    return values | {"dose": strength_words(dose, patient)}


def strength_words(dose: Dose, patient: Patient) -> str:
    """Strength with its unit, shares of body weight also in newtons; "" where only time is set."""
    if dose.strength is None:
        return ""
    words = spoken(f"{dose.strength:g} {dose.unit}")
    if dose.unit == "% bw":
        newtons = dose.strength / 100.0 * patient.body_weight
        return f"{newtons:.0f} N ({dose.strength:g} % bw)"
    return words


def spoken(words: str) -> str:
    """Units as people write them."""
    return words.replace(" degC", " °C").replace(" deg", "°")


def _part(progress: Progress | None, start: float, end: float) -> Progress | None:
    """Progress within a part of the whole."""
    if progress is None:
        return None

    def report(fraction: float, words: str) -> None:
        progress(start + (end - start) * fraction, words)

    return report
