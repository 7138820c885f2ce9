"""Activities of daily life: what gravity, support, control and tone are in each posture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tractus import spine as spines
from tractus.disc_shape import Floats
from tractus.levels import REGION_OF
from tractus.methods.loading import G, Interval, Load, Plan, depth_for
from tractus.spine import Spine
from tractus.tables import Row, number, parameter, table

IDS = tuple(str(row["id"]) for row in table("postures"))

SHOULDER = "T3"
FIRM = np.array([1e7, 1e7, 1e7, 1e5, 1e5, 1e5])  # N/m, N m/rad of a pelvis that stands or sits
STEEL = 1.0 - 1.0 / 7.8  # weight of steel in water


def row_of(posture: str) -> Row:
    """Row of data/postures.csv."""
    return next(row for row in table("postures") if row["id"] == posture)


def tone(spine: Spine, row: Row, kind: str) -> Floats:
    """Muscle tone (J,) [N] of a posture; kind is upright or lying."""
    out = spine.regional(f"tone_{kind}") * number(row, "tone_share")
    lumbar = np.array([REGION_OF[j] == "lumbar" for j in spine.joints])
    if kind == "lying":
        out = out - lumbar * parameter("psoas_lying") * (1.0 - number(row, "psoas_share"))
    else:
        out = out - lumbar * parameter("abdominal_relief_upright")
    return np.asarray(out * spine.weight_scale)


def flexion_of(spine: Spine, lumbar: float, thoracic: float, cervical: float) -> Floats:
    """Flexion (J,) [rad] of each joint for regional flexions [deg]."""
    count = {r: sum(REGION_OF[j] == r for j in spine.joints) for r in ("thoracic", "cervical")}
    rows = [row for row in table("levels") if row["flexion_share"] is not None]
    shares = {row["level"]: number(row, "flexion_share") for row in rows}
    out = []
    for j in spine.joints:
        region = REGION_OF[j]
        if region == "lumbar":
            out.append(lumbar * shares[j])
        else:
            out.append((thoracic if region == "thoracic" else cervical) / count[region])
    return np.radians(np.array(out))


def upright(spine: Spine, row: Row, lean: float | None = None) -> Load:
    """Standing, sitting, bending: the pelvis stands, joints are held at the posture's curve."""
    load = Load.none(spine)
    lean = number(row, "lean_deg") if lean is None else lean
    bend = number(row, "lumbar_flexion_deg") + number(row, "flexion_by_lean") * lean
    thoracic, cervical = number(row, "thoracic_flexion_deg"), number(row, "cervical_flexion_deg")
    curve = spines.standing_curve(spine)
    slope = spine.slope
    asked = spines.inclination(spine, curve, slope) + math.radians(lean)
    flexed = curve + flexion_of(spine, bend, thoracic, cervical)
    tilt = slope + asked - spines.inclination(spine, flexed, slope)
    load["gravity"] = [0.0, 0.0, -G]
    load["hold"][0] = FIRM
    load["pose"][0, 4] = _rodrigues(tilt - spine.tilt)
    load["target"][:, 1] = [_rodrigues(a) for a in flexed]
    load["control"] = control_stiffness(spine)
    load["tone"] = tone(spine, row, "upright")
    load.curve, load.tilt = flexed, tilt
    _, turn = spines.chain(spine, flexed, tilt)
    _arms(spine, load, 1.0 - number(row, "arms_carried"), 0.0, turn)
    _lean_back(spine, load, number(row, "backrest_share"), math.radians(lean))
    return load


def _rodrigues(angle: float) -> float:
    """Component of the engine's rotation vector for a rotation by `angle` [rad]."""
    return 4.0 * math.tan(angle / 4.0)


def control_stiffness(spine: Spine) -> Floats:
    """Stiffness (J,) [N m/rad] of posture control."""
    lumbar = math.degrees(parameter("posture_stiffness_lumbar"))
    share = {
        "lumbar": 1.0,
        "thoracic": parameter("posture_stiffness_thoracic_share"),
        "cervical": parameter("posture_stiffness_cervical_share"),
    }
    overturning = spine.weight_scale * spine.tall
    return np.array([overturning * lumbar * share[REGION_OF[j]] for j in spine.joints])


def _arms(
    spine: Spine, load: Load, share: float, mass: float, turn: Floats, reach: float = 0.0
) -> None:
    """Hang arms, and a mass [kg] at `reach` [m] before the shoulders, on the upper thorax."""
    body = spine.body(SHOULDER)
    weight = np.array([0.0, 0.0, -G])
    forward = number(spines.body_row("arms"), "com_anterior_mm") * 1e-3 * spine.width
    q = turn[body] * np.array([1.0, -1.0, -1.0, -1.0])
    total = share * spine.arms + mass
    if total <= 0:
        return
    ahead = (share * spine.arms * forward + mass * reach) / total
    load.pull(body, weight * total, spines.rotate(q, np.array([ahead, 0.0, 0.0])))


def _lean_back(spine: Spine, load: Load, share: float, lean: float) -> None:
    """A backrest along the trunk carries `share` of what lies across it."""
    if share <= 0 or lean >= 0:
        return
    across = np.array([math.cos(lean), 0.0, -math.sin(lean)])
    mass = np.asarray(spine.system.bodies.mass)
    for i in range(1, len(spine.bodies)):
        carried = load["gravity"] * mass[i] @ across + load["force"][i] @ across
        com = np.asarray(spine.system.bodies.com[i])
        load.pull(
            i, -share * carried * across, com if not np.any(load["force"][i]) else load["arm"][i]
        )


FACES = {
    "supine": (np.array([-G, 0.0, 0.0]), np.array([1.0, 0.0, 0.0])),
    "prone": (np.array([G, 0.0, 0.0]), np.array([-1.0, 0.0, 0.0])),
    "side": (np.array([0.0, G, 0.0]), np.array([0.0, -1.0, 0.0])),
}


def lying(spine: Spine, row: Row) -> Load:
    """Lying on a firm plain surface with a pillow; no control, only tone."""
    load = Load.none(spine)
    gravity, normal = FACES[str(row["face"])]
    load["gravity"], load["normal"] = gravity, normal
    load["tone"] = tone(spine, row, "lying")
    lumbar = np.array([REGION_OF[j] == "lumbar" for j in spine.joints])
    psoas = parameter("psoas_lying") * number(row, "psoas_share") * spine.weight_scale
    load["psoas"] = np.minimum(psoas * lumbar, load["tone"])
    n = len(spine.bodies)
    stiff = np.full(n, parameter("support_stiffness_thorax"))
    shear = np.full(n, parameter("shear_stiffness_slice"))
    share = np.ones(n)
    for i, name in enumerate(spine.bodies):
        if name == "S1":
            stiff[i], shear[i] = (
                parameter("support_stiffness_pelvis"),
                parameter("shear_stiffness_pelvis"),
            )
        elif name == "head":
            stiff[i] = parameter("support_stiffness_head")
        elif name[0] in "LC":
            stiff[i] = parameter("support_stiffness_lumbar")
            share[i] = parameter(f"support_share_{'lumbar' if name[0] == 'L' else 'cervical'}")
    mass = np.asarray(spine.system.bodies.mass)
    rest = mass * G * share
    hanging = (mass * G * (1.0 - share)).sum()
    pelvis, head = parameter("hanging_share_pelvis"), parameter("hanging_share_head")
    rest[spine.body("S1")] += pelvis * hanging
    rest[spine.body("head")] += head * hanging
    ribs = [spine.body(f"T{i}") for i in range(8, 13)]
    rest[ribs] += (1.0 - pelvis - head) / len(ribs) * hanging
    load["support"] = stiff
    load["depth"] = depth_for(rest, stiff)
    load["shear"] = shear
    load["grip"] = np.full(n, parameter("friction_surface"))
    load["hold"][:, 3] = load["hold"][:, 5] = parameter("roll_stiffness")
    load["hold"][0, 4] = parameter("pelvis_tilt_stiffness")
    load["pose"][0, 4] = _rodrigues(math.radians(number(row, "pelvis_tilt_deg")))
    if number(row, "pelvis_tilt_deg") != 0:
        load["hold"][0, 4] *= parameter("thigh_hold_gain")
    return load


def hanging(spine: Spine, row: Row) -> Load:
    """Hanging by the shoulder girdle: the neck still carries the head."""
    load = Load.none(spine)
    load["gravity"] = [0.0, 0.0, -G]
    load["hold"][spine.body(SHOULDER)] = FIRM
    neck = np.array([REGION_OF[j] == "cervical" for j in spine.joints])
    load["control"] = control_stiffness(spine) * neck
    load["target"][:, 1] = [_rodrigues(a) for a in spines.standing_curve(spine)]
    load["tone"] = np.where(neck, spine.regional("tone_upright"), tone(spine, row, "lying"))
    return load


def water(spine: Spine, row: Row, ankle: float) -> Load:
    """Hanging by the neck in water; `ankle` weights [kg] add to the pull."""
    load = Load.none(spine)
    load["gravity"] = [0.0, 0.0, -G]
    load["buoyancy"] = np.full(len(spine.bodies), parameter("buoyancy"))
    load["buoyancy"][spine.body("head")] = 0.0
    load["hold"][spine.body("head")] = FIRM
    load["tone"] = tone(spine, row, "lying")
    pull = ankle * G * STEEL
    load.pull(0, np.array([0.0, 0.0, -pull]), np.zeros(3))
    load.applied = pull
    return load


def free(spine: Spine, row: Row) -> Load:
    """No weight at all."""
    load = Load.none(spine)
    load["tone"] = tone(spine, row, "lying")
    load["hold"][0] = FIRM
    load["pose"][0, 4] = _rodrigues(math.radians(number(row, "pelvis_tilt_deg")))
    return load


def posture(spine: Spine, name: str, keys: Mapping[str, Any] | None = None) -> Load:
    """The load of a posture with its keys (angle, mass, style, ankle_weights) in SI."""
    keys = keys or {}
    row = row_of(name)
    kind = str(row["kind"])
    if kind == "lying":
        return lying(spine, row)
    if kind == "hanging":
        return hanging(spine, row)
    if kind == "water":
        return water(spine, row, float(keys.get("ankle_weights") or 0.0))
    if kind == "free":
        return free(spine, row)
    angle = keys.get("angle")
    lean = None if angle is None else math.degrees(float(angle))
    if lean is not None and name == "standing-extended":
        lean = -lean
    if lean is not None and name == "sitting-reclined":
        lean = 90.0 - lean
    load = upright(spine, row, lean)
    if name == "lifting":
        _lift(spine, load, keys)
    if name == "walking":
        load["gravity"] = load["gravity"] * parameter("walking_load_factor")
        load["force"] = load["force"] * parameter("walking_load_factor")
    return load


def _lift(spine: Spine, load: Load, keys: Mapping[str, Any]) -> None:
    """Hang the mass on the arms at the usual reach of the style."""
    reach = parameter(f"reach_{keys.get('style', 'stoop')}") * spine.tall
    mass = float(keys.get("mass") or 0.0)
    lean = math.degrees(float(keys["angle"]))
    bent = flexion_of(spine, number(row_of("lifting"), "flexion_by_lean") * lean, 0.0, 0.0)
    flexed = spines.standing_curve(spine) + bent
    slope = spine.slope
    asked = spines.inclination(spine, spines.standing_curve(spine), slope) + math.radians(lean)
    _, turn = spines.chain(spine, flexed, slope + asked - spines.inclination(spine, flexed, slope))
    body = spine.body(SHOULDER)
    q = turn[body] * np.array([1.0, -1.0, -1.0, -1.0])
    load.pull(body, np.array([0.0, 0.0, -mass * G]), spines.rotate(q, np.array([reach, 0.0, 0.0])))


def plan(spine: Spine, do: str, duration: float, ramp: float, keys: Mapping[str, Any]) -> Plan:
    """An activity: its posture for its time."""
    load = posture(spine, do, keys)
    return Plan(load, (Interval(duration, load),))
