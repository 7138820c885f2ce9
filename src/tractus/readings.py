"""Numbers of one level read off a run, and their change against lying down."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tractus.levels import REGION_OF
from tractus.tables import number, table, text

if TYPE_CHECKING:
    import xarray

Quantity: TypeAlias = dict[str, float | None]


def plain(value: float | None) -> Quantity:
    """A quantity of which only the one value is known."""
    return {"median": value, "low": None, "high": None}


@functools.cache
def _failure_strains() -> dict[tuple[str, str], float]:
    return {
        (text(row, "level"), text(row, "ligament")): number(row, "failure_strain")
        for row in table("ligaments")
    }


def ligament_share(data: xarray.Dataset, step: int) -> float:
    """Largest ligament strain of a step over its failure strain, all levels."""
    strain = data["ligament_strain"].values[data["step"].values == step].max(0)
    fail = _failure_strains()
    shares = [
        strain[i, k] / fail[(str(level), str(rope))]
        for i, level in enumerate(data["level"].values)
        for k, rope in enumerate(data["ligament"].values)
        if (str(level), str(rope)) in fail
    ]
    return float(max(shares))


def _place(data: xarray.Dataset, dim: str, name: str) -> int:
    return [str(value) for value in data.variables[dim].values].index(name)


def readings(data: xarray.Dataset, read_at: float, level: str) -> dict[str, float]:
    """Absolute values at a level: at `read_at` [s], and height at the end of the run."""
    i = int(np.abs(data.variables["time"].values - read_at).argmin())
    k = _place(data, "level", level)

    def of(name: str, **places: int) -> float:
        """The mean over what is not chosen; by place, since by label takes ten times as long."""
        known = data.variables[name]
        chosen = {"time": i, "level": k, **places}
        return float(known.isel({d: n for d, n in chosen.items() if d in known.dims}).mean())

    mean, region = _place(data, "site", "mean"), _place(data, "region", REGION_OF[level])
    return {
        "pressure_MPa": of("intradiscal_pressure") / 1e6,
        "height_mm": of("disc_height", site=mean) * 1e3,
        "height_after_1h_standing_mm": of("disc_height", site=mean, time=-1) * 1e3,
        "stature_mm": of("stature") * 1e3,
        "foramen_area_mm2": of("foramen_area") * 1e6,
        "canal_area_mm2": of("canal_area") * 1e6,
        "axial_force_N": of("axial_force"),
        "max_ligament_strain_fraction_of_failure": ligament_share(data, int(of("step"))),
        "muscle_activity": of("muscle_activity", region=region),
    }


def changes(
    run: xarray.Dataset, lying: xarray.Dataset, read_at: float, level: str
) -> dict[str, Quantity]:
    """The quantities of summary.json for a run against lying down."""
    a, b = readings(run, read_at, level), readings(lying, read_at, level)

    def share(key: str) -> float:
        return 100.0 * (a[key] / b[key] - 1.0)

    values = {
        "pressure_change_MPa": a["pressure_MPa"] - b["pressure_MPa"],
        "height_change_mm": a["height_mm"] - b["height_mm"],
        "height_change_after_1h_standing_mm": a["height_after_1h_standing_mm"]
        - b["height_after_1h_standing_mm"],
        "stature_change_mm": a["stature_mm"] - b["stature_mm"],
        "foramen_area_change_percent": share("foramen_area_mm2"),
        "canal_area_change_percent": share("canal_area_mm2"),
        "axial_force_N": a["axial_force_N"],
        "max_ligament_strain_fraction_of_failure": a["max_ligament_strain_fraction_of_failure"],
        "muscle_activity": a["muscle_activity"],
    }
    return {key: plain(value) for key, value in values.items()}
