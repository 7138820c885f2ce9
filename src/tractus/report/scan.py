"""What `tractus scan` prints: warnings first, then bodies, discs and curves with their sd."""

from __future__ import annotations

from rich.console import Console

from tractus.geometry import Curve, Geometry, Heights, Number
from tractus.report.terminal import grid

SITES = ("anterior", "middle", "posterior", "mean")


def number(found: Number | None, digits: int = 1) -> str:
    """A measured number with its standard deviation."""
    if found is None:
        return "–"
    value = round(found.value, digits) + 0.0  # no "-0.0"
    return f"{value:.{digits}f} ± {found.sd:.{digits}f}"


def heights(found: Heights) -> list[str]:
    """Heights in front, in the middle, at the back, and the mean."""
    return [number(getattr(found, site)) for site in SITES]


def curve_lines(geometry: Geometry) -> list[tuple[str, str]]:
    """Lordosis, kyphosis and scoliosis with the vertebrae between which they were measured."""
    named: list[tuple[str, Curve | None]] = [
        ("lordosis", geometry.lordosis),
        ("kyphosis", geometry.kyphosis),
        ("scoliosis", geometry.scoliosis),
    ]
    return [(f"{name} {c.upper} to {c.lower}", f"{number(c.value)} deg") for name, c in named if c]


def body_rows(geometry: Geometry) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of bodies."""
    head = ["body", *(f"{site} (mm)" for site in SITES), "wedge (deg)", "volume (ml)"]
    rows = [
        [name, *heights(v.height), number(v.wedge), number(v.volume)]
        for name, v in geometry.vertebrae.items()
    ]
    return head, rows


def disc_title(geometry: Geometry) -> str:
    """Title of the table of discs: how most of them were measured."""
    gaps = any(disc.kind == "gap" for disc in geometry.discs.values())
    return "Discs, from bone to bone" if gaps or not geometry.discs else "Discs, as labelled"


def disc_rows(geometry: Geometry) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of discs."""
    head = ["disc", *(f"{site} (mm)" for site in SITES)]
    head += ["label, mean (mm)", "area (mm2)", "wedge (deg)", "slip (mm)", "spacing (mm)"]
    rows = []
    for name in dict.fromkeys([*geometry.discs, *geometry.spacing]):
        disc, apart = geometry.discs.get(name), geometry.spacing.get(name)
        if disc is None:
            rows.append([name, *["–"] * 8, number(apart, 2)])
            continue
        drawn = disc.labelled.height.mean if disc.labelled else None
        name = f"{name}, as labelled" if disc.kind == "label" else name
        cells = [number(drawn), number(disc.area, 0), number(disc.wedge), number(disc.slip)]
        rows.append([name, *heights(disc.height), *cells, number(apart, 2)])
    return head, rows


def read_line(geometry: Geometry) -> str:
    """How the labels were read, and in which posture the person was."""
    lying = "standing" if geometry.posture == "standing" else f"lying {geometry.posture}"
    return f"Labels read as {geometry.convention}; {lying}; ± is one standard deviation."


def print_scan(geometry: Geometry, out: Console) -> None:
    """Print a measured scan."""
    for line in geometry.warnings:
        out.print(f"warning: {line}")
    out.print(read_line(geometry))
    if geometry.discs or geometry.spacing:
        out.print(grid(*disc_rows(geometry), title=disc_title(geometry)))
    if geometry.vertebrae:
        out.print(grid(*body_rows(geometry), title="Vertebral bodies"))
    for name, value in curve_lines(geometry):
        out.print(f"{name}: {value}")
    for level, area in (geometry.canal or {}).items():
        out.print(f"canal at {level}: {number(area, 0)} mm2")
