"""What the numbers of a label map mean: named by a convention, or inferred and held to anatomy."""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tractus.errors import InputError, nearest
from tractus.imaging.volume import Floats
from tractus.levels import VERTEBRAE
from tractus.tables import number, table, text

ORDER = (*VERTEBRAE[:19], "T13", *VERTEBRAE[19:], "L6", "L7", "S1")
"""Vertebrae from the neck down, with those that only some people have."""
ANY = "any"
"""Convention in which every label is a vertebra."""
FITS = (0.62, 1.55)
"""Measured over usual distance of neighbours within which names can be right."""


SUBREGIONS = range(41, 51)
"""Parts of a vertebra in the subregions of SPINEPS; 49 and 50 are the body."""


@dataclass(frozen=True)
class Label:
    """One number of a map: how much of it there is [ml] and where its middle lies (3,) [mm]."""

    id: int
    volume: float
    centre: Floats


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


def usual_distance(upper: str, lower: str) -> float:
    """Distance [mm] of two neighbouring bodies in a man of 1.78 m."""
    heights, discs = _sizes()
    known = [heights.get(n, heights["L5" if n[0] in "LS" else "T12"]) for n in (upper, lower)]
    gap = discs.get(f"{upper}-{lower}", discs["L4-L5"] if upper[0] == "L" else discs["T12-L1"])
    return 0.5 * sum(known) + gap


@functools.cache
def _sizes() -> tuple[dict[str, float], dict[str, float]]:
    bodies = {text(r, "body"): r["height_mm"] for r in table("vertebrae")}
    return (
        {name: float(h) for name, h in bodies.items() if h is not None},
        {text(r, "level"): number(r, "height_mm") for r in table("levels")},
    )


def along(centres: Floats) -> Floats:
    """Coordinate (n,) [mm] of points along the line of the spine, cranial positive."""
    if len(centres) < 2:
        return np.asarray(centres[:, 2])
    middle = centres - centres.mean(0)
    axis = np.linalg.svd(middle)[2][0]
    return np.asarray(middle @ (axis if axis[2] >= 0 else -axis))


@dataclass(frozen=True)
class Fit:
    """How well a reading agrees with the anatomy."""

    reading: Reading
    ordered: bool
    ratio: float
    """Measured over usual distance of neighbours; nan where there are none."""

    @property
    def plausible(self) -> bool:
        """Whether order and distances can be those of a spine."""
        sized = math.isnan(self.ratio) or FITS[0] <= self.ratio <= FITS[1]
        return bool(self.reading.vertebrae) and self.ordered and sized


def fit(reading: Reading, labels: Mapping[int, Label]) -> Fit:
    """Hold a reading against the order and the distances of its vertebrae."""
    ids = sorted(reading.vertebrae, key=lambda k: -ORDER.index(reading.vertebrae[k]))
    if not ids:
        return Fit(reading, True, math.nan)
    base = reading.sacrum
    chain = ([base] if base is not None and base in labels else []) + ids
    place = along(np.array([labels[k].centre for k in chain]))
    ordered = bool(np.all(np.diff(place) > 0))
    ratios = []
    for low, up in itertools.pairwise(ids):
        names = reading.vertebrae[up], reading.vertebrae[low]
        if ORDER.index(names[1]) - ORDER.index(names[0]) == 1:
            apart = float(np.linalg.norm(labels[up].centre - labels[low].centre))
            ratios.append(apart / usual_distance(*names))
    return Fit(reading, ordered, float(np.median(ratios)) if ratios else math.nan)


PREFERRED = ("totalsegmentator-v2", "totalsegmentator-v1", "verse", "spineps", "spider")
"""Of conventions that name the vertebrae alike, the first is taken."""


def _merit(found: Fit) -> tuple[int, int, float, int]:
    """More labels explained first, then more complete, nearer to usual distances, preferred."""
    reading = found.reading
    explained = len(reading.vertebrae) + len(reading.discs) + reading.others
    off = 1.0 if math.isnan(found.ratio) else abs(math.log(found.ratio))
    return (explained, int(not math.isnan(found.ratio)), -round(off, 1), -_rank(reading.convention))


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
    return best.reading, _doubts(best, good[1:])


def _named(name: str, labels: Mapping[int, Label]) -> tuple[Reading, list[str]]:
    if name == ANY:
        raise InputError("--convention any needs the lowest vertebra, for example any:L5")
    if name not in conventions():
        raise InputError(f"--convention {name}: not known; {nearest(name, conventions())}")
    reading = read(name, labels)
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
    return reading, [] if found.plausible else [_size_line(found)]


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
    names = [n for n in ORDER[start::-1] if n == lowest or n not in ("T13", "L6", "L7")]
    if len(ids) > len(names):
        raise InputError(f"{len(ids)} vertebrae cannot stand on {lowest}")
    return {ids[i]: name for i, name in zip(order, names, strict=False)}


def _below(name: str) -> str:
    following = ORDER[ORDER.index(name) + 1 :]
    return next(n for n in following if n not in ("T13", "L6", "L7"))


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
            f"the lowest whole one, for example --convention {one.convention}:L5"
        )
    sized = [f for f in fits if f.ordered and len(f.reading.vertebrae) > 1]
    if sized:
        best = min(sized, key=lambda f: abs(math.log(f.ratio)))
        return (
            _size_line(best) + "; they look like numbers of instances: name the lowest vertebra, "
            "for example --convention spineps:L4"
        )
    return (
        f"no vertebrae found: the labels {_list(labels)} fit no convention in their order along "
        f"the spine; give --convention ({', '.join(conventions())}), or any:L5 where every label "
        "is a vertebra and the lowest is L5"
    )


def _size_line(found: Fit) -> str:
    return (
        f"by {found.reading.convention} the labels would be {found.reading.names}, but neighbours "
        f"lie {found.ratio:.2g} times as far apart as those vertebrae usually do"
    )


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


def without_arches(reading: Reading) -> Reading:
    """The reading under the name of the convention that numbers alike and draws bodies alone."""
    alike = reading.convention in ("verse", "spineps") and not reading.discs
    return replace(reading, convention="totalsegmentator-pp") if alike else reading


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
    if not bones:
        raise InputError(f"no segment is named after a vertebra: {_list_names(named)}")
    found = fit(reading, labels)
    if not found.ordered:
        raise InputError(f"the segments {reading.names} do not stand in this order along the spine")
    return reading, [] if found.plausible else [_size_line(found)]


_LEVEL = re.compile(r"(?<![A-Z0-9])([CTL][0-9]{1,2}|S1)(?![0-9])")


def _list_names(named: Mapping[int, str]) -> str:
    return ", ".join(list(named.values())[:8]) or "none"
