"""What goes wrong because of what a person wrote."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(Exception):
    """Bad input in one line: where, what was given, what is allowed.

    The command line prints the line and ends with exit code 2.
    """


def nearest(given: object, known: Iterable[str]) -> str:
    """Half a sentence that names the nearest known word, or all of them where none is near."""
    words = list(known)
    match = difflib.get_close_matches(str(given).lower(), words, n=1, cutoff=0.5)
    if match:
        return f"did you mean '{match[0]}'?"
    return "known: " + ", ".join(words)


def show(value: object, limit: int = 60) -> str:
    """The value as it is quoted in an error line: one line, not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."
