"""What `tractus claims` prints: every claim with its verdict and reason, and the numbers behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from tractus.evidence.claim_rules import VERDICTS, Result
from tractus.evidence.claims import Answer
from tractus.report.terminal import grid
from tractus.report.texts import Texts


def claims(answers: Sequence[Answer], words: Texts, out: Console, *, numbers: bool) -> None:
    """Print the claims; `numbers` adds each number with its threshold."""
    head = [words(k) for k in ("claim_id", "claim", "claim_test", "claim_verdict", "reason")]
    rows = [
        [a.id, a.claim, words(f"claim_test_{a.test}"), verdict(a.verdict, words), a.reason]
        for a in answers
    ]
    out.print(grid(head, rows, title=words("claims_heading"), text=range(len(head))))
    if numbers:
        _numbers(answers, words, out)
    found = Counter(answer.verdict for answer in answers)
    counts = ", ".join(f"{verdict(v, words)} {found[v]}" for v in VERDICTS)
    out.print(words("claims_counts", n=len(answers), counts=counts))
    out.print(words("claims_text"))
    out.print(words("disclaimer"))


def _numbers(answers: Sequence[Answer], words: Texts, out: Console) -> None:
    names = ("claim_id", "quantity", "claim_found", "claim_needed", "claim_met")
    head = [words(k) for k in names]
    rows = [
        [a.id, r.text, found(r), needed(r), words("yes" if r.met else "no")]
        for a in answers
        for r in a.result
    ]
    if rows:
        out.print(grid(head, rows, title=words("claims_numbers"), text=(0, 1, 4)))
    for answer in answers:
        if answer.sources:
            out.print(f"{answer.id}: {'; '.join(answer.sources)}")


def verdict(code: str, words: Texts) -> str:
    """A verdict in a language."""
    return words("verdict_" + code.replace(" ", "_"))


def found(result: Result) -> str:
    """The number with its 90 % interval and unit; a dash where there is none."""
    if result.value is None:
        return "–"
    span = ""
    if result.low is not None and result.high is not None:
        span = f" [{_digits(result.low)}, {_digits(result.high)}]"
    return f"{_digits(result.value)}{span} {_unit(result)}".strip()


def _digits(value: float) -> str:
    """Three digits, and whole numbers where they are large."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def needed(result: Result) -> str:
    """The threshold with its unit, and a mark where it decides alone."""
    signs = {"<=": "≤", ">=": "≥"}
    relation = signs.get(result.relation, result.relation)
    mark = "!" if result.must else ""
    return f"{mark}{relation} {result.threshold:g} {_unit(result)}".strip()


def _unit(result: Result) -> str:
    return "" if result.unit == "1" else result.unit
