"""What the figures need from the datasets of a comparison, as plain lists (JSON)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

BEFORE_S = 1800.0  # what is shown of the standing before the method
MOST_TIMES = 160  # points per curve kept for the drawing; the curves of a run have about as many


def rounded(values: Iterable[float], digits: int) -> list[float | None]:
    """Rounded to `digits` significant digits; None where not finite (JSON has no NaN)."""
    return [float(f"{v:.{digits}g}") if math.isfinite(v) else None for v in map(float, values)]


def method_interval(run: xr.Dataset) -> tuple[float, float]:
    """Start and end of the method [s]: the end of the first step and of the second."""
    time, step = run["time"].values, run["step"].values
    return float(time[step == step[0]][-1]), float(time[step <= step[0] + 1][-1])


def _kept(run: xr.Dataset, start: float, stop: float) -> Any:
    """Indices of at most MOST_TIMES times between `start` and `stop` [s], ends included."""
    import numpy as np

    time = run["time"].values
    inside = np.flatnonzero((time >= start - 1e-9) & (time <= stop + 1e-9))
    if inside.size <= MOST_TIMES:
        return inside
    return inside[np.unique(np.linspace(0, inside.size - 1, MOST_TIMES).round().astype(int))]


def level_of(run: xr.Dataset, level: str) -> str:
    """`level` where the run has it, else the run's last level (a specimen has one)."""
    names = [str(name) for name in run["level"].values]
    return level if level in names else names[-1]


def height_mm(run: xr.Dataset, level: str) -> Any:
    """Disc height at `level` over time [mm], mean over the endplate."""
    height = run["disc_height"].sel(level=level)
    sites = [str(site) for site in run["site"].values]
    mean = height.sel(site="mean") if "mean" in sites else height.mean("site")
    return 1e3 * mean.values


def curve(run: xr.Dataset, level: str, times: Any) -> dict[str, Any]:
    """Pressure [MPa] and height [mm] at `level`, and the pressures of all levels [MPa].

    `times` [s] are the instants wanted; between those of the run the curve is linear.
    """
    import numpy as np

    name = level_of(run, level)
    pressure, own = run["intradiscal_pressure"], run["time"].values

    def at(values: Any) -> list[float | None]:
        return rounded(np.interp(times, own, values), 5)

    return {
        "pressure": at(pressure.sel(level=name).values / 1e6),
        "height": at(height_mm(run, name)),
        "levels": [at(column / 1e6) for column in pressure.values.T],
    }


def pair(run: xr.Dataset, baseline: xr.Dataset, level: str) -> dict[str, Any]:
    """A method and lying down at the same instants, `t` in minutes from the method's start."""
    import numpy as np

    start, stop = method_interval(run)
    first = max(start - BEFORE_S, float(run["time"].values[0]))
    times = run["time"].values[_kept(run, first, float(run["time"].values[-1]))]
    if times[0] > first:
        times = np.concatenate([[first], times])
    return {
        "t": rounded((times - start) / 60, 6),
        "end": round((stop - start) / 60, 3),
        "method": curve(run, level, times),
        "lying": curve(baseline, level, times),
    }


def extremes(run: xr.Dataset, level: str) -> dict[str, float]:
    """Largest compression and tension [N] and annulus strain at `level` during the method."""
    start, stop = method_interval(run)
    time = run["time"].values
    during = (time > start) & (time <= stop)
    here = run.sel(level=level_of(run, level))
    force = here["axial_force"].values[during]
    result = {
        "compression": max(0.0, -float(force.min())),
        "tension": max(0.0, float(force.max())),
    }
    if "annulus_strain_max" in here:
        result["annulus"] = float(here["annulus_strain_max"].values[during].max())
    return result
