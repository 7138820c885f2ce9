"""Marching in time: settle into a posture, jump to a load, follow the water.

Second order and stiffly accurate (SDIRK2): both stages are minima of the potential.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from tractus.engine.derivatives import support_forces
from tractus.engine.memory import Guess, Memory, Ratios, Span, at, good, ratios, resting
from tractus.engine.step import Outcome, anchor
from tractus.system import Loads, State, System

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
FIRST, SHORT, LONG = 1.0, 120.0, 3600.0  # s: first step after a change, cap until 10 of them, cap
EQUILIBRIUM = 48 * 3600.0  # s after which only the final rest matters and steps keep doubling
GROWTH, LATE = 2.0, 1.5  # of steps, to the first cap and between it and equilibrium
STEADY = 0.5  # N by which normal forces may still change between passes of friction
PASSES = 6
SETTLED = 1e-3  # N m by which posture moments may still change
ROUNDS = 60
HALVINGS = 8
EVER = 1e12  # s, longer than any water takes
# J, beside memory.TOLERANCE: of an equilibrium that no later step mends; and where only the spread
# over many runs is asked for
EXACT, ROUGH = 1e-12, 1e-7


class NotSolved(Exception):
    """The engine found no equilibrium: `body` still moved most, after `elapsed` seconds."""

    def __init__(self, body: int, elapsed: float) -> None:
        super().__init__(f"no equilibrium near body {body} after {elapsed:g} s")
        self.body, self.elapsed = body, elapsed


def _jump(
    system: System, loads: Loads, state: State, sticking: float, memory: Memory
) -> tuple[State, Outcome]:
    over = resting(state, 0.0, sticking)
    found, outcome = memory.solve(system, loads, state, over, at(state))
    if not good(outcome):
        raise NotSolved(int(outcome.worst), 0.0)
    return found, outcome


def jump(
    system: System,
    loads: Loads,
    state: State,
    sticking: float = 1.0,
    memory: Memory | None = None,
) -> State:
    """State at once after a change of load, friction answering; posture moments settled.

    Friction is bounded by the normal forces after the jump: passes from the same anchors.
    """
    memory = Memory() if memory is None else memory
    begun, normal = state, np.asarray(support_forces(state.pose, loads))
    for _ in range(PASSES):
        found, outcome = _jump(system, loads, begun, sticking, memory)
        before, normal = normal, np.asarray(support_forces(found.pose, loads))
        if not sticking or float(np.max(np.abs(normal - before))) < STEADY:
            break
        begun = state._replace(pose=found.pose, hidden=found.hidden, moment=found.moment)
    for _ in range(ROUNDS):
        if float(outcome.unmet) < SETTLED:
            return found
        found, outcome = _jump(system, loads, found, 0.0, memory)
    raise NotSolved(int(outcome.worst), 0.0)  # no posture is held: it falls to and fro


def settle(
    system: System,
    loads: Loads,
    state: State,
    guess: Ratios | None = None,
    memory: Memory | None = None,
) -> State:
    """State at rest in a new posture near the pose `guess` (B, 6): frictionless, then anchored.

    Where the memory knows a rest at its place, the search begins there.
    """
    memory = Memory() if memory is None else memory
    loose = state._replace(drag=np.zeros(state.drag.shape))  # type: ignore[arg-type]
    if guess is not None:
        loose = loose._replace(pose=guess)  # type: ignore[arg-type]
    found: State = anchor(loads, jump(system, loads, memory.near_rest(loose), 0.0, memory))
    return memory.rested(found)


def equilibrium(system: System, loads: Loads, state: State) -> State:
    """State in which all water has come to rest under constant loads, found without marching.

    Over a time without end the resistance to water is nothing: one minimum of the potential.
    """
    memory = Memory(EXACT)
    for _ in range(ROUNDS):
        state, outcome = memory.solve(system, loads, state, resting(state, EVER), at(state))
        if not good(outcome):
            raise NotSolved(int(outcome.worst), EVER)
        if float(outcome.unmet) < SETTLED:
            break
    return state


class Rate(NamedTuple):
    """How a state moves on [1/s]: what the next step starts from."""

    ratio: Ratios  # (D, C) of the volume ratios, from the last stage's balance of water
    pose: Ratios  # (B, 6) and
    hidden: Ratios  # (D, 12) from the difference of the last two stages; only to guess from


def at_rest(state: State) -> Rate:
    """No movement."""
    return Rate(*(np.zeros_like(a) for a in (ratios(state), *at(state))))


def _rate(ratio: Ratios, before: State, after: State, dt: float) -> Rate:
    pose, hidden = ((b - a) / dt for a, b in zip(at(before), at(after), strict=True))
    return Rate(ratio, pose, hidden)


def _ahead(state: State, rate: Rate, dt: float) -> Guess:
    """Where pose and hidden unknowns are after dt [s] if they move on as before."""
    pose, hidden = at(state)
    return pose + dt * rate.pose, hidden + dt * rate.hidden


def step(
    system: System, loads: Loads, state: State, rate: Rate, dt: float, memory: Memory
) -> tuple[State, Rate, bool]:
    """One step of time [s]: state, its rate, whether both stages converged.

    A step over which a compartment would lose more water than it holds is not taken.
    """
    now, first, rest = ratios(state), GAMMA * dt, (1.0 - GAMMA) * dt
    water = (now, now + first * rate.ratio)
    if not memory.possible(system, water[1]):
        return state, rate, False
    guess = _ahead(state, rate, first)
    one, begun = memory.solve(system, loads, state, Span(water, first, first), guess)
    slope = (ratios(one) - now) / first
    water = (now + rest * slope, now + dt * slope)
    if not good(begun) or not memory.possible(system, water[1]):
        return state, rate, False
    guess = _ahead(one, _rate(slope, state, one, first), rest)
    two, ended = memory.solve(system, loads, one, Span(water, first, rest), guess)
    found = _rate((ratios(two) - water[0]) / first, one, two, rest)
    return two, found, good(ended)


def steps(
    duration: float,
    stops: Sequence[float],
    refine: int = 1,
    first: float = FIRST,
    coarse: float = 1.0,
) -> list[float]:
    """Times [s] within (0, duration] that a march visits; `stops` are visited exactly.

    Steps begin at `first` [s] and grow; `refine` divides every one, `coarse` raises their caps.
    """
    near = 1e-6  # s within which two stops are one
    inside = sorted(s for s in stops if near < s < duration - near)
    wanted = [s for i, s in enumerate(inside) if i == 0 or s - inside[i - 1] > near] + [duration]
    out: list[float] = []
    t, size = 0.0, first
    for stop in wanted:
        while t < stop - 1e-9:
            cap = coarse * (SHORT if t < 10 * SHORT else LONG if t < EQUILIBRIUM else math.inf)
            left, size = stop - t, min(size, cap)
            n = max(1, math.ceil(left / size - 1e-9))
            h = left / n if n <= 2 else size
            out += [t + h * (i + 1) / refine for i in range(refine)]
            t += h
            growth = LATE if 10 * SHORT <= t < EQUILIBRIUM else GROWTH
            size = max(size, min(size * growth, max(t, first)))
        out[-1] = t = stop
    return out


def march(
    system: System,
    loads: Loads,
    state: State,
    duration: float,
    stops: Sequence[float],
    refine: int = 1,
    first: float = FIRST,
    coarse: float = 1.0,
    memory: Memory | None = None,
) -> Iterator[tuple[float, State]]:
    """States at the times of `steps` under constant loads."""
    memory = Memory() if memory is None else memory
    t = 0.0
    rate = at_rest(state)
    for end in steps(duration, stops, refine, first, coarse):
        parts, done = 1, 0.0
        h = end - t
        while done < h - 1e-9 * h:
            dt = min(h / parts, h - done)
            found, slope, taken = step(system, loads, state, rate, dt, memory)
            if taken:
                state, rate, done = found, slope, done + dt
            elif parts >= 2**HALVINGS:
                _, outcome = _jump(system, loads, state, 0.0, Memory())
                raise NotSolved(int(outcome.worst), t + done)
            else:
                parts *= 2
                rate = at_rest(state)._replace(ratio=rate.ratio)  # guess no more
        t = end
        yield t, state
