"""Oxygen, glucose and lactate in the discs of a spine, over a run.

A disc is a body of revolution of its own area, height and water: rings of nucleus and annulus,
layers from the middle plane through the cartilage endplate.  Blood is met at the bone under the
nucleus and the inner annulus, and round the rim.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tractus import discs
from tractus.spine import Spine
from tractus.tables import number, parameter
from tractus.tissue import nutrition
from tractus.tissue.disc import LAYERS
from tractus.tissue.nutrition import (
    GLUCOSE,
    LACTATE,
    OXYGEN,
    SPECIES,
    Cells,
    Floats,
    Grid,
    Supply,
    Tissue,
)

Mask: TypeAlias = NDArray[np.bool_]
Indices: TypeAlias = NDArray[np.int_]

CORE, RING, HALF, PLATE = 4, 5, 5, 2  # cells: nucleus, per annulus layer, half height, endplate
UNITS = {"oxygen_min": "Pa", "lactate_max": "mol/m3", "glucose_min": "mol/m3"}
STEP = 600.0  # s between two states of the march, at most
DAY_STEP = 3600.0  # s in the regular day before a run


class Course(NamedTuple):
    """Discs over time: time (T,) [s]; height [m] between the endplates, volumes [m3] (T, D)."""

    time: Floats
    height: Floats
    nucleus: Floats
    nucleus_water: Floats
    annulus: Floats
    annulus_water: Floats

    def at(self, times: Floats) -> list[Floats]:
        """Size and water (T, D) at times [s]: linear in between, constant beyond the ends."""
        i = np.searchsorted(self.time, times).clip(1, len(self.time) - 1)
        w = ((times - self.time[i - 1]) / (self.time[i] - self.time[i - 1])).clip(0.0, 1.0)[:, None]
        return [(1.0 - w) * v[i - 1] + w * v[i] for v in self[1:]]

    def mean(self, since: float, until: float) -> Course:
        """The time average between two times [s], as a course of one time."""
        inside = self.time[(self.time > since) & (self.time < until)]
        times = np.concatenate([[since], inside, [until]])
        gap = np.diff(times)
        share = (np.append(gap, 0.0) + np.append(0.0, gap)) / 2.0 / (until - since)
        return Course(np.array([since]), *((share @ v)[None] for v in self.at(times)))


def after(before: Course, run: Course) -> Course:
    """The course of a run, begun at 0 s as a course before it ended."""
    whole = [np.vstack([b[-1:], r]) for b, r in zip(before[1:], run[1:], strict=True)]
    return Course(np.append(0.0, run.time), *whole)


class Discs(NamedTuple):
    """What does not change with time: endplates and cells of discs (D,)."""

    plate: Floats  # m, thickness of one cartilage endplate
    exchange: Floats  # share of an endplate that is open to diffusion
    inner: float  # share of that over the inner annulus
    cells: Floats  # (2, D) number in nucleus and annulus
    plate_cells: float  # 1/m3
    plate_water: float
    free: Floats  # (3,) diffusivities in water [m2/s]


def discs_of(spine: Spine, usual: Course) -> Discs:
    """Discs of a spine whose cells are as dense as the table says at one usual time."""
    rows = spine.rows[: len(spine.grades)]
    dense = (parameter("cells_nucleus"), parameter("cells_annulus"))
    return Discs(
        np.array([discs.endplate_thickness(row) for row in rows]),
        np.array([number(discs.grade_row(g), "exchange") for g in spine.grades]),
        parameter("endplate_inner_annulus_open"),
        np.stack([dense[0] * usual.nucleus[0], dense[1] * usual.annulus[0]]),
        parameter("cells_endplate"),
        parameter("endplate_water"),
        np.array([parameter(f"diffusivity_{s}") for s in SPECIES]),
    )


def cells() -> Cells:
    """How cells answer, by the table."""
    names = ("oxygen_solubility", "plain_ph", "lactate_per_ph", "glycolysis_half_glucose")
    return Cells(*(parameter(name) for name in names))


def supply() -> Supply:
    """Concentrations in the vessels, by the table."""

    def at(place: str) -> Floats:
        oxygen = parameter("oxygen_solubility") * parameter(f"oxygen_{place}")
        return np.array([oxygen, parameter(f"lactate_{place}"), parameter(f"glucose_{place}")])

    return Supply(at("rim"), at("bone"))


def grid(d: Discs, now: Course, fine: int = 1) -> Grid:
    """Finite volumes of the discs as they are at one time; `fine` divides every cell."""
    core, outer, half = CORE * fine, RING * LAYERS * fine, HALF * fine
    height, nucleus, annulus = (v[0][:, None] for v in (now.height, now.nucleus, now.annulus))
    # rings even in area: thin beside the border of nucleus and annulus, where the worst place is
    inner_edges = nucleus * np.arange(core) / core / height
    outer_edges = (nucleus + annulus * np.arange(outer + 1) / outer) / height
    layers = np.repeat(height / 2.0 / half, half, 1)
    plates = np.repeat(d.plate[:, None] / (PLATE * fine), PLATE * fine, 1)
    thickness = np.concatenate([layers, plates], 1)
    return nutrition.finite_volumes(
        np.concatenate([inner_edges, outer_edges], 1),
        thickness,
        _tissue(d, now, np.arange(core + outer), np.arange(thickness.shape[1]) >= half, fine),
        d.free,
        np.arange(thickness.shape[1]) < half,
    )


def _tissue(d: Discs, now: Course, ring: Indices, plate: Mask, fine: int) -> Tissue:
    """Water, cells and passage of every cell: nucleus, annulus, and endplates over both.

    Beyond the inner annulus its fibres run into the bone: no cartilage, no cells, no passage.
    """
    core = ring < CORE * fine
    cover = np.where(core, 1.0, d.inner) * (ring < (CORE + RING) * fine)

    def of(nucleus: Floats, annulus: Floats) -> Floats:
        return np.where(core, nucleus[:, None], annulus[:, None])[:, :, None]

    wet = of(now.nucleus_water[0] / now.nucleus[0], now.annulus_water[0] / now.annulus[0])
    dense = of(d.cells[0] / now.nucleus[0], d.cells[1] / now.annulus[0])
    lively = d.plate_cells * (cover > 0.0)[:, None]
    closed = d.exchange[:, None, None] * cover[:, None]
    return Tissue(
        np.where(plate, d.plate_water, wet),
        np.where(plate, lively, dense),
        np.where(plate, closed, 1.0),
    )


def begin(d: Discs, usual: Course, fine: int = 1) -> Floats:
    """Steady concentrations (D, R, Z, 3) of discs as they are at one usual time."""
    made, vessels = grid(d, usual, fine), supply()
    first = np.broadcast_to(vessels.bone, (*made.water.shape, len(SPECIES)))
    return nutrition.steady(first, made, vessels, cells())


def march(c: Floats, d: Discs, course: Course, times: Floats) -> Iterator[Floats]:
    """Concentrations at `times` [s], from c at the first of them.

    A step sees the discs as they are on average over it: diffusion is slower than loads.
    """
    vessels, living = supply(), cells()
    fine = c.shape[1] // (CORE + RING * LAYERS)
    yield c
    for since, until in itertools.pairwise(times):
        made = grid(d, course.mean(float(since), float(until)), fine)
        c = nutrition.step(c, float(until - since), made, vessels, living)
        yield c


def extremes(c: Floats, fine: int = 1) -> Floats:
    """Least oxygen [Pa], most lactate, least glucose [mol/m3] between the endplates (3, D)."""
    inside = c[:, :, : HALF * fine].reshape(c.shape[0], -1, len(SPECIES))
    low, high = inside.min(1), inside.max(1)
    oxygen = low[:, OXYGEN] / parameter("oxygen_solubility")
    return np.stack([oxygen, high[:, LACTATE], low[:, GLUCOSE]])


def _times(ends: Sequence[float], largest: float) -> Floats:
    """Times [s] from 0 through all `ends`, no further apart than `largest`."""
    out = [np.zeros(1)]
    for since, until in itertools.pairwise([0.0, *ends]):
        n = max(1, math.ceil((until - since) / largest - 1e-9))
        out.append(np.linspace(since, until, n + 1)[1:])
    return np.concatenate(out)


def nutrients(
    spine: Spine, day: Course | None, run: Course, ends: Sequence[float]
) -> dict[str, Floats]:
    """Readings (T, D) named in UNITS at the times of a run whose loads change at `ends` [s].

    They start from the steady state of the mean regular day, marched once through that day;
    without a day, from the steady state of the run's first time.
    """
    first = Course(*(v[:1] for v in run))
    usual = first if day is None else day.mean(0.0, float(day.time[-1]))
    d = discs_of(spine, usual)
    c = begin(d, usual)
    if day is not None:
        *_, c = march(c, d, day, _times([float(day.time[-1])], DAY_STEP))
    times = _times(ends, STEP)
    states = march(c, d, after(day or first, run), times)
    found = np.stack([extremes(state) for state in states], 1)  # (3, T, D)
    read = [np.stack([np.interp(run.time, times, v) for v in one.T], 1) for one in found]
    return dict(zip(UNITS, read, strict=True))
