"""`tractus validate`: the model against published experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from tractus.commands.shared import (
    BAD_INPUT,
    DISCLAIMER,
    MISSED,
    begin_loading,
    check_samples,
    refuse,
    say_written,
)
from tractus.report import export
from tractus.report.outputs import Outputs


def run(experiments: Path | None, json: Path | None, strict: bool, samples: int) -> None:
    """Run experiments, write, show.  Exits with 2 for faulty ones, 1 for misses where strict."""
    check_samples(samples)
    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        result = _run_validation(experiments, samples)
        entries = result.as_list()
        if place:
            export.write_json(entries, place)
        written = outputs.commit()
    from tractus.report import terminal, validation

    out_console = terminal.console()
    validation.validation(entries, out_console)
    out_console.print(DISCLAIMER)
    say_written(written)
    for line in result.faults:
        refuse(line)
    missed = any(e["use"] == "calibration" and not e["within"] for e in entries)
    if result.faults or (strict and missed):
        raise typer.Exit(BAD_INPUT if result.faults else MISSED)


def _run_validation(folder: Path | None, samples: int) -> Any:
    from tractus.report.progress import progress

    begin_loading()
    from tractus.evidence.validation import validate

    with progress("validate") as report:
        return validate(folder, samples=samples, progress=report)
