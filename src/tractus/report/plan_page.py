"""A plan as two documents that print: for the clinician, and for the person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from string import Template

from tractus import literature, planning
from tractus.admission import OPEN
from tractus.planning import Option, Plan
from tractus.report import conditions, plan_evidence, plan_rows
from tractus.report.curves import pair
from tractus.report.html import package_version, part
from tractus.report.markup import Html, badge, element, lead, section, text_table
from tractus.report.plan_chart import chart
from tractus.report.rows import complaint_line, number, patient_line
from tractus.report.screening import line, status
from tractus.report.spine_drawing import spine_svg
from tractus.report.spine_section import at_end, largest
from tractus.report.texts import Texts, texts
from tractus.screening import screen
from tractus.tables import Row, table, text

EMERGENCY = ("EMERGENCY", "EMERGENCIA")


def clinician_html(plan: Plan, *, lang: str = "en", day: date | None = None) -> str:
    """The page for the clinician: every option, with doses, reasons, sources and figures."""
    words = texts(lang)
    parts = [
        _short(plan, words),
        _options(plan, words),
        _reasons(plan, words),
        _session(plan, words),
        _progression(plan, words),
        _compared(plan, words),
        _limits(plan, words),
        *(_list(kind, plan, words) for kind in ("stop", "measure", "reevaluate", "refer")),
        _others(plan, words),
        _list("home", plan, words),
        plan_evidence.trials(plan, words),
        conditions.section_of(plan.patient, words),
        plan_evidence.adjuncts(plan, words),
        _list("conservative", plan, words),
        plan_evidence.surgery(plan, words),
        _notes(plan, words),
    ]
    return _page(plan, words, "clinician", parts, day)


def patient_html(plan: Plan, *, lang: str = "en", day: date | None = None) -> str:
    """The page for the person: what, how often, when to stop, in plain words."""
    words = texts(lang)
    shown = plan.shown
    often = plan_rows.often(shown, words)
    dose = plan_rows.dose_words(shown, plan, words)
    name = words.method(shown.method)
    said = words("plan_you_session", method=name, dose=dose, often=often, level=plan.level)
    if not shown.dose.reached:
        said = words("plan_you_none", level=plan.level)
    quantity = shown.dose.quantity
    gain = words(f"plan_{quantity}", amount=plan_rows.gained(shown.dose, words))
    about = section(
        "about",
        words("plan_you_about"),
        _spines(plan, words, both=False),
        element("p", said, class_="short"),
        element("p", words("plan_you_lying", gain=gain)),
        element("p", words("plan_you_trials")),
        _advised_against(shown.method, words),
    )
    steps = _steps(shown, plan, words) if shown.dose.reached else ""
    session = section("session", words("plan_session", method=name), steps) if steps else ""
    parts = [
        about,
        _your_cautions(plan, words),
        _list("stop", plan, words, plain=True),
        session,
        _list("home", plan, words, plain=True),
        _list("diary", plan, words, plain=True),
        _list("refer", plan, words, plain=True),
        plan_evidence.adjuncts(plan, words, plain=True),
        _list("conservative", plan, words, plain=True),
        _list("operation", plan, words, plain=True),
    ]
    return _page(plan, words, "patient", parts, day)


def _your_cautions(plan: Plan, words: Texts) -> str:
    """What speaks for caution with the session that is shown; "" where nothing does."""
    verdict = screen(plan.patient, lang=words.lang).methods[plan.shown.method]
    if not verdict.reasons:
        return ""
    items = "".join(element("li", reason.text) for reason in verdict.reasons)
    return section("cautions", words("plan_you_cautions"), f"<ul>{items}</ul>")


def _advised_against(method: str, words: Texts) -> str:
    """That a guideline advises against the method, where one does."""
    against = any(s.kind.endswith("against") for s in literature.guidelines(method))
    return element("p", words("plan_you_guideline")) if against else ""


def _page(plan: Plan, words: Texts, kind: str, parts: Sequence[str], day: date | None) -> str:
    rows = [
        (words("patient"), patient_line(plan.patient, words)),
        (
            words("complaint").capitalize(),
            complaint_line(plan.patient, words).partition(": ")[2],
        ),
        (words("target_level"), plan.level),
    ]
    who = "".join(f"<div>{element('dt', k)}{element('dd', v)}</div>" for k, v in rows if v)
    return Template(part("plan.html")).substitute(
        lang=words.lang,
        kind=kind,
        title=element("", words(f"plan_title_{kind}")),
        patient=element("", patient_line(plan.patient, words)),
        subtitle=element("", words("plan_options_note")),
        who=who,
        disclaimer=element("", words("disclaimer")),
        sections="\n".join(p for p in parts if p),
        made=element("", words("made_with", version=package_version(), date=day or date.today())),
        css=part("page.css") + part("plan.css"),
    )


def _short(plan: Plan, words: Texts) -> str:
    both = pair(plan.run, plan.lying, plan.level)
    before = max(i for i, t in enumerate(both["t"]) if t <= 1e-6)
    after = max(i for i, t in enumerate(both["t"]) if t <= both["end"] + 1e-6)
    lying = both["lying"]
    said = words(
        "short_lying",
        minutes=number(both["end"], 0),
        p0=number(lying["pressure"][before], 2),
        p1=number(lying["pressure"][after], 2),
        dh=number(lying["height"][after] - lying["height"][before], 2, signed=True),
    )
    effect = plan_rows.effect_words(plan, words)
    return section(
        "short",
        words("in_short"),
        element("p", words("plan_effect", effect=effect, level=plan.level), class_="short"),
        element("p", plan_rows.sentence(plan, words).removesuffix(words("plan_dose_matters"))),
        element("p", said),
        element("p", words("plan_dose_note")),
    )


def _options(plan: Plan, words: Texts) -> str:
    head, rows = plan_rows.option_rows(plan, words)
    cells = [[*row[:-1], badge(row[-1])] for row in rows]
    return section(
        "options",
        words("plan_options"),
        lead(words("plan_options_text")),
        text_table(head, cells, label=words("plan_options")),
    )


def _reasons(plan: Plan, words: Texts) -> str:
    """Cautions of the options, and the methods that the screening closes."""
    rows = []
    dosed = [option.method for option in plan.options]
    for method, verdict in screen(plan.patient, lang=words.lang).methods.items():
        if verdict.status in OPEN and (method not in dosed or not verdict.reasons):
            continue
        lines = "; ".join(map(line, verdict.reasons))
        rows.append([words.method(method), status(verdict.status, words), lines])
    if not rows:
        return ""
    head = [words("method"), words("col_allowed"), words("reason")]
    table_ = text_table(head, rows, label=words("plan_cautions"))
    return section("screening", words("plan_cautions"), table_)


def _session(plan: Plan, words: Texts) -> str:
    shown, both = plan.shown, pair(plan.run, plan.lying, plan.level)
    name = f"{words.method(shown.method)}, {plan_rows.dose_words(shown, plan, words)}"
    charts = "".join(
        chart(both, key, words(f"{key}_axis"), words.method(shown.method), words)
        for key in ("pressure", "height")
    )
    best = "" if shown.dose.reached else element("p", words("plan_shown_best"), class_="notice")
    return section(
        "session",
        words("plan_session", method=name),
        lead(words("plan_session_text")),
        best,
        _steps(shown, plan, words),
        f'<div class="charts">{charts}</div>',
        _spines(plan, words),
    )


def _steps(option: Option, plan: Plan, words: Texts) -> str:
    lines = planning.session_steps(option, plan.patient, words.lang)
    return f"<ol>{''.join(element('li', line) for line in lines)}</ol>"


def _spines(plan: Plan, words: Texts, *, both: bool = True) -> str:
    """The spine at the end of the session, and of lying in its place."""
    pairs = pair(plan.run, plan.lying, plan.level)
    names = [str(level) for level in plan.run["level"].values]
    now, top = at_end(pairs), largest({"shown": pairs})
    figures = []
    for which, title in (
        ("method", words.method(plan.shown.method)),
        ("lying", words("lying_same")),
    ):
        if not both and which == "lying":
            continue
        picture = spine_svg(
            plan.outline["bodies"],
            dict(zip(names, now[which], strict=True)),
            top,
            identifier=f"spine-{which}",
            label=f"{title}. {words('plan_spine_alt')}",
            target=plan.level,
            front=words("front"),
        )
        caption = title if both else words("plan_you_disc", level=plan.level)
        figures.append(f"<figure>{element('figcaption', caption)}{picture}</figure>")
    note = lead(words("plan_spine_text")) if both else ""
    return f'{note}<div class="spines">{"".join(figures)}</div>'


def _progression(plan: Plan, words: Texts) -> str:
    quantity = plan.shown.dose.quantity
    rows = []
    for i, (portion, step, effect) in enumerate(plan.progression, start=1):
        values = [
            planning.spoken(str(v)) for k, v in step.items() if k in (plan.shown.dose.key, "for")
        ]
        share = f"{100 * portion:.0f} %"
        rows.append([str(i), share, ", ".join(values), plan_rows.amount(effect, quantity)])
    head = [words(k) for k in ("plan_nth", "plan_part", "plan_dose_only", "plan_gain_usual")]
    return section(
        "progress",
        words("plan_progress"),
        _items(planning.texts("progress", [plan.shown.method]), words),
        text_table(head, rows, label=words("plan_progress")),
    )


def _compared(plan: Plan, words: Texts) -> str:
    if not plan.compared:
        return ""
    head, rows = plan_rows.compared_rows(plan, words)
    return section(
        "compared",
        words("plan_compared"),
        lead(words("plan_compared_text")),
        text_table(head, rows, label=words("plan_compared")),
    )


def _limits(plan: Plan, words: Texts) -> str:
    rows = []
    for row in table("limits"):
        quantity, dose = text(row, "quantity"), plan.shown.dose
        top, taken = dose.limits[quantity], dose.use[quantity]
        unit = "" if row["unit"] == "1" else f" {text(row, 'unit')}"
        source = f"{text(row, 'source')} ({words('status_' + text(row, 'status'))})"
        rows.append([text(row, words.lang), f"{taken:.3g}{unit}", f"{top:g}{unit}", source])
    head = [words(k) for k in ("plan_limit", "plan_largest", "plan_allowed", "source")]
    return section(
        "limits",
        words("plan_limits"),
        lead(words("plan_limits_text")),
        text_table(head, rows, label=words("plan_limits")),
    )


def _list(kind: str, plan: Plan, words: Texts, *, plain: bool = False) -> str:
    rows = planning.texts(kind, [plan.shown.method] if plain else _dosed(plan))
    heading = words(f"plan_you_{kind}") if plain else words(f"plan_{kind}")
    return section(f"{kind}-list", heading, _items(rows, words, plain=plain))


def _dosed(plan: Plan) -> list[str]:
    """Methods that reach the effect, and the one that is shown."""
    return [o.method for o in plan.options if o.dose.reached] + [plan.shown.method]


def _items(rows: Sequence[Row], words: Texts, *, plain: bool = False) -> str:
    items = []
    for row in rows:
        said = text(row, words.lang)
        source = "" if plain else f" {plan_evidence.source(row, words)}"
        kind = ' class="emergency"' if said.startswith(EMERGENCY) else ""
        items.append(f"<li{kind}>{element('', said)}{source}</li>")
    return f"<ul>{''.join(items)}</ul>"


def _others(plan: Plan, words: Texts) -> str:
    """The sessions of the other options that reach the effect."""
    parts = []
    for option in plan.options:
        if option.dose.reached and option is not plan.shown:
            name = f"{words.method(option.method)}, {plan_rows.dose_words(option, plan, words)}"
            parts.append(element("h3", name) + _steps(option, plan, words))
    return section("others", words("plan_others"), *parts) if parts else ""


def _notes(plan: Plan, words: Texts) -> str:
    lines = [*plan.notes, words("plan_note_clock"), words("limit_model"), words("limit_pain")]
    lines.append(words("plan_note_cost"))
    items = "".join(element("li", line) for line in lines)
    return section("notes", words("limits_heading"), Html(f"<ul>{items}</ul>"))
