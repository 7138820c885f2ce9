"""A plan on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console

from tractus import planning
from tractus.report.plan_rows import (
    compared_rows,
    dose_evidence,
    effect_words,
    option_rows,
    sentence,
)
from tractus.report.rows import complaint_line, patient_line
from tractus.report.terminal import grid
from tractus.report.texts import Texts
from tractus.tables import text


def plan(result: planning.Plan, words: Texts, out: Console) -> None:
    """Print a plan: the options with their doses, one session step by step, what to watch."""
    out.print(patient_line(result.patient, words))
    if complaint_line(result.patient, words):
        out.print(complaint_line(result.patient, words))
    out.print(f"\n{words('plan_options_note')}")
    out.print(words("plan_effect", effect=effect_words(result, words), level=result.level))
    head, rows = option_rows(result, words)
    out.print(grid(head, rows, text=(0, 1, 2, 3, 4)))
    out.print(sentence(result, words))
    for line in dose_evidence(result, words):
        out.print(f"  {line}")
    if result.compared:
        head, rows = compared_rows(result, words)
        out.print(grid(head, rows, title=f"\n{words('plan_compared')}", text=(0, 1)))
    shown = result.shown
    steps = planning.session_steps(shown, result.patient, words.lang)
    _list(words("plan_session", method=words.method(shown.method)), steps, out)
    for kind in ("stop", "measure", "reevaluate", "refer"):
        rows_of = planning.texts(kind, [shown.method])
        _list(words(f"plan_{kind}"), (text(row, words.lang) for row in rows_of), out)
    out.print(f"\n{words('plan_more')}")
    out.print(words("disclaimer"))


def _list(title: str, lines: Iterable[Any], out: Console) -> None:
    out.print(f"\n{title}")
    for i, line in enumerate(lines, start=1):
        out.print(f" {i}. {line}")
