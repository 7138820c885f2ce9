"""Tangents of a run of a specimen: how its states move with whatever it is built from.

Everything carries one more axis in front: first the thing itself, then its tangents.  The march
is linear in states, so it takes such stacks as they are; a solve pushes them by implicit
differentiation (newton.py).  For specimens only: no support, no friction, no muscle.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np

from tractus.engine import march, memory
from tractus.engine.derivatives import nowhere
from tractus.engine.march import NotSolved
from tractus.engine.memory import Guess, Memory, Ratios, Span, at, good, resting
from tractus.engine.newton import FACTORS
from tractus.engine.step import Outcome, advance
from tractus.runtime import Compiled
from tractus.system import Loads, State, System


def stacked(itself: Any, tangents: list[Any]) -> Any:
    """A tree and its tangents as one stack; whole numbers stay such."""
    return jax.tree.map(
        lambda a, *t: np.stack([a, *t]).astype(np.asarray(a).dtype), itself, *tangents
    )


def itself(stack: Any) -> Any:
    """The tree that a stack is about."""
    return jax.tree.map(lambda a: a[0], stack)


def joined(found: Any, tangents: Any) -> Any:
    """A result and the tangents of it as one stack."""
    return jax.tree.map(
        lambda a, t: np.concatenate([np.asarray(a)[None], np.asarray(t)]), found, tangents
    )


def pushed(function: Any, stacks: Any) -> Any:
    """Tangents of function(*stacks), for traced arguments; whole numbers do not move."""
    moving, fixed = eqx.partition(itself(stacks), eqx.is_inexact_array)
    directions = eqx.filter(jax.tree.map(lambda a: a[1:], stacks), eqx.is_inexact_array)

    def along(direction: Any) -> Any:
        return jax.jvp(lambda m: function(*eqx.combine(m, fixed)), (moving,), (direction,))[1]

    return jax.vmap(along)(directions)


@Compiled
def _solved(stacks: Any, times: Any, factors: Any) -> State:
    """Tangents of the state after a solve, `stacks` holding where it ends as its guess."""

    def after(system: Any, loads: Any, state: Any, start: Any, middle: Any, guess: Any) -> State:
        past = (factors, nowhere(system), FACTORS)
        given = (system, loads, state, start, middle, *times, guess, *past, memory.TOLERANCE)
        found: State = advance.__wrapped__(*given)[0]  # type: ignore[attr-defined]
        return found

    moved: State = pushed(after, stacks)
    return moved


class Tangents(Memory):
    """What solves stacks: the thing itself as ever, then its tangents where it came to rest."""

    def __init__(self) -> None:
        super().__init__()
        self._plain = Memory(march.EXACT)

    def solve(
        self,
        system: System,
        loads: Loads,
        state: State,
        span: Span,
        guess: Guess,
    ) -> tuple[State, Outcome]:
        """One solve of a stack; the outcome is that of the thing itself."""
        body, load, now, water = itself((system, loads, state, span.water))
        over = span._replace(water=water)
        found, outcome = self._plain.solve(body, load, now, over, itself(guess))
        end = jax.tree.map(
            lambda a, g: np.broadcast_to(a, g.shape), (found.pose, found.hidden), guess
        )
        stacks = (system, loads, state, *span.water, end)
        return joined(found, _solved(stacks, span[1:], outcome.factors)), outcome

    def possible(self, system: System, ratio: Ratios) -> bool:
        """As ever, of the thing itself."""
        return super().possible(itself(system), itself(ratio))

    def rest(self, system: System, loads: Loads, state: State, dt: float) -> State:
        """The stack at once after a change of load (dt 0), or with its water at rest (dt EVER)."""
        found, outcome = self.solve(system, loads, state, resting(state, dt), at(state))
        if not good(outcome):
            raise NotSolved(int(outcome.worst), dt)
        return found
