"""Which convention a map follows: named, inferred and held to anatomy, or counted up."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from tractus.errors import InputError, nearest
from tractus.imaging.conventions import (
    ORDER,
    RARE,
    SUBREGIONS,
    Label,
    Reading,
    conventions,
    read,
)
from tractus.imaging.fits import Fit, along, fit

ANY = "any"
"""Convention in which every label is a vertebra."""
PREFERRED = ("totalsegmentator-v2", "totalsegmentator-v1", "verse", "spineps", "spider")
"""Of conventions that name the vertebrae alike, the first is taken."""


def _merit(found: Fit) -> tuple[int, int, float, int]:
    """More labels explained first, then more complete, nearer to usual distances, preferred."""
    off = 1.0 if math.isnan(found.ratio) else abs(math.log(found.ratio))
    whole = int(not math.isnan(found.ratio))
    return (found.explained, whole, -round(off, 1), -_rank(found.reading.convention))


def _rank(name: str) -> int:
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)


def choose(labels: Mapping[int, Label], wanted: str | None) -> tuple[Reading, list[str]]:
    """The reading of a map and what is doubtful about it, a line each.

    `wanted` is a name, or NAME:LEVEL that names the lowest vertebra.  Raises InputError where
    nothing fits, with the readings that were tried.
    """
    name, _, lowest = (wanted or "").strip().lower().partition(":")
    if lowest:
        return _counted(name, lowest.upper(), labels), []
    if name:
        return _named(name, labels)
    if len({*SUBREGIONS} & {*labels}) > 5 and {49, 50} & {*labels}:
        raise InputError(
            "these labels are parts of vertebrae (spineps-subregions), which do not tell levels; "
            "give the map of the vertebrae (seg-vert)"
        )
    fits = [fit(read(c, labels), labels) for c in conventions()]
    good = sorted((f for f in fits if f.plausible), key=_merit, reverse=True)
    one = _unnamed(labels)
    if not good:
        raise InputError(_nothing(fits, labels, one))
    best = good[0]
    if one is not None and math.isnan(best.ratio) and len(best.reading.vertebrae) < 2:
        raise InputError(_nothing([], labels, one))
    if best.explained == 1:
        raise InputError(_alone(good))
    return best.reading, _doubts(best, good[1:])


def _named(name: str, labels: Mapping[int, Label]) -> tuple[Reading, list[str]]:
    if name == ANY:
        raise InputError("--convention any needs the lowest vertebra, for example any:L5")
    if name not in conventions():
        raise InputError(f"--convention {name}: not known; {nearest(name, conventions())}")
    reading = read(name, labels)
    if reading.discs and not reading.vertebrae and reading.all_vertebrae is None:
        return _discs_alone(reading, labels), []
    if not reading.vertebrae and reading.all_vertebrae is None:
        raise InputError(f"no vertebra among the labels {_list(labels)} by {name}")
    if reading.all_vertebrae is not None:
        raise InputError(_nothing([], labels, reading))
    found = fit(reading, labels)
    if not found.ordered:
        raise InputError(
            f"by {name} the labels would be {reading.names}, but they do not stand in this order "
            "along the spine; the convention is another one, or the axes of the header are wrong"
        )
    return reading, [_faulty(found)] if found.fault else []


def _discs_alone(reading: Reading, labels: Mapping[int, Label]) -> Reading:
    """A map of discs without vertebrae, held to their order; InputError where it is wrong."""
    ids = sorted(reading.discs, key=lambda k: -ORDER.index(reading.discs[k].split("-")[0]))
    if np.any(np.diff(along(np.array([labels[k].centre for k in ids]))) <= 0):
        named = ", ".join(f"{k} = {reading.discs[k]}" for k in ids)
        raise InputError(
            f"by {reading.convention} the labels would be the discs {named}, but they do not stand "
            "in this order along the spine"
        )
    return reading


def _counted(name: str, lowest: str, labels: Mapping[int, Label]) -> Reading:
    """Names counted from the lowest vertebra up, whatever the ids say."""
    if lowest not in ORDER:
        raise InputError(f"--convention {name}:{lowest}: no vertebra of that name")
    if name == ANY:
        return Reading(name, _up(dict.fromkeys(labels, ""), lowest, labels))
    if name not in conventions():
        raise InputError(f"--convention {name}: not known; {nearest(name, (*conventions(), ANY))}")
    reading = read(name, labels)
    if reading.all_vertebrae is not None:
        return replace(reading, vertebrae={0: lowest})
    if not reading.vertebrae:
        raise InputError(f"no vertebra among the labels {_list(labels)} by {name}")
    renamed = _up(reading.vertebrae, lowest, labels)
    of = {reading.vertebrae[k]: v for k, v in renamed.items()}
    discs = {
        k: f"{of[v.split('-')[0]]}-{_below(of[v.split('-')[0]])}"
        for k, v in reading.discs.items()
        if v.split("-")[0] in of
    }
    return replace(reading, vertebrae=renamed, discs=discs)


def _up(of: Mapping[int, str], lowest: str, labels: Mapping[int, Label]) -> dict[int, str]:
    """Labels from the lowest up with consecutive names."""
    ids = list(of)
    order = np.argsort(along(np.array([labels[k].centre for k in ids])))
    start = ORDER.index(lowest)
    names = [n for n in ORDER[start::-1] if n == lowest or n not in RARE]
    if len(ids) > len(names):
        raise InputError(f"{len(ids)} vertebrae cannot stand on {lowest}")
    return {ids[i]: name for i, name in zip(order, names, strict=False)}


def _below(name: str) -> str:
    following = ORDER[ORDER.index(name) + 1 :]
    return next(n for n in following if n not in RARE)


def _unnamed(labels: Mapping[int, Label]) -> Reading | None:
    """A reading in which one label stands for all vertebrae, where one could."""
    for name in conventions():
        reading = read(name, labels)
        if reading.all_vertebrae is not None and reading.all_discs is not None:
            return reading
    return None


def _nothing(fits: list[Fit], labels: Mapping[int, Label], one: Reading | None) -> str:
    """Why no convention was found, with what could be meant."""
    if one is not None:
        return (
            f"by {one.convention} one label ({one.all_vertebrae}) stands for all vertebrae; name "
            f"the lowest, for example --convention {one.convention}:L5"
        )
    near = [f for f in fits if f.ordered and len(f.reading.vertebrae) > 1]
    if near:
        return (
            f"{_faulty(max(near, key=_merit))}; they look like numbers of instances: name the "
            "lowest vertebra, for example --convention spineps:L4, or any:L4 where every label is "
            "a vertebra"
        )
    discs = [c for c in conventions() if len(read(c, labels).discs) == len(labels)]
    if discs:
        return (
            f"no vertebrae found: the labels {_list(labels)} could be discs by {', '.join(discs)}; "
            f"if they are, say so: --convention {discs[0]}"
        )
    return (
        f"no vertebrae found: the labels {_list(labels)} fit no convention in their order along "
        f"the spine; give --convention ({', '.join(conventions())}), or any:L5 where every label "
        "is a vertebra and the lowest is L5"
    )


def _alone(good: list[Fit]) -> str:
    """What a single label could be: there is nothing to hold its name against."""
    label = next(iter(good[0].reading.vertebrae))
    names: dict[str, str] = {}
    for found in good:
        names.setdefault(found.reading.vertebrae.get(label, ""), found.reading.convention)
    readings = ", ".join(f"{name} by {by}" for name, by in names.items() if name)
    return (
        f"label {label} alone does not tell which vertebra it is, or whether it is one: "
        f"{readings}; give --convention, or any:L5 where it is L5"
    )


def _faulty(found: Fit) -> str:
    reading = found.reading
    return f"by {reading.convention} the labels would be {reading.names}, but {found.fault}"


def _doubts(best: Fit, others: list[Fit]) -> list[str]:
    """Other readings that fit as well and name vertebrae otherwise."""
    mine = dict(best.reading.vertebrae)
    lines = []
    for other in others:
        theirs = dict(other.reading.vertebrae)
        same = all(theirs.get(k, v) == v for k, v in mine.items())
        extra = set(theirs) - set(mine)
        if (not same or extra) and 2 * len(theirs) >= len(mine) and len(theirs) > 1:
            lines.append(
                f"convention not named: read as {best.reading.convention} ({best.reading.names}); "
                f"{other.reading.convention} would be {other.reading.names}"
            )
    return lines[:1]


def _list(labels: Iterable[int]) -> str:
    every = sorted(labels)
    return ", ".join(map(str, every[:12])) + (", ..." if len(every) > 12 else "")


def by_name(named: Mapping[int, str], labels: Mapping[int, Label]) -> tuple[Reading, list[str]]:
    """The reading of a file that names its labels (DICOM SEG): L5, vertebrae_L5, L5 vertebra."""
    bones, discs, sacrum, canal = {}, {}, None, None
    for label, name in named.items():
        if label not in labels:
            continue
        levels = _LEVEL.findall(name.upper().replace("VERTEBRAE", " "))
        disc = "disc" in name.lower() or "disk" in name.lower()
        if disc and len(levels) >= 2:
            discs[label] = f"{levels[0]}-{levels[1]}"
        elif "canal" in name.lower():
            canal = label
        elif "sacrum" in name.lower() or levels[:1] == ["S1"]:
            sacrum = label
        elif levels and levels[0] in ORDER and not disc and "rib" not in name.lower():
            bones[label] = levels[0]
    reading = Reading("names of the segments", bones, sacrum, discs, canal)
    if discs and not bones:
        return _discs_alone(reading, labels), []
    if not bones:
        raise InputError(f"no segment is named after a vertebra: {_list_names(named)}")
    found = fit(reading, labels)
    if not found.ordered:
        raise InputError(f"the segments {reading.names} do not stand in this order along the spine")
    return reading, [_faulty(found)] if found.fault else []


_LEVEL = re.compile(r"(?<![A-Z0-9])([CTL][0-9]{1,2}|S1)(?![0-9])")


def _list_names(named: Mapping[int, str]) -> str:
    return ", ".join(list(named.values())[:8]) or "none"
