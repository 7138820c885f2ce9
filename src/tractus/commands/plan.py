"""`tractus plan`: options and doses for one screened person."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tractus.commands.shared import (
    begin_loading,
    check_samples,
    listed,
    read_patient,
    say_written,
    stage_folder,
    texts_of,
)
from tractus.report import export
from tractus.report.outputs import Outputs

FILES = ("plan.html", "plan-patient.html", "plan.json")


def run(
    patient: Path,
    out: Path | None,
    lang: str,
    json: Path | None,
    level: str | None,
    effect: str,
    methods: str | None,
    share: float,
    dose: list[str] | None,
    samples: int,
    seed: int,
) -> None:
    """Screen, plan, write, show.  Raises NotPlanned for a person who may not have a plan."""
    check_samples(samples)
    words = texts_of(lang)
    chosen = listed(methods)
    person = read_patient(patient)
    from tractus.admission import NotPlanned, asked, check_screened
    from tractus.screening import screen as screened

    try:
        check_screened(screened(person, lang=lang), lang)
    except NotPlanned as refused:
        for question in asked(refused.questions, lang):
            print(question, file=sys.stderr)
        raise
    with Outputs() as outputs:
        places = stage_folder(outputs, out, FILES)
        if json:
            places["json"] = outputs.stage(json)
        result = _run_plan(
            person, level=level, effect=effect, methods=chosen, samples=samples, seed=seed,
            share=share / 100.0, lang=lang, against=dose or (),
        )  # fmt: skip
        _write_plan(result, places, lang)
        written = outputs.commit()
    from tractus.report import plan_terminal, terminal

    plan_terminal.plan(result, words, terminal.console())
    say_written(written)


def _run_plan(patient: Any, **options: Any) -> Any:
    from tractus.report.progress import progress

    begin_loading()
    from tractus.planning import plan

    with progress("plan") as report:
        return plan(patient, progress=report, **options)


def _write_plan(result: Any, places: Mapping[str, Path], lang: str) -> None:
    from tractus.report import plan_page

    pages = {"plan.html": plan_page.clinician_html, "plan-patient.html": plan_page.patient_html}
    for name, place in places.items():
        if name in pages:
            place.write_text(pages[name](result, lang=lang), encoding="utf-8")
        else:
            export.write_json(result.as_dict(lang), place)
