"""Ligaments of a joint: capsules resist sliding across, not parting."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tractus import ligaments
from tractus import spine as spines
from tractus.engine import potential
from tractus.levels import LEVELS, UPPER_NECK
from tractus.patient import Specimen
from tractus.system import Joints
from tractus.tables import number, parameter, table
from tractus.tissue.ligament import SMOOTH

ACROSS = [ligaments.ROPES.index(name) for pair in ligaments.CAPSULES.values() for name in pair[1:]]
SLIDE = 0.5e-3  # m


def joint_of(level: str) -> Joints:
    """The joint of a specimen."""
    spine = spines.of(Specimen.parse({"level": level, "parts": "segment", "grade": 2}))
    return jax.tree.map(lambda a: np.asarray(a[0]), spine.system.joints)  # type: ignore[no-any-return]


def strain(joint: Joints, move: np.ndarray) -> np.ndarray:
    """Strains (4,) of the fibres across, after a movement from where ligaments are at rest."""
    lowered = (parameter("neutral_height") - 1.0) * joint.gap
    y = jnp.concatenate([jnp.asarray(lowered + move), jnp.zeros(3)])
    return np.asarray(potential.rope_strain(y, joint))[ACROSS]


def tangents(level: str) -> np.ndarray:
    """Directions (2, 3) outward along the two facets, in the transverse plane."""
    row = next(r for r in table("levels") if r["level"] == level)
    a = np.radians(number(row, "facet_angle_deg"))
    return np.array([[-np.sin(a), side * np.cos(a), 0.0] for side in (1.0, -1.0)])


@pytest.mark.parametrize("level", LEVELS)
def test_capsules_resist_sliding_either_way_and_let_facets_part(level):
    joint = joint_of(level)
    both = parameter("capsule_across_stiffness")
    assert joint.rope_stiffness[ACROSS] == pytest.approx(np.full(4, both / 2.0))
    rest = strain(joint, np.zeros(3))
    assert rest == pytest.approx(np.full(4, -SMOOTH))
    length = joint.rope_length[ACROSS]
    for side, along in enumerate(tangents(level)):
        inward, outward = (strain(joint, sign * SLIDE * along) - rest for sign in (-1.0, 1.0))
        mine = 2 * side + np.arange(2)  # tight as the upper facet slides inward, outward
        assert inward[mine] * length[mine] == pytest.approx([SLIDE, -SLIDE])
        assert outward[mine] * length[mine] == pytest.approx([-SLIDE, SLIDE])
    up = strain(joint, np.array([0.0, 0.0, SLIDE])) - rest
    assert np.all(up * length < 0.1 * SLIDE)


@pytest.mark.parametrize("level", ["C5-C6", "T6-T7", "L4-L5"])
def test_contacts_stand_apart_by_their_gap_where_ligaments_are_at_rest(level):
    joint = joint_of(level)
    lowered = (parameter("neutral_height") - 1.0) * joint.gap
    move = jnp.concatenate([jnp.asarray(lowered), jnp.zeros(3)])
    left = joint.facet_gap - np.asarray(potential.facet_approach(move, joint))
    tip = parameter("facet_tip_gap_share") * joint.gap[2]
    region = str(next(r for r in table("levels") if r["level"] == level)["region"])
    gap, beside = parameter(f"facet_gap_{region}"), parameter("facet_gap_cervical")
    assert left == pytest.approx([gap, gap, tip, tip, beside, beside])


def test_the_atlas_turns_in_lax_capsules(man_spine):
    joints = man_spine.system.joints
    for level in UPPER_NECK:
        at = man_spine.joints.index(level)
        assert np.all(np.asarray(joints.rope_stiffness)[at, ACROSS] == 0.0)


@pytest.fixture(scope="module")
def man_spine():
    """The spine of a man."""
    from engine_cases import man

    return spines.of(man())


def test_a_laminectomy_takes_its_share_of_all_fibres_of_a_capsule(man_spine):
    from tractus.methods import operations

    keys = {"level": "L4-L5", "removed": 1.0, "side": "left"}
    opened = operations.operate(man_spine, "laminectomy", keys)
    j = man_spine.joints.index("L4-L5")
    was, now = (np.asarray(s.system.joints.rope_stiffness)[j] for s in (man_spine, opened))
    left = [ligaments.ROPES.index(name) for name in ligaments.CAPSULES["left"]]
    right = [ligaments.ROPES.index(name) for name in ligaments.CAPSULES["right"]]
    assert now[left] == pytest.approx(was[left] * (1.0 - parameter("laminectomy_facet_share")))
    assert np.array_equal(now[right], was[right])
