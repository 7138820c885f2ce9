"""Water flow: conductances between bath, endplate, nucleus slices and annulus layers."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array


class Path(NamedTuple):
    """Path of water: series of half resistances length / (k area).

    reach (C,) and reach_bath (C,): length over area [1/m] from a compartment's middle to its
    face; pairs are listed by `first`, `second` with each side's own length over area.
    """

    first: Array
    second: Array
    reach_first: Array
    reach_second: Array
    bath_inner: Array  # (C,) length over area from the compartment to the bath face, 0 = none
    bath_outer: Array  # (C,) endplate thickness over its area [1/m]
    bath_open: Array  # (C,) 1 where the compartment meets the bath


def permeability(k0: Array, exponent: Array, solid: Array, ratio: Array) -> Array:
    """Permeability [m4/Ns] at volume ratio J: k0 (n/n0)^2 exp(M (J - 1)), n the share of water.

    k0 and n0 belong to J = 1, solid is 1 - n0.  The law whose exponents the tables have (Argoubi
    and Shirazi-Adl 1996): they belong to it with the share of water, not without.
    """
    share = (1.0 - solid / ratio) / (1.0 - solid)
    return k0 * share**2 * jnp.exp(exponent * (ratio - 1.0))


def laplacian(k: Array, endplate: Array, leak: Array, path: Path) -> Array:
    """Grounded Laplacian (C, C) [m3/(Pa s)]: outflow = G @ (potential above the bath).

    k (C,) and endplate: permeability [m4/Ns], leak (C,): conductance of clefts.
    """
    g = 1.0 / (path.reach_first / k[path.first] + path.reach_second / k[path.second])
    bath = path.bath_open / (path.bath_inner / k + path.bath_outer / endplate) + leak
    n = k.shape[0]
    off = jnp.zeros((n, n)).at[path.first, path.second].add(g)
    off = off + off.T
    return jnp.diag(off.sum(1) + bath) - off
