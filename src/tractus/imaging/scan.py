"""The one road from a segmented scan to measured geometry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from tractus.errors import InputError
from tractus.geometry import POSTURES, UNITS, Geometry, rounded
from tractus.imaging import checks, conventions, naming, read
from tractus.imaging.conventions import ORDER, Reading
from tractus.imaging.measure import Key, Measured, measured
from tractus.imaging.parts import Parts, labels_of, take_apart
from tractus.imaging.volume import Volume, extended
from tractus.tables import entry

Numbers = Mapping[Key, tuple[float, float]]


@dataclass(frozen=True)
class Scan:
    """A measured scan, with what a picture of it needs."""

    name: str
    geometry: Geometry
    parts: Parts
    found: Measured
    image: Volume | None


def scan(
    labels: str | Path,
    image: str | Path | None = None,
    convention: str | None = None,
    posture: str = "supine",
) -> Scan:
    """Measure a label map. Raises InputError in one line for what cannot be measured."""
    if posture not in POSTURES:
        raise InputError(f"posture {posture}: not known; allowed: {', '.join(POSTURES)}")
    volume, named, warnings = read.read_labels(Path(labels))
    behind = None
    if image is not None:
        behind, more = read.read_image(Path(image))
        warnings += more + checks.same_place(volume, behind)
        volume = extended(volume, behind)
    return of_volume(volume, behind, convention, named, warnings, posture)


def of_volume(
    volume: Volume,
    image: Volume | None = None,
    convention: str | None = None,
    named: Mapping[int, str] | None = None,
    warnings: list[str] | None = None,
    posture: str = "supine",
) -> Scan:
    """Measure labels that are in memory; `named` are names that their file gave them."""
    lines = list(warnings or [])
    found_labels = labels_of(volume)
    if named and convention is None:
        reading, doubts = naming.by_name(named, found_labels)
    else:
        reading, doubts = naming.choose(found_labels, convention)
        reading, doubts = checks.sacral_or_lumbar(volume, reading, doubts, convention)
    parts, dropped = take_apart(volume, reading)
    if not (parts.vertebrae or parts.discs):
        raise InputError(checks.nothing_whole(volume.name, parts, Measured({}, None, {}), dropped))
    base, again = measured(parts)
    if (
        convention is None
        and base.bodies
        and not any(b.bone.wall is not None for b in base.bodies.values())
    ):
        reading = conventions.without_arches(reading)
    lines += doubts + dropped + checks.anatomy(volume, parts, base)
    numbers = with_sd(base, again, volume)
    if not any(key[0] in ("vertebrae", "discs", "labels") for key in numbers):
        raise InputError(checks.nothing_whole(volume.name, parts, base, dropped))
    geometry = assembled(reading, base, numbers, lines, posture)
    return Scan(volume.name, geometry, parts, base, image)


def with_sd(base: Measured, again: list[Measured], volume: Volume) -> Numbers:
    """Each number with its standard deviation.

    Labels moved: the mean square of what changes.  Grown and shrunk by half a voxel: each
    surface lies anywhere within it, independently; half of the range over the root of six.
    Angles and slips: the steps of the label, which moving does not show.  Never below the
    repeatability of data/scan.csv.
    """
    *moved, grown, shrunk = again
    out = {}
    for key, value in base.values.items():
        if not math.isfinite(value):
            continue
        change = [p.values[key] - value for p in moved if _finite(p, key)]
        spread = float(np.mean(np.square(change))) if change else 0.0
        ends = [p.values[key] - value for p in (grown, shrunk) if _finite(p, key)]
        half = max((abs(e) for e in ends), default=0.0)
        sd = math.sqrt(spread + half**2 / 6.0 + step_sd(key, base, volume) ** 2)
        out[key] = (value, max(sd, least_sd(key, value)))
    return out


def _finite(found: Measured, key: Key) -> bool:
    return math.isfinite(found.values.get(key, math.nan))


def step_sd(key: Key, base: Measured, volume: Volume) -> float:
    """Standard deviation that the steps of a label leave in a number.

    They are as high as a voxel is along the normal of a plate; for a slip, forward as well.
    """
    kind = {"wedge": "angle", "slip": "slip"}.get(key[-1], "")
    kinds = {"spacing": "spacing", "lordosis": "angle", "kyphosis": "angle", "scoliosis": "angle"}
    kind = kind or kinds.get(key[0], "")
    if not kind:
        return 0.0
    named = set(key) | {word for part in key for word in part.split("-")}
    frames = [b.frame for n, b in base.bodies.items() if n in named]
    frames += [g.frame for n, g in base.drawn.items() if n in key]
    step = max((volume.thickness(f.axes[2]) for f in frames), default=0.0)
    if kind == "slip":
        step = max([step, *(volume.thickness(f.axes[1]) for f in frames)])
    return limit(f"step_{kind}") * step**2


def limit(name: str) -> float:
    """A value of data/scan.csv."""
    return entry("scan", name)


def least_sd(key: Key, value: float) -> float:
    """Repeatability below which no uncertainty goes."""
    if "height" in key:
        return limit("sd_height")
    if key[0] == "spacing":
        return limit("sd_spacing")
    if "slip" in key:
        return limit("sd_slip")
    if "area" in key or key[0] == "canal":
        return limit("sd_area_share") * abs(value)
    if "volume" in key:
        return limit("sd_volume_share") * abs(value)
    return limit("sd_wedge")


def assembled(
    reading: Reading, base: Measured, numbers: Numbers, warnings: list[str], posture: str
) -> Geometry:
    """The geometry of a file from numbers by key."""
    content: dict[str, Any] = {
        "convention": reading.convention,
        "posture": posture,
        "units": dict(UNITS),
        "vertebrae": {
            name: {
                "centroid": [rounded(x) for x in body.centroid],
                "axes": [[rounded(x, 4) for x in row] for row in body.frame.axes],
                **_tree(numbers, "vertebrae", name),
            }
            for name, body in base.bodies.items()
            if body.complete
        },
        "discs": {},
        "spacing": _tree(numbers, "spacing"),
    }
    for name in sorted((*base.gaps, *base.drawn), key=lambda n: -ORDER.index(n.split("-")[1])):
        label = _tree(numbers, "labels", name)
        if name in base.drawn:
            disc = {"kind": "label", **label}
        else:
            disc = {"kind": "gap", **_tree(numbers, "discs", name)}
            if "area" in label and "mean" in label.get("height", {}):
                disc["labelled"] = label
        if "mean" in disc.get("height", {}):
            content["discs"][name] = disc
    for curve in ("lordosis", "kyphosis", "scoliosis"):
        for key, pair in numbers.items():
            if key[0] == curve:
                content[curve] = {"from": key[1], "to": key[2], "value": _number(pair)}
    for extra in ("canal", "foramen"):
        found = _tree(numbers, extra)
        if found:
            content[extra] = found
    content["warnings"] = list(dict.fromkeys(warnings))
    return Geometry.parse(content, "geometry")


def _number(pair: tuple[float, float]) -> dict[str, float]:
    return {"value": rounded(pair[0]), "sd": rounded(pair[1])}


def _tree(numbers: Numbers, *start: str) -> dict[str, Any]:
    """Numbers below a key as nested mappings."""
    out: dict[str, Any] = {}
    for key, pair in numbers.items():
        if key[: len(start)] == start and len(key) > len(start):
            place = out
            for word in key[len(start) : -1]:
                place = place.setdefault(word, {})
            place[key[-1]] = _number(pair)
    return out


def without_volume(found: Scan) -> Scan:
    """The scan without its image, to keep only numbers."""
    return replace(found, image=None)
