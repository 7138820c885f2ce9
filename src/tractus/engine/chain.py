"""The linear system of a Newton step: disc unknowns condensed out, then a chain of 6 x 6 blocks."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus.engine.derivatives import Curvature, Slopes
from tractus.system import HIDDEN, System
from tractus.tissue import disc

GAS = disc.COMPARTMENTS  # place of the gas among the hidden unknowns


class Factors(NamedTuple):
    """Factorised second derivatives of the potential."""

    low: Array  # (B, 6, 6) Cholesky factors of the chain's diagonal blocks
    upper: Array  # (B - 1, 6, 6) factors of the blocks beside it
    slope: Array  # (D, 6, 12) joint motion by the poses of its two bodies
    coupling: Array  # (D, 12, 6) of hidden unknowns and motion
    hidden: Array  # (D, 12, 12) Cholesky factor of the hidden block


def unknown(system: System) -> Factors:
    """Factors of nothing, in the shapes of a system, for where none are known."""
    b, d = system.bodies.mass.shape[0], system.disc.gas.shape[0]
    shapes = ((b, 6, 6), (b - 1, 6, 6), (d, 6, 12), (d, HIDDEN, 6), (d, HIDDEN, HIDDEN))
    return Factors(*(np.zeros(s) for s in shapes))  # type: ignore[arg-type]


def _inner_solve(factor: Array, right: Array) -> Array:
    """Solution for hidden unknowns (D, 12, n) of their factorised block."""
    return jax.vmap(lambda low, r: jax.scipy.linalg.cho_solve((low, True), r))(factor, right)


def factorise(c: Curvature, shift: Array) -> Factors:
    """Factors of the second derivatives with a relative diagonal shift."""
    d = c.disc.shape[0]
    inner = c.disc[:, 6:, 6:]
    # gas is solved for as a logarithm: the curve of the logarithm itself, gone at the minimum,
    # is left out where it would bend the energy the wrong way
    inner = inner.at[:, GAS, GAS].add(jnp.maximum(-c.disc_gradient[:, 6 + GAS], 0.0))
    size = jnp.abs(jnp.diagonal(inner, axis1=1, axis2=2))
    hidden = jnp.linalg.cholesky(inner + shift * jnp.eye(HIDDEN) * size[:, None])
    coupling = c.disc[:, 6:, :6]
    taken = jnp.einsum("dai,daj->dij", coupling, _inner_solve(hidden, coupling))
    stiff = c.stiff.at[:d].add(c.disc[:, :6, :6] - taken)
    block = jnp.einsum("jia,jik,jkb->jab", c.slope, stiff, c.slope) + c.curve
    diagonal = c.body.at[:-1].add(block[:, :6, :6]).at[1:].add(block[:, 6:, 6:])
    size = jnp.abs(jnp.diagonal(diagonal, axis1=1, axis2=2))
    diagonal = diagonal + shift * jnp.eye(6) * size[:, None]

    def down(low, row):  # type: ignore[no-untyped-def]
        below, beside = row
        w = jax.scipy.linalg.solve_triangular(low, beside, lower=True)
        return jnp.linalg.cholesky(below - w.T @ w), (low, w)

    first = jnp.linalg.cholesky(diagonal[0])
    last, (lows, upper) = jax.lax.scan(down, first, (diagonal[1:], block[:, :6, 6:]))
    return Factors(jnp.concatenate([lows, last[None]]), upper, c.slope[:d], coupling, hidden)


def step(f: Factors, g: Slopes) -> tuple[Array, Array, Array]:
    """Newton step: of the poses (B, 6), of the hidden (D, 12), and its decrement per body (B,)."""
    d = f.hidden.shape[0]
    half = jax.vmap(lambda low, r: jax.scipy.linalg.solve_triangular(low, r, lower=True))
    back = jax.vmap(lambda low, r: jax.scipy.linalg.solve_triangular(low.T, r, lower=False))
    inner = half(f.hidden, g.hidden)
    carried = jnp.einsum("dai,da->di", f.coupling, back(f.hidden, inner))
    right = jnp.einsum("dia,di->da", f.slope, carried)
    gradient = g.pose.at[:d].add(-right[:, :6]).at[1 : d + 1].add(-right[:, 6:])

    def down(rhs, row):  # type: ignore[no-untyped-def]
        low, w, g = row
        z = jax.scipy.linalg.solve_triangular(low, rhs, lower=True)
        return g - w.T @ z, z

    rest = (f.low[:-1], f.upper, gradient[1:])
    end, zs = jax.lax.scan(down, gradient[0], rest)
    z_end = jax.scipy.linalg.solve_triangular(f.low[-1], end, lower=True)
    x_end = jax.scipy.linalg.solve_triangular(f.low[-1].T, z_end, lower=False)

    def up(x, row):  # type: ignore[no-untyped-def]
        low, w, z = row
        v = jax.scipy.linalg.solve_triangular(low.T, z - w @ x, lower=False)
        return v, v

    _, xs = jax.lax.scan(up, x_end, (f.low[:-1], f.upper, zs), reverse=True)
    pose = -jnp.concatenate([xs, x_end[None]])
    decrement = 0.5 * jnp.sum(jnp.concatenate([zs, z_end[None]]) ** 2, 1)
    moved = jnp.einsum("dia,da->di", f.slope, jnp.concatenate([pose[:-1], pose[1:]], 1)[:d])
    hidden = -back(f.hidden, inner + half(f.hidden, jnp.einsum("dai,di->da", f.coupling, moved)))
    return pose, hidden, decrement.at[:d].add(0.5 * jnp.sum(inner**2, 1))
