"""What the numbers of a label map mean by each convention of data/label_conventions.csv."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tractus.imaging.volume import Floats
from tractus.levels import VERTEBRAE
from tractus.tables import number, table, text

RARE = ("T13", "L6", "L7")
"""Vertebrae that only some people have."""
ORDER = (*VERTEBRAE[:19], "T13", *VERTEBRAE[19:], "L6", "L7", "S1")
"""Vertebrae from the neck down, with the rare ones."""
SUBREGIONS = range(41, 51)
"""Parts of a vertebra in the subregions of SPINEPS; 49 and 50 are the body."""


@dataclass(frozen=True)
class Label:
    """One number of a map: how much of it there is [ml] and where its middle lies (3,) [mm]."""

    id: int
    volume: float
    centre: Floats
    cut: bool = False
    """Whether it reaches the border of the map."""


@dataclass(frozen=True)
class Reading:
    """What a convention makes of the labels of a map."""

    convention: str
    vertebrae: Mapping[int, str]
    sacrum: int | None = None
    discs: Mapping[int, str] = field(default_factory=dict)
    canal: int | None = None
    all_vertebrae: int | None = None
    """The one label of all vertebrae, where levels are not told apart."""
    all_discs: int | None = None
    others: int = 0
    """Labels of sacrum and canal."""

    @property
    def names(self) -> str:
        """The vertebrae as a person would say them."""
        found = sorted(self.vertebrae.items(), key=lambda pair: ORDER.index(pair[1]))
        return ", ".join(f"{label} = {name}" for label, name in found)


@functools.cache
def conventions() -> tuple[str, ...]:
    """Names of all conventions."""
    return tuple(dict.fromkeys(text(row, "convention") for row in table("label_conventions")))


def read(convention: str, ids: Iterable[int]) -> Reading:
    """The labels present, as one convention reads them."""
    present = set(ids)
    of: dict[str, dict[int, str]] = {}
    for row in table("label_conventions"):
        label = int(number(row, "label"))
        if row["convention"] == convention and label in present:
            of.setdefault(text(row, "kind"), {})[label] = text(row, "level")
    bones = {k: v for k, v in of.get("vertebra", {}).items() if v in ORDER[:-1]}
    first = [k for k, v in {**of.get("vertebra", {}), **of.get("sacrum", {})}.items() if v == "S1"]
    sacrum = first or [k for k, v in of.get("sacrum", {}).items() if not v]
    every = [*of.get("vertebrae", {}), *of.get("bodies", {})]
    return Reading(
        convention,
        bones,
        sacrum[0] if sacrum else None,
        of.get("disc", {}),
        next(iter(of.get("canal", {})), None),
        every[0] if every else None,
        next(iter(of.get("discs", {})), None),
        len(of.get("sacrum", {}))
        + len(of.get("canal", {}))
        + ("S1" in of.get("vertebra", {}).values()),
    )


def without_arches(reading: Reading) -> Reading:
    """The reading under the name of the convention that numbers alike and draws bodies alone."""
    alike = reading.convention in ("verse", "spineps") and not reading.discs
    return replace(reading, convention="totalsegmentator-pp") if alike else reading
