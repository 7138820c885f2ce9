"""The tables are complete, sourced and consistent with each other."""

import math

import pytest

from tractus.levels import JOINTS, LEVELS
from tractus.tables import STATUSES, names, number, table, text

GEOMETRY = ("vertebrae", "levels", "ligaments", "grade_by_age", "nerves", "methods", "evidence")
BY_COLUMN = ("vertebrae", "levels", "ligaments", "grades")  # many sizes in a row
UP = tuple(reversed(JOINTS))


def _level(key: str) -> dict[str, float]:
    return {text(row, "level"): number(row, key) for row in table("levels")}


@pytest.mark.parametrize("name", [*GEOMETRY, "columns"])
def test_every_row_has_a_source_and_a_status(name: str) -> None:
    assert name in names()
    for row in table(name):
        assert text(row, "source")
        assert row["status"] in STATUSES


@pytest.mark.parametrize("name", BY_COLUMN)
def test_every_column_of_sizes_says_where_it_comes_from(name: str) -> None:
    listed = [text(row, "column") for row in table("columns") if row["table"] == name]
    sizes = {key for row in table(name) for key in row if isinstance(row[key], float)}
    assert sorted(listed) == sorted(sizes - {"grade"})


def test_only_tables_of_sizes_are_told_by_column() -> None:
    assert {text(row, "table") for row in table("columns")} == set(BY_COLUMN)


def test_unknown_table() -> None:
    with pytest.raises(KeyError, match="no table 'nothing'"):
        table("nothing")


def test_rows_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        table("levels")[0]["height_mm"] = 1.0  # type: ignore[index]


def test_levels_run_from_the_sacrum_up() -> None:
    assert tuple(text(row, "level") for row in table("levels")) == UP


def test_bodies() -> None:
    bodies = [text(row, "body") for row in table("vertebrae")]
    assert bodies[0] == "S1"
    assert bodies[1:25] == [joint.split("-")[0] for joint in UP[:24]]
    assert bodies[25:] == ["head", "arms", "legs"]


def test_masses_add_up_to_the_whole_body() -> None:
    share = {text(row, "body"): number(row, "mass_fraction") for row in table("vertebrae")}
    assert sum(share.values()) == pytest.approx(1.0, abs=1e-4)
    above = sum(v for k, v in share.items() if k not in ("S1", "L5", "legs"))
    assert above == pytest.approx(0.466, abs=0.001)  # above L4-L5, row M041


@pytest.mark.parametrize(
    ("key", "lumbar", "thoracic", "cervical"),
    [("angle_recumbent_deg", 36.8, -35.0, 10.0), ("angle_standing_deg", 50.0, -40.0, 15.0)],
)
def test_curves(key: str, lumbar: float, thoracic: float, cervical: float) -> None:
    disc, body = _level(key), _level("body_wedge_deg")

    def total(discs: list[str], bodies: list[str]) -> float:
        return sum(disc[d] for d in discs) + sum(body[b] for b in bodies)

    inside = {joint.split("-")[0]: joint for joint in LEVELS}
    lumbar_bodies = [inside[f"L{i}"] for i in range(1, 6)]
    thoracic_bodies = [inside[f"T{i}"] for i in range(1, 13)]
    got = total(["T12-L1", *lumbar_bodies], lumbar_bodies)
    assert got == pytest.approx(lumbar, abs=0.05)
    got = total(thoracic_bodies[:-1], thoracic_bodies)
    assert got == pytest.approx(thoracic, abs=0.05)
    neck = [inside[f"C{i}"] for i in range(2, 7)]
    assert total(neck, neck[1:]) == pytest.approx(cervical, abs=0.05)


def test_spacing_follows_the_model_of_the_whole_trunk() -> None:
    heights = _level("height_mm")
    body = {text(row, "body"): row for row in table("vertebrae")}
    stack = sum(heights[joint] for joint in UP[1:17])
    stack += sum(number(body[joint.split("-")[0]], "height_mm") for joint in UP[:17])
    vertical = 493.635 - 22.0  # rows G001 to G018: C7-T1 above L5-S1, standing
    assert 1.0 < stack / vertical < 1.08  # an arc is longer than its chord


def test_disc_areas_are_ellipses_within_their_range() -> None:
    for row in table("levels"):
        area = number(row, "area_mm2")
        ellipse = math.pi / 4 * number(row, "width_mm") * number(row, "depth_mm")
        assert ellipse == pytest.approx(area, rel=0.01)
        assert number(row, "area_low_mm2") <= area <= number(row, "area_high_mm2")
    assert _level("area_mm2")["L4-L5"] == 1600.0


def test_ligaments_are_ordered_front_to_back_and_within_range() -> None:
    for level in JOINTS:
        rows = {text(r, "ligament"): r for r in table("ligaments") if r["level"] == level}
        assert set(rows) >= {"ALL", "PLL", "LF", "ISL", "SSL", "CL"}
        xs = [number(rows[name], "x_mm") for name in ("ALL", "PLL", "LF", "ISL", "SSL")]
        assert xs == sorted(xs, reverse=True)
        for row in rows.values():
            k = number(row, "stiffness_N_per_mm")
            assert number(row, "stiffness_low_N_per_mm") <= k
            assert k <= number(row, "stiffness_high_N_per_mm")
            assert number(row, "toe_strain") < number(row, "failure_strain")
            assert number(row, "prestrain") < number(row, "failure_strain")
            assert number(row, "z_upper_mm") - number(row, "z_lower_mm") == pytest.approx(
                number(row, "length_mm"), abs=0.11
            )


@pytest.mark.parametrize(
    ("level", "low", "high"), [("C5-C6", 237, 400), ("T6-T7", 250, 770), ("L4-L5", 230, 500)]
)
def test_ligaments_are_as_stiff_as_segments_allow(level: str, low: float, high: float) -> None:
    """All ligaments of a level together [N/mm], inside what whole segments showed in tension."""
    rows = [row for row in table("ligaments") if row["level"] == level]
    assert low <= sum(number(row, "stiffness_N_per_mm") for row in rows) <= high


def test_nerve_canals_are_wide_enough() -> None:
    for row in table("levels"):
        assert 100 < number(row, "canal_area_mm2") < 500
        assert 40 <= number(row, "foramen_area_mm2") <= 180


def test_grades_cover_every_disc_and_age() -> None:
    rows = table("grade_by_age")
    for level in LEVELS:
        for age in range(18, 101):
            fits = [
                row
                for row in rows
                if level in text(row, "levels").split("|")
                and number(row, "age_low") <= age <= number(row, "age_high")
            ]
            assert len(fits) == 1
            assert 1 <= number(fits[0], "grade") <= 5
