"""What `tractus scan --earlier` prints: changes between two scans, spacing first."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from tractus import geometry_change, scan_checks
from tractus.errors import InputError
from tractus.geometry import Geometry
from tractus.geometry_change import Change, GeometryChange
from tractus.report.terminal import grid

NAMES = ("spacing", "height", "wedge", "slip")
DIGITS = {"spacing": 2, "height": 1, "wedge": 1, "slip": 1}


def earlier_geometry(path: Path) -> Geometry:
    """The geometry file of an earlier scan. Raises InputError for another file."""
    if path.suffix != ".json":
        raise InputError(f"--earlier {path}: give the geometry file (.json) of the earlier scan")
    return measured_geometry(path)


def measured_geometry(path: Path) -> Geometry:
    """A geometry file whose vertebrae and levels can be a spine. Raises InputError."""
    found = Geometry.read(path)
    try:
        scan_checks.check_names(found)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return found


def changed(earlier: Geometry, later: Geometry) -> GeometryChange:
    """What changed since an earlier scan. Raises InputError where nothing can be compared."""
    return geometry_change.change(earlier, later)


def cell(found: Change | None, digits: int) -> str:
    """A change with its interval; a star where it is beyond the noise."""
    if found is None:
        return "–"
    low, high = found.interval
    star = " *" if found.beyond_noise else ""
    return f"{found.change:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f}){star}"


def print_change(found: GeometryChange, out: Console) -> None:
    """Print the changes of every level."""
    for line in found.warnings:
        out.print(f"warning: {line}")
    head = ["level", "spacing (mm)", "height, mean (mm)", "wedge (deg)", "slip (mm)"]
    rows = [
        [v.level, *(cell(getattr(v, name), DIGITS[name]) for name in NAMES)] for v in found.levels
    ]
    if found.whole:
        rows.append(["all", cell(found.whole, DIGITS["spacing"]), "–", "–", "–"])
    out.print(grid(head, rows, title="Change since the earlier scan, with its 90 % interval"))
    if found.lordosis:
        out.print(f"lordosis: {cell(found.lordosis, 1)} deg")
    numbers = sum(1 for v in found.levels for _ in v.parts())
    told = ", ".join(found.beyond_noise()) or "none"
    out.print(
        f"* Beyond the noise: {told}. Of {numbers} numbers that have not changed, about "
        f"{0.1 * numbers:.0f} would bear a star by chance; spacing repeats best, height second."
    )
