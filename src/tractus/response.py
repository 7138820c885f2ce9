"""From states to what a person can measure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus import discs, nutrition
from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.engine import derivatives, potential
from tractus.engine.step import muscles_now
from tractus.joints import FACETS
from tractus.levels import LEVELS, REGION_OF, REGIONS
from tractus.ligaments import ROPES
from tractus.patient import Specimen
from tractus.runtime import Compiled
from tractus.spine import Spine
from tractus.system import Loads, State, System
from tractus.tables import Row, number, parameter
from tractus.tissue import annulus, disc, facet, ligament

if TYPE_CHECKING:
    import xarray

SITES = ("anterior", "middle", "posterior", "mean")
BANDS = (0.75, 0.0, -0.75)  # middles of the bands 78-97, 40-60, 3-22 % of the depth, in half depths
AXES = ("flexion", "lateral-bending", "axial-rotation")
DIRECTIONS = ("axial", "anterior", "lateral")
MUSCLES = ("extensor", "flexor", "psoas")
SIDES = ("left", "right")
LIGAMENTS = ("ALL", "PLL", "LF", "ISL", "SSL", "CL", "ITL")


class Gauge(NamedTuple):
    """Constants of the reading (J or D first); made once per spine by `gauge_of`."""

    site: Array  # (D, 4, 3) points on the upper plate where height is read
    height: Array  # (D, 4) bone to bone there in the stress-free disc [m]
    pedicle: Array  # (D, 2, 3) points above each foramen, from the upper plate's centre
    foramen_height: Array  # (D,)
    foramen_area: Array  # (D,)
    foramen_gain: Array  # (D, 2)
    foramen_wall: Array  # (D,) share of the bulge, as high in the middle, that stands in a foramen
    canal_area: Array  # (D,)
    canal_width: Array  # (D,)
    site_weight: Array  # (D, K) of the protrusion, zero without one
    protrusion: Array  # (D,) m in the supine reference
    bulge: Array  # (D, K) m in the supine reference
    pressure: Array  # (D,) Pa in the supine reference
    upright: Array  # (D,) cosine of the disc's axis in the standing curve
    mid_day: Array  # (D,) height that the table gives [m]
    stature: Array  # () m
    shape: Array  # (J,) rad
    flavum: Array  # () m
    gains: Array  # (3,) protrusion by bulge, by pressure [m/Pa], its width [m]
    maximum: Array  # (J,) N


@jax.jit
def rim_bulge(y: Array, d: disc.Disc) -> Array:
    """Outward displacement (K,) [m] of the rim in the middle of its height, by sector."""
    parts = disc.parts(disc.shape(y, d), d)
    s = disc.strains(parts, d)
    _, _, rim = disc.growths(parts.core, disc.filled(s.volume, s.axial), d)
    return d.radius * (jnp.sqrt(1.0 + 1.5 * rim) - 1.0)


def fibre_stretch(y: Array, d: disc.Disc) -> Array:
    """Largest strain () of any fibre."""
    worst = jnp.max(annulus.fibre_strain(disc.strains(disc.parts(disc.shape(y, d), d), d), d.patch))
    return jnp.sqrt(jnp.maximum(1.0 + worst, 0.0)) - 1.0


# ropes of each ligament: both sides, and every way that fibres run
_STRANDS = [np.array([i for i, r in enumerate(ROPES) if r.split("-")[0] == n]) for n in LIGAMENTS]


def _disc_readings(y: Array, d: disc.Disc, joint: Any, g: Gauge) -> dict[str, Array]:
    """Readings of one level from its 18 unknowns."""
    moved = disc.plate_motion(y, g.site.T)[2]
    axial = jax.grad(disc.energy)(y, d)[2]
    passive = jax.grad(potential.joint_energy)(y[:6], joint)[2]
    contact = facet.force(
        potential.facet_approach(y[:6], joint),
        joint.facet_gap,
        joint.facet_smooth,
        joint.facet_stiffness,
    )
    # strain above slack holds the rounding of the toe, which is none of the ligament's
    stretch = potential.rope_strain(y[:6], joint) - ligament.SMOOTH
    side = disc.plate_motion(y, g.pedicle.T)[2]
    out = rim_bulge(y, d)
    ratio = y[6 : 6 + disc.COMPARTMENTS]
    pressure = disc.pressure(y, d)
    flavum = g.flavum / jnp.maximum(1.0 + stretch[2], 0.5)
    tall = g.height[3] + moved[3]
    back = jnp.stack([0.5 * (out[3] + out[2]), 0.5 * (out[5] + out[6])])
    grown = (g.foramen_height + side) / g.foramen_height
    thicker = flavum - g.flavum
    area = g.foramen_area * grown - g.foramen_wall * back * tall - 0.5 * thicker * g.foramen_height
    canal = g.canal_area - out[4] * g.canal_width * 0.5 - thicker * g.canal_width
    stands_out = g.site_weight @ (out - g.bulge)
    push = g.gains[0] * stands_out + g.gains[1] * (pressure - g.pressure)
    has = jnp.sum(g.site_weight)
    protrusion = jnp.where(has > 0, jnp.maximum(g.protrusion + push, 0.0) * g.gains[2], 0.0)
    angle = newton_angle(y[3:6])
    return {
        "intradiscal_pressure": pressure,
        "disc_height": g.height + moved,
        "disc_volume": jnp.sum(d.volume * ratio),
        "nucleus_volume": jnp.sum((d.volume * ratio)[: disc.SLICES]),
        "nucleus_water": jnp.sum(disc.water(ratio, d)[: disc.SLICES]),
        "axial_force": axial + passive,
        "disc_force": axial,
        "facet_force": jnp.sum(contact[: len(FACETS)]),
        "rotation": jnp.array([angle[1], angle[0], angle[2]]),
        "displacement": jnp.array([y[2], y[0], y[1]]),
        "foramen_height": g.foramen_height + side,
        "foramen_area": jnp.maximum(area + g.foramen_gain, 0.0),
        "canal_area": jnp.maximum(canal, 0.0),
        "herniation_area": protrusion,
        "annulus_strain_max": fibre_stretch(y, d),
        "ligament_strain": jnp.stack([jnp.max(stretch[strands]) for strands in _STRANDS]),
    }


def newton_angle(rho: Array) -> Array:
    """Rotation vector (3,) [rad] from the engine's rational one."""
    size = jnp.sqrt(rho @ rho + 1e-30)
    return rho * (4.0 * jnp.arctan(size / 4.0) / size)


_SHARED = ("stature", "flavum", "gains", "maximum")
_AXES = Gauge(**{f: None if f in _SHARED else 0 for f in Gauge._fields})  # type: ignore[arg-type]


@Compiled
def read(system: System, loads: Loads, state: State, gauge: Gauge) -> dict[str, Array]:
    """All response variables of one state, levels caudal first."""
    d = state.hidden.shape[0]
    y = derivatives.motions(state.pose, system)
    full = jnp.concatenate([y[:d], state.hidden], 1)
    joint = jax.tree.map(lambda a: a[:d], system.joints)
    per_level = gauge._replace(shape=gauge.shape[:d])
    out = jax.vmap(_disc_readings, in_axes=(0, 0, 0, _AXES))(full, system.disc, joint, per_level)
    out["rotation"] = out["rotation"].at[:, 0].add(gauge.shape[:d])
    muscle = muscles_now(state, loads, system)
    upright = (loads.control > 0) * muscle.tone
    active = (muscle.extensor + muscle.guard + upright) / gauge.maximum
    held = jnp.where(loads.tone > 0, muscle.tone / jnp.where(loads.tone > 0, loads.tone, 1.0), 0.0)
    psoas = loads.psoas * held
    extensor = muscle.extensor + muscle.guard + muscle.tone - psoas
    out["muscle_activity"] = active
    out["muscle_force"] = jnp.stack([extensor, muscle.flexor, psoas], 1)[:d]
    out["contact_force"] = jnp.max(derivatives.support_forces(state.pose, loads))
    gained = out["disc_height"][:, 3] - gauge.mid_day
    out["stature"] = gauge.stature + jnp.sum(gained * gauge.upright)
    return out


def gauge_of(spine: Spine, supine: tuple[Floats, Floats] | None = None) -> Gauge:
    """Constants of the reading; `supine` holds bulge (D, K) and pressure (D,) of the reference."""
    rows = spine.rows[: len(spine.grades)]
    n = len(rows)
    site, height, pedicle, weight, protrusion, canal, upright, mid = [], [], [], [], [], [], [], []
    foramen: list[float] = []
    tall, width = spine.tall, spine.width
    for j, (row, section, grade) in enumerate(zip(rows, spine.sections, spine.grades, strict=True)):
        wedge = math.tan(math.radians(number(row, "disc_wedge_deg")))
        plates = parameter("endplates_height_share") * number(row, "height_mm") * 1e-3 * tall
        free = discs.stress_free_height(row, grade, tall)
        xs = [b * section.depth for b in BANDS] + [0.0]
        site.append([[x, 0.0, wedge * x] for x in xs])
        bent = [wedge * x for x in xs]
        bent[1] += parameter("endplate_concavity") * (free + plates)
        extended = math.radians(float(row.get("scan_extension_deg") or 0.0))
        seen = _seen_bands(row, xs, float(spine.shape[j]) + extended)
        height.append([free + plates + s for s in (seen or bent)])
        back = number(row, "facet_x_mm") * 1e-3 * spine.across(j)
        x = parameter("foramen_depth_share") * back
        y = parameter("foramen_side_share") * section.width
        pedicle.append([[x, y, 0.0], [x, -y, 0.0]])
        level = str(row["level"])
        known = spine.subject.herniation(level)
        kept = spine.protrusion[j]
        weight.append(kept * discs.site_weights(known.site) if known else np.zeros(disc.SECTORS))
        protrusion.append(kept * known.size if known else 0.0)
        lost, slip = _narrowed(spine, level)
        across = number(row, "canal_width_mm") * 1e-3 * width
        bony = number(row, "canal_area_mm2") * 1e-6 * width**2 * (1.0 - lost)
        canal.append(bony - parameter("listhesis_canal_share") * abs(slip) * across)
        open_height = number(row, "foramen_height_mm") * 1e-3 * tall
        foramen.append(
            number(row, "foramen_area_mm2") * 1e-6 * tall * width * (1.0 - 0.5 * lost)
            - parameter("listhesis_foramen_share") * abs(slip) * open_height
        )
        mid.append(
            number(row, "height_mm") * 1e-3 * tall * number(discs.grade_row(grade), "height")
        )
        upright.append(1.0)
    # over the height the bulge is a parabola; in the neck the uncinate process stands before it
    bare = {"cervical": parameter("uncinate_uncovered")}
    wall = [2.0 / 3.0 * bare.get(str(row["region"]), 1.0) for row in rows]
    if not spine.is_specimen:
        upright = _standing_cosines(spine)[:n]
    bulge, pressure = supine or (np.zeros((n, disc.SECTORS)), np.zeros(n))
    fields: list[Any] = [
        np.array(site),
        np.array(height),
        np.array(pedicle),
        np.array([number(r, "foramen_height_mm") * 1e-3 * tall for r in rows]),
        np.array(foramen),
        spine.foramen_gain[:n],
        np.array(wall),
        np.array(canal) + spine.canal_gain[:n],
        np.array([number(r, "canal_width_mm") * 1e-3 * width for r in rows]),
        np.array(weight),
        np.array(protrusion),
        bulge,
        pressure,
        np.array(upright),
        np.array(mid),
        np.array(spine.subject.height - parameter("heel_pad_settling")),
        spine.shape,
        np.array(parameter("ligamentum_flavum_thickness")),
        np.array([parameter(f"herniation_{k}") for k in ("bulge_gain", "pressure_gain", "width")]),
        np.asarray(spine.system.muscles.maximum),
    ]
    return jax.device_put(Gauge(*fields))


def _seen_bands(row: Row, xs: Sequence[float], flexed: float) -> list[float] | None:
    """Height [m] of the bands over the mean as scanned, in the stress-free shape.

    flexed: how far that one is flexed [rad] from the posture of the scan.  None where they were
    not scanned: then the plates are taken as flat with a hollow.
    """
    bands = [row.get(f"{site}_mm") for site in SITES[:3]]
    if None in bands:
        return None
    over = [float(b or 0.0) for b in bands] + [0.0]
    return [1e-3 * b - flexed * x for b, x in zip(over, xs, strict=True)]


def _narrowed(spine: Spine, level: str) -> tuple[float, float]:
    """Share of the canal that stenosis has taken, and slip [m], at a level."""
    if isinstance(spine.subject, Specimen):
        return 0.0, 0.0
    return spine.subject.stenosis(level), spine.subject.listhesis(level)


def _standing_cosines(spine: Spine) -> list[float]:
    """Cosine of every disc's axis to the vertical in quiet standing."""
    curve = spines.standing_curve(spine)
    _, turn = spines.chain(spine, curve, spine.slope)
    lower = np.asarray(spine.system.joints.lower_turn)
    out = []
    for j in range(len(spine.joints)):
        q = spines.product(turn[j], lower[j])
        out.append(float(spines.rotate(q, np.array([0.0, 0.0, 1.0]))[2]))
    return out


class Reading(NamedTuple):
    """One record of a run."""

    time: float
    step: int
    applied: float
    held: bool
    values: dict[str, Any]


UNITS = {
    "intradiscal_pressure": "Pa",
    "disc_height": "m",
    "disc_volume": "m3",
    "nucleus_water": "m3",
    "axial_force": "N",
    "disc_force": "N",
    "facet_force": "N",
    "rotation": "rad",
    "displacement": "m",
    "foramen_height": "m",
    "foramen_area": "m2",
    "canal_area": "m2",
    "herniation_area": "m2",
    "annulus_strain_max": "1",
    "ligament_strain": "1",
    "muscle_force": "N",
}
EXTRA = {
    "disc_height": ("site",),
    "rotation": ("axis",),
    "displacement": ("direction",),
    "foramen_height": ("side",),
    "foramen_area": ("side",),
    "ligament_strain": ("ligament",),
    "muscle_force": ("muscle",),
}


def course(spine: Spine, readings: Sequence[Reading]) -> nutrition.Course:
    """Size and water of the discs over time."""

    def of(name: str) -> Floats:
        return np.stack([np.asarray(r.values[name]) for r in readings])

    rows = spine.rows[: len(spine.grades)]
    plates = parameter("endplates_height_share") * spine.tall * 1e-3
    within = of("disc_height")[:, :, 3] - plates * np.array([number(r, "height_mm") for r in rows])
    nucleus = of("nucleus_volume")
    annulus = of("disc_volume") - nucleus
    d = spine.system.disc
    solid = (np.asarray(d.volume) * np.asarray(d.solid))[:, disc.SLICES :].sum(1)
    time = np.array([r.time for r in readings])
    water = of("nucleus_water")
    return nutrition.Course(time, within, nucleus, water, annulus, annulus - solid)


def dataset(
    spine: Spine, readings: list[Reading], nutrients: Mapping[str, Floats] | None = None
) -> xarray.Dataset:
    """The response over time and level (cranial first), units in the attributes.

    nutrients (T, D) of `nutrition.nutrients` where they were asked for.
    """
    import xarray

    stacked = {k: np.stack([np.asarray(r.values[k]) for r in readings]) for k in readings[0].values}
    variables: dict[str, Any] = {}
    for name, unit in UNITS.items():
        dims = ("time", "level", *EXTRA.get(name, ()))
        variables[name] = (dims, stacked[name][:, ::-1], {"units": unit})
    for name, values in (nutrients or {}).items():
        variables[name] = (("time", "level"), values[:, ::-1], {"units": nutrition.UNITS[name]})
    regions = [r for r in REGIONS if any(REGION_OF[j] == r for j in spine.joints)]
    active = np.stack(
        [
            stacked["muscle_activity"][:, [REGION_OF[j] == r for j in spine.joints]].mean(1)
            for r in regions
        ],
        1,
    )
    variables["muscle_activity"] = (("time", "region"), active, {"units": "1"})
    for name, unit in (("contact_force", "N"), ("stature", "m")):
        variables[name] = (("time",), stacked[name], {"units": unit})
    applied = np.array([r.applied for r in readings])
    variables["applied_force"] = (("time",), applied, {"units": "N"})
    levels = [level for level in LEVELS if level in spine.levels]
    coords = {
        "time": ("time", np.array([r.time for r in readings]), {"units": "s"}),
        "level": levels,
        "step": ("time", np.array([r.step for r in readings])),
        "held": ("time", np.array([r.held for r in readings], np.int8)),
        "site": list(SITES),
        "axis": list(AXES),
        "direction": list(DIRECTIONS),
        "side": list(SIDES),
        "ligament": list(LIGAMENTS),
        "muscle": list(MUSCLES),
        "region": regions,
    }
    return xarray.Dataset(variables, coords)
