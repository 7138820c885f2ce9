"""The thorax: rib heads of every segment, the rib cage of persons, facets that face outward."""

from __future__ import annotations

import functools
import math
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from engine_cases import man
from tractus import joints, simulation
from tractus import spine as spines
from tractus.engine import potential
from tractus.levels import LEVELS
from tractus.patient import Specimen
from tractus.system import Joints
from tractus.tables import Row, Variant, number, parameter, table, varied

SPANNED = [f"T{i}-T{i + 1}" for i in range(1, 10)]
LIGHT = {"do": "bench", "for": "10 s"}


def joint_of(level: str, parts: str = "segment") -> Joints:
    """The joint of a specimen."""
    spine = spines.of(Specimen.parse({"level": level, "parts": parts, "grade": 2}))
    return jax.tree.map(lambda a: np.asarray(a[0]), spine.system.joints)  # type: ignore[no-any-return]


@functools.cache
def person() -> spines.Spine:
    """The spine of a man."""
    return spines.of(man())


def of_person(level: str) -> Joints:
    """The joint of a person."""
    spine = person()
    j = spine.joints.index(level)
    return jax.tree.map(lambda a: np.asarray(a[j]), spine.system.joints)  # type: ignore[no-any-return]


@pytest.mark.parametrize("level", LEVELS)
def test_only_a_person_has_a_rib_cage(level):
    assert np.all(joint_of(level).spring == 0.0)
    cage = of_person(level).spring
    assert np.all(cage[:3] == 0.0)
    whole = math.degrees(parameter("thoracic_rotation_stiffness"))
    gains = [parameter(f"rib_cage_gain_{n}") for n in ("bending", "flexion", "rotation")]
    there = level in joints.CAGE
    assert cage[3:] == pytest.approx([whole * gain if there else 0.0 for gain in gains])


@pytest.mark.parametrize("level", LEVELS)
def test_rib_heads_span_two_vertebrae_from_the_second_to_the_tenth_rib(level):
    stiffness = parameter("rib_head_stiffness") if level in SPANNED else 0.0
    for joint in (joint_of(level), of_person(level)):
        assert joint.rib_stiffness == pytest.approx([stiffness, stiffness])
    assert np.all(joint_of(level, "disc").rib_stiffness == 0.0)


def test_rib_heads_lie_at_the_back_of_the_sides_and_rest_at_the_height_of_a_loaded_disc():
    joint = joint_of("T6-T7")
    row = next(r for r in table("levels") if r["level"] == "T6-T7")
    (x, y, z), right = joint.rib_high
    assert right == pytest.approx([x, -y, z])
    assert -0.5e-3 * number(row, "depth_mm") < x < -0.2e-3 * number(row, "depth_mm")
    assert y == pytest.approx(0.5e-3 * number(row, "width_mm"), rel=0.2)
    lowered = (parameter("neutral_height") - 1.0) * joint.gap[2]
    rest = potential.rib_displacement(jnp.array([0.0, 0.0, lowered, 0.0, 0.0, 0.0]), joint)
    assert np.asarray(rest) == pytest.approx(np.zeros((2, 3)), abs=1e-12)


def test_rib_heads_resist_by_their_distance_from_the_axis():
    """Stiffness about x, y, z: 2 k times y2, x2 and both, as of two springs all round."""
    joint = joint_of("T6-T7")
    none = joint._replace(rib_stiffness=np.zeros(2))  # type: ignore[arg-type]
    rest = (parameter("neutral_height") - 1.0) * joint.gap[2]
    at = jnp.array([0.0, 0.0, rest, 0.0, 0.0, 0.0])
    bent = jax.hessian(potential.joint_energy)
    added = np.asarray(bent(at, joint) - bent(at, none))
    x, y, _ = joint.rib_high[0]
    k = 2.0 * parameter("rib_head_stiffness")
    expected = k * np.array([1.0, 1.0, 1.0, y**2, x**2, x**2 + y**2])
    assert np.diag(added) == pytest.approx(expected, rel=1e-6)
    assert added[1, 5] == pytest.approx(k * x, rel=1e-6)  # they lie behind: a shift turns


def without_ribs(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Tables of a segment whose ribs were taken off."""
    if name != "parameters":
        return rows
    return tuple(
        MappingProxyType({**row, "value": 0.0}) if row["name"] == "rib_head_stiffness" else row
        for row in rows
    )


def both_ways(segment: Specimen, axis: str) -> float:
    """Rotation [rad] from 2 N m one way to 2 N m the other way."""
    steps = [{**LIGHT, "moment": {axis: f"{way} N m"}} for way in (-2, 2)]
    found = simulation.simulate(segment, steps)
    turn = found["rotation"].sel(axis=axis).squeeze("level")
    return float(turn[-1] - turn.sel(time=10.0))


@pytest.mark.parametrize("axis", ["lateral-bending", "axial-rotation"])
def test_a_segment_turns_further_without_its_ribs(axis):
    """Liebsch and Wilke 2020 at T7-T8, under 5 N m: by 10 and 19 %."""
    segment = Specimen.parse({"level": "T7-T8", "grade": 2})
    whole = both_ways(segment, axis)
    with varied(Variant(without_ribs)):
        assert both_ways(segment, axis) > 1.05 * whole > 0.0


@pytest.mark.parametrize("level", LEVELS)
def test_facets_face_outward_in_the_thorax_and_inward_below(level):
    """The lower vertebra's faces look against the direction of approach."""
    left, right = -joint_of(level).facet_normal[:2]
    assert left == pytest.approx(right * [1.0, -1.0, 1.0])
    assert left[0] < 0.0 < left[2]  # back and up
    thoracic = level.startswith("T") and level != "T12-L1"
    assert (left[1] > 0.0) == thoracic  # to its own side
