"""Finite rotations as smooth rational functions, so that derivatives exist everywhere.

A rotation vector `rho` (rad) stands for the modified Rodrigues parameters sigma = rho / 4
(sigma = n tan(angle / 4)): equal to the rotation vector to third order and without a
singularity below 360 degrees.  Quaternions are (scalar, vector).
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def quaternion(rho: Array) -> Array:
    """Unit quaternion (4,) of a rotation vector (3,) [rad]."""
    s = rho / 4.0
    n = s @ s
    return jnp.concatenate([jnp.array([1.0 - n]), 2.0 * s]) / (1.0 + n)


def vector(q: Array) -> Array:
    """Rotation vector (3,) [rad] of a unit quaternion (4,) with positive scalar part."""
    return 4.0 * q[1:] / (1.0 + q[0])


def product(p: Array, q: Array) -> Array:
    """Quaternion of the rotation q followed by p."""
    return jnp.concatenate(
        [
            jnp.array([p[0] * q[0] - p[1:] @ q[1:]]),
            p[0] * q[1:] + q[0] * p[1:] + jnp.cross(p[1:], q[1:]),
        ]
    )


def conjugate(q: Array) -> Array:
    """Quaternion of the inverse rotation."""
    return q * jnp.array([1.0, -1.0, -1.0, -1.0])


def rotate(q: Array, v: Array) -> Array:
    """Vector (3,) turned by the quaternion."""
    t = 2.0 * jnp.cross(q[1:], v)
    return v + q[0] * t + jnp.cross(q[1:], t)


def matrix(rho: Array) -> Array:
    """Rotation matrix (3, 3) of a rotation vector (3,) [rad]."""
    s = rho / 4.0
    n = s @ s
    k = jnp.array([[0.0, -s[2], s[1]], [s[2], 0.0, -s[0]], [-s[1], s[0], 0.0]])
    return jnp.eye(3) + (8.0 * k @ k + 4.0 * (1.0 - n) * k) / (1.0 + n) ** 2
