"""What the model misses, as a factor of every draw: its discrepancy (Kennedy and O'Hagan 2001).

Draws of persons and parameters are as wrong together as one model is.  `data/discrepancy.csv`
gives every response variable a gain, one where nothing is drawn; `data/uncertainty.csv` spreads
it, by as much as the predictions of the calibration experiments miss.  One part of a gain is that
of the kind of variable, in the whole run; the other that of a step, for all variables alike.

What a gain acts on is said by `form`: a load is multiplied; a size or a motion keeps its value at
rest (a person's at rising, a specimen's swollen free) and its change from there is multiplied; a
size cannot fall below nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tractus.disc_shape import Floats
from tractus.tables import number, table, text, variant

if TYPE_CHECKING:
    import xarray

STEP = "step"  # kind of the rows that hold the gains of steps


def added(data: xarray.Dataset, rest: xarray.Dataset) -> xarray.Dataset:
    """A response with the discrepancy of this draw, the same without draws.

    rest: the response in the state where the run began, one time.
    """
    steps = np.array([number(row, "gain") for row in table("discrepancy") if row["kind"] == STEP])
    _, order = np.unique(data.variables["step"].values, return_inverse=True)
    by_step = steps[order % len(steps)]
    found = {}
    for row in table("discrepancy"):
        name = text(row, "key")
        if name in data.variables:
            known = data.variables[name]
            gain = (number(row, "gain") * by_step).reshape(-1, *(1,) * (known.ndim - 1))
            still: Any = rest.variables[name].values if name in rest.variables else 0.0
            values = missed(text(row, "form"), known.values, still, gain)
            found[name] = (known.dims, values, known.attrs)
    return data.assign(found)


def drawn() -> bool:
    """Whether the tables read now hold a discrepancy."""
    return variant() is not None and any(row["gain"] != 1.0 for row in table("discrepancy"))


def missed(form: str, values: Floats, rest: Floats, gain: Floats) -> Floats:
    """Values of a variable with a gain, arrays that go together; raises ValueError for a form."""
    if form == "load":
        return values * gain
    change = values - rest
    linear = rest + gain * change
    if form == "motion":
        return linear
    if form != "size":
        raise ValueError(f"discrepancy.csv: unknown form '{form}'")
    with np.errstate(divide="ignore", invalid="ignore"):
        shrunk = rest * (values / rest) ** gain  # goes on like the line, and ends at nothing
    found: Floats = np.where(change < 0.0, shrunk, linear)
    return found


__all__ = ["added", "drawn", "missed"]
