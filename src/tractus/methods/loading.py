"""Loads as a method writes them: numpy arrays that start at nothing, and plans in time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from tractus.disc_shape import Floats
from tractus.levels import REGION_OF
from tractus.spine import Spine, recumbent
from tractus.system import SKIN, Loads
from tractus.tables import number
from tractus.units import GRAVITY

G = GRAVITY
SLOW = 10.0  # s above which a ramp is followed in two steps
AXES = {"anterior": 0, "left": 1, "headward": 2}


@dataclass
class Load:
    """Loads under construction, by the names of `Loads`; `clamp` holds a body where it settled.

    `applied` is the force of the device itself [N]; `pose` of a clamp is its offset.
    """

    values: dict[str, Floats]
    clamp: Floats  # (B, 6) N/m and N m/rad
    offset: Floats  # (B, 6) m and rad from the settled pose
    curve: Floats  # (J,) flexion [rad] of the joints near which this posture is
    tilt: float = 0.0  # flexion [rad] of the pelvis there
    applied: float = 0.0

    @classmethod
    def none(cls, spine: Spine) -> Load:
        """No load at all."""
        b, j = len(spine.bodies), len(spine.joints)
        shape: dict[str, tuple[int, ...]] = dict.fromkeys(Loads._fields, (b,))
        shape |= dict.fromkeys(("force", "arm", "moment"), (b, 3))
        shape |= dict.fromkeys(("hold", "pose"), (b, 6))
        shape |= dict.fromkeys(("gravity", "normal"), (3,))
        shape |= dict.fromkeys(("control", "tone", "psoas", "guard"), (j,))
        shape |= {"target": (j, 3), "heat": ()}
        values = {name: np.zeros(size) for name, size in shape.items()}
        values["normal"] = np.array([1.0, 0.0, 0.0])
        return cls(values, np.zeros((b, 6)), np.zeros((b, 6)), recumbent(spine), spine.tilt)

    def copy(self) -> Load:
        """A copy that can be changed."""
        values = {name: value.copy() for name, value in self.values.items()}
        return Load(
            values, self.clamp.copy(), self.offset.copy(), self.curve, self.tilt, self.applied
        )

    def __getitem__(self, name: str) -> Floats:
        return self.values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.values[name] = np.asarray(value, float)

    def pull(self, body: int, force: Floats, arm: Floats) -> None:
        """Add a force [N] at `arm` [m] of a body; forces of one body must share their arm."""
        old = self.values["force"][body]
        if np.any(old) and not np.allclose(self.values["arm"][body], arm):
            # keep both: equal force at the first arm, and the moment of the difference
            gap = np.asarray(arm) - self.values["arm"][body]
            self.values["moment"][body] += np.cross(gap, force)
        else:
            self.values["arm"][body] = arm
        self.values["force"][body] = old + force

    def same_as(self, other: Load) -> bool:
        """Whether nothing differs."""
        equal = all(np.array_equal(v, other.values[n]) for n, v in self.values.items())
        clamps = np.array_equal(self.clamp, other.clamp) and np.array_equal(
            self.offset, other.offset
        )
        return equal and clamps

    def mark(self) -> int:
        """Number by which equal loads know each other."""
        parts = (*self.values.values(), self.clamp, self.offset)
        return hash(b"".join(np.ascontiguousarray(p).tobytes() for p in parts))

    def frozen(self, settled: Floats) -> Loads:
        """Loads for the engine; clamps hold bodies at `settled` (B, 6) plus their offset."""
        values = dict(self.values)
        hold = values["hold"] + self.clamp
        share = np.divide(self.clamp, hold, out=np.zeros_like(hold), where=hold > 0)
        values["pose"] = (1.0 - share) * values["pose"] + share * (settled + self.offset)
        values["hold"] = hold
        return Loads(**values)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Interval:
    """A load that acts for a time [s]; `held` where the device is at its full level."""

    duration: float
    load: Load
    held: bool = True


@dataclass(frozen=True)
class Plan:
    """A step in time: the posture without the device, then intervals with it."""

    rest: Load
    intervals: tuple[Interval, ...] = field(default_factory=tuple)


def depth_for(force: Floats, stiffness: Floats) -> Floats:
    """Depth (B,) [m] in a support of stiffness [N/m] at which it carries `force` [N]."""
    low = np.full(force.shape, -0.5)
    high = np.full(force.shape, 0.5)
    k = np.where(stiffness > 0, stiffness, 1.0)
    for _ in range(80):
        x = 0.5 * (low + high)
        root = np.sqrt(x * x + SKIN**2)
        carried = k * 0.5 * (x + root) * 0.5 * (1.0 + x / root)
        low, high = np.where(carried < force, x, low), np.where(carried < force, high, x)
    return np.where(stiffness > 0, 0.5 * (low + high), 0.0)


Maker: TypeAlias = Callable[[float], Load]
Segment: TypeAlias = tuple[float, float]  # level of the device, s


def profile(
    make: Maker, segments: Sequence[Segment], ramp: float, duration: float
) -> tuple[Interval, ...]:
    """Intervals of a device that goes through levels, each for its time, until `duration` [s].

    `make` turns a level (force, angle, lift) into a load and level 0 into the posture alone.  A
    short ramp to a new level is a step in its middle, a long one two steps: equal impulse.
    """
    out: list[Interval] = []
    full = max(abs(level) for level, _ in segments)
    now = 0.0
    for level, time in segments:
        rise = min(ramp, time) if ramp > 1.0 and level != now else 0.0
        if rise > SLOW:
            half = make(0.5 * (now + level))
            out += [Interval(rise / 4, make(now), False), Interval(rise / 2, half, False)]
            time -= 0.75 * rise
        elif rise:
            out.append(Interval(rise / 2, make(now), False))
            time -= 0.5 * rise
        out.append(Interval(time, make(level), abs(level) == full))
        now = level
    return trimmed(out, duration)


def repeated(cycle: Sequence[Segment], duration: float) -> list[Segment]:
    """A cycle of levels repeated until `duration` [s] is over."""
    length = sum(time for _, time in cycle)
    return list(cycle) * math.ceil(duration / length) if length > 0 else []


def held(
    level: float, hold: float, rest_level: float, rest: float, duration: float
) -> list[Segment]:
    """Holds of `level` with rests between them; a rest is taken only where a whole hold follows."""
    if rest <= 0.0:
        return [(level, duration)]
    count = max(int((duration - hold) // (hold + rest)), 0)
    cycle: list[Segment] = [(level, hold), (rest_level, rest)]
    return cycle * count + [(level, duration - count * (hold + rest))]


def bump(spine: Spine, centre: float, width: float) -> Floats:
    """Share (B,) of a local push at height `centre` [m] of the reference pose, `width` [m]."""
    z = np.asarray(spine.system.bodies.place)[:, 2]
    return np.exp(-0.5 * ((z - centre) / width) ** 2)


def height_of(spine: Spine, body: str) -> float:
    """Height [m] of a body in the reference pose."""
    return float(spine.system.bodies.place[spine.body(body), 2])


def regional(spine: Spine, region: str) -> Floats:
    """1 for the joints (J,) of a region."""
    return np.array([float(REGION_OF[j] == region) for j in spine.joints])


def guarding(spine: Spine, region: str) -> Floats:
    """Share (J,) of the muscles that guard a region against a pull, at each joint.

    Extensors of the lumbar spine end in part on the thorax, and pull on it as well.
    """
    if region == "lumbar":
        return np.array([number(row, "lumbar_extensors") for row in spine.rows])
    return regional(spine, region)


def carried(load: Load) -> Floats:
    """Force (B,) [N] that each support carries in the reference pose."""
    x, k = load["depth"], load["support"]
    root = np.sqrt(x * x + SKIN**2)
    return np.asarray(k * 0.5 * (x + root) * 0.5 * (1.0 + x / root))


def sliding(load: Load, mass: Floats) -> tuple[float, float] | None:
    """Force [N] along a support on bodies of `mass` [kg], and the friction [N] that it exceeds.

    None where friction bears it or something else holds the body.
    """
    held = np.any(load["hold"][:, 2] + load.clamp[:, 2] > 0)
    weight = mass @ (1.0 - load["buoyancy"]) * load["gravity"][2]
    force, friction = abs(weight + load["force"][:, 2].sum()), load["grip"] @ carried(load)
    return None if held or force <= friction else (float(force), float(friction))


def slides(load: Load, mass: Floats) -> str | None:
    """How a load would pull the body along its support, and what to do; None where it is held."""
    slid = sliding(load, mass)
    return slid and (
        f"the body slides: {slid[0]:.0f} N along its support are more than the {slid[1]:.0f} N "
        "of friction under it, and nothing else holds it; lower the force, or hold a level of "
        "the region that is pulled"
    )


def cause(spine: Spine, body: int) -> str:
    """Why a load finds no equilibrium, and what to do."""
    near = spine.bodies[min(body, len(spine.bodies) - 1)]
    return f"{near} gives way: the load is beyond this spine; lower it or lengthen its ramp"


def stiffened(load: Load, extra: Floats) -> None:
    """Make supports stiffer by `extra` (B,) [N/m]; they carry the same in the reference pose."""
    force = carried(load)
    load["support"] = load["support"] + extra
    load["depth"] = depth_for(force, load["support"])


def above(spine: Spine, level: str) -> int:
    """Body above a disc."""
    return spine.joints.index(level) + 1


def merged(intervals: list[Interval]) -> tuple[Interval, ...]:
    """Neighbours with the same load joined, so that a device that does nothing leaves no trace."""
    out: list[Interval] = []
    for item in intervals:
        if item.duration <= 0:
            continue
        if out and item.load.same_as(out[-1].load):
            out[-1] = Interval(
                out[-1].duration + item.duration, out[-1].load, out[-1].held or item.held
            )
        else:
            out.append(item)
    return tuple(out)


def trimmed(intervals: list[Interval], duration: float) -> tuple[Interval, ...]:
    """Intervals cut off at `duration` [s], neighbours joined."""
    out, left = [], duration
    for item in intervals:
        if left <= 0:
            break
        out.append(Interval(min(item.duration, left), item.load, item.held))
        left -= item.duration
    return merged(out)
