"""Files that appear whole or not at all: written beside their place, moved there at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType


class OutputError(Exception):
    """A place that cannot be written; the message is one line that says why."""


class Outputs:
    """Collects files in a hidden folder on the disk of their place; `commit` moves them there.

    Leaving the block without `commit` (an error, Ctrl-C) removes everything that was staged.
    """

    def __init__(self) -> None:
        self._folders: dict[Path, Path] = {}
        self._staged: list[tuple[Path, Path]] = []

    def __enter__(self) -> Outputs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for folder in self._folders.values():
            shutil.rmtree(folder, ignore_errors=True)

    def stage(self, target: Path) -> Path:
        """A temporary path to write in place of `target`. Raises OutputError if it cannot be."""
        if target.is_dir():
            raise OutputError(f"{target} is a folder; give the name of a file")
        ancestor = _nearest_folder(target.parent, target)
        if ancestor not in self._folders:
            try:
                made = tempfile.mkdtemp(prefix=".tractus-", dir=ancestor)
            except OSError as error:
                reason = error.strerror or error
                raise OutputError(f"{target} cannot be written: {reason}") from error
            self._folders[ancestor] = Path(made)
        temporary = self._folders[ancestor] / f"{len(self._staged)}-{target.name}"
        self._staged.append((temporary, target))
        return temporary

    def commit(self) -> list[Path]:
        """Move every staged file to its place; returns the places. Raises OutputError."""
        for temporary, target in self._staged:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                os.replace(temporary, target)
            except OSError as error:
                reason = error.strerror or error
                raise OutputError(f"{target} cannot be written: {reason}") from error
        return [target for _, target in self._staged]


def _nearest_folder(folder: Path, target: Path) -> Path:
    """The nearest existing folder above `folder` (itself included)."""
    for candidate in (folder, *folder.parents):
        if candidate.is_dir():
            return candidate
        if candidate.exists():
            raise OutputError(f"{target} cannot be written: {candidate} is a file, not a folder")
    return Path(".")
