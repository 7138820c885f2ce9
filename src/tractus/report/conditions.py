"""Roots, conditions and prediction rules that fit a person: on the screen, in the report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.console import Console

from tractus.conditions import Fit, conditions, roots
from tractus.patient import Patient
from tractus.prediction import Estimate, Prediction, predictions
from tractus.report.markup import element, lead, section, text_table
from tractus.report.terminal import grid
from tractus.report.texts import Texts
from tractus.signs import signs
from tractus.tables import table, text


def conditions_of(patient: Patient, words: Texts, out: Console) -> None:
    """Print what the signs of a patient fit, and the rules that predict a response."""
    for title, head, rows in tables_of(patient, words, ", ".join):
        out.print(grid(head, rows, title=title, text=_words_in(head, words)))


def section_of(patient: Patient, words: Texts) -> str:
    """The same as a section of the report; "" where no sign is given and no rule applies."""

    def said(keys: Iterable[str]) -> str:
        return "; ".join(signs()[key].words[words.lang] for key in keys)

    parts = [
        element("h3", title) + text_table(head, [_flat(row) for row in rows], label=title)
        for title, head, rows in tables_of(patient, words, said)
    ]
    if not parts:
        return ""
    return section("fits", words("fits_heading"), lead(words("fits_lead")), *parts)


def _flat(row: Iterable[str]) -> list[str]:
    """Lines of a cell as parts of one."""
    return [" · ".join(cell.splitlines()) for cell in row]


def _words_in(head: list[str], words: Texts) -> list[int]:
    """Columns that hold words: all but the fit."""
    return [i for i, name in enumerate(head) if name != words("fits_fit")]


def tables_of(
    patient: Patient, words: Texts, said: Callable[[Iterable[str]], str]
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Title, headings and rows of each table that has something to say; `said` shows signs."""
    names = {text(row, "id"): text(row, words.lang) for row in table("conditions")}
    head = [words(f"fits_{key}") for key in ("fit", "for", "against", "unasked")]
    if found := roots(patient):
        rows = [[*_line(fit, fit.name, said), _places(fit, words)] for fit in found]
        yield words("fits_roots"), ["", *head, words("fits_places")], rows
    if listed := conditions(patient):
        yield (
            words("fits_conditions"),
            ["", *head],
            [_line(f, names[f.name], said) for f in listed],
        )
    if predicted := predictions(patient):
        head = [words(f"prediction_{key}") for key in ("rule", "met", "unmet")]
        head += [words("fits_unasked"), words("prediction_result")]
        yield words("prediction_heading"), head, [_rule(rule, words, said) for rule in predicted]


def _line(fit: Fit, name: str, said: Callable[[Iterable[str]], str]) -> list[str]:
    told = (said(keys) or "–" for keys in (fit.present, fit.absent, fit.unasked))
    return [name, f"{fit.fit:.0%}", *told]


def _places(fit: Fit, words: Texts) -> str:
    return "; ".join(
        f"{p.level} {p.site}" + (f" ({words('fits_given')})" if p.given else "") for p in fit.places
    )


def _rule(rule: Prediction, words: Texts, said: Callable[[Iterable[str]], str]) -> list[str]:
    """One prediction rule with its arithmetic and warning."""
    given = [estimate(e, words) for e in rule.estimates] or [words("prediction_none")]
    result = "\n".join([*given, rule.warning[words.lang], f"[{rule.source}]"])
    told = (said(keys) or "–" for keys in (rule.met, rule.unmet, rule.unasked))
    return [rule.rule, *told, result]


def estimate(found: Estimate, words: Texts) -> str:
    """One probability with its arithmetic and interval."""
    line = words("prediction_line", n=found.at_least, arithmetic=found.arithmetic)
    if found.low is not None and found.high is not None:
        low, high = f"{100 * found.low:.1f}", f"{100 * found.high:.1f}"
        line += words("prediction_interval", low=low, high=high)
    return line
