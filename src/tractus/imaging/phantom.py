"""Spines with known truth: elliptical bodies stacked along a curve, drawn on any grid of voxels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tractus.imaging.columns import Frame
from tractus.imaging.volume import Floats, Mask, Volume

LUMBAR = ("L5", "L4", "L3", "L2", "L1")


@dataclass(frozen=True)
class Vertebra:
    """A body [mm]: heights in front and at the back, half axes; `arch` draws a ring behind it.

    `roots` draws transverse processes that leave the body's own rear corners, as those of L5 do;
    without an arch they are stumps, as labels of bodies alone hold them.
    """

    front: float = 27.0
    back: float = 27.0
    width: float = 24.0
    depth: float = 17.0
    arch: bool = True
    roots: bool = False

    @property
    def reach(self) -> float:
        """How far [mm] to the side the roots go."""
        return (1.5 if self.arch else 1.1) * self.width


@dataclass(frozen=True)
class Gap:
    """A disc: height [mm] in its middle, wedge [deg] open in front, slip [mm] forward."""

    height: float = 10.0
    wedge: float = 5.0
    slip: float = 0.0
    side: float = 0.0
    """Wedge [deg] open on the left."""


@dataclass(frozen=True)
class Phantom:
    """Vertebrae from the lowest up with the discs between them, and how the whole is tilted."""

    names: Sequence[str] = LUMBAR
    vertebrae: Sequence[Vertebra] = field(default_factory=lambda: [Vertebra()] * 5)
    gaps: Sequence[Gap] = field(default_factory=lambda: [Gap()] * 4)
    tilt: float = 15.0
    """Flexion [deg] of the lowest body."""
    lean: float = 0.0
    """Lateral bend [deg] of the whole."""

    def frames(self) -> list[Frame]:
        """Frame of every body at its centre, the lowest at the origin."""
        turn = _about(1, self.lean) @ _about(0, -self.tilt)
        out = [Frame(np.zeros(3), turn.T)]
        for i, gap in enumerate(self.gaps):
            low, up = self.vertebrae[i], self.vertebrae[i + 1]
            turn = turn @ _about(0, _wedge(low) / 2)
            plate = out[-1].points(np.array([0.0, 0.0, _mean(low) / 2]))
            half = _about(0, gap.wedge / 2) @ _about(1, gap.side / 2)
            turn = turn @ half
            plate = plate + turn @ np.array([0.0, gap.slip, gap.height])
            turn = turn @ half @ _about(0, _wedge(up) / 2)
            out.append(Frame(plate + turn @ np.array([0.0, 0.0, _mean(up) / 2]), turn.T))
        return out

    def draw(
        self,
        ids: Mapping[str, int],
        spacing: Sequence[float] = (1.0, 1.0, 1.0),
        *,
        turn: Floats | None = None,
        discs: Mapping[str, int] | None = None,
        offset: Sequence[float] = (0.31, 0.17, 0.43),
        margin: float = 12.0,
    ) -> Volume:
        """Label map; `turn` (3, 3) are the directions of the grid's axes, `offset` its place."""
        frames = self.frames()
        axes = np.eye(3) if turn is None else turn
        reach = np.array([36.0, 60.0, 30.0])
        corners = np.array([f.origin + s * reach for f in frames for s in (-1, 1)]) @ axes
        low, high = corners.min(0) - margin, corners.max(0) + margin
        step = np.asarray(spacing, float)
        size = np.ceil((high - low) / step).astype(int)
        affine = np.eye(4)
        affine[:3, :3] = axes * step
        affine[:3, 3] = axes @ (low + np.asarray(offset) * step)
        volume = Volume(np.zeros(size, np.uint8), affine, "phantom")
        for name, frame, body in zip(self.names, frames, self.vertebrae, strict=True):
            paint(volume, frame, 75.0, lambda p, b=body: _solid(p, b), ids[name])
        self._discs(volume, frames, discs or {})
        return volume

    def _discs(self, volume: Volume, frames: list[Frame], ids: Mapping[str, int]) -> None:
        for i in range(len(self.gaps)):
            name = f"{self.names[i + 1]}-{self.names[i]}"
            if name in ids:
                low, up = frames[i], frames[i + 1]
                bodies = self.vertebrae[i], self.vertebrae[i + 1]
                centre = Frame(0.5 * (low.origin + up.origin), low.axes)
                paint(
                    volume,
                    centre,
                    40.0,
                    lambda p, a=(centre, low, up), b=bodies: _disc(p, *a, *b),
                    ids[name],
                )


def paint(volume: Volume, frame: Frame, reach: float, inside: object, value: int) -> None:
    """Set voxels near a frame whose local points [mm] are inside; what is drawn stays."""
    corner = frame.origin + reach * (np.indices((2, 2, 2)).reshape(3, 8).T * 2 - 1)
    index = volume.index(corner)
    low = np.maximum(np.floor(index.min(0)).astype(int), 0)
    high = np.minimum(np.ceil(index.max(0)).astype(int) + 1, volume.array.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    at = np.stack(
        np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), -1
    )
    local = frame.local(volume.world(at.astype(float)))
    part = volume.array[box]
    part[inside(local) & (part == 0)] = value  # type: ignore[operator]


def _solid(p: Floats, body: Vertebra) -> Mask:
    """Whether local points lie in a vertebra: body, pedicles, ring and spinous process."""
    x, y, z = np.moveaxis(p, -1, 0)
    half = 0.5 * (_mean(body) + (body.front - body.back) * y / (2 * body.depth))
    inside = (np.abs(z) <= half) & ((x / body.width) ** 2 + (y / body.depth) ** 2 <= 1.0)
    canal = np.hypot(x / 13.0, (y + body.depth + 6.0) / 9.0)
    if body.arch:
        ring = (canal >= 1.0) & (canal <= 1.5) & (np.abs(z) < 8.0) & (y < -body.depth + 6.0)
        spine = (np.abs(x) < 4.0) & (y < -body.depth - 12.0) & (y > -body.depth - 40.0)
        inside |= ring | (spine & (np.abs(z + 3.0) < 8.0))
    if body.roots:
        wing = (np.abs(x) < body.reach) & (y < -0.25 * body.depth) & (y > -body.depth - 3.0)
        inside |= wing & (canal >= 1.0) & (np.abs(z - 3.0) < 7.0)
    return np.asarray(inside)


def _disc(p: Floats, centre: Frame, low: Frame, up: Frame, under: Vertebra, over: Vertebra) -> Mask:
    """Whether points local to `centre` lie between two bodies and above both ellipses."""
    world = centre.points(p)
    a, b = low.local(world), up.local(world)
    half_low = 0.5 * (_mean(under) + (under.front - under.back) * a[..., 1] / (2 * under.depth))
    half_up = 0.5 * (_mean(over) + (over.front - over.back) * b[..., 1] / (2 * over.depth))
    mid = 0.5 * (a + b)
    ellipse = (mid[..., 0] / under.width) ** 2 + (mid[..., 1] / under.depth) ** 2
    return np.asarray((a[..., 2] > half_low) & (b[..., 2] < -half_up) & (ellipse <= 1.0))


def _mean(body: Vertebra) -> float:
    return 0.5 * (body.front + body.back)


def _wedge(body: Vertebra) -> float:
    """Wedge [deg] of a body, open in front, both plates together."""
    return math.degrees(2 * math.atan((body.front - body.back) / (4 * body.depth)))


def _about(axis: int, degrees: float) -> Floats:
    """Rotation (3, 3) about right (0: positive lifts the front) or anterior (1)."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    if axis == 0:
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]], float)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], float)
