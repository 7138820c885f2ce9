"""Derivatives of the discs' energy by the chain rule.

A disc's energy depends on its 18 unknowns through a shape of 14 numbers, and on these through six
strains per patch, so its Hessian is J^T W'' J plus the curvature of the strains: forty times
cheaper than blind differentiation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from tractus.tissue import annulus, disc, nucleus
from tractus.tissue.annulus import Strains

AXIAL, VOLUME = (Strains._fields.index(name) for name in ("axial", "volume"))


def second(f: Callable[..., Array]) -> Callable[..., tuple[Array, Array]]:
    """Gradient and Hessian of a scalar function by its first argument."""

    def both(x: Array, *rest: Any) -> tuple[Array, Array]:
        gradient, push = jax.linearize(lambda v: jax.grad(f)(v, *rest), x)
        return gradient, jax.vmap(push)(jnp.eye(x.shape[0]))

    return both


def _flat(tree: Any) -> Any:
    """All patches of all discs along one axis: every operation then runs as vectors."""
    return jax.tree.map(jnp.ravel, tree)


def _apart(f: Callable[..., Any], *args: Any) -> Any:
    """f(*args) as a piece of its own; zeros where the first of all numbers is none.

    Else the compiler works it out again within every use of its result, once per unknown.
    """
    known = jnp.isfinite(jax.tree.leaves(args)[0].ravel()[0])
    nothing = jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), jax.eval_shape(f, *args))
    return jax.lax.cond(known, f, lambda *_: nothing, *args)


def patch_terms(s: Strains, p: annulus.Patch) -> tuple[Strains, list[list[Array]]]:
    """Slope and curve (6 by 6, by the strains) of the energy of patches along one axis.

    Fibres feel one strain each: the curve of their energy by it, along the slopes of that strain,
    and beside it the curve of all else with the fibres' tension held.
    """
    weight, one, n = 0.5 * p.volume, jnp.ones_like(p.volume), len(s)
    places = [(a, b) for a in range(2) for b in range(2)]  # of a fibre strain

    def fibres(strain: Array) -> Array:
        return jnp.sum(weight * annulus.fibre_energy(strain, p))

    def fibre_strain(*s: Array) -> Array:
        return annulus.fibre_strain(Strains(*s), p)

    def held(*s: Array) -> Array:
        drawn = tension * fibre_strain(*s)
        ground = weight * annulus.ground_energy(Strains(*s), p)
        return jnp.sum(sum(drawn[q] for q in places) + ground[0] + ground[1])

    def by(f: Callable[..., Any], i: int) -> Any:
        """Derivative of f by the i-th strain, patch by patch."""
        return jax.jvp(lambda v: f(*s[:i], v, *s[i + 1 :]), (s[i],), (one,))[1]

    def drawn(*s: Array) -> tuple[Array, Array, list[Array]]:
        strain = fibre_strain(*s)
        pulls, stiffens = jax.jvp(jax.grad(fibres), (strain,), (jnp.ones_like(strain),))
        return pulls, stiffens, [by(fibre_strain, i) for i in range(n)]

    tension, stiffness, along = _apart(drawn, *s)
    slope = jax.grad(held, argnums=tuple(range(n)))
    bent = [by(slope, i) for i in range(n)]

    def entry(i: int, j: int) -> Array:
        return bent[i][j] + sum(stiffness[q] * along[i][q] * along[j][q] for q in places)

    upper = {(i, j): entry(i, j) for i in range(n) for j in range(i, n)}
    curve = [[upper[min(i, j), max(i, j)] for j in range(n)] for i in range(n)]
    return Strains(*slope(*s)), curve


def _fill_terms(s: Strains, pull: Array) -> tuple[Array, Array]:
    """Curve by the axial strain twice, and by it and the volume ratio, under a pull on the fill."""

    def drawn(axial: Array, ratio: Array) -> Array:
        return jnp.sum(pull * disc.filled(ratio, axial))

    def slope(axial: Array) -> tuple[Array, Array]:
        twice, mixed = jax.grad(drawn, argnums=(0, 1))(axial, s.volume)
        return twice, mixed

    twice, mixed = jax.jvp(slope, (s.axial,), (jnp.ones_like(s.axial),))[1]
    return twice, mixed


def _shape_terms(x: Array, d: disc.Disc) -> tuple[Array, Array]:
    """Gradient (D, 14) and Hessian (D, 14, 14) of the energies by the shapes of discs."""

    def strained(x: Array, d: disc.Disc) -> tuple[Strains, Strains]:
        value, push = jax.linearize(lambda v: disc.strains(disc.parts(v, d), d), x)
        return value, jax.vmap(push)(jnp.eye(x.shape[0]))

    s, slope = _apart(jax.vmap(strained), x, d)  # (D, L, K), (D, 14, L, K)
    flat, curve = _apart(patch_terms, _flat(s), _flat(d.patch))
    curve = [[c.reshape(s.axial.shape) for c in row] for row in curve]
    force = jax.tree.map(lambda a, b: a.reshape(b.shape), flat, s)

    # strains bend in two places only: where a layer fills its ring, and in the parts of the shape
    parts = jax.vmap(disc.parts)(x, d)
    fill = disc.filled(s.volume, s.axial)
    _, grown = jax.vjp(lambda v: jax.vmap(disc.growths)(parts.core, v, d)[:2], fill)
    twice, mixed = _fill_terms(s, grown((force.ring, force.local))[0])
    curve[AXIAL][AXIAL] += twice
    curve[AXIAL][VOLUME] = curve[VOLUME][AXIAL] = curve[AXIAL][VOLUME] + mixed
    _, strain = jax.vjp(lambda v: jax.vmap(disc.strains)(v, d), parts)
    (pull,) = strain(force)

    def rest(v: Array, pull: disc.Parts, d: disc.Disc) -> Array:
        drawn = jax.tree.map(lambda a, b: jnp.sum(a * b), pull, disc.parts(v, d))
        return sum(drawn) + disc.core_energy(v, d)

    gradient, hessian = jax.vmap(second(rest))(x, pull, d)
    shape = (*x.shape, -1)
    turned = [sum(c[:, None] * b for c, b in zip(row, slope, strict=True)) for row in curve]
    for a, b in zip(slope, turned, strict=True):
        hessian = hessian + jnp.einsum("dap,dbp->dab", a.reshape(shape), b.reshape(shape))
    return gradient, hessian


def discs_terms(
    y: Array, d: disc.Disc, start: Array, resistance: Array
) -> tuple[Array, Array, Array]:
    """Gradient (D, 18) of discs with their dissipation, Hessian (D, 18, 18) without it, its own.

    That of the dissipation (D, C, C), by the water alone, stands apart: it alone knows the time.
    """
    gradient, hessian = _shape_terms(jax.vmap(disc.shape)(y, d), d)
    at, width = disc.SHAPE, jax.vmap(disc.shape_slope)(y, d)
    hessian = hessian[:, at][:, :, at] * width[:, :, None] * width[:, None, :]

    def own(y: Array) -> Array:
        drawn = gradient[:, 6] * nucleus.gas_volume(y[:, disc.GAS])  # its curve beside its slope
        return jnp.sum(jax.vmap(disc.own_energy)(y, d)) + jnp.sum(drawn)

    slope, curve = jax.jvp(jax.grad(own), (y,), (jnp.ones_like(y),))
    hessian = hessian + jnp.eye(disc.SIZE) * curve[:, :, None]
    slope = slope + gradient[:, at] * width * (np.arange(disc.SIZE) != disc.GAS)
    water = slice(6, disc.GAS)
    drag = jax.vmap(jax.grad(disc.dissipation))(y[:, water], start, resistance, d)
    return slope.at[:, water].add(drag), hessian, damping(resistance, d)


def damping(resistance: Array, d: disc.Disc) -> Array:
    """Second derivatives (D, C, C) of the dissipation by the volume ratios."""
    return d.volume[:, :, None] * resistance * d.volume[:, None, :]


def disc_terms(y: Array, d: disc.Disc, start: Array, resistance: Array) -> tuple[Array, Array]:
    """Gradient (18,) and Hessian (18, 18) of one disc's energy and dissipation."""
    one = jax.tree.map(lambda a: a[None], (y, d, start, resistance))
    gradient, hessian, drag = discs_terms(*one)
    water = slice(6, disc.GAS)
    return gradient[0], hessian[0].at[water, water].add(drag[0])


def total_energy(y: Array, d: disc.Disc) -> Array:
    """Energy [J] of discs from their unknowns (D, 18)."""
    x = jax.vmap(disc.shape)(y, d)
    s = jax.vmap(lambda x, d: disc.strains(disc.parts(x, d), d))(x, d)
    patches = annulus.patch_energy(_flat(s), _flat(d.patch))
    rest = jax.vmap(disc.core_energy)(x, d) + jax.vmap(disc.own_energy)(y, d)
    return jnp.sum(patches) + jnp.sum(rest)
