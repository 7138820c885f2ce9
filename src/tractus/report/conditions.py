"""Roots, conditions and prediction rules that fit a person, as printed tables."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from tractus.conditions import Fit, conditions, roots
from tractus.patient import Patient
from tractus.prediction import Estimate, Prediction, predictions
from tractus.report.terminal import grid
from tractus.report.texts import Texts
from tractus.tables import table, text


def conditions_of(patient: Patient, words: Texts, out: Console) -> None:
    """Print what the signs of a patient fit, and the rules that predict a response."""
    names = {text(row, "id"): text(row, words.lang) for row in table("conditions")}
    head = [words(f"fits_{key}") for key in ("fit", "for", "against", "unasked")]
    if found := roots(patient):
        rows = [[*_line(fit, fit.name, words), _places(fit, words)] for fit in found]
        title = words("fits_roots")
        out.print(grid(["", *head, words("fits_places")], rows, title=title, text=range(2, 6)))
    if listed := conditions(patient):
        rows = [_line(fit, names[fit.name], words) for fit in listed]
        out.print(grid(["", *head], rows, title=words("fits_conditions"), text=(0, 2, 3, 4)))
    rules(predictions(patient), words, out)


def _line(fit: Fit, name: str, words: Texts) -> list[str]:
    return [name, f"{fit.fit:.0%}", *map(_keys, (fit.present, fit.absent, fit.unasked))]


def _keys(keys: Iterable[str]) -> str:
    return ", ".join(keys) or "–"


def _places(fit: Fit, words: Texts) -> str:
    return "; ".join(
        f"{p.level} {p.site}" + (f" ({words('fits_given')})" if p.given else "") for p in fit.places
    )


def rules(found: list[Prediction], words: Texts, out: Console) -> None:
    """Print prediction rules side by side with their arithmetic and warnings."""
    head = [words("prediction_rule"), words("prediction_met"), words("prediction_unmet")]
    head += [words("fits_unasked"), words("prediction_result")]
    rows = []
    for rule in found:
        given = [estimate(e, words) for e in rule.estimates] or [words("prediction_none")]
        result = "\n".join([*given, rule.warning[words.lang], f"[{rule.source}]"])
        rows.append([rule.rule, *map(_keys, (rule.met, rule.unmet, rule.unasked)), result])
    if rows:
        out.print(grid(head, rows, title=words("prediction_heading"), text=range(5)))


def estimate(found: Estimate, words: Texts) -> str:
    """One probability with its arithmetic and interval."""
    line = words("prediction_line", n=found.at_least, arithmetic=found.arithmetic)
    if found.low is not None and found.high is not None:
        low, high = f"{100 * found.low:.1f}", f"{100 * found.high:.1f}"
        line += words("prediction_interval", low=low, high=high)
    return line
