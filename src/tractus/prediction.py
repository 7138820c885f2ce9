"""Published rules that predict who responds to traction, side by side, with their arithmetic.

They disagree: one wants no neurological deficit, the other signs of a root.  None is averaged with
another, and none was confirmed in a later trial of its own (data/prediction_rules.csv).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tractus.patient import Patient
from tractus.signs import known_signs
from tractus.tables import Row, number, table, text


@dataclass(frozen=True)
class Estimate:
    """Probability of success with at least so many variables met, with its arithmetic."""

    at_least: int
    probability: float
    low: float | None
    high: float | None
    arithmetic: str


@dataclass(frozen=True)
class Prediction:
    """One rule on one person: variables met, not met, not asked; what the paper gives for them.

    estimates: for the variables that are met, and where some are not asked for all that may be.
    """

    rule: str
    region: str
    met: tuple[str, ...]
    unmet: tuple[str, ...]
    unasked: tuple[str, ...]
    before: float | None
    estimates: tuple[Estimate, ...]
    warning: Mapping[str, str]
    source: str


def posterior(prior: float, likelihood_ratio: float) -> float:
    """Probability after a test: odds times likelihood ratio (Bayes)."""
    odds = prior / (1.0 - prior) * likelihood_ratio
    return odds / (1.0 + odds)


def wilson(successes: float, people: float) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson 1927), by SciPy."""
    from scipy.stats import binomtest  # here: loading it takes half a second

    found = binomtest(round(successes), round(people)).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def predictions(patient: Patient) -> list[Prediction]:
    """The rules of the region complained of, all where none is named."""
    region = patient.complaint.region if patient.complaint else None
    names = dict.fromkeys(
        text(row, "rule") for row in table("prediction_rules") if region in (None, row["region"])
    )
    answers = {key: known.answer for key, known in known_signs(patient).items()}
    return [_prediction(name, answers) for name in names]


def _prediction(name: str, answers: Mapping[str, bool]) -> Prediction:
    rows = [row for row in table("prediction_rules") if row["rule"] == name]
    wanted = {
        text(row, "sign"): bool(number(row, "wanted"))
        for row in table("prediction_variables")
        if row["rule"] == name
    }
    met = tuple(s for s, want in wanted.items() if s in answers and answers[s] == want)
    unmet = tuple(s for s, want in wanted.items() if s in answers and answers[s] != want)
    unasked = tuple(s for s in wanted if s not in answers)
    reached = [_reached(rows, n) for n in (len(met), len(met) + len(unasked))]
    chosen = dict.fromkeys(i for i in reached if i is not None)
    first = rows[0]
    prior = number(first, "successes") / number(first, "people") if first["people"] else None
    return Prediction(
        name,
        text(first, "region"),
        met,
        unmet,
        unasked,
        prior,
        tuple(_estimate(rows[i]) for i in chosen),
        {lang: text(first, lang) for lang in ("en", "es")},
        text(first, "source"),
    )


def _reached(rows: list[Row], met: int) -> int | None:
    """Index of the strictest line that so many variables reach, among those with a ratio."""
    fits = [i for i, row in enumerate(rows) if row["lr"] and met >= number(row, "at_least")]
    return fits[-1] if fits else None


def _estimate(row: Row) -> Estimate:
    """Probability by Bayes; its interval by the ratio's, or by Wilson from the group itself."""
    successes, people, ratio = (number(row, key) for key in ("successes", "people", "lr"))
    prior = successes / people
    value = posterior(prior, ratio)
    low = high = None
    if row["lr_low"]:
        low, high = (posterior(prior, number(row, key)) for key in ("lr_low", "lr_high"))
    elif row["hits"]:
        low, high = wilson(number(row, "hits"), number(row, "group"))
    odds = prior / (1 - prior)
    return Estimate(
        int(number(row, "at_least")),
        value,
        low,
        high,
        f"{successes:.0f}/{people:.0f} = {prior:.1%}: odds {odds:.3f} x LR+ {ratio:g} = "
        f"{odds * ratio:.3f}: {value:.1%}",
    )
