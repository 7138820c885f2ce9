"""The spine of one patient, or one specimen, as arrays; disease and surgery change it here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from tractus import discs, joints, measured
from tractus.disc_shape import Floats, Section
from tractus.levels import LEVELS, REGION_OF
from tractus.patient import REFERENCE_HEIGHT, REFERENCE_MASS, Patient, Specimen
from tractus.system import Bodies, System
from tractus.tables import Row, number, parameter, table
from tractus.tissue.muscle import Muscles

DISC_JOINTS = 23
REFERENCE_WEIGHT = 70.0  # kg of the man whose muscle tone the table holds


@dataclass(frozen=True)
class Spine:
    """Arrays for the engine, and what is needed to load it and to read it.

    Bodies and joints run from the pelvis to the head; a specimen has two bodies and one joint.
    """

    subject: Patient | Specimen
    system: System
    bodies: tuple[str, ...]
    joints: tuple[str, ...]
    rows: tuple[Row, ...]  # of data/levels.csv, one per joint, in the sizes of this person
    body_rows: tuple[Row, ...]  # of data/vertebrae.csv, one per body, likewise
    sections: tuple[Section, ...]  # one per disc
    grades: tuple[int, ...]
    tall: float  # scale of lengths along the spine
    width: float  # scale of lengths across it
    slope: float  # flexion [rad] of the pelvis in quiet standing
    arms: float  # kg
    tilt: float  # flexion [rad] of the pelvis in the reference pose
    shape: Floats  # (J,) flexion [rad] of the stress-free shape beyond the recumbent curve
    canal_gain: Floats  # (J,) m2 of canal opened by an operation
    foramen_gain: Floats  # (J, 2) m2 of foramen opened, left and right
    protrusion: Floats  # (J,) share of a protrusion that no operation has taken
    weight_scale: float  # muscle tone of this person against 70 kg

    @property
    def levels(self) -> tuple[str, ...]:
        """Discs, caudal first."""
        return self.joints[:DISC_JOINTS]

    @property
    def is_specimen(self) -> bool:
        """Whether this is a disc or segment on the bench."""
        return isinstance(self.subject, Specimen)

    def across(self, j: int) -> float:
        """Scale of lengths across the spine at a joint."""
        return across(self.rows[j], self.width)

    def regional(self, name: str) -> Floats:
        """Parameter `name_REGION` of every joint (J,)."""
        return np.array([parameter(f"{name}_{REGION_OF[j]}") for j in self.joints])

    def body(self, name: str) -> int:
        """Index of a body."""
        return self.bodies.index(name)

    def mass(self, name: str) -> float:
        """Mass [kg] of a row of data/vertebrae.csv in this person."""
        return self.subject.mass * number(body_row(name), "mass_fraction")


def body_row(name: str) -> Row:
    """Row of data/vertebrae.csv."""
    return next(row for row in table("vertebrae") if row["body"] == name)


def across(row: Row, width: float) -> float:
    """Scale of lengths across the spine of a level, which a scan may have measured."""
    return width * float(row.get("lateral") or 1.0)


def size_of(subject: Patient | Specimen) -> tuple[float, float]:
    """Scale of lengths along and across the spine against a man of 1.78 m and 78 kg."""
    tall = subject.height / REFERENCE_HEIGHT
    slender = subject.mass / REFERENCE_MASS / tall
    width = math.sqrt(tall) * slender ** parameter("width_by_mass_exponent")
    return tall, width * (parameter("female_width") if subject.sex == "female" else 1.0)


def _stack(parts: list[Any]) -> Any:
    """One pytree of arrays with a leading axis from many of the same form."""
    return jax.tree.map(lambda *a: np.stack([np.asarray(x, float) for x in a]), *parts)


def _muscles(names: tuple[str, ...], scale: float, pain: float) -> Muscles:
    arm = []
    for j in names:
        region = REGION_OF[j]
        own = f"extensor_arm_{j if region == 'lumbar' or j == 'T12-L1' else region}"
        arm.append(parameter(own))
    n = np.ones(len(names))
    peak = np.array([parameter(f"extensor_maximum_{REGION_OF[j]}") for j in names])
    fields: list[Any] = [
        np.array(arm),
        parameter("flexor_arm") * n,
        parameter("side_arm") * n,
        parameter("cocontraction"),
        peak * scale,
        parameter("guarding_healthy") + parameter("guarding_per_pain") * pain,
        parameter("guarding_habit"),
        parameter("warming_time"),
        parameter("tone_loss_per_kelvin"),
        parameter("habit_gain_per_kelvin"),
    ]
    return Muscles(*(np.asarray(v) for v in fields))  # type: ignore[arg-type]


def of(
    subject: Patient | Specimen,
    gains: Mapping[str, float] | None = None,
    slope: float | None = None,
) -> Spine:
    """The spine of a subject, its stress-free shape being the recumbent curve (see `shaped`).

    gains: what scanned discs gain in the scan's posture (`measured.sizes`); slope of the pelvis
    in quiet standing [rad] where it was found before.
    """
    every = table("levels")
    lengths = table("vertebrae")
    parts, pain = "body", 0.0
    tall, width = size_of(subject)
    if isinstance(subject, Specimen):
        chosen = [i for i, row in enumerate(every) if row["level"] == subject.level]
        parts = subject.parts
    else:
        chosen = list(range(len(every)))
        grade_of = [subject.grade(level) for level in reversed(LEVELS)]
        every, lengths = measured.sizes(subject.geometry, tall, width, grade_of, gains)
        pain = (subject.complaint.pain if subject.complaint else None) or 0.0
    rows = tuple(every[i] for i in chosen)
    names = tuple(str(row["level"]) for row in rows)
    order = [str(row["body"]) for row in lengths]
    bodies = tuple(order[chosen[0] : chosen[-1] + 2])
    has_disc = [j for j in names if j not in ("C0-C1", "C1-C2")]
    grades = tuple(subject.grade(j) for j in has_disc)
    built = []
    for i, row in zip(chosen, rows, strict=True):
        pair = (lengths[i], lengths[i + 1])
        grade = grades[i - chosen[0]] if i - chosen[0] < len(grades) else 1
        under = every[i - 1] if i else None
        slip = 0.0 if isinstance(subject, Specimen) else subject.listhesis(str(row["level"]))
        size = (tall, across(row, width))
        built.append(joints.build(row, under, pair, grade, size, parts, slip))
    made = [
        discs.build(row, grade, subject.herniation(str(row["level"])), tall, across(row, width))
        for row, grade in zip(rows, grades, strict=False)
    ]
    stacked = _stack(made)
    ends = {n: np.stack([getattr(d.path, n) for d in made]) for n in ("first", "second")}
    stacked = stacked._replace(path=stacked.path._replace(**ends))
    n = len(bodies)
    mass = np.zeros(n)
    com = np.zeros((n, 3))
    if not isinstance(subject, Specimen):
        mass = np.array([number(body_row(b), "mass_fraction") for b in bodies]) * subject.mass
        mass[0] += number(body_row("legs"), "mass_fraction") * subject.mass
        com[:, 0] = [number(body_row(b), "com_anterior_mm") * 1e-3 * width for b in bodies]
        com[0] = 0.0
    q = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (n, 1))
    frame = Bodies(np.zeros((n, 3)), q, mass, com)  # type: ignore[arg-type]
    scale = subject.mass / REFERENCE_WEIGHT
    system = System(frame, _stack(built), stacked, _muscles(names, scale, pain))
    spine = Spine(
        subject=subject,
        system=system,
        bodies=bodies,
        joints=names,
        rows=rows,
        body_rows=lengths[chosen[0] : chosen[-1] + 2],
        sections=tuple(
            discs.disc_section(row, across(row, width))
            for row, _ in zip(rows, grades, strict=False)
        ),
        grades=grades,
        tall=tall,
        width=width,
        slope=math.radians(number(body_row("S1"), "slope_standing_deg"))
        if slope is None
        else slope,
        arms=0.0
        if isinstance(subject, Specimen)
        else subject.mass * number(body_row("arms"), "mass_fraction"),
        tilt=0.0,
        shape=np.zeros(len(names)),
        canal_gain=np.zeros(len(names)),
        foramen_gain=np.zeros((len(names), 2)),
        protrusion=np.ones(len(names)),
        weight_scale=scale,
    )
    scanned = isinstance(subject, Patient) and subject.geometry is not None
    return placed(_balanced(spine) if scanned and slope is None else spine)


def _balanced(spine: Spine) -> Spine:
    """The pelvis turned so that T1 stands above S1 as it does without a scan."""
    plain = of(spine.subject.model_copy(update={"geometry": None}))
    lean = [inclination(s, standing_curve(s), s.slope) for s in (spine, plain)]
    return replace(spine, slope=spine.slope + lean[1] - lean[0])


def inclination(spine: Spine, flexion: Floats, tilt: float) -> float:
    """Angle [rad] of the line from S1 to T1 forward of upright."""
    place, _ = chain(spine, flexion, tilt)
    top = place[spine.body("T1")]
    return math.atan2(top[0], top[2])


def placed(spine: Spine) -> Spine:
    """The spine with its bodies in the reference pose: the recumbent curve, T1 above S1."""
    curve, tilt = recumbent(spine), 0.0
    place, turn = chain(spine, curve, tilt)
    if not spine.is_specimen:
        top = spine.body("T1")
        for _ in range(4):
            tilt -= math.atan2(place[top, 0], place[top, 2])
            place, turn = chain(spine, curve, tilt)
    bodies = spine.system.bodies._replace(place=place, turn=turn)  # type: ignore[arg-type]
    system = jax.device_put(spine.system._replace(bodies=bodies))
    return replace(spine, system=system, tilt=tilt)


def recumbent(spine: Spine) -> Floats:
    """Flexion (J,) [rad] of every joint from its stress-free pose in the recumbent curve."""
    return -spine.shape


def standing_curve(spine: Spine) -> Floats:
    """Flexion (J,) [rad] of every joint from its stress-free pose in quiet standing."""
    more = [number(r, "angle_standing_deg") - number(r, "angle_recumbent_deg") for r in spine.rows]
    return recumbent(spine) - np.radians(np.array(more))


def chain(
    spine: Spine, flexion: Floats, tilt: float, slide: Floats | None = None
) -> tuple[Floats, Floats]:
    """Centres (B, 3) [m] and quaternions (B, 4) of the bodies, the first at the origin.

    flexion (J,) [rad] and slide (J, 3) [m] of each joint from its stress-free pose, tilt of the
    first body.
    """
    slide = np.zeros((len(spine.joints), 3)) if slide is None else slide
    joint = jax.tree.map(np.asarray, spine.system.joints)
    place, turn = [np.zeros(3)], [np.asarray(joints.tilt(tilt))]
    gaps = joint.gap + slide
    for j in range(len(spine.joints)):
        q = product(turn[-1], joint.lower_turn[j])
        plate = place[-1] + rotate(turn[-1], joint.lower[j])
        upper = plate + rotate(q, gaps[j])
        up = product(product(q, joints.tilt(float(flexion[j]))), joint.wedge[j])
        body = product(up, joint.upper_turn[j] * np.array([1, -1, -1, -1]))
        turn.append(body)
        place.append(upper - rotate(body, joint.upper[j]))
    return np.array(place), np.array(turn)


def pose_of(spine: Spine, flexion: Floats, tilt: float, slide: Floats | None = None) -> Floats:
    """Pose (B, 6) of the bodies against the reference pose; arguments as of `chain`."""
    place, turn = chain(spine, flexion, tilt, slide)
    back = np.asarray(spine.system.bodies.turn) * np.array([1.0, -1.0, -1.0, -1.0])
    q = np.array([product(a, b) for a, b in zip(turn, back, strict=True)])
    return np.hstack(
        [place - np.asarray(spine.system.bodies.place), 4.0 * q[:, 1:] / (1.0 + q[:, :1])]
    )


def product(p: Floats, q: Floats) -> Floats:
    """Quaternion of the rotation q followed by p."""
    a, b, c, d = p.tolist()  # plain numbers: a hundred times cheaper than arrays of three
    e, f, g, h = q.tolist()
    return np.array(
        [
            a * e - b * f - c * g - d * h,
            a * f + b * e + c * h - d * g,
            a * g - b * h + c * e + d * f,
            a * h + b * g - c * f + d * e,
        ]
    )


def rotate(q: Floats, v: Floats) -> Floats:
    """Vector (3,) turned by a quaternion."""
    back = q * np.array([1.0, -1.0, -1.0, -1.0])
    return product(product(q, np.array([0.0, *v])), back)[1:]


def with_shape(spine: Spine, shape: Floats) -> Spine:
    """The spine with another stress-free shape (J,) [rad of flexion] under the same curve."""
    turned = np.array(
        [
            product(joints.tilt(float(f)), joints.tilt(-math.radians(number(r, "disc_wedge_deg"))))
            for f, r in zip(shape, spine.rows, strict=True)
        ]
    )
    bent = spine.system.joints._replace(wedge=jax.device_put(turned))
    system = spine.system._replace(joints=bent)
    return replace(spine, system=system, shape=shape)
