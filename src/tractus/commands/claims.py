"""`tractus claims`: what vendors claim, tested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tractus.commands.shared import begin_loading, check_samples, say_written, texts_of
from tractus.report import export
from tractus.report.outputs import Outputs


def run(ids: list[str] | None, samples: int, seed: int, lang: str, json: Path | None) -> None:
    """Test all claims or those named.  Raises InputError for an unknown one."""
    check_samples(samples)
    words = texts_of(lang)
    with Outputs() as outputs:
        place = outputs.stage(json) if json else None
        answers = _run_claims(ids or [], lang, samples, seed)
        if place:
            export.write_json([answer.as_dict() for answer in answers], place)
        written = outputs.commit()
    from tractus.report import claims as face
    from tractus.report import terminal

    face.claims(answers, words, terminal.console(), numbers=bool(ids))
    say_written(written)


def _run_claims(ids: list[str], lang: str, samples: int, seed: int) -> Any:
    from tractus.report.progress import progress

    begin_loading()
    from tractus.evidence.claims import claims

    with progress("claims") as report:
        return claims(ids, lang=lang, samples=samples, seed=seed, progress=report)
