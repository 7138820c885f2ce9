"""What several commands share: checks of what was asked, reading, loading, places for files.

Nothing heavy is imported here, so that `tractus --help` answers at once.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

from tractus.errors import InputError
from tractus.report.outputs import OutputError, Outputs

MISSED = 1
BAD_INPUT = 2
DISCLAIMER = "Research and education software, not a medical device."


def refuse(message: str) -> int:
    """Say in one line why not; returns the exit code."""
    print(f"tractus: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT


def check_samples(samples: int) -> None:
    """Raise InputError for a number of draws that is not allowed."""
    from tractus.uncertainty import LARGEST

    if not 0 <= samples <= LARGEST:
        raise InputError(f"--samples {samples}: allowed are 0 (no interval) to {LARGEST}")


def texts_of(lang: str) -> Any:
    """Words of a language.  Raises InputError for an unknown one."""
    from tractus.report.texts import LANGUAGES, texts

    if lang not in LANGUAGES:
        raise InputError(f"--lang {lang}: allowed are {', '.join(LANGUAGES)}")
    return texts(lang)


def listed(methods: str | None) -> list[str] | None:
    """Ids between commas; None where the option is absent.  Raises InputError for an empty one."""
    if methods is None:
        return None
    found = [word.strip() for word in methods.split(",")]
    if not all(found):
        raise InputError(f"--methods {methods!r}: give ids between commas, see tractus methods")
    return list(dict.fromkeys(found))


def check_file(path: Path, what: str) -> Path:
    """`path`, where it is a file; raises InputError where it is not."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; the {what} must be a file")
    if not path.exists():
        raise InputError(f"{path}: no such file; the {what} must be a YAML file")
    return path


def read_patient(path: Path) -> Any:
    """The patient of a file; warnings go to stderr.  Raises InputError for a faulty file."""
    from tractus.patient import Patient

    patient = Patient.read(check_file(path, "patient"))
    for warning in patient.warnings:
        print(f"note: {path}: {warning}", file=sys.stderr)
    return patient


def begin_loading() -> None:
    """Load JAX and compiled code; what JAX brings stays, and is not searched for garbage."""
    gc.disable()
    from tractus import runtime

    runtime.load()
    gc.freeze()
    gc.enable()


def stage_folder(outputs: Outputs, out: Path | None, names: tuple[str, ...]) -> dict[str, Path]:
    """Temporary places of files in a folder; none where there is no folder."""
    if out is None:
        return {}
    if out.exists() and not out.is_dir():
        raise OutputError(f"--out {out}: is a file; give a folder")
    return {name: outputs.stage(out / name) for name in names}


def say_written(places: list[Path]) -> None:
    """Name the files written."""
    if places:
        print("written: " + ", ".join(map(str, places)))
