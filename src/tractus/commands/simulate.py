"""`tractus simulate`: a regimen on one spine or specimen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tractus.commands.shared import (
    DISCLAIMER,
    begin_loading,
    check_file,
    check_samples,
    say_written,
)
from tractus.errors import InputError
from tractus.report import export
from tractus.report.outputs import Outputs


def run(patient: Path, regimen: Path, out: Path | None, samples: int, json: Path | None) -> None:
    """Simulate, write, show.  Raises InputError for a faulty patient or regimen."""
    check_samples(samples)
    if out is not None and out.suffix not in (".nc", ".csv"):
        raise InputError(f"--out {out}: the name must end in .nc (NetCDF) or .csv")
    check_file(patient, "patient")
    check_file(regimen, "regimen")
    begin_loading()
    from tractus.patient import read_subject
    from tractus.regimen import parse

    subject = read_subject(patient)
    specimen = hasattr(subject, "parts")
    steps = parse(regimen, mass=subject.mass, specimen=specimen)
    with Outputs() as outputs:
        place = outputs.stage(out) if out else None
        summary_place = outputs.stage(json) if json else None
        response = _run_simulation(subject, regimen, samples)
        rows = export.step_summary(response)
        if place and out:
            write = export.write_csv if out.suffix == ".csv" else export.write_netcdf
            write(response, place)
        if summary_place:
            names = [{"step": i, "do": step.do} for i, step in enumerate(steps, start=1)]
            data = {"patient": str(patient), "regimen": names, "steps": rows}
            export.write_json(data, summary_place)
        written = outputs.commit()
    from tractus.report import terminal

    out_console = terminal.console()
    terminal.steps(rows, [step.do for step in steps], out_console)
    out_console.print(DISCLAIMER)
    say_written(written)


def _run_simulation(subject: Any, regimen: Path, samples: int) -> Any:
    from tractus import simulate
    from tractus.report.progress import progress

    with progress("simulate") as report:
        return simulate(subject, regimen, samples=samples, progress=report)
