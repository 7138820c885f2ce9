"""How much is in the band: by experiment and by study, calibration and validation apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tractus.evidence.experiments import USES

Entry = Mapping[str, Any]
"""One experiment as in the JSON of `validate`."""


@dataclass(frozen=True)
class Share:
    """Experiments of a study or a use that are in their bands."""

    name: str
    within: int
    of: int

    @property
    def value(self) -> float:
        """Between 0 and 1."""
        return self.within / self.of

    def __str__(self) -> str:
        return f"{self.within} of {self.of} ({100 * self.value:.0f} %)"


@dataclass(frozen=True)
class Total:
    """A use: the share of its experiments, and the mean share of its studies."""

    share: Share
    studies: tuple[Share, ...]

    @property
    def by_study(self) -> float:
        """Mean over studies, in which a study of many experiments counts as much as any other."""
        return sum(study.value for study in self.studies) / len(self.studies)


def totals(entries: Iterable[Entry]) -> list[Total]:
    """Totals of each use that occurs; a file that cannot be read names none."""
    every = list(entries)
    found = []
    for use in USES:
        mine = [entry for entry in every if entry["use"] == use]
        names = dict.fromkeys(str(entry["study"]) for entry in mine)
        studies = (_share(n, [e for e in mine if e["study"] == n]) for n in names)
        if mine:
            found.append(Total(_share(use, mine), tuple(studies)))
    return found


def _share(name: str, entries: Sequence[Entry]) -> Share:
    return Share(name, sum(bool(entry["within"]) for entry in entries), len(entries))


def misses_first(entries: Iterable[Entry]) -> list[Entry]:
    """What is out of its band, then what is in it, each in the order given."""
    return sorted(entries, key=lambda entry: bool(entry["within"]))
