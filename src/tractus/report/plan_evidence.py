"""What was published, beside a plan: dose in trials, what else is used, operations in figures."""

from __future__ import annotations

from collections.abc import Iterable

from tractus import literature, planning
from tractus.levels import REGION_OF
from tractus.literature import Statement
from tractus.planning import Plan
from tractus.regimen import OPERATIONS
from tractus.report import plan_rows
from tractus.report.evidence import link
from tractus.report.markup import Html, badge, element, lead, section, text_table
from tractus.report.texts import Texts
from tractus.tables import Row, text


def source(row: Row, words: Texts) -> Html:
    """The source of a row, linked where it has an address, with its status where it is not seen."""
    shown = element("", text(row, "source"))
    if text(row, "url").startswith("http"):
        shown = f'<a href="{element("", text(row, "url"))}">{shown}</a>'
    mark = (
        ""
        if row["status"] == "seen"
        else f", {element('', words('status_' + text(row, 'status')))}"
    )
    return Html(f'<span class="source">[{shown}{mark}]</span>')


def trials(plan: Plan, words: Texts) -> str:
    """What trials say of dose, and what guidelines say of the options."""
    ids = {option.method for option in plan.options}
    guides = [s for s in literature.guidelines(lang=words.lang) if ids & set(s.methods)]
    return section(
        "trials",
        words("plan_trials"),
        lead(words("plan_dose_note")),
        _table(plan_rows.dose_statements(plan, words), words),
        element("h3", words("published_guidelines")),
        _table(guides, words),
    )


def adjuncts(plan: Plan, words: Texts, *, plain: bool = False) -> str:
    """Exercise, heat, therapy, medication: evidence, not simulated."""
    rows = planning.texts("beside" if plain else "adjunct")
    heading = words("plan_you_adjunct" if plain else "plan_adjunct")
    neck = REGION_OF[plan.level] == "cervical"
    note = lead(words("plan_adjunct_neck")) if neck else ""
    if plain:
        items = "".join(element("li", text(row, words.lang)) for row in rows)
        said = lead(words("plan_you_adjunct_text"))
        return section("adjuncts", heading, said, note, f"<ul>{items}</ul>")
    cells = [[text(row, words.lang), badge(text(row, "grade")), source(row, words)] for row in rows]
    head = [words(k) for k in ("plan_what", "grade_letter", "source")]
    return section(
        "adjuncts",
        heading,
        lead(words("plan_adjunct_text")),
        note,
        text_table(head, cells, label=heading),
    )


def surgery(plan: Plan, words: Texts) -> str:
    """What surgery would be, and its figures; never ranked for the person."""
    found = [s for name in OPERATIONS for s in literature.surgery(name, words.lang)]
    unique = list(dict.fromkeys(found))
    said = "".join(element("p", text(row, words.lang)) for row in planning.texts("surgery", []))
    return section("surgery", words("plan_surgery"), said, _table(unique, words))


def _table(found: Iterable[Statement], words: Texts) -> str:
    rows = [
        [", ".join(map(words.method, s.methods)), s.kind, s.text, s.numbers or "–", link(s, words)]
        for s in found
    ]
    names = ("method", "published_kind", "published_result", "published_numbers", "source")
    return text_table([words(k) for k in names], rows, label=words("published_heading"))
