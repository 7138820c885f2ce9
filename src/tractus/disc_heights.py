"""What the height of a disc on a scan says of its grade (data/height_grades.csv).

A measured height narrows the grades that age makes usual; without a measurement nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from tractus.geometry import Disc, Geometry
from tractus.levels import LEVELS
from tractus.tables import entry, number, table, varied


@dataclass(frozen=True)
class Suggestion:
    """Grade that a height fits: the nearest to the usual one among those allowed."""

    grade: int
    height: float
    """Measured [mm], mean from bone to bone."""
    share: float
    """Of the height expected of a healthy disc of this level and body height."""


def limit(name: str) -> float:
    """A value of data/measured.csv."""
    return entry("measured", name)


def measured_disc(geometry: Geometry | None, level: str) -> Disc | None:
    """A disc of the model measured from bone to bone; what a label draws is lower and not used."""
    disc = geometry.discs.get(level) if geometry and level in LEVELS else None
    return disc if disc and disc.kind == "gap" else None


def gain(geometry: Geometry) -> float:
    """Height in the scan's posture over the mid-day height of the table."""
    return limit("upright_gain" if geometry.posture == "standing" else "recumbent_gain")


def expected_height(geometry: Geometry, level: str, tall: float) -> float:
    """Height [mm] of a healthy disc in the scan's posture; `tall` scales lengths of the spine."""
    with varied(None):  # what is usual does not move with a draw of this person
        row = next(row for row in table("levels") if row["level"] == level)
    return number(row, "height_mm") * tall * gain(geometry)


def suggested(geometry: Geometry | None, level: str, tall: float, usual: int) -> Suggestion | None:
    """The grade that a measured height suggests; None where the disc was not measured.

    A disc counts as low where it is low by more than its standard deviation.
    """
    disc = measured_disc(geometry, level)
    if geometry is None or disc is None:
        return None
    height = disc.height.mean.value
    usual_height = expected_height(geometry, level, tall)
    share, surely = height / usual_height, (height + disc.height.mean.sd) / usual_height
    for row in table("height_grades"):
        if number(row, "share_low") <= surely < number(row, "share_high"):
            low, high = number(row, "grade_low"), number(row, "grade_high")
            return Suggestion(int(min(max(usual, low), high)), height, share)
    return None


def note(level: str, found: Suggestion, given: int | None, usual: int) -> str | None:
    """The suggestion in one line; None where it changes nothing."""
    seen = (
        f"{level}: {found.height:.1f} mm high on the scan, {100 * found.share:.0f} % of what is "
        f"expected of a healthy disc: suggests grade {found.grade}"
    )
    if given is None:
        return f"{seen} (usual at this age: {usual}); used" if found.grade != usual else None
    return f"{seen}; the given grade {given} is used" if abs(given - found.grade) > 1 else None
