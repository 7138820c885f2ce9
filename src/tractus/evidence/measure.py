"""What an experiment reads off a response, and when: `measure` of docs/experiments.md."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from tractus import nutrition, response, units
from tractus.errors import InputError, nearest, show
from tractus.files import Model, as_mapping, build, check_keys
from tractus.levels import REGIONS, check_level
from tractus.patient import Specimen, Subject
from tractus.regimen import ResolvedStep
from tractus.simulation import START

if TYPE_CHECKING:
    import xarray

Steps: TypeAlias = Sequence[ResolvedStep]
Form: TypeAlias = Literal["value", "percent", "share", "share-recovered"]

STATES = ("at", "from", "of", "base")
SAME_TIME = 1e-6  # s

BY_LEVEL = {**response.UNITS, **nutrition.UNITS}
# variables without a level: unit, and the dimension of which one is chosen
WHOLE = {
    "muscle_activity": ("1", ("region",)),
    "contact_force": ("N", ()),
    "stature": ("m", ()),
    "applied_force": ("N", ()),
}
CHOICES: Mapping[str, Sequence[str]] = {
    "site": response.SITES,
    "side": response.SIDES,
    "axis": response.AXES,
    "direction": response.DIRECTIONS,
    "region": REGIONS,
    "ligament": response.LIGAMENTS,
    "muscle": response.MUSCLES,
}
# SI unit of a variable -> kind of quantity, and its power: m2 is a length twice
_KIND = {
    "Pa": ("pressure", 1),
    "m": ("length", 1),
    "m2": ("length", 2),
    "m3": ("length", 3),
    "N": ("force", 1),
    "rad": ("angle", 1),
}
_SCALE = {"1": {"1": 1.0, "%": 0.01}, "mol/m3": {"mol/m3": 1.0, "mmol/l": 1.0}}


class Checked(BaseModel):
    """A part of an experiment file; quantities stay as they were written."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True
    )


class When(Checked):
    """A time within a step: `start`, `end`, or a duration after the step began."""

    step: int = Field(ge=1)
    time: str


class Measure(Checked):
    """A quantity at one time, as a change since another, or as a share of a change."""

    quantity: str
    level: str | None = None
    levels: list[str] | None = Field(default=None, min_length=1)
    across: Literal["mean", "sum", "min", "max"] | None = None
    site: str | None = None
    side: str | None = None
    axis: str | None = None
    direction: str | None = None
    region: str | None = None
    ligament: str | None = None
    muscle: str | None = None
    at: When
    since: When | None = Field(default=None, alias="from")
    of: When | None = None
    base: When | None = None
    form: Form = Field(default="value", alias="as")

    @property
    def states(self) -> dict[str, When]:
        """The times that are given, by their names in files."""
        given = zip(STATES, (self.at, self.since, self.of, self.base), strict=True)
        return {name: when for name, when in given if when is not None}


def checked(model: type[Model], raw: object, where: str) -> Model:
    """A model of what a file holds; an unknown key names the nearest known one."""
    given = {key: value for key, value in as_mapping(raw, where).items() if value is not None}
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    required = [name for name, field in fields.items() if field.is_required()]
    check_keys(given, list(fields), where, required)
    return build(model, given, where)


def parse(raw: object, subject: Subject, steps: Steps, where: str) -> Measure:
    """The measure of an experiment, checked against its subject and its regimen."""
    given = as_mapping(raw, where)
    for name in STATES:
        if given.get(name) is not None:
            given[name] = checked(When, given[name], f"{where}: {name}")
    measure = checked(Measure, given, where)
    _check_form(measure, where)
    _check_place(measure, subject, where)
    for name, when in measure.states.items():
        instant(when, steps, f"{where}: {name}")
    return measure


def _check_form(measure: Measure, where: str) -> None:
    """What `as` needs, and what it cannot use."""
    form, given = measure.form, measure.states.keys()
    needed = {"value": set(), "percent": {"from"}}.get(form, {"from", "of"})
    if missing := [name for name in STATES[1:] if name in needed - given]:
        raise InputError(f"{where}: as {form} needs {' and '.join(missing)}")
    if form in ("value", "percent") and given & {"of", "base"}:
        raise InputError(f"{where}: of and base are for shares; 'as' is {form}")
    if form == "percent" and measure.across == "sum":
        raise InputError(f"{where}: percent of each level cannot be summed; take mean, min or max")


def _variable(quantity: str, where: str = "measure") -> tuple[str, tuple[str, ...]]:
    """SI unit and dimensions (besides time) of a variable of the response."""
    if quantity in WHOLE:
        return WHOLE[quantity]
    if quantity not in BY_LEVEL:
        known = [*BY_LEVEL, *WHOLE]
        raise InputError(f"{where}: unknown quantity '{quantity}'; {nearest(quantity, known)}")
    return BY_LEVEL[quantity], ("level", *response.EXTRA.get(quantity, ()))


def _check_place(measure: Measure, subject: Subject, where: str) -> None:
    """Levels and components that the quantity has, and no others."""
    _, dims = _variable(measure.quantity, where)
    for key, allowed in CHOICES.items():
        value = getattr(measure, key)
        if value is not None and key not in dims:
            raise InputError(f"{where}: {measure.quantity} has no {key}")
        if value is None and key in dims and key not in ("site", "side"):
            raise InputError(f"{where}: {measure.quantity} needs {key}: {', '.join(allowed)}")
        if value is not None and value not in allowed:
            raise InputError(f"{where}: unknown {key} {show(value)}; {nearest(value, allowed)}")
    if "level" in dims:
        _check_levels(measure, subject, where)
    elif measure.level or measure.levels or measure.across:
        raise InputError(f"{where}: {measure.quantity} has no levels")
    elif isinstance(subject, Specimen):
        raise InputError(f"{where}: {measure.quantity} needs a patient; a specimen has none")


def _check_levels(measure: Measure, subject: Subject, where: str) -> None:
    if measure.level and measure.levels:
        raise InputError(f"{where}: give level or levels, not both")
    if len(measure.levels or ()) > 1 and measure.across is None:
        raise InputError(f"{where}: levels need across: mean, sum, min or max")
    for level in levels_of(measure, subject, where):
        check_level(level, where)
        if isinstance(subject, Specimen) and level != subject.level:
            raise InputError(f"{where}: level {level} is not in the specimen {subject.level}")


def levels_of(measure: Measure, subject: Subject, where: str = "measure") -> list[str]:
    """Levels that are read: a specimen's own by default."""
    if measure.levels or measure.level:
        return measure.levels or [str(measure.level)]
    if isinstance(subject, Specimen):
        return [subject.level]
    raise InputError(f"{where}: {measure.quantity} needs a level, or levels and across")


def instant(when: When, steps: Steps, where: str = "measure") -> float:
    """Time [s] since the regimen began."""
    if when.step > len(steps):
        raise InputError(f"{where}: no step {when.step}; the regimen has {len(steps)}")
    ends = list(itertools.accumulate((s.duration or 0.0 for s in steps), initial=0.0))
    begun, step = ends[when.step - 1], steps[when.step - 1]
    if step.duration is None:
        raise InputError(
            f"{where}: step {when.step} ({step.do}) takes no time; read the step before or after it"
        )
    if when.time == "end":
        return ends[when.step]
    if when.time == "start":  # with the load on
        return begun + min(max(START, step.ramp), step.duration)
    after = units.quantity(when.time, "time", where=f"{where}: time, start, end or a duration")
    if not 0.0 <= after <= step.duration or begun + after <= 0.0:
        raise InputError(
            f"{where}: {show(when.time)} is not in step {when.step} ({step.do}), which takes "
            f"{step.duration:g} s"
        )
    return begun + after


def scale(measure: Measure, unit: str, subject: Subject, where: str = "measure") -> float:
    """One `unit` of the published value in what `predict` returns."""
    if measure.form == "percent":
        allowed = {"%": 1.0}
    elif measure.form != "value":
        allowed = _SCALE["1"]
    else:
        allowed = _units(_variable(measure.quantity, where)[0], subject.body_weight)
    if unit not in allowed:
        shown = f"{measure.quantity} as {measure.form}"
        raise InputError(f"{where}: unit {show(unit)} of {shown}; allowed: {', '.join(allowed)}")
    return allowed[unit]


def _units(si: str, body_weight: float) -> dict[str, float]:
    """Units that a variable may be published in, each in SI."""
    if si in _SCALE:
        return _SCALE[si]
    kind, power = _KIND[si]
    suffix = str(power) if power > 1 else ""
    return {
        f"{unit}{suffix}": units.convert(1.0, unit, kind, body_weight) ** power
        for unit in units.allowed_units(kind, body_weight)
    }


def predict(
    measure: Measure, subject: Subject, steps: Steps, data: xarray.Dataset
) -> npt.NDArray[np.float64]:
    """What a response says, in SI, percent in percent: () or, where it has samples, (samples,)."""
    with np.errstate(divide="ignore", invalid="ignore"):  # not finite is out of the band
        found = formed(measure.form, states(measure, subject, steps, data))
    if "level" in found.dims:
        found = getattr(found, measure.across or "mean")("level", skipna=False)
    return np.asarray(found.values, np.float64)


def states(
    measure: Measure, subject: Subject, steps: Steps, data: xarray.Dataset
) -> dict[str, xarray.DataArray]:
    """The quantity at each of the times asked for, by their names in files."""
    found = field(measure, subject, data)
    at = {name: instant(when, steps) for name, when in measure.states.items()}
    return {
        name: found.sel(time=time, method="nearest", tolerance=SAME_TIME).drop_vars("time")
        for name, time in at.items()
    }


def field(measure: Measure, subject: Subject, data: xarray.Dataset) -> xarray.DataArray:
    """The quantity over time and the levels asked for, other dimensions chosen or averaged."""
    found = data[measure.quantity]
    if "level" in found.dims:
        found = found.sel(level=levels_of(measure, subject))
    for dim in CHOICES:
        if dim not in found.dims:
            continue
        wanted = getattr(measure, dim) or ("mean" if dim == "site" else None)
        found = found.sel({dim: wanted}) if wanted else found.mean(dim, skipna=False)
    return found


def formed(form: Form, states: Mapping[str, Any]) -> Any:
    """`as` of the states at, from, of and base, level by level."""
    if form == "value":
        return states["at"] - states["from"] if "from" in states else states["at"]
    change = states["at"] - states["from"]
    if form == "percent":
        return 100.0 * change / abs(states["from"])
    whole = states["of"] - states.get("base", states["from"])
    return change / whole if form == "share" else -change / whole
