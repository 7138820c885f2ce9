"""Tangents of a run: how states move with whatever the spine is built from.

Everything carries one more axis in front: first the thing itself, then its tangents.  The march
is linear in states, so it takes such stacks as they are; a solve pushes them by implicit
differentiation (newton.py), a reading by the chain rule.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np

from tractus.engine.march import Guess, Memory, Ratios
from tractus.engine.step import Outcome, advance, anchor
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
        given = (system, loads, state, start, middle, *times, guess, factors, 1.0)
        return advance.__wrapped__(*given)[0]  # type: ignore[attr-defined,no-any-return]

    return pushed(after, stacks)  # type: ignore[no-any-return]


@Compiled
def _anchored(stacks: Any) -> State:
    return pushed(anchor.__wrapped__, stacks)  # type: ignore[attr-defined,no-any-return]


def joined(found: Any, tangents: Any) -> Any:
    """A result and the tangents of it as one stack."""
    return jax.tree.map(
        lambda a, t: np.concatenate([np.asarray(a)[None], np.asarray(t)]), found, tangents
    )


class Tangents(Memory):
    """What solves stacks: the thing itself as ever, then its tangents where it came to rest."""

    def solve(
        self,
        system: System,
        loads: Loads,
        state: State,
        water: tuple[Ratios, Ratios],
        dt: float,
        elapsed: float,
        sticking: float,
        guess: Guess,
    ) -> tuple[State, Outcome]:
        """One solve of a stack; the outcome is that of the thing itself."""
        times = (dt, elapsed, sticking)
        one = itself((system, loads, state, water))
        found, outcome = super().solve(*one, *times, itself(guess))
        end = jax.tree.map(
            lambda a, g: np.broadcast_to(a, g.shape), (found.pose, found.hidden), guess
        )
        stacks = (system, loads, state, *water, end)
        return joined(found, _solved(stacks, times, outcome.factors)), outcome

    def normal(self, loads: Loads, state: State) -> Ratios:
        """Normal forces (B,) [N] of the support, for the thing itself."""
        return super().normal(*itself((loads, state)))

    def anchored(self, loads: Loads, state: State) -> State:
        """The stack with its friction springs hung up where the body lies now."""
        found = super().anchored(*itself((loads, state)))
        return joined(found, _anchored((loads, state)))  # type: ignore[no-any-return]
