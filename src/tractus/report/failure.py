"""Forces and strains of a method as shares of published failure values (data/failure.csv)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tractus.report.curves import extremes
from tractus.report.rows import middle
from tractus.tables import Row, number, table

if TYPE_CHECKING:
    import xarray as xr

REGIONS = {"L": "lumbar", "T": "thoracic", "C": "cervical"}


def failure_values(level: str) -> dict[str, Row]:
    """Rows of the table that hold at `level`, by quantity (compression, tension, annulus)."""
    region = REGIONS.get(level[0], "lumbar")
    rows = table("failure")
    return {str(r["quantity"]): r for r in rows if r["region"] in (region, "all")}


def shares(run: xr.Dataset, level: str, entry: dict[str, Any]) -> dict[str, float | None]:
    """Largest force or strain at `level` during the method divided by its failure value."""
    limits = failure_values(level)
    result: dict[str, float | None] = {
        kind: value / number(limits[kind], "value") for kind, value in extremes(run, level).items()
    }
    result["ligament"] = middle(entry, "max_ligament_strain_fraction_of_failure")
    return result
