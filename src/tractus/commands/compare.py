"""`tractus compare`: every method beside simply lying down."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tractus.commands.shared import (
    begin_loading,
    check_file,
    check_samples,
    listed,
    read_patient,
    say_written,
    stage_folder,
    texts_of,
)
from tractus.report import export
from tractus.report.outputs import Outputs

FILES = ("report.html", "summary.json", "response.nc")


def run(
    patient: Path,
    methods: str | None,
    out: Path | None,
    samples: int,
    seed: int,
    lang: str,
    json: Path | None,
) -> None:
    """Compare, write, show.  Raises InputError or OutputError before anything is written."""
    check_samples(samples)
    words = texts_of(lang)
    chosen = listed(methods)
    with Outputs() as outputs:
        places = stage_folder(outputs, out, FILES)
        summary_place = outputs.stage(json) if json else None
        check_file(patient, "patient")
        begin_loading()
        result = _run_comparison(read_patient(patient), chosen, samples, seed)
        if places:
            _write_comparison(result, places, lang)
        if summary_place:
            export.write_json(result.summary, summary_place)
        written = outputs.commit()
    from tractus.report import terminal

    terminal.comparison(result, words, terminal.console())
    say_written(written)


def _run_comparison(patient: Any, chosen: list[str] | None, samples: int, seed: int) -> Any:
    from tractus import compare
    from tractus.report.progress import progress

    with progress("compare") as report:
        return compare(patient, chosen, samples=samples, seed=seed, progress=report)


def _write_comparison(result: Any, places: Mapping[str, Path], lang: str) -> None:
    from tractus.report.html import report_html

    places["report.html"].write_text(report_html(result, lang=lang), encoding="utf-8")
    export.write_json(result.summary, places["summary.json"])
    export.write_comparison(result, places["response.nc"])
