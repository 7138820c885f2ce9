"""The tables of sizes as they are in a person whose spine was scanned.

Levels and bodies that were seen take their measured sizes, the others those of the table, scaled
where the seen bodies are clearly larger or smaller than those of the table; the ratio fades with
the distance.  Heights of discs in the table are those at mid-day, so a measured one is divided by
what this disc gains in the posture of the scan (`gains`; a first guess before the model has said).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist, median

from tractus.disc_heights import gain, limit, measured_disc
from tractus.discs import grade_row
from tractus.geometry import Disc, Geometry, Number
from tractus.tables import Cell, Row, number, parameter, quantile, table

Rows = tuple[Row, ...]
SITES = ("anterior", "middle", "posterior")


def sizes(
    geometry: Geometry | None,
    tall: float,
    width: float,
    grades: Sequence[int],
    gains: Mapping[str, float] | None = None,
) -> tuple[Rows, Rows]:
    """Rows of data/levels.csv and data/vertebrae.csv of a person, lowest first.

    tall, width: scales of the table for this person; grades of the discs, lowest first; gains:
    height in the scan's posture over the mid-day height, by level.
    """
    levels, bodies = table("levels"), table("vertebrae")
    if geometry is None:
        return levels, bodies
    rows = [dict(row) for row in levels]
    for row, grade in zip(rows, grades, strict=False):
        level = str(row["level"])
        disc = measured_disc(geometry, level)
        if disc:
            own = (gains or {}).get(level, gain(geometry))
            _disc(row, disc, own * tall * number(grade_row(grade), "height"), width)
            canal = (geometry.canal or {}).get(level)
            if canal:
                row["canal_area_mm2"] = canal.value / width**2
        _wedges(row, geometry, level)
    heights = _bodies(geometry, rows, tall)
    ratio, wide = _ratios(rows, heights, tall)
    lengths = {str(row["body"]): dict(row) for row in bodies}
    _unseen(rows, lengths, heights, ratio, wide)
    for name, height in heights.items():
        lengths[name]["height_mm"] = height / tall
    _foramina(rows, levels, lengths, bodies)
    return tuple(rows), tuple(lengths.values())


def drawn(measure: Number, factor: str) -> float:
    """A measured number, moved by its own deviation where a draw moves the factor."""
    return measure.value + measure.sd * NormalDist().inv_cdf(quantile(factor))


def _lateral(row: Mapping[str, Cell]) -> float:
    """Scale across the spine of a level against the table, beside that of the person."""
    return float(row.get("lateral") or 1.0)


def _disc(row: dict[str, Cell], disc: Disc, gained: float, width: float) -> None:
    """Height, area and the shape of the endplates of a disc that was seen."""
    row["height_mm"] = max(drawn(disc.height.mean, "disc_height"), limit("drawn_height")) / gained
    for site in SITES:
        seen = getattr(disc.height, site)
        if seen is not None:
            row[f"{site}_mm"] = seen.value - disc.height.mean.value
    # the ellipse of the table, which no draw of the area moves
    usual = math.pi / 4.0 * number(row, "width_mm") * number(row, "depth_mm")
    area = max(drawn(disc.area, "disc_area"), limit("drawn_area") * disc.area.value)
    row["lateral"] = math.sqrt(area / usual) / width
    row["area_mm2"] = usual


def _wedges(row: dict[str, Cell], geometry: Geometry, level: str) -> None:
    """Wedge of the disc in the recumbent curve, how far the scan was from it, the body's wedge."""
    disc = geometry.discs.get(level)
    upright = geometry.posture == "standing"
    standing = number(row, "angle_standing_deg") - number(row, "angle_recumbent_deg")
    if disc and disc.wedge:
        wedge = disc.wedge.value - (standing if upright else 0.0)
        row["disc_wedge_deg"] = row["angle_recumbent_deg"] = wedge
        row["angle_standing_deg"] = wedge + standing
        row["scan_extension_deg"] = standing if upright else 0.0
    body = geometry.vertebrae.get(level.split("-")[0])
    if body:
        row["body_wedge_deg"] = body.wedge.value


def _inner(row: Mapping[str, Cell], geometry: Geometry, tall: float) -> float | None:
    """Height [mm] of a seen disc between its cartilage endplates; the plates go to the bodies."""
    disc = measured_disc(geometry, str(row["level"]))
    return disc.height.mean.value - _plates(row, tall) if disc else None


def _plates(row: Mapping[str, Cell], tall: float) -> float:
    return parameter("endplates_height_share") * number(row, "height_mm") * tall


def _bodies(geometry: Geometry, rows: Sequence[Row], tall: float) -> dict[str, float]:
    """Length [mm] of the seen bodies with half of the cartilage on both sides.

    What is missing to the measured spacing is shared by the two bodies of a level.
    """
    above = {str(row["level"]).split("-")[0]: row for row in rows}
    below = {str(row["level"]).split("-")[1]: row for row in rows}
    heights = {
        name: body.height.mean.value + 0.5 * (_plates(above[name], tall) + _plates(b, tall))
        for name, body in geometry.vertebrae.items()
        if name in above and (b := below.get(name)) is not None
    }
    missing: dict[str, list[float]] = {name: [] for name in heights}
    for level, miss in misses(geometry, rows, heights, tall).items():
        for name in level.split("-"):
            missing[name].append(miss)
    return {
        n: h + (sum(missing[n]) / len(missing[n]) if missing[n] else 0.0)
        for n, h in heights.items()
    }


def misses(
    geometry: Geometry, rows: Sequence[Row], heights: Mapping[str, float], tall: float
) -> dict[str, float]:
    """Spacing less what bodies and disc make of it [mm], by level; plates as in the curve."""
    wedge = {str(row["level"]).split("-")[0]: number(row, "body_wedge_deg") for row in rows}
    out = {}
    for row in rows:
        level = str(row["level"])
        upper, lower = level.split("-")
        inner = _inner(row, geometry, tall)
        if level in geometry.spacing and inner and upper in heights and lower in heights:
            half = [
                0.5
                * heights[n]
                * math.cos(math.radians(number(row, "disc_wedge_deg") + wedge[n]) / 2)
                for n in (upper, lower)
            ]
            out[level] = geometry.spacing[level].value - inner - sum(half)
    return out


def _ratios(
    rows: Sequence[Mapping[str, Cell]], heights: Mapping[str, float], tall: float
) -> tuple[float, float]:
    """Usual size of what was seen over the table, along and across; 1 where not clearly apart."""
    usual = {str(row["body"]): row for row in table("vertebrae")}
    along = [h / (number(usual[n], "height_mm") * tall) for n, h in heights.items()]
    across = [_lateral(row) for row in rows if "lateral" in row]
    found = [median(part) if part else 1.0 for part in (along, across)]
    clear = limit("size_clear")
    return tuple(r if abs(r - 1.0) > clear else 1.0 for r in found)  # type: ignore[return-value]


def _unseen(
    rows: Sequence[dict[str, Cell]],
    bodies: Mapping[str, dict[str, Cell]],
    heights: Mapping[str, float],
    ratio: float,
    wide: float,
) -> None:
    """Scale what was not seen by the ratios of the seen, less the farther away."""
    names = [str(row["level"]).split("-")[0] for row in rows]  # upper body of each joint
    reach = limit("size_reach")

    def fading(value: float, steps: int) -> float:
        return float(value ** math.exp(-steps / reach))

    seen = [j for j, name in enumerate(names) if name in heights]
    for j, name in enumerate(names):
        if name in bodies and seen and name not in heights:
            steps = min(abs(j - k) for k in seen)
            bodies[name]["height_mm"] = number(bodies[name], "height_mm") * fading(ratio, steps)
    known = [j for j, row in enumerate(rows) if "lateral" in row]
    for j, row in enumerate(rows):
        if "lateral" not in row and (known or seen):
            row["lateral"] = fading(wide, min((abs(j - k) for k in known), default=99))
            steps = min((abs(j - k) for k in seen), default=99)
            row["height_mm"] = number(row, "height_mm") * fading(ratio, steps)


def _foramina(
    rows: Sequence[dict[str, Cell]],
    usual: Sequence[Row],
    bodies: Mapping[str, Row],
    usual_bodies: Sequence[Row],
) -> None:
    """Foramina as much higher as the body above them and the disc together are."""
    before = {
        str(row["body"]): number(row, "height_mm") for row in usual_bodies if row["height_mm"]
    }
    for row, old in zip(rows, usual, strict=True):
        name = str(row["level"]).split("-")[0]
        if name not in before:
            continue
        now = number(bodies[name], "height_mm") + number(row, "height_mm")
        ratio = now / (before[name] + number(old, "height_mm"))
        for column in ("foramen_height_mm", "foramen_area_mm2"):
            row[column] = number(row, column) * ratio
