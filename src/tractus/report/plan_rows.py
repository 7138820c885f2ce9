"""The numbers of a plan as words and rows, for every face."""

from __future__ import annotations

from typing import Any

from tractus import literature
from tractus.dose_found import Dose
from tractus.planning import Option, Plan, spoken, strength_words
from tractus.report.rows import number
from tractus.report.texts import Texts, texts
from tractus.tables import table, text

ON_DOSE = ("review of kinds and doses", "sham-controlled trial", "dose response")
"""Designs of the rows of data/trials.csv that speak of dose."""


def amount(value: float, quantity: str) -> str:
    """An effect in SI as kPa or mm with its unit."""
    return (
        f"{number(1e-3 * value, 0)} kPa"
        if quantity == "pressure"
        else (f"{number(1e3 * value, 2)} mm")
    )


def effect_words(plan: Plan, words: Texts) -> str:
    """The chosen effect in words."""
    effect = plan.effect
    if effect.amount is None:
        name = words(f"plan_most_{effect.quantity}")
        return words("plan_share_of", share=number(100 * (effect.share or 0.0), 0), what=name)
    return words(f"plan_{effect.quantity}", amount=amount(effect.amount, effect.quantity))


def gained(dose: Dose, words: Texts) -> str:
    """What the dose adds to lying: median with its interval, or the usual person's alone."""
    if dose.persons == 1:
        return f"{amount(dose.usual[dose.quantity], dose.quantity)} ({words('plan_usual_only')})"
    scale, digits = (1e-3, 0) if dose.quantity == "pressure" else (1e3, 2)
    low, high = (number(scale * v, digits) for v in dose.effect[dose.quantity][1:])
    return f"{amount(dose.effect[dose.quantity][0], dose.quantity)} [{low}, {high}]"


def met(dose: Dose) -> str:
    """How many of the possible persons reach it, with the 95 % interval of their share."""
    if dose.persons == 1:
        return f"{dose.met}/1"
    low, high = (number(100 * end, 0) for end in dose.share_interval)
    return f"{dose.met}/{dose.persons} ({low}–{high} %)"


def dose_words(option: Option, plan: Plan, words: Texts) -> str:
    """Strength and minutes of an option."""
    strength = strength_words(option.dose, plan.patient)
    minutes = words("plan_minutes", n=f"{option.dose.minutes:g}")
    return ", ".join(part for part in (strength, minutes) if part)


def result_words(dose: Dose, words: Texts) -> str:
    """Reached, or not and why."""
    if dose.reached:
        return words("plan_reached")
    if dose.hindered:
        return words("plan_limited", limit=limit_words(dose.hindered, words.lang))
    return words("plan_beyond")


def limit_words(quantity: str, lang: str) -> str:
    """Name of a limited quantity (data/limits.csv)."""
    known = {text(row, "quantity"): text(row, lang) for row in table("limits")}
    return known.get(quantity) or texts(lang)("plan_no_equilibrium")


def often(option: Option, words: Texts) -> str:
    """Sessions a week and weeks."""
    return words("plan_often", week=_span(option.per_week), weeks=_span(option.weeks))


def _span(pair: tuple[int, int]) -> str:
    low, high = pair
    return str(low) if low == high else f"{low}–{high}"


def option_rows(plan: Plan, words: Texts) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of the table of options: those that reach the effect first."""
    head = [
        words("method"),
        words("plan_result"),
        words("plan_dose"),
        words("plan_frequency"),
        words("col_allowed"),
        words("plan_gain"),
        words("plan_persons"),
        words("col_evidence"),
    ]
    rows = []
    for option in sorted(plan.options, key=lambda o: not o.dose.reached):
        dose, best = option.dose, words("plan_best") + " "
        rows.append(
            [
                words.method(option.method),
                result_words(dose, words),
                ("" if dose.reached else best) + dose_words(option, plan, words),
                often(option, words) if dose.reached else "–",
                words(option.status),
                gained(dose, words),
                met(dose),
                option.evidence,
            ]
        )
    return head, rows


def sentence(plan: Plan, words: Texts) -> str:
    """What was found, in a sentence, with how many persons it rests on."""
    names = [words.method(o.method) for o in plan.options if o.dose.reached]
    key = "plan_found" if names else "plan_none"
    return " ".join(
        (words(key, methods=", ".join(names)), _people(plan, words), words("plan_dose_matters"))
    )


def _people(plan: Plan, words: Texts) -> str:
    """How many possible persons the doses rest on, and how many were left out."""
    people = plan.people
    if not people.samples:
        return words("plan_people_none")
    share = number(100 * people.share, 0)
    said = words("plan_people", n=len(people.drawn), share=share, seed=people.seed)
    return f"{said} {words('plan_lost', n=people.lost)}" if people.lost else said


def dose_evidence(plan: Plan, words: Texts) -> list[str]:
    """What trials say of dose, for the methods of the plan, with sources."""
    return [f"{s.kind}: {s.text} [{s.source}]" for s in dose_statements(plan, words)]


def dose_statements(plan: Plan, words: Texts) -> list[Any]:
    """Statements of trials on dose; those of traction tables where no method has its own."""
    ids = {option.method for option in plan.options} | {"traction-table"}
    found = zip(table("trials"), literature.trials(lang=words.lang), strict=True)
    on_dose = [s for row, s in found if text(row, "design") in ON_DOSE]
    return [s for s in on_dose if ids & set(s.methods)]


def compared_rows(plan: Plan, words: Texts) -> tuple[list[str], list[list[str]]]:
    """Headings and rows of doses side by side, each against the first."""
    keys = ("plan_dose_only", "bar_pressure", "bar_height", "plan_against", "plan_within")
    head = [words("method"), *map(words, keys)]
    rows = []
    for i, tried in enumerate(plan.compared):
        step = dict(tried.step)
        name = words.method(str(step.pop("do")))
        given = ", ".join(spoken(str(value)) for value in step.values())
        pressure, height = (_spread(tried.effect[q], q) for q in ("pressure", "height"))
        against = (
            "–"
            if i == 0
            else "; ".join(_spread(tried.against[q], q) for q in ("pressure", "height"))
        )
        rows.append([name, given, pressure, height, against, f"{tried.within}/{tried.persons}"])
    return head, rows


def _spread(values: tuple[float, float, float], quantity: str) -> str:
    """Median with its 90 % interval; a fall of pressure is shown as a fall."""
    if quantity == "pressure":
        middle, high, low = (number(-1e-3 * v, 0, signed=True) for v in values)
        return f"{middle} kPa [{low}, {high}]"
    middle, low, high = (number(1e3 * v, 2, signed=True) for v in values)
    return f"{middle} mm [{low}, {high}]"
