"""The parts of the report that are text and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tractus import tables
from tractus.literature import worded
from tractus.report.curves import height_mm, level_of, method_interval
from tractus.report.failure import failure_values
from tractus.report.figures import VERDICT_COLOURS
from tractus.report.markup import Html, badge, element, lead, row, section, table, text_table
from tractus.report.rows import (
    HEIGHT_RESOLUTION_MM,
    PRESSURE_RESOLUTION_MPA,
    QUANTITIES,
    baseline_cell,
    cell,
    lying,
    number,
    verdicts,
)
from tractus.report.rows import (
    badge as letter,
)
from tractus.report.texts import Texts
from tractus.tables import Row
from tractus.tables import number as number_in
from tractus.tables import text as text_in


def in_short(comparison: Any, words: Texts) -> str:
    """What a hurried reader needs: lying down first, then who does more, as much, or less."""
    summary = comparison.summary
    items = []
    for name, members in verdicts(summary["methods"]).items():
        if members:
            style = f"--mark: {VERDICT_COLOURS[name]}"
            text = ", ".join(map(words.method, members))
            items.append(
                f'<li style="{style}">{element("b", words(f"group_{name}"))}'
                f"{element('', text)}</li>"
            )
    rule = words(
        "group_rule",
        pressure=number(PRESSURE_RESOLUTION_MPA, 2),
        height=number(HEIGHT_RESOLUTION_MM, 2),
    )
    return section(
        "short",
        words("in_short"),
        element("p", words("short_target", level=summary["target_level"])),
        element("p", _lying_sentence(comparison, words)),
        f'<ul class="groups">{"".join(items)}</ul>',
        lead(rule),
    )


def _lying_sentence(comparison: Any, words: Texts) -> str:
    """What lying down alone does, from the baseline of the first method."""
    if not comparison.baselines:
        return ""
    run = next(iter(comparison.baselines.values()))
    level = level_of(run, comparison.summary["target_level"])
    start, stop = method_interval(run)
    time = run["time"].values
    before, after = int((time <= start).sum()) - 1, int((time <= stop).sum()) - 1
    pressure = run["intradiscal_pressure"].sel(level=level).values / 1e6
    height = height_mm(run, level)
    return words(
        "short_lying",
        minutes=number((stop - start) / 60, 0),
        p0=number(float(pressure[before]), 2),
        p1=number(float(pressure[after]), 2),
        dh=number(float(height[after] - height[before]), 2, signed=True),
    )


def over_time(comparison: Any, words: Texts) -> str:
    """Places of the two figures over time."""
    return section(
        "over-time",
        words("time_heading", level=comparison.summary["target_level"]),
        lead(words("time_text")),
        '<div class="plots">'
        + _plot("pressure-time", words("pressure_time_title"))
        + _plot("height-time", words("height_time_title"))
        + "</div>",
    )


def bars(places: Sequence[str], words: Texts) -> str:
    """Places of the bars of what each method adds."""
    boxes = "".join(
        f'<div class="plot" id="{place}" role="img" '
        f'aria-label="{element("", words("bars_heading"))}"></div>'
        for place in places
    )
    return section(
        "bars",
        words("bars_heading"),
        lead(words("bars_text")),
        f'<div class="plots three">{boxes}</div>',
    )


def _plot(place: str, title: str) -> str:
    return (
        f"<figure><figcaption>{element('', title)}</figcaption>"
        f'<div class="plot" id="{place}" role="img" aria-label="{element("", title)}"></div>'
        "</figure>"
    )


def table_head(words: Texts) -> list[str]:
    """Headings of the table of methods."""
    return [
        words("method"),
        words("col_minutes"),
        *(words(q.heading) for q in QUANTITIES),
        words("col_evidence"),
        words("col_allowed"),
    ]


def table_of(summary: Mapping[str, Any], words: Texts) -> list[list[str]]:
    """Texts of the rows of the table of methods, the baseline not among them."""
    return [
        [
            words.method(str(entry["id"])),
            number(entry.get("minutes"), 0),
            *(cell(entry, quantity) for quantity in QUANTITIES),
            letter(entry),
            words(
                "stop_badge"
                if entry.get("allowed") == "stop"
                else entry.get("allowed") or "unknown"
            ),
        ]
        for entry in summary["methods"]
    ]


def baseline_row(summary: Mapping[str, Any], words: Texts) -> list[str]:
    """Texts of the row of lying down, absolute values."""
    values = (baseline_cell(lying(summary), quantity) for quantity in QUANTITIES)
    return [words("baseline_row"), "", *values, "", ""]


def sampled(summary: Mapping[str, Any]) -> bool:
    """Whether the numbers carry intervals."""
    entries = summary["methods"]
    return any((e.get("pressure_change_MPa") or {}).get("low") is not None for e in entries)


def main_table(summary: Mapping[str, Any], words: Texts) -> str:
    """The table alone, lying down on top."""
    first = baseline_row(summary, words)
    rows = [row(first[0], first[1:], class_="baseline")]
    rows += [row(line[0], line[1:]) for line in table_of(summary, words)]
    return table(
        table_head(words),
        rows,
        label=words("table_heading"),
        numeric=range(1, 3 + len(QUANTITIES) + 1),
        class_="wide-table",
    )


def table_section(summary: Mapping[str, Any], words: Texts) -> str:
    """The table of methods with its notes."""
    note = "interval_note_90" if sampled(summary) else "interval_note"
    return section(
        "table",
        words("table_heading"),
        lead(words("table_caption", level=summary["target_level"])),
        main_table(summary, words),
        lead(words(note)),
        lead(words("allowed_note")),
    )


def failure(level: str, words: Texts) -> str:
    """Place of the figure of shares of failure values, and those values with their sources."""
    rows = []
    for kind, limit in failure_values(level).items():
        scale, unit = (100.0, "%") if limit["unit"] == "1" else (1.0, str(limit["unit"]))
        ends = [f"{scale * number_in(limit, k):g}" for k in ("low", "high") if limit[k] is not None]
        value = f"{scale * number_in(limit, 'value'):g} {unit}"
        spread = f"{' – '.join(ends)} {unit}" if ends else words("unknown")
        source = _link(limit, "source", "url")
        rows.append([words(kind), value, spread, source, text_in(limit, "status")])
    head = [words(k) for k in ("quantity", "failure_value", "range", "source", "status")]
    return section(
        "failure",
        words("safety_heading"),
        lead(words("safety_text")),
        f'<div class="plot" id="shares" role="img" '
        f'aria-label="{element("", words("safety_heading"))}"></div>',
        text_table(head, rows, label=words("failure_value")),
    )


def _link(row: Row, label: str, address: str) -> Html:
    """The text in column `label`, linked to the address in column `address` if there is one."""
    shown, url = element("", text_in(row, label)), element("", text_in(row, address))
    return Html(f'<a href="{url}">{shown}</a>' if url.startswith("http") else shown)


def evidence(summary: Mapping[str, Any], words: Texts) -> str:
    """The evidence letter, its reason and the guideline against, for every method."""
    against, reasons = guidelines(words), _notes(words)
    entries = [*summary["methods"], *summary.get("operations", ())]
    rows = [
        [
            words.method(str(entry["id"])),
            badge(letter(entry)),
            reasons.get(str(entry["id"])) or str(entry.get("evidence_note") or words("unknown")),
            against.get(str(entry["id"])) or words("no_guideline"),
        ]
        for entry in entries
    ]
    head = [words(k) for k in ("method", "grade_letter", "reason", "guideline")]
    return section(
        "evidence",
        words("evidence_heading"),
        lead(words("evidence_text")),
        text_table(head, rows, label=words("evidence_heading")),
    )


def _notes(words: Texts) -> dict[str, str]:
    """The reason of a method's letter in the language of the report, by method id."""
    return {text_in(r, "id"): worded(r, "note", words.lang) for r in tables.table("evidence")}


def guidelines(words: Texts) -> dict[str, Html]:
    """The guideline that advises against a method, linked, by method id."""
    column = "guideline" if words.lang == "en" else f"guideline_{words.lang}"
    rows = (row for row in tables.table("evidence") if row.get("guideline"))
    return {text_in(row, "id"): _link(row, column, "guideline_url") for row in rows}


def operations_table(summary: Mapping[str, Any], words: Texts) -> tuple[list[str], list[list[str]]]:
    """Headings and rows, as text, of what each operation changes."""
    head = [
        words("operation"),
        words("level"),
        *(words(q.heading) for q in QUANTITIES),
        words("col_evidence"),
    ]
    rows = [
        [
            words.method(str(entry["id"])),
            str(entry.get("level", "")),
            *(cell(entry, quantity) for quantity in QUANTITIES),
            letter(entry),
        ]
        for entry in summary.get("operations") or ()
    ]
    return head, rows


def operations(summary: Mapping[str, Any], words: Texts) -> str:
    """What each operation changes against the spine before it; "" where there are none."""
    head, lines = operations_table(summary, words)
    if not lines:
        return ""
    rows = [row(line[0], line[1:]) for line in lines]
    return section(
        "operations",
        words("operations_heading"),
        lead(words("operations_text")),
        table(
            head,
            rows,
            label=words("operations_heading"),
            numeric=range(1, len(head)),
            class_="wide-table",
        ),
    )


def recorded_rows(recorded: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """Label, published, predicted and difference of every recorded value, as text."""
    return [
        [
            str(entry["label"]),
            f"{entry['published']:.3g} {entry['unit']}",
            f"{entry['predicted']:.3g} {entry['unit']}",
            f"{entry['predicted'] - entry['published']:+.2g} {entry['unit']}",
        ]
        for entry in recorded
    ]


def recorded(values: Sequence[Mapping[str, Any]], words: Texts) -> str:
    """Recorded beside predicted values; "" where nothing was recorded."""
    if not values:
        return ""
    rows = [row(line[0], line[1:]) for line in recorded_rows(values)]
    head = [words(k) for k in ("quantity", "published", "predicted", "difference")]
    return section(
        "recorded",
        words("recorded_heading"),
        lead(words("recorded_text")),
        table(head, rows, numeric=range(1, 4), label=words("recorded_heading")),
    )


def assumptions(comparison: Any, words: Texts) -> str:
    """Notes of the comparison and the parameters of every method."""
    notes = "".join(element("li", note) for note in comparison.notes)
    rows = []
    for entry in comparison.summary["methods"]:
        parameters = entry.get("parameters") or {}
        text = ", ".join(f"{k}: {plain(v)}" for k, v in parameters.items())
        rows.append([words.method(str(entry["id"])), text or "–"])
    head = [words("method"), words("parameter")]
    return section(
        "assumptions",
        words("assumptions_heading"),
        f"<ul>{notes}</ul>" if notes else "",
        element("h3", words("parameters_used")),
        text_table(head, rows, label=words("parameters_used")),
    )


def plain(value: Any) -> str:
    """A parameter's value as a person writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def limits(words: Texts) -> str:
    """What the report cannot know, and what it is not."""
    keys = ("limit_model", "limit_pain", "limit_interval", "limit_screen", "disclaimer")
    items = "".join(element("li", words(key)) for key in keys)
    return section("limits", words("limits_heading"), f"<ul>{items}</ul>")
