"""Numbers that claims are judged by, read from runs (data/claim_readings.csv).

A reading names a run, a quantity of the response, where and when it is read, and against what:
`minus` another run at the same instant, `since` an earlier instant of the same run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tractus import units
from tractus.evidence import claim_runs
from tractus.levels import members
from tractus.readings import ligament_share
from tractus.tables import Row, text

if TYPE_CHECKING:
    import xarray

SCALE = {
    "mm": 1e-3, "cm3": 1e-6, "mm2": 1e-6, "kPa": 1e3, "N": 1.0, "deg": math.pi / 180.0,
    "%": 0.01, "1": 1.0, "mol/m3": 1.0, "min": 60.0,
}  # fmt: skip
ABOVE_NOTHING = 1e-5
"""m, rad: what counts as a change where levels are counted."""
Runs: TypeAlias = Mapping[str, Any]
Values: TypeAlias = np.ndarray[Any, Any]


def needs(row: Row) -> list[str]:
    """Keys of the runs that a reading is taken from."""
    return [k for c in ("run", "minus") for k in text(row, c).split("|") if k]


def value(row: Row, runs: Runs) -> float:
    """The reading in the unit of its row."""
    how = text(row, "as")
    found = SPECIAL[how](row, runs) if how in SPECIAL else _plain(row, runs, how)
    return found / SCALE[text(row, "unit")]


def _plain(row: Row, runs: Runs, how: str) -> float:
    """At an instant, less an earlier one, against another run, as the row says."""
    across = text(row, "across")
    first = _changed(row, runs[text(row, "run")])
    if how == "negative":
        return -_plain({**row, "as": ""}, runs, "")
    if how == "share":  # of the way from `since` to `of`
        run = runs[text(row, "run")]
        whole = _over(row, run, text(row, "of")) - _over(row, run, text(row, "since"))
        return _across(first, across) / _across(whole, across)
    if not row["minus"]:
        if how != "percent":
            return _across(first, across)
        start = _across(_over(row, runs[text(row, "run")], text(row, "since")), across)
        return _across(first, across) / abs(start)
    second = _changed(row, runs[text(row, "minus")])
    if how == "percent":
        a, b = _across(first, across), _across(second, across)
        return (a - b) / abs(b)
    return _across(first - second, across)


def _changed(row: Row, run: xarray.Dataset) -> Values:
    """The quantity at an instant, less that at an earlier one where the row names it."""
    now = _over(row, run, text(row, "at"))
    return now - _over(row, run, text(row, "since")) if row["since"] else now


def _over(row: Row, run: xarray.Dataset, when: str) -> Values:
    """The quantity at an instant, one number per level that is asked for."""
    name = text(row, "quantity")
    if name == "ligament-share":
        step = int(when.split(":")[0])
        return np.array([ligament_share(run, step)])
    data = run[name]
    for part in filter(None, text(row, "pick").split("|")):
        key, chosen = part.split("=")
        data = data.mean(key) if chosen == "mean" else data.sel({key: chosen})
    if "level" in data.dims:
        data = data.sel(level=list(_levels(text(row, "where"))))
    return np.atleast_1d(_at(data, run, when))


def _levels(where: str) -> tuple[str, ...]:
    if where == "all":
        return tuple(x for r in ("cervical", "thoracic", "lumbar") for x in members(r))
    return tuple(members(where)) if where in ("cervical", "thoracic", "lumbar") else (where,)


def _at(data: xarray.DataArray, run: xarray.Dataset, when: str) -> Values:
    """Values at `step:held`, `step:end` or `step:2 min`, a time after the step began."""
    number, instant = when.split(":")
    inside = np.flatnonzero(run["step"].values == int(number))
    time = run["time"].values
    if instant == "end":
        return np.asarray(data.isel(time=inside[-1]).values)
    if instant == "held":
        held = inside[run["held"].values[inside] > 0]
        return np.asarray(data.isel(time=held[-1]).values)
    began = time[inside[0] - 1] if inside[0] else 0.0
    asked = began + units.quantity(instant, "time", where="data/claim_readings.csv: at")
    return np.asarray(data.interp(time=asked).values)


def _across(values: Values, how: str) -> float:
    """One number from those of the levels; `rising` is the share of levels that rose."""
    if how == "rising":
        return float(np.mean(values > ABOVE_NOTHING))
    chosen: dict[str, Callable[..., Any]] = {
        "": np.mean, "mean": np.mean, "min": np.min, "max": np.max, "sum": np.sum,
    }  # fmt: skip
    return float(chosen[how](values))


def _course(row: Row, run: xarray.Dataset) -> tuple[Values, Values]:
    """Times [s] since a step began and the quantity then, from the moment before the step."""
    number = int(text(row, "at").split(":")[0])
    inside = np.flatnonzero(run["step"].values == number)
    rows = np.concatenate([inside[:1] - 1, inside])
    time = run["time"].values[rows]
    data = run[text(row, "quantity")]
    for part in filter(None, text(row, "pick").split("|")):
        key, chosen = part.split("=")
        data = data.mean(key) if chosen == "mean" else data.sel({key: chosen})
    values = data.sel(level=list(_levels(text(row, "where")))).mean("level").values[rows]
    return time - time[0], values


def _time_of_share(row: Row, runs: Runs, share: float) -> float:
    """Time [s] at which so much of a step's change has passed."""
    time, values = _course(row, runs[text(row, "run")])
    wanted = values[0] + share * (values[-1] - values[0])
    return _first(time, values, wanted)


def _first(time: Values, values: Values, wanted: float) -> float:
    """First time at which a course passes a value, between its readings on a line; else nan."""
    side = np.sign(values - wanted)
    for i in range(1, len(time)):
        if side[i] == 0 or side[i] != side[i - 1]:
            a, b = values[i - 1], values[i]
            return float(time[i - 1] + (wanted - a) / (b - a) * (time[i] - time[i - 1]))
    return math.nan


def _shortened(row: Row, runs: Runs) -> float:
    """Share of the session saved: when the run is where `minus` is at the end of its own."""
    time, values = _course(row, runs[text(row, "run")])
    _, other = _course(row, runs[text(row, "minus")])
    return 1.0 - _first(time, values, float(other[-1])) / float(time[-1])


def _delays(row: Row, runs: Runs) -> float:
    """Time [s] to half of a step's change, later than in `minus`."""
    other = {**row, "run": row["minus"]}
    return _time_of_share(row, runs, 0.5) - _time_of_share(other, runs, 0.5)


def _per_mass(row: Row, runs: Runs) -> float:
    """Largest over smallest of a quantity per body mass, less 1, over the people of the runs."""
    shares = []
    for key in text(row, "run").split("|"):
        mass = float(claim_runs.planned()[key].subject.mass)
        shares.append(_across(_over(row, runs[key], text(row, "at")), "") / mass)
    return max(shares) / min(shares) - 1.0


def _apart(row: Row, runs: Runs) -> float:
    """Largest over smallest of an effect over people, less 1; `minus` has as many runs."""
    keys = zip(text(row, "run").split("|"), text(row, "minus").split("|"), strict=True)
    effects = [abs(_plain({**row, "run": a, "minus": b}, runs, "")) for a, b in keys]
    return max(effects) / min(effects) - 1.0


def _delivered(row: Row, runs: Runs) -> float:
    """Share of the device's pull by which the force through a level changes against `minus`."""
    pull = {**row, "quantity": "applied_force"}
    change = _plain(row, runs, "")
    return change / _across(_over(pull, runs[text(row, "run")], text(row, "at")), "")


def _specific(row: Row, runs: Runs) -> float:
    """Share of one level in the gain of all that gain."""
    every = {**row, "where": "all"}
    run, minus = runs[text(row, "run")], runs[text(row, "minus")]
    gains = _over(every, run, text(row, "at")) - _over(every, minus, text(row, "at"))
    return _plain(row, runs, "") / float(np.sum(np.maximum(gains, 0.0)))


SPECIAL: Mapping[str, Callable[[Row, Runs], float]] = {
    "time-of-10": lambda row, runs: _time_of_share(row, runs, 0.1),
    "time-of-50": lambda row, runs: _time_of_share(row, runs, 0.5),
    "time-of-90": lambda row, runs: _time_of_share(row, runs, 0.9),
    "shortened": _shortened,
    "delay": _delays,
    "per-mass": _per_mass,
    "apart": _apart,
    "delivered": _delivered,
    "specific": _specific,
}
