"""Finite rotations as smooth rational functions, so that derivatives exist everywhere.

A rotation vector `rho` (rad) stands for the modified Rodrigues parameters sigma = rho / 4
(sigma = n tan(angle / 4)): equal to the rotation vector to third order and without a
singularity below 360 degrees.  Quaternions are (scalar, vector).
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

# products as constant tensors: one small multiplication each, not dozens of scalar ones
CROSS = np.zeros((3, 3, 3))
for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    CROSS[i, k, j], CROSS[i, j, k] = 1.0, -1.0
PRODUCT = np.zeros((4, 4, 4))
PRODUCT[0] = np.eye(4)
for i in range(3):
    PRODUCT[i + 1, 0, i + 1], PRODUCT[i + 1, i + 1, 0] = -1.0, 1.0
    PRODUCT[i + 1, 1:, 1:] = CROSS[i]
CONJUGATE = np.array([1.0, -1.0, -1.0, -1.0])


def skew(a: Array) -> Array:
    """Matrix (3, 3) that multiplies by a vector (3,) from the left, as a cross product."""
    return (a @ CROSS.reshape(3, 9)).reshape(3, 3)


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
    return (p @ PRODUCT.reshape(4, 16)).reshape(4, 4) @ q


def conjugate(q: Array) -> Array:
    """Quaternion of the inverse rotation."""
    return q * CONJUGATE


def rotate(q: Array, v: Array) -> Array:
    """Vector (3,) turned by the quaternion."""
    k = skew(q[1:])
    t = 2.0 * k @ v
    return v + q[0] * t + k @ t


def matrix(rho: Array) -> Array:
    """Rotation matrix (3, 3) of a rotation vector (3,) [rad]."""
    s = rho / 4.0
    n = s @ s
    k = skew(s)
    return jnp.eye(3) + (8.0 * k @ k + 4.0 * (1.0 - n) * k) / (1.0 + n) ** 2
