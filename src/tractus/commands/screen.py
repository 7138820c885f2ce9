"""`tractus screen`: which methods the answers of a patient allow."""

from __future__ import annotations

from pathlib import Path

from tractus.commands.shared import read_patient, say_written, texts_of
from tractus.report import export
from tractus.report.outputs import Outputs


def run(patient: Path, session: str | None, lang: str, json: Path | None) -> None:
    """Screen, write, show.  Raises InputError for a faulty patient file."""
    words = texts_of(lang)
    person = read_patient(patient)
    from tractus import screening
    from tractus.report import screening as face
    from tractus.report import terminal

    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        result = screening.screen(person, lang=lang, session=session)
        if place:
            export.write_json(result.as_dict(), place)
        written = outputs.commit()
    face.screening(person, result, words, terminal.console())
    say_written(written)
