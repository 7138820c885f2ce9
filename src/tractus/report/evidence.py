"""Trials, guidelines and the figures of operations in the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tractus import literature
from tractus.literature import Statement
from tractus.report.markup import Html, element, lead, section, text_table
from tractus.report.texts import Texts


def published(summary: Mapping[str, Any], words: Texts) -> str:
    """What was published of the methods of a comparison, each statement with its source."""
    ids = [str(entry["id"]) for entry in summary["methods"]]
    trials = _of(literature.trials(lang=words.lang), ids)
    guides = _of(literature.guidelines(lang=words.lang), ids)
    return section(
        "published",
        words("published_heading"),
        lead(words("published_text")),
        element("h3", words("published_guidelines")),
        _table(guides, ids, words),
        element("h3", words("published_trials")),
        _table(trials, ids, words),
    )


def operations(summary: Mapping[str, Any], words: Texts) -> str:
    """Outcomes and risks of the operations in figures; "" where none is in the comparison."""
    ids = [str(entry["id"]) for entry in summary.get("operations") or ()]
    found = _of(literature.surgery(lang=words.lang), ids)
    if not found:
        return ""
    heading = words("surgery_heading")
    return section("surgery", heading, lead(words("surgery_text")), _table(found, ids, words))


def _of(found: Iterable[Statement], ids: Sequence[str]) -> list[Statement]:
    return [statement for statement in found if set(statement.methods) & set(ids)]


def _table(found: Iterable[Statement], ids: Sequence[str], words: Texts) -> str:
    rows = [
        [
            ", ".join(words.method(m) for m in s.methods if m in ids),
            s.kind,
            s.text,
            s.numbers or "–",
            link(s, words),
        ]
        for s in found
    ]
    head = [words(k) for k in ("method", "published_kind", "published_result", "published_numbers")]
    return text_table([*head, words("source")], rows, label=words("published_heading"))


def link(statement: Statement, words: Texts) -> Html:
    """The source, linked where it has an address, marked where it was not read there."""
    shown = element("", statement.source)
    if statement.url.startswith("http"):
        shown = f'<a href="{element("", statement.url)}">{shown}</a>'
    known = statement.status == "seen"
    mark = "" if known else f" ({element('', words('status_' + statement.status))})"
    return Html(shown + mark)
