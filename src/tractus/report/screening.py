"""What `tractus screen` prints: referral first, then methods, then what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console

from tractus.findings import questions
from tractus.report.rows import complaint_line, patient_line
from tractus.report.terminal import grid
from tractus.report.texts import Texts
from tractus.screening import Reason, Screening


def screening(patient: Any, result: Screening, words: Texts, out: Console) -> None:
    """Print a screening in full."""
    out.print(patient_line(patient, words))
    if complaint_line(patient, words):
        out.print(complaint_line(patient, words))
    if result.referral:
        urgency = words(f"urgency_{result.referral['urgency']}")
        out.print(f"\n{urgency}: {result.referral['text']}")
    for name, level in result.concerns.items():
        out.print(f"{words('concern')}: {words('concern_' + name)}: {words('level_' + level)}")
    _methods(result, words, out)
    _questions(words("screen_unanswered"), result.unanswered, words, out)
    again = [q.key for q in questions().values() if q.asked == "session"]
    if result.complete:
        out.print(words("screen_complete"))
        out.print(f"{words('screen_again')}: {', '.join(again)}")
    out.print(words("screen_note"))
    out.print(words("disclaimer"))


def _methods(result: Screening, words: Texts, out: Console) -> None:
    """Reasons that hold for every method once, then each method with its own."""
    shared = common(result)
    if shared:
        out.print(f"\n{words('screen_every')}:")
        for reason in shared:
            out.print(f"  {line(reason)}")
    rows = []
    for name, verdict in result.methods.items():
        own = [line(r) for r in verdict.reasons if r not in shared]
        rows.append([words.method(name), status(verdict.status, words), "\n".join(own)])
    head = [words("method"), words("col_allowed"), words("reason")]
    out.print(grid(head, rows, text=(0, 1, 2)))


def _questions(title: str, keys: Iterable[str], words: Texts, out: Console) -> None:
    rows = [[key, questions()[key].words[words.lang]] for key in keys]
    if rows:
        out.print(grid(["findings", title], rows, text=(0, 1)))


def common(result: Screening) -> list[Reason]:
    """Reasons that every method has."""
    lists = [verdict.reasons for verdict in result.methods.values()]
    return [reason for reason in lists[0] if all(reason in other for other in lists)]


def line(reason: Reason) -> str:
    """A reason with its rule and source."""
    return f"{reason.rule}: {reason.text} [{reason.source}]"


def status(word: str, words: Texts) -> str:
    """A status in the language of the report."""
    return words("stop_badge" if word == "stop" else word)
