"""The screening on the screen and in the report: referral, methods, what is still to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console

from tractus.findings import questions
from tractus.report.conditions import conditions_of
from tractus.report.markup import element, lead, section, text_table
from tractus.report.rows import complaint_line, patient_line
from tractus.report.terminal import grid
from tractus.report.texts import Texts
from tractus.screening import Reason, Screening, screen


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
    conditions_of(patient, words, out)
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


def alert(patient: Any, words: Texts) -> str:
    """A box with the referral; "" where nobody has to be asked first."""
    referral = screen(patient, lang=words.lang).referral
    if not referral:
        return ""
    title = element("strong", words(f"urgency_{referral['urgency']}"))
    return f'<p class="notice" role="alert">{title}: {element("", referral["text"])}</p>'


def section_of(comparison: Any, words: Texts) -> str:
    """Status and reasons of every method of a comparison, and what is unanswered."""
    result = screen(comparison.patient, lang=words.lang)
    shared = common(result)
    rows = []
    for entry in comparison.summary["methods"]:
        verdict = result.methods[str(entry["id"])]
        own = [line(r) for r in verdict.reasons if r not in shared]
        name = words.method(str(entry["id"]))
        rows.append([name, status(verdict.status, words), "; ".join(own) or "–"])
    head = [words("method"), words("col_allowed"), words("reason")]
    every = "".join(element("li", line(reason)) for reason in shared)
    return section(
        "screening",
        words("screen_heading"),
        lead(words("screen_lead")),
        f"{element('h3', words('screen_every'))}<ul>{every}</ul>" if shared else "",
        text_table(head, rows, label=words("screen_heading")),
        _open_questions(result, words),
        lead(words("screen_note")),
    )


def _open_questions(result: Screening, words: Texts) -> str:
    """The unanswered questions, folded away."""
    if result.complete:
        return element("p", words("screen_complete"))
    rows = [[key, questions()[key].words[words.lang]] for key in result.unanswered]
    body = text_table([words("finding_key"), words("question")], rows, label=words("question"))
    title = element("summary", words("screen_details", n=len(rows)))
    return f"<details>{title}{body}</details>"


def common(result: Screening) -> list[Reason]:
    """Reasons that every method has."""
    lists = [verdict.reasons for verdict in result.methods.values()]
    return [reason for reason in lists[0] if all(reason in other for other in lists)]


def line(reason: Reason) -> str:
    """A reason with its rule and source."""
    return f"{reason.said} [{reason.source}]"


def status(word: str, words: Texts) -> str:
    """A status in the language of the report."""
    return words("stop_badge" if word == "stop" else word)
