"""Discs so plain that their answer is known in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from engine_cases import Case, bench_load
from tractus import discs, initial, response
from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.engine import march
from tractus.initial import Run
from tractus.methods.loading import Load
from tractus.patient import Specimen
from tractus.tissue.disc import COMPARTMENTS, SLICES, Disc

UPRIGHT = jnp.array([[1.0, 0.0, 0.0, 0.0]])
GUIDE = 1e9  # N/m, N m/rad: the upper plate moves along the axis only
SOFT = 1e-6  # of the stiffness of the layer: what must not be zero and does not matter
MODULUS, PERMEABILITY = 5e5, 1e-15  # Pa, m4/Ns
SLICED = np.arange(COMPARTMENTS) < SLICES
CIRCLE = {"width_mm": 1.0, "depth_mm": 1.0}  # their ratio is the shape of the disc
ROUND = {
    "nucleus_back_share": 0.0,
    "fibre_modulus_outer": 0.0,
    "annulus_shear_modulus": 3e8,
    "annulus_lame_modulus": 2e8,
}


def upright(change: Callable[[Disc], Disc], **row: float) -> Run:
    """A disc of L4-L5 between level plates, its constants changed; `row` as in levels.csv."""
    spine = spines.of(Specimen.parse({"level": "L4-L5", "parts": "disc", "grade": 1}))
    flat = {**spine.rows[0], "disc_wedge_deg": 0.0, **row}
    made = change(discs.build(flat, 1, None, 1.0, 1.0))
    joints = spine.system.joints._replace(lower_turn=UPRIGHT, upper_turn=UPRIGHT, wedge=UPRIGHT)
    joints = joints._replace(gap=joints.gap.at[0, 2].set(float(made.nucleus_height)))
    disc: Any = jax.tree.map(lambda a: jnp.asarray(a)[None], made)
    spine = spines.placed(replace(spine, system=spine.system._replace(disc=disc, joints=joints)))
    return Run(spine, initial.rested(spine), response.gauge_of(spine))


def confined(d: Disc) -> Disc:
    """A linear biphasic layer, drained at both plates, held sideways by a stiff thin belt."""
    one = np.ones_like(d.patch.mu)
    belt = d.patch._replace(
        cosine=one,
        sine=0.0 * one,
        mu=SOFT * MODULUS * one,
        lam=SOFT * MODULUS * one,
        k1=1e8 * MODULUS * one,
        k2=one,
        slack=0.0 * one,
        toe=SOFT * one,
    )
    return d._replace(
        patch=belt,
        patch_area=SOFT * d.patch_area,
        charge=0.0 * d.charge,
        nucleus_modulus=MODULUS,
        nucleus_shear=0.0,
        gas=1e-5,
        k0=PERMEABILITY * np.where(SLICED, 1.0, 1e-9),
        exponent=0.0,
        solid=0.0 * d.solid,
        endplate=1.0,
        leak=0.0 * d.leak,
    )


def charged(d: Disc) -> Disc:
    """The confined layer with the fixed charge of a nucleus."""
    return confined(d)._replace(charge=d.charge * SLICED)


def piston(run: Run, force: float, spring: float = 0.0) -> Load:
    """A force [N] along the axis on the guided upper plate; a spring [N/m] holds it as it is."""
    load = bench_load(run, force)
    load.clamp[1] = [GUIDE, GUIDE, spring, GUIDE, GUIDE, GUIDE]
    return load


def drained(run: Run, load: Load) -> Case:
    """The case when all water has come to rest under a load."""
    loads = load.frozen(np.asarray(run.state.pose))
    state = march.equilibrium(run.spine.system, loads, run.state)
    return Case(run.spine, loads, state, run.gauge)


def rates(errors: Floats | list[float]) -> Floats:
    """Observed order of errors that belong to sizes each half of the last."""
    return np.log2(np.abs(np.asarray(errors[:-1]) / np.asarray(errors[1:])))
