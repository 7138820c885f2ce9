"""What the signs fit: nerve roots, the discs that can reach them, and conditions, with how well.

A root fits by what it explains of the signs that are present, less what it would have made present
and was found absent (data/fits.csv).  A condition fits by the share of its own known signs that are
present.  Neither is a diagnosis.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from tractus.levels import LEVELS, nerves
from tractus.patient import Patient
from tractus.signs import known_signs, signs
from tractus.tables import number, table, text


@dataclass(frozen=True)
class Place:
    """A disc that can reach a root; `given` where the file has a herniation just there."""

    level: str
    site: str
    given: bool


@dataclass(frozen=True)
class Fit:
    """How well a root or condition fits, 0 to 1, with the signs for, against and not asked."""

    name: str
    fit: float
    present: tuple[str, ...]
    absent: tuple[str, ...]
    unasked: tuple[str, ...]
    places: tuple[Place, ...] = ()


@functools.cache
def weights() -> Mapping[str, Mapping[str, float]]:
    """Weight of each sign by root or condition."""
    found: dict[str, dict[str, float]] = {}
    for row in table("fits"):
        found.setdefault(text(row, "target"), {})[text(row, "sign")] = number(row, "weight")
    return found


def roots(patient: Patient) -> list[Fit]:
    """Roots that explain some sign that is present, best first."""
    names = [nerve.name for nerve in nerves() if nerve.name in weights()]
    answers = _answers(patient)
    strongest = {
        sign: max(weights()[name].get(sign, 0.0) for name in names)
        for sign in answers
        if any(sign in weights()[name] for name in names)
    }
    found = []
    for name in names:
        own = weights()[name]
        explained = sum(own.get(s, 0.0) for s in strongest if answers[s])
        everything = sum(w for s, w in strongest.items() if answers[s])
        missed = sum(own.get(s, 0.0) for s in strongest if not answers[s])
        if explained:
            found.append(_fit(name, explained / (everything + missed), answers, patient))
    return sorted(found, key=lambda fit: -fit.fit)


def conditions(patient: Patient) -> list[Fit]:
    """Conditions with some sign present, best first."""
    answers = _answers(patient)
    found = []
    for row in table("conditions"):
        own = weights()[text(row, "id")]
        known = {sign: w for sign, w in own.items() if _tells(sign, answers)}
        present = sum(w for sign, w in known.items() if answers[sign])
        if present:
            found.append(_fit(text(row, "id"), present / sum(known.values()), answers, patient))
    return sorted(found, key=lambda fit: -fit.fit)


def _tells(sign: str, answers: Mapping[str, bool]) -> bool:
    """Whether a sign is known; where it does not hurt says nothing about a condition."""
    return sign in answers and (answers[sign] or signs()[sign].kind != "place")


def _answers(patient: Patient) -> dict[str, bool]:
    return {key: known.answer for key, known in known_signs(patient).items()}


def _fit(name: str, fit: float, answers: Mapping[str, bool], patient: Patient) -> Fit:
    own = [sign for sign in signs() if sign in weights()[name]]
    return Fit(
        name,
        fit,
        tuple(s for s in own if answers.get(s) is True),
        tuple(s for s in own if answers.get(s) is False and _tells(s, answers)),
        tuple(s for s in own if s not in answers),
        places(name, patient),
    )


def places(root: str, patient: Patient) -> tuple[Place, ...]:
    """Discs that can reach a root: at its own foramen, and in the loins from the disc above.

    A posterolateral or median herniation meets the root that passes to the next foramen; in the
    neck, where roots leave level with their disc, it meets the root of that foramen.
    """
    leaves = {nerve.name: nerve.exit for nerve in nerves()}
    if root not in leaves:
        return ()
    found = []
    exit_level, above = leaves[root], _passing(root)
    if exit_level in LEVELS:
        central = exit_level.startswith("C")
        found.append(_place(exit_level, "posterolateral" if central else "foraminal", patient))
    if above:
        found.append(_place(above, "posterolateral", patient))
    return tuple(found)


def _passing(root: str) -> str | None:
    """The disc whose posterolateral herniation meets this root on its way down: L4-L5 for L5."""
    ends = {level.split("-")[1]: level for level in LEVELS}
    level = ends.get(root)
    return level if level and level.startswith("L") else None


def _place(level: str, site: str, patient: Patient) -> Place:
    herniation = patient.herniation(level)
    lateral = ("foraminal", "extraforaminal")
    fits = herniation is not None and (
        herniation.site.startswith(lateral if site == "foraminal" else ("posterolateral", "median"))
    )
    return Place(level, site, fits)
