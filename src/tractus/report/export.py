"""Responses as files: NetCDF, CSV, JSON."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import xarray as xr

ENGINE: Literal["h5netcdf"] = "h5netcdf"


def write_json(data: Any, path: Path) -> None:
    """Indented JSON in UTF-8. Raises ValueError for a number that is not finite."""
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
    path.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    """NumPy scalars and read-only mappings as JSON knows them."""
    if hasattr(value, "item"):
        return value.item()
    return dict(value) if isinstance(value, Mapping) else str(value)


def write_netcdf(response: xr.Dataset, path: Path) -> None:
    """One response as NetCDF 4."""
    response.to_netcdf(path, engine=ENGINE)


def write_comparison(comparison: Any, path: Path) -> None:
    """All runs in one NetCDF file: groups `methods/ID` and, lying in its place, `lying/ID`.

    Read one with `xarray.open_dataset(path, group="methods/heat")`, all with `open_datatree`.
    """
    import xarray as xr

    root = xr.Dataset(
        attrs={
            "title": "Tractus: every way of decompressing one spine, compared",
            "target_level": str(comparison.summary["target_level"]),
            "patient": json.dumps(comparison.summary["patient"], default=_plain),
            "note": "Research and education software, not a medical device.",
        }
    )
    groups = {"/": root}
    for kind, runs in (("methods", comparison.runs), ("lying", comparison.baselines)):
        groups |= {f"/{kind}/{identifier}": run for identifier, run in runs.items()}
    xr.DataTree.from_dict(groups).to_netcdf(path, engine=ENGINE)


def write_csv(response: xr.Dataset, path: Path) -> None:
    """One response as CSV: a row per time and level, a column per variable and component.

    Columns are named variable, component and unit (`disc_height_middle_m`); what has no level
    (stature, muscle activity) stands in every row of its time.
    """
    head, columns = _columns(response)
    times, steps = response["time"].values, response["step"].values
    levels = [str(level) for level in response["level"].values]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["time_s", "step", "level", *head])
        for i, (time, step) in enumerate(zip(times, steps, strict=True)):
            for k, level in enumerate(levels):
                cells = (_cell(c[i, k] if c.ndim == 2 else c[i]) for c in columns)
                writer.writerow([f"{time:.10g}", int(step), level, *cells])


def _cell(value: float) -> str:
    return f"{value:.8g}" if math.isfinite(value) else ""


def _columns(response: xr.Dataset) -> tuple[list[str], list[Any]]:
    """Names and arrays (time, or time and level) of all columns."""
    names, arrays = [], []
    for name, variable in response.data_vars.items():
        if "time" not in variable.dims or variable.dtype.kind not in "fiub":
            continue
        for label, part in _components(variable):
            order = [d for d in ("time", "level") if d in part.dims]
            unit = str(variable.attrs.get("units", "")).replace(" ", "")
            suffix = unit if unit not in ("", "1") else ""
            names.append("_".join(x for x in (str(name), label, suffix) if x))
            arrays.append(part.transpose(*order).values)
    return names, arrays


def _components(variable: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """The parts of a variable that have no dimension besides time and level."""
    other = [d for d in variable.dims if d not in ("time", "level")]
    if not other:
        yield "", variable
        return
    for index in range(variable.sizes[other[0]]):
        part = variable.isel({other[0]: index})
        label = str(part[other[0]].item()) if other[0] in part.coords else str(index)
        for rest, inner in _components(part):
            yield "_".join(x for x in (label, rest) if x), inner


def step_summary(response: xr.Dataset) -> list[dict[str, Any]]:
    """State at the end of every step: pressure, height and axial force per level; stature."""
    from tractus.report.curves import height_mm

    levels = [str(level) for level in response["level"].values]
    heights = {level: height_mm(response, level) for level in levels}
    steps, time = response["step"].values, response["time"].values
    last = {int(step): index for index, step in enumerate(steps)}
    rows = []
    for step, i in sorted(last.items()):
        at = response.isel(time=i)
        entry: dict[str, Any] = {"step": step, "end_s": float(time[i])}
        if "stature" in at:
            entry["stature_mm"] = _finite(1e3 * float(at["stature"].values))
        entry["levels"] = {
            level: {
                "pressure_MPa": _finite(float(at["intradiscal_pressure"].values[k]) / 1e6),
                "height_mm": _finite(float(heights[level][i])),
                "axial_force_N": _finite(float(at["axial_force"].values[k])),
            }
            for k, level in enumerate(levels)
        }
        rows.append(entry)
    return rows


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
