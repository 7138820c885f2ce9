"""The report of a comparison as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from string import Template
from typing import Any

from tractus.report import conditions, evidence, screening, sections, spine_section
from tractus.report.curves import pair
from tractus.report.failure import shares
from tractus.report.figures import bars_figure, share_figure, time_figure
from tractus.report.markup import element
from tractus.report.rows import complaint_line, patient_line
from tractus.report.texts import Texts, texts

BARS = (
    ("bar-height", "height_change_mm", "bar_height"),
    ("bar-pressure-change", "pressure_change_MPa", "bar_pressure"),
    ("bar-stature", "stature_change_mm", "bar_stature"),
)


def report_html(comparison: Any, *, lang: str = "en", day: date | None = None) -> str:
    """The page for a comparison (see `tractus.compare`), in `lang` ("en" or "es").

    Everything the page needs is inside it: style, script, Plotly, data. `day` is the printed date.
    """
    from plotly.offline import get_plotlyjs

    words = texts(lang)
    curves = all_curves(comparison)
    figures = all_figures(comparison, curves, words)
    page = Template(part("page.html"))
    return page.substitute(
        lang=lang,
        title=element("", words("title")),
        patient=element("", patient_line(comparison.patient, words)),
        subtitle=element("", words("subtitle")),
        skip=element("", words("skip")),
        disclaimer=element("", words("disclaimer")),
        who=_who(comparison, words),
        sections=_sections(comparison, curves, words),
        made=element("", words("made_with", version=package_version(), date=day or date.today())),
        data=script_json(spine_section.page_data(comparison, curves, figures, words)),
        css=part("page.css"),
        plotly=get_plotlyjs(),
        script=part("page.js"),
    )


def all_curves(comparison: Any) -> dict[str, Any]:
    """Curves of every method and of lying down beside it, by method id."""
    level = comparison.summary["target_level"]
    return {
        identifier: pair(run, comparison.baselines[identifier], level)
        for identifier, run in comparison.runs.items()
    }


def all_figures(comparison: Any, curves: Mapping[str, Any], words: Texts) -> dict[str, Any]:
    """Every Plotly figure of the report by the id of its place."""
    summary = comparison.summary
    entries, level = summary["methods"], summary["target_level"]
    figures = {
        "pressure-time": time_figure(curves, "pressure", words("pressure_axis"), words),
        "height-time": time_figure(curves, "height", words("height_axis"), words),
    }
    for place, key, title in BARS:
        figures[place] = bars_figure(entries, key, words(title), words)
    by_method = {
        entry["id"]: shares(comparison.runs[entry["id"]], level, entry)
        for entry in entries
        if entry["id"] in comparison.runs
    }
    return figures | {"shares": share_figure(by_method, words)}


def script_json(data: Any) -> str:
    """JSON that can stand inside a script element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _sections(comparison: Any, curves: Mapping[str, Any], words: Texts) -> str:
    """The body of the page, part by part."""
    parts = [
        screening.alert(comparison.patient, words),
        sections.in_short(comparison, words),
        spine_section.spine(comparison, curves, words),
        sections.over_time(comparison, words),
        sections.bars([place for place, _, _ in BARS], words),
        sections.table_section(comparison.summary, words),
        screening.section_of(comparison, words),
        conditions.section_of(comparison.patient, words),
        sections.failure(comparison.summary["target_level"], words),
        sections.evidence(comparison.summary, words),
        evidence.published(comparison.summary, words),
        sections.operations(comparison.summary, words),
        evidence.operations(comparison.summary, words),
        sections.recorded(comparison.recorded, words),
        sections.assumptions(comparison, words),
        sections.limits(words),
    ]
    return "\n".join(part for part in parts if part)


def _who(comparison: Any, words: Texts) -> str:
    rows = [
        (words("patient"), patient_line(comparison.patient, words)),
        (
            words("complaint").capitalize(),
            complaint_line(comparison.patient, words).partition(": ")[2],
        ),
        (words("target_level"), comparison.summary["target_level"]),
    ]
    return "".join(
        f"<div>{element('dt', name)}{element('dd', value)}</div>" for name, value in rows if value
    )


def part(name: str) -> str:
    """A file of the report: template, style or script."""
    return (files("tractus.report") / name).read_text(encoding="utf-8")


def package_version() -> str:
    """Version of this program; 0 where it is not installed."""
    try:
        return version("tractus")
    except PackageNotFoundError:
        return "0"
