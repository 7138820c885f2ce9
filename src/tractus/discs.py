"""Arrays of the discs: size, grade, region and herniation become constants of the engine."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from scipy.special import lambertw

from tractus import disc_shape
from tractus.disc_shape import Floats, Section
from tractus.patient import Herniation
from tractus.tables import Row, number, parameter, table
from tractus.tissue import annulus, flow
from tractus.tissue.disc import COMPARTMENTS, INSIDE, LAYERS, SECTORS, SLICES, Disc

# weight of each sector (0 front, 2 left, 4 back, 6 right) in a protrusion's site
SITES = {
    "median": {4: 1.0},
    "posterolateral-left": {3: 1.0},
    "foraminal-left": {3: 0.5, 2: 0.5},
    "extraforaminal-left": {2: 1.0},
    "posterolateral-right": {5: 1.0},
    "foraminal-right": {5: 0.5, 6: 0.5},
    "extraforaminal-right": {6: 1.0},
}


def site_weights(site: str) -> Floats:
    """Weight (K,) of each sector in the site of a protrusion."""
    weights = np.zeros(SECTORS)
    for sector, weight in SITES[site].items():
        weights[sector] = weight
    return weights


def grade_row(grade: int) -> Row:
    """Row of data/grades.csv."""
    return next(row for row in table("grades") if number(row, "grade") == grade)


def disc_section(row: Row, width: float) -> Section:
    """Cross-section of a level of the table at a scale of widths."""
    region = str(row["region"])
    share = parameter("nucleus_share_cervical" if region == "cervical" else "nucleus_share")
    area = number(row, "area_mm2") * 1e-6 * width**2
    aspect = number(row, "depth_mm") / number(row, "width_mm")
    half = float(np.sqrt(area / np.pi * aspect))
    return disc_shape.section(area, share, aspect, parameter("nucleus_back_share") * half)


def fibre_angles(region: str, angle: Floats) -> Floats:
    """Angle (L, K) [rad] of the fibres to the transverse plane.

    Lumbar and thoracic: from front to back, where the outermost layers of the two were measured
    alike in front (G159); steeper from layer to layer inward.
    Cervical: a ring beside the middle plane; towards it fibres run from bone to bone, in front in
    the outermost layer, behind through the whole thin annulus.
    """
    if region == "cervical":
        ring, middle = (parameter(f"fibre_angle_{n}cervical") for n in ("", "middle_"))
        front = (np.arange(LAYERS) == LAYERS - 1)[:, None]
        steep = np.where(np.cos(angle) > 0.0, front, True) * np.cos(angle) ** 2
        sloped: Floats = np.radians(ring + (middle - ring) * steep)
        return sloped
    front, back = (parameter(f"fibre_angle_{end}_lumbar") for end in ("front", "back"))
    outside = front + (back - front) * 0.5 * (1.0 - np.cos(angle))
    inward = np.linspace(1.0, 0.0, LAYERS)[:, None]
    layered: Floats = np.radians(outside + parameter("fibre_angle_inward") * inward)
    return layered


def yield_strain(k1: Floats, k2: float, strength: float) -> Floats:
    """Strain above slack (of squared stretch) at which a lamella bears `strength` [Pa].

    Half of the lamellae run along each family, and strain is that of squared stretch, so that a
    lamella bears 4 k1 e exp(k2 e^2) per area along its fibres.
    """
    ratio = strength / (4.0 * np.maximum(k1, 1.0))  # 1 Pa: fibres that a test leaves out
    e: Floats = np.sqrt(lambertw(2.0 * k2 * ratio**2).real / (2.0 * k2))
    return e


def _patch(
    row: Row, grade: Row, s: Section, height: Floats, herniation: Herniation | None
) -> annulus.Patch:
    region = str(row["region"])
    one = np.ones((LAYERS, SECTORS))
    outward = np.arange(LAYERS)[:, None] / (LAYERS - 1)
    slope = fibre_angles(region, s.angle)
    inner = parameter("fibre_modulus_inner_share")
    k1 = parameter("fibre_modulus_outer") * (inner + (1.0 - inner) * outward)
    if region == "cervical":
        k1 = k1 * parameter("fibre_modulus_cervical_share")
    k2 = parameter("fibre_exponent")
    give = yield_strain(k1, k2, parameter("lamella_strength"))
    low, high = parameter("fibre_slack_inner"), parameter("fibre_slack_outer")
    slack = low + (high - low) * outward + number(grade, "fibre_slack_shift")
    left = np.ones(SECTORS)
    if herniation is not None:
        left = 1.0 - (1.0 - parameter("herniation_weakness")) * site_weights(herniation.site)
    weak = left * one
    shear = parameter("annulus_shear_modulus") * number(grade, "annulus_shear")
    fields: dict[str, Any] = {
        "volume": s.area * height,
        "height": height,
        "cosine": np.cos(slope),
        "sine": np.sin(slope),
        "mu": shear * weak,
        "lam": parameter("annulus_lame_modulus") * one,
        "k1": k1 * number(grade, "fibre_modulus") * weak,
        "k2": k2 * one,
        "slack": slack * one,
        "toe": parameter("fibre_toe") * one,
        "give": give * one,
        "slender": s.radius / height,
        "uneven": annulus.uneven(height, s.thickness) * one,
    }
    return annulus.Patch(**fields)


def _tie(s: Section, height: Floats) -> Floats:
    """What each sector's growth (last) adds to that of the hoop (L, K, K), beyond their mean."""
    share = np.sqrt((s.nucleus_area + (INSIDE @ s.area).sum(1)) / (np.pi * s.depth * s.width))
    tied = [disc_shape.tied(s.depth * q, s.width * q, float(height.mean())) for q in share]
    return np.stack(tied) - 1.0 / SECTORS


def stress_free_height(row: Row, grade: int, tall: float) -> float:
    """Height [m] of the disc without load or swelling, between its cartilage endplates."""
    share = parameter("disc_free_height_share") * number(grade_row(grade), "height")
    return number(row, "height_mm") * 1e-3 * tall * share


def endplate_thickness(row: Row) -> float:
    """Thickness [m] of one cartilage endplate: the table's at L4-L5, less in lower discs."""
    share = number(row, "height_mm") * 1e-3 / parameter("endplate_full_height")
    return parameter("endplate_thickness") * min(1.0, share)


def permeability_at_reference(grade: Row, solid: Floats) -> Floats:
    """Permeability (C,) [m4/Ns] at J = 1, from that of the unloaded, swollen tissue of the tables.

    solid (C,): share of solid at J = 1.
    """
    tissues, counts = ("nucleus", "annulus"), (SLICES, LAYERS)
    measured = np.repeat([parameter(f"{t}_permeability") for t in tissues], counts)
    rested = np.repeat([number(grade, f"{t}_rested") for t in tissues], counts)
    law = (jnp.asarray(x) for x in (1.0, parameter("permeability_exponent"), solid, rested))
    grown = flow.permeability(*law)
    found: Floats = measured * number(grade, "permeability") / np.asarray(grown)
    return found


def build(
    row: Row, grade_number: int, herniation: Herniation | None, tall: float, width: float
) -> Disc:
    """Constants of one disc from its row of data/levels.csv.

    `tall` and `width` scale lengths along and across the spine.
    """
    grade = grade_row(grade_number)
    s = disc_section(row, width)
    h = stress_free_height(row, grade_number, tall)
    wedge = np.tan(np.radians(number(row, "disc_wedge_deg")))
    rise = wedge * s.point[0]
    height = np.maximum(h + rise, 0.3 * h)
    centre = np.array([s.centre, 0.0, wedge * s.centre])
    nucleus_height = h + centre[2]
    thick = disc_shape.slice_thickness(nucleus_height)
    volume = np.concatenate(
        [s.nucleus_area * nucleus_height * thick / thick.sum(), (s.area * height).sum(1)]
    )
    water = np.array(
        [parameter("nucleus_water") * number(grade, "nucleus_water")] * SLICES
        + [parameter("annulus_water")] * LAYERS
    )
    charge = np.array(
        [parameter("nucleus_charge") * number(grade, "nucleus_charge")] * SLICES
        + [parameter("annulus_charge") * number(grade, "annulus_charge")] * LAYERS
    )
    leak = np.zeros(COMPARTMENTS)
    leak[:SLICES] = number(grade, "leak_m3_per_Pa_s") * volume[:SLICES] / volume[:SLICES].sum()
    harmonic = np.stack([f(n * s.angle) for n in (1, 2) for f in (np.cos, np.sin)])
    plate = endplate_thickness(row)
    fields: dict[str, Any] = {
        "point": np.concatenate([s.point, rise[None]]),
        "tangent": s.tangent,
        "normal": s.normal,
        "harmonic": harmonic,
        "patch": _patch(row, grade, s, height, herniation),
        "patch_area": s.area,
        "tie": _tie(s, height),
        "radius": s.rim,
        "centre": centre,
        "nucleus_height": nucleus_height,
        "nucleus_area": s.nucleus_area,
        "volume": volume,
        "solid": 1.0 - water,
        "charge": charge * water * volume,
        "nucleus_modulus": parameter("nucleus_modulus") * number(grade, "nucleus_modulus"),
        "nucleus_shear": parameter("nucleus_shear_modulus"),
        "gas": number(grade, "gas_J"),
        "k0": permeability_at_reference(grade, 1.0 - water),
        "exponent": parameter("permeability_exponent"),
        "endplate": parameter("endplate_permeability") * number(grade, "endplate"),
        "leak": leak,
        "path": disc_shape.water_path(s, h, plate, parameter("endplate_inner_annulus_open")),
    }
    return Disc(**fields)
