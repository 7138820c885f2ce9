"""What the command line prints: the tables of the report, as Rich tables."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from tractus.report import sections
from tractus.report.rows import complaint_line, patient_line, same_sentence
from tractus.report.texts import Texts
from tractus.screening import screen

WIDE = 160  # columns of text when the output is not a terminal, so that nothing is cut
ONE_TABLE = 152  # a terminal at least this wide shows the table of methods in one piece
EFFECT = (0, 1, 2, 3, 4, 5)  # columns of the first half of the table
LOADS = (0, 6, 7, 8, 9, 10, 11, 12)  # and of the second


def console() -> Console:
    """Standard output, wide where it is a file or a pipe."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDE
    return Console(width=width, highlight=False, markup=False, emoji=False)


def grid(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    text: Iterable[int] = (0,),
) -> Table:
    """A plain table; columns in `text` are to the left, the others to the right."""
    left = set(text)
    table = Table(
        title=title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=0,
    )
    for i, name in enumerate(head):
        word = max((len(part) for part in name.split()), default=0)
        side: JustifyMethod = "left" if i in left else "right"
        table.add_column(Text(name), justify=side, no_wrap=i == 0, min_width=word)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def comparison(result: Any, words: Texts, out: Console) -> None:
    """Print a comparison: who, the table, recorded values, what lying down does as well."""
    summary = result.summary
    out.print(patient_line(result.patient, words))
    if complaint_line(result.patient, words):
        out.print(complaint_line(result.patient, words))
    head = sections.table_head(words)
    rows = [sections.baseline_row(summary, words), *sections.table_of(summary, words)]
    out.print(words("table_caption", level=summary["target_level"]))
    for columns in (range(len(head)),) if out.width >= ONE_TABLE else (EFFECT, LOADS):
        out.print(grid(_pick(head, columns), (_pick(row, columns) for row in rows)))
    if summary.get("operations"):
        _operations(summary, words, out)
    if result.recorded:
        names = [words(k) for k in ("quantity", "published", "predicted", "difference")]
        values = sections.recorded_rows(result.recorded)
        out.print(grid(names, values, title=words("recorded_heading")))
    if same_sentence(summary, words):
        out.print(same_sentence(summary, words))
    out.print(words("allowed_note"))
    referral = screen(result.patient, lang=words.lang).referral
    if referral:
        out.print(f"{words('urgency_' + referral['urgency'])}: {referral['text']}")
    out.print(words("disclaimer"))


def _operations(summary: Mapping[str, Any], words: Texts, out: Console) -> None:
    head, rows = sections.operations_table(summary, words)
    keep = range(len(head)) if out.width >= ONE_TABLE else (0, 1, 2, 3, 5, 6, 7, 8)
    picked = [_pick(row, keep) for row in rows]
    out.print(grid(_pick(head, keep), picked, title=words("operations_heading"), text=(0, 1)))
    out.print(words("operations_text"))


def _pick(row: Sequence[str], columns: Iterable[int]) -> list[str]:
    return [row[i] for i in columns]


def steps(rows: Sequence[Mapping[str, Any]], names: Sequence[str], out: Console) -> None:
    """Print the state at the end of every step of a simulation, level by level."""
    levels = list(rows[0]["levels"]) if rows else []
    shown = [level for level in levels if level.startswith("L")] or levels
    head = ["step", "do", "end (min)", "stature (mm)", *(f"{level} (MPa)" for level in shown)]
    head += [f"{level} (mm)" for level in shown]
    lines = []
    for row in rows:
        cells = [row["levels"][level] for level in shown]
        stature = row.get("stature_mm")
        lines.append(
            [
                str(row["step"]),
                names[row["step"] - 1] if row["step"] <= len(names) else "",
                f"{row['end_s'] / 60:.1f}",
                "–" if stature is None else f"{stature:.1f}",
                *(_number(cell["pressure_MPa"], 3) for cell in cells),
                *(_number(cell["height_mm"], 2) for cell in cells),
            ]
        )
    out.print(grid(head, lines, title="End of every step: disc pressure and height", text=(1,)))


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
