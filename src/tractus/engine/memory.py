"""What solves leave for later ones to begin from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from tractus.engine import chain
from tractus.engine.chain import Factors
from tractus.engine.derivatives import Curvature, nowhere
from tractus.engine.newton import CURVATURE, FACTORS, NOTHING
from tractus.engine.step import Outcome, advance
from tractus.system import COMPARTMENTS, Loads, State, System

Ratios: TypeAlias = npt.NDArray[np.float64]
Guess: TypeAlias = tuple[Ratios, Ratios]
Place: TypeAlias = tuple[int, *tuple[Hashable, ...]]

TOLERANCE = 1e-9  # J: decrement of the last Newton step of a solve, 0.05 um at 1 kN/mm


class Span(NamedTuple):
    """What a solve goes over; without time it is a jump of the load."""

    water: tuple[Ratios, Ratios]  # (D, C) where it moves from, where its permeability is taken
    dt: float  # s that water moves over
    elapsed: float  # s that warmth and habit move on by
    sticking: float = 0.0  # share of friction that answers


def resting(state: State, dt: float, sticking: float = 0.0) -> Span:
    """A span from where a state is: dt 0 for a jump, without end for water at rest."""
    now = ratios(state)
    return Span((now, now), dt, dt, sticking)


def ratios(state: State) -> Ratios:
    """Volume ratios (D, C) of all compartments, in NumPy: each of JAX's small steps costs more."""
    return np.asarray(state.hidden)[..., :COMPARTMENTS]


def good(outcome: Outcome) -> bool:
    """Whether a solve has converged."""
    return bool(np.isfinite(float(outcome.decrement)))


def at(state: State) -> Guess:
    """Pose and hidden unknowns of a state."""
    return np.asarray(state.pose), np.asarray(state.hidden)


class Memory:
    """What earlier solves leave for later ones to begin from, and how exact they are.

    Factors of the last solve over each length of time [s] serve again after a change, made anew
    where younger second derivatives are known under the load.  Where a pattern of loads repeats
    itself, so do the movements: `come` names the place in the pattern.
    """

    def __init__(self, tolerance: float | None = None) -> None:
        self._tolerance = TOLERANCE if tolerance is None else tolerance
        self._factors: dict[Hashable, tuple[int, Factors]] = {}  # number of their curvature
        self._curvature: dict[Hashable, tuple[int, Curvature]] = {}  # by load
        self._count = 0  # of second derivatives
        self._rests: dict[Hashable, State] = {}
        self._moves: dict[Hashable, tuple[Guess, Guess]] = {}
        self._place: Place | None = None
        self._load: int | None = None
        self._solves: Counter[Hashable] = Counter()

    def possible(self, system: System, ratio: Ratios) -> bool:
        """Whether every compartment holds water at volume ratios (D, C)."""
        return bool(np.all(ratio > np.asarray(system.disc.solid)))

    def come(self, place: Place) -> None:
        """Come to a place that may have been passed before: marks of its load and of the last."""
        self._place, self._load = place, place[0]
        self._solves.clear()

    def begin(self) -> None:
        """Begin another course of loads: the movements of the last one do not repeat."""
        self._moves.clear()

    def near_rest(self, loose: State) -> State:
        """A state about to come to rest, put where the body came to rest here before."""
        known = self._rests.get(self._place)
        if known is None:
            return loose
        hidden = np.hstack([ratios(loose), np.asarray(known.hidden)[:, COMPARTMENTS:]])
        return loose._replace(pose=known.pose, hidden=hidden, moment=known.moment)  # type: ignore[arg-type]

    def rested(self, found: State) -> State:
        """The state, at rest at this place."""
        if self._place is not None:
            self._rests[self._place] = found
        return found

    def solve(
        self,
        system: System,
        loads: Loads,
        state: State,
        span: Span,
        guess: Guess,
    ) -> tuple[State, Outcome]:
        """One solve over a span."""
        length = float(f"{span.dt:.9g}")
        self._solves[length] += 1
        here = (self._place, length, self._solves[length])
        if here in self._moves:
            guess = _moved(state, _next(*self._moves[here]))
        shared = (self._place, length)
        key = next((k for k in (shared, length) if k in self._factors), None)
        old, factors = self._factors[key] if key is not None else (0, chain.unknown(system))
        newest, kept = self._curvature.get(self._load) or (old, nowhere(system))
        usable = CURVATURE if newest != old else FACTORS if key is not None else NOTHING
        moving = (state, *span.water, *span[1:], guess)
        found, outcome = advance(system, loads, *moving, factors, kept, usable, self._tolerance)
        if good(outcome):
            if outcome.fresh:
                newest = self._count = self._count + 1
                self._curvature[self._load] = newest, outcome.curvature
            self._factors[length] = newest, outcome.factors
            if self._place is not None:
                self._factors[shared] = newest, outcome.factors
                moved = _movement(state, found)
                self._moves[here] = (moved, self._moves.get(here, (moved, moved))[0])
        elif usable or here in self._moves:  # once more, without a burden from the past
            for burden in (shared, length):
                self._factors.pop(burden, None)
            self._curvature.pop(self._load, None)
            self._moves.pop(here, None)
            self._solves[length] -= 1
            return self.solve(system, loads, state, span, at(state))
        return found, outcome


def _movement(before: State, after: State) -> Guess:
    pose, hidden = (b - a for a, b in zip(at(before), at(after), strict=True))
    return pose, hidden


def _next(last: Guess, earlier: Guess) -> Guess:
    """A movement that changes once more as it did from the earlier time to the last."""
    pose, hidden = (2.0 * b - a for a, b in zip(earlier, last, strict=True))
    return pose, hidden


def _moved(state: State, movement: Guess) -> Guess:
    pose, hidden = (a + m for a, m in zip(at(state), movement, strict=True))
    return pose, hidden
