"""Runs behind a dose: one possible person lies down, and has sessions, on the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tractus.comparison_runs import BEFORE
from tractus.disc_shape import Floats
from tractus.initial import Run, begin
from tractus.levels import REGION_OF
from tractus.patient import Patient
from tractus.readings import ligament_share
from tractus.simulation import follow, resolve
from tractus.tables import number, table, text

if TYPE_CHECKING:
    import xarray

MINUTES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 35, 40, 45, 60)
"""Minutes of lying at which the baseline is read; between them it is linear."""
QUANTITIES = ("pressure", "height")
BEYOND = 1e6  # of any limited quantity: that of a session without equilibrium


@dataclass(frozen=True)
class Person:
    """One possible person after 4 h upright, and how that person's level fares in lying.

    lying: pressure [Pa] and height [m] at `minutes` from lying down.
    """

    morning: Run
    level: str
    minutes: Floats
    lying: Mapping[str, Floats]

    def baseline(self, quantity: str, minutes: Floats) -> Floats:
        """Lying down at these minutes."""
        return np.interp(minutes, self.minutes, self.lying[quantity])


@dataclass(frozen=True)
class Course:
    """A session at the ends of its holds: what it adds to lying, and what it takes.

    effect: by quantity, in SI, positive where it unloads the disc; use: largest so far of each
    limited quantity, in the unit of its limit; failed: the session finds no equilibrium.
    """

    minutes: Floats
    effect: Mapping[str, Floats]
    use: Mapping[str, Floats]
    applied: float
    failed: bool = False

    def at(self, minutes: float, quantity: str) -> float:
        """Effect at the end of the hold nearest to a time."""
        return float(self.effect[quantity][int(np.argmin(np.abs(self.minutes - minutes)))])

    def taken(self, minutes: float) -> dict[str, float]:
        """Largest limited quantities up to a time."""
        i = int(np.argmin(np.abs(self.minutes - minutes)))
        return {key: float(values[i]) for key, values in self.use.items()}


def person(patient: Patient, level: str) -> Person:
    """The person of the tables as they are now (a variant of them, in a draw)."""
    before = resolve(patient, [{"do": "standing", "for": f"{BEFORE} s"}])
    morning = follow(begin(patient), before, swift=True)
    data = _last(morning, {"do": "lying-supine", "for": f"{MINUTES[-1]} min"}, MINUTES[:-1])[1]
    here = data.sel(level=level)
    return Person(
        morning,
        level,
        _minutes(data, morning),
        {"pressure": _pressure(here), "height": _height(here)},
    )


def session(
    who: Person, step: Mapping[str, Any], minutes: Sequence[float] = (), swift: bool = True
) -> Course:
    """A session of a person: a step as in a regimen file; read at `minutes` that lie in a hold."""
    data = _last(who.morning, dict(step), minutes, swift=swift)[1]
    held = data.sel(time=data["held"].values > 0)
    here, at = held.sel(level=who.level), _minutes(held, who.morning)
    pressure, height = (who.baseline(q, at) for q in QUANTITIES)
    effect = {"pressure": pressure - _pressure(here), "height": _height(here) - height}
    applied = float(np.max(held["applied_force"].values))
    return Course(at, effect, _use(held), applied)


def failed(minutes: float) -> Course:
    """A session that finds no equilibrium: no effect, and beyond every limit."""
    at, beyond = np.array([minutes]), np.array([BEYOND])
    effect = {name: np.zeros(1) for name in QUANTITIES}
    return Course(at, effect, dict.fromkeys(limits(), beyond), 0.0, failed=True)


def step_of(method: str, key: str, strength: float | None, unit: str, minutes: float) -> Any:
    """A step of a regimen file."""
    chosen = {} if strength is None else {key: f"{strength:g} {unit}"}
    return {"do": method, **chosen, "for": f"{minutes:g} min"}


def for_level(step: Mapping[str, Any], level: str) -> dict[str, Any]:
    """The step with what a method needs to work at a level."""
    out = dict(step)
    if step["do"] == "manual-traction" and REGION_OF[level] == "cervical":
        out.setdefault("region", "cervical")
    if step["do"] == "flexion-distraction":
        out.setdefault("level", level)
    return out


def limits(careful: bool = False) -> dict[str, float]:
    """Largest allowed value of each limited quantity (data/limits.csv); less under caution."""
    column = "careful" if careful else "value"
    return {text(row, "quantity"): number(row, column) for row in table("limits")}


def _last(
    morning: Run, step: Mapping[str, Any], also: Any = (), swift: bool = True
) -> tuple[Run, xarray.Dataset]:
    """The run after one more step, and that step's own readings."""
    steps = resolve(morning.spine.subject, [dict(step)])
    times = [morning.time + 60.0 * float(m) for m in also]
    run = follow(morning, steps, also=times, swift=swift)
    data = run.response()
    return run, data.isel(time=data["step"].values == morning.steps + 1)


def _minutes(data: xarray.Dataset, morning: Run) -> Floats:
    return (np.asarray(data["time"].values) - morning.time) / 60.0


def _pressure(here: xarray.Dataset) -> Floats:
    return np.asarray(here["intradiscal_pressure"].values)


def _height(here: xarray.Dataset) -> Floats:
    return np.asarray(here["disc_height"].sel(site="mean").values)


def _use(data: xarray.Dataset) -> dict[str, Floats]:
    """Running maximum over all levels of what is limited."""
    ends = range(1, data.sizes["time"] + 1)
    step = int(data["step"].values[0])
    return {
        "ligament": np.array([ligament_share(data.isel(time=slice(0, i)), step) for i in ends]),
        "annulus": np.maximum.accumulate(data["annulus_strain_max"].values.max(1)),
        "facet": np.maximum.accumulate(data["facet_force"].values.max(1)),
    }
