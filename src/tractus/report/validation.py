"""What `tractus validate` prints: every experiment, misses first, and the shares in band."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from tractus.evidence.shares import Entry, misses_first, totals
from tractus.report.terminal import grid

NONE = "–"


def validation(entries: Sequence[Entry], out: Console) -> None:
    """Print the table of experiments and the shares per use and per study."""
    head = ["", "id", "study", "use", "published", "predicted", "90 % interval", "band", "unit"]
    rows = [_row(entry) for entry in misses_first(entries)]
    out.print(grid(head, rows, title="Experiments, misses first", text=(0, 1, 2, 3, 8)))
    for entry in entries:
        if entry["error"] and entry["unit"]:  # a run; files that cannot be read are refused
            out.print(f"{entry['id']}: {entry['error']}")
    every = totals(entries)
    studies = [[t.share.name, s.name, str(s)] for t in every for s in t.studies]
    out.print(grid(["use", "study", "in band"], studies, text=range(3)))
    for total in every:
        out.print(
            f"{total.share.name}: {total.share} of experiments in band; "
            f"{len(total.studies)} studies, {100 * total.by_study:.0f} % of each on average"
        )


def _row(entry: Entry) -> list[str]:
    verdict = "in" if entry["within"] else "error" if entry["error"] else "OUT"
    names = [str(entry[key] or NONE) for key in ("id", "study", "use")]
    numbers = [number(entry["published"]), number(entry["predicted"]), interval(entry)]
    return [verdict, *names, *numbers, band(entry), entry["unit"] or NONE]


def number(value: float | None) -> str:
    """Three significant digits; a dash where there is none."""
    return NONE if value is None else f"{value:.3g}"


def interval(entry: Entry) -> str:
    """The interval of the prediction; a dash without samples."""
    return NONE if entry["low"] is None else f"{number(entry['low'])} to {number(entry['high'])}"


def band(entry: Entry) -> str:
    """The predictions that count as right."""
    return " to ".join(number(x) for x in entry["accept"]) if entry["accept"] else NONE
