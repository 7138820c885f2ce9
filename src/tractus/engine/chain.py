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
    """Factorised second derivatives of the potential: all that a step needs is a product."""

    low: Array  # (B, 6, 6) inverse Cholesky factors of the chain's diagonal blocks
    down: Array  # (B - 1, 6, 6) what a body hands on to the next one
    up: Array  # (B - 1, 6, 6) what it takes back
    slope: Array  # (D, 6, 12) joint motion by the poses of its two bodies
    taken: Array  # (D, 12, 6) movement of the hidden unknowns by the joint's motion
    hidden: Array  # (D, 12, 12) inverse of the hidden block


def unknown(system: System) -> Factors:
    """Factors of nothing, in the shapes of a system, for where none are known."""
    b, d = system.bodies.mass.shape[0], system.disc.gas.shape[0]
    shapes = ((b, 6, 6), (b - 1, 6, 6), (b - 1, 6, 6), (d, 6, 12), (d, HIDDEN, 6))
    return Factors(*(np.zeros(s) for s in (*shapes, (d, HIDDEN, HIDDEN))))  # type: ignore[arg-type]


def _inverse(low: Array) -> Array:
    """Inverse of Cholesky factors (n, k, k)."""
    one = jnp.broadcast_to(jnp.eye(low.shape[-1]), low.shape)
    return jax.vmap(lambda f, r: jax.scipy.linalg.solve_triangular(f, r, lower=True))(low, one)


def factorise(c: Curvature, shift: Array) -> Factors:
    """Factors of the second derivatives with a relative diagonal shift."""
    d = c.disc.shape[0]
    inner = c.disc[:, 6:, 6:].at[:, :GAS, :GAS].add(c.damping)
    # gas is solved for as a logarithm: the curve of the logarithm itself, gone at the minimum,
    # is left out where it would bend the energy the wrong way
    inner = inner.at[:, GAS, GAS].add(jnp.maximum(-c.disc_gradient[:, 6 + GAS], 0.0))
    size = jnp.abs(jnp.diagonal(inner, axis1=1, axis2=2))
    root = _inverse(jnp.linalg.cholesky(inner + shift * jnp.eye(HIDDEN) * size[:, None]))
    hidden = jnp.einsum("dka,dkb->dab", root, root)
    coupling = c.disc[:, 6:, :6]
    taken = jnp.einsum("dab,dbi->dai", hidden, coupling)
    stiff = c.stiff.at[:d].add(c.disc[:, :6, :6] - jnp.einsum("dai,daj->dij", coupling, taken))
    block = jnp.einsum("jia,jik,jkb->jab", c.slope, stiff, c.slope) + c.curve
    diagonal = c.body.at[:-1].add(block[:, :6, :6]).at[1:].add(block[:, 6:, 6:])
    size = jnp.abs(jnp.diagonal(diagonal, axis1=1, axis2=2))
    diagonal = diagonal + shift * jnp.eye(6) * size[:, None]

    def next_body(low, row):  # type: ignore[no-untyped-def]
        below, beside = row
        w = jax.scipy.linalg.solve_triangular(low, beside, lower=True)
        return jnp.linalg.cholesky(below - w.T @ w), (low, w)

    first = jnp.linalg.cholesky(diagonal[0])
    last, (lows, beside) = jax.lax.scan(next_body, first, (diagonal[1:], block[:, :6, 6:]))
    low = _inverse(jnp.concatenate([lows, last[None]]))
    down = jnp.einsum("bki,bkj->bij", beside, low[:-1])
    up = jnp.einsum("bki,bkj->bij", low[:-1], beside)
    return Factors(low, down, up, c.slope[:d], taken, hidden)


def step(f: Factors, g: Slopes) -> tuple[Array, Array, Array]:
    """Newton step: of the poses (B, 6), of the hidden (D, 12), and its decrement per body (B,)."""
    d = f.hidden.shape[0]
    inner = jnp.einsum("dab,db->da", f.hidden, g.hidden)
    right = jnp.einsum("dia,di->da", f.slope, jnp.einsum("dai,da->di", f.taken, g.hidden))
    gradient = g.pose.at[:d].add(-right[:, :6]).at[1 : d + 1].add(-right[:, 6:])

    def hand_on(rest, row):  # type: ignore[no-untyped-def]
        down, own = row
        return own - down @ rest, rest

    end, rests = jax.lax.scan(hand_on, gradient[0], (f.down, gradient[1:]))
    z = jnp.einsum("bij,bj->bi", f.low, jnp.concatenate([rests, end[None]]))
    own = jnp.einsum("bji,bj->bi", f.low, z)

    def take_back(x, row):  # type: ignore[no-untyped-def]
        up, own = row
        x = own - up @ x
        return x, x

    _, xs = jax.lax.scan(take_back, own[-1], (f.up, own[:-1]), reverse=True)
    pose = -jnp.concatenate([xs, own[-1:]])
    moved = jnp.einsum("dia,da->di", f.slope, jnp.concatenate([pose[:-1], pose[1:]], 1)[:d])
    hidden = -inner - jnp.einsum("dai,di->da", f.taken, moved)
    decrement = 0.5 * jnp.sum(z**2, 1)
    return pose, hidden, decrement.at[:d].add(0.5 * jnp.sum(inner * g.hidden, 1))
