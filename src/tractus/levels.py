"""Names of the spine: vertebrae, discs, regions, groups and the 31 pairs of spinal nerves."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tractus.errors import InputError, nearest, show

VERTEBRAE: tuple[str, ...] = (
    *(f"C{i}" for i in range(1, 8)),
    *(f"T{i}" for i in range(1, 13)),
    *(f"L{i}" for i in range(1, 6)),
)
"""The 24 vertebrae from C1 to L5."""

_BELOW = (*VERTEBRAE[1:], "S1")
JOINTS: tuple[str, ...] = (
    "C0-C1",
    *(f"{a}-{b}" for a, b in zip(VERTEBRAE, _BELOW, strict=True)),
)
"""All 25 joints from the skull to the sacrum."""

UPPER_NECK: tuple[str, ...] = JOINTS[:2]
"""The two joints without a disc, on either side of the atlas."""
LEVELS: tuple[str, ...] = JOINTS[2:]
"""The 23 discs from C2-C3 to L5-S1."""

REGIONS: tuple[str, ...] = ("cervical", "thoracic", "lumbar")
GROUPS: tuple[str, ...] = ("lumbar", "thoracic", "cervical", "all")


def _region(joint: str) -> str:
    return {"C": "cervical", "T": "thoracic", "L": "lumbar"}[joint[0]]


REGION_OF: dict[str, str] = {joint: _region(joint) for joint in JOINTS}
"""Region of a joint by its upper vertebra: C7-T1 is cervical, T12-L1 thoracic."""


def members(group: str) -> tuple[str, ...]:
    """Discs of a level name or of a group. Raises InputError for another word."""
    if group == "all":
        return LEVELS
    if group in REGIONS:
        return tuple(level for level in LEVELS if REGION_OF[level] == group)
    return (check_level(group, "level"),)


def check_level(name: object, where: str) -> str:
    """The name where it is one of the 23 discs. Raises InputError otherwise."""
    if isinstance(name, str) and name in LEVELS:
        return name
    raise InputError(f"{where}: no disc {show(name)}; {hint(name, LEVELS)}")


def hint(name: object, known: Iterable[str]) -> str:
    """Half a sentence for a wrong level name: 'L4/5', 'l4-5' and 'L4L5' mean L4-L5."""
    match = _LOOSE.fullmatch(str(name).strip().upper())
    if match:
        meant = f"{match[1]}{match[2]}-{match[3] or match[1]}{match[4]}"
        if meant in LEVELS:
            return f"did you mean '{meant}'?"
    text = nearest(name, known)
    return text if text.startswith("did") else _RANGE


_RANGE = f"levels run from {LEVELS[0]} to {LEVELS[-1]}"
_LOOSE = re.compile(r"([CTL])([0-9]{1,2})[-/ ]*([CTLS]?)([0-9]{1,2})")


@dataclass(frozen=True)
class Nerve:
    """One pair of spinal nerves: where it leaves and what it serves."""

    name: str
    exit: str
    """The joint whose foramen it leaves through, or a place on skull or sacrum."""
    dermatome: str
    myotome: str
    reflex: str


@functools.cache
def nerves() -> tuple[Nerve, ...]:
    """The 31 pairs from C1 to Co1 (data/nerves.csv)."""
    from tractus.tables import table, text

    return tuple(
        Nerve(
            text(row, "name"),
            text(row, "exit"),
            text(row, "dermatome"),
            text(row, "myotome"),
            text(row, "reflex"),
        )
        for row in table("nerves")
    )


def exiting(level: str) -> Nerve:
    """The nerve that leaves through the foramen of a disc level: L4 at L4-L5, C6 at C5-C6."""
    for nerve in nerves():
        if nerve.exit == level:
            return nerve
    raise InputError(f"no nerve leaves at '{level}'; {_RANGE}")


def __getattr__(name: str) -> tuple[Nerve, ...]:
    if name == "NERVES":
        return nerves()
    raise AttributeError(name)
