"""Operations: what is removed, and what is left (page S0, S2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax.numpy as jnp
import numpy as np

from tractus.joints import CONTACTS
from tractus.ligaments import CAPSULES, ROPES
from tractus.spine import Spine
from tractus.tables import parameter
from tractus.tissue.disc import SECTORS, SLICES

IDS = ("laminectomy", "discectomy", "microdiscectomy")
SIDES = ("left", "right")


def operate(spine: Spine, do: str, keys: Mapping[str, Any]) -> Spine:
    """The spine after an operation at `level` that took the share `removed`."""
    j = spine.joints.index(str(keys["level"]))
    share = float(keys["removed"])
    side = keys.get("side")
    herniation = spine.subject.herniation(spine.joints[j])
    if side is None:
        side = (herniation.side if herniation else None) or "left"
    if do == "laminectomy":
        return _laminectomy(spine, j, share, str(side))
    cut = parameter("discectomy_bone_share") if do == "discectomy" else 0.0
    opened = _laminectomy(spine, j, cut * share, str(side)) if cut else spine
    return _discectomy(opened, j, share, str(side), do)


def _sides(side: str) -> tuple[str, ...]:
    return SIDES if side == "both" else (side,)


def _laminectomy(spine: Spine, j: int, share: float, side: str) -> Spine:
    """Lamina, its ligaments and part of the facets gone; canal and foramina wider."""
    ropes = np.ones(len(ROPES))
    half = len(_sides(side)) / 2.0
    for name in ("LF", "ISL", "SSL"):
        ropes[ROPES.index(name)] = 1.0 - share * half
    faces = np.ones(len(CONTACTS))
    canal, foramen = spine.canal_gain.copy(), spine.foramen_gain.copy()
    row = spine.rows[j]
    for name in _sides(side):
        lost = parameter("laminectomy_facet_share") * share
        for fibres in CAPSULES[name]:
            ropes[ROPES.index(fibres)] = 1.0 - lost
        for kind in ("facet", "tip"):
            faces[CONTACTS.index(f"{kind}-{name}")] = 1.0 - lost
        foramen[j, SIDES.index(name)] += (
            share
            * parameter("laminectomy_foramen_gain")
            * float(row["foramen_area_mm2"] or 0)
            * 1e-6
        )
    canal[j] += (
        share
        * half
        * parameter("laminectomy_canal_gain")
        * float(row["canal_area_mm2"] or 0)
        * 1e-6
    )
    joint = spine.system.joints
    changed = joint._replace(
        rope_stiffness=joint.rope_stiffness.at[j].multiply(jnp.asarray(ropes)),
        facet_stiffness=joint.facet_stiffness.at[j].multiply(jnp.asarray(faces)),
    )
    system = spine.system._replace(joints=changed)
    return replace(spine, system=system, canal_gain=canal, foramen_gain=foramen)


def _discectomy(spine: Spine, j: int, share: float, side: str, do: str) -> Spine:
    """Part of the nucleus gone with its water and charge; a hole in the annulus of that side."""
    d = spine.system.disc
    left = jnp.where(jnp.arange(d.volume.shape[1]) < SLICES, 1.0 - share, 1.0)
    sector = 3 if side == "left" else 5
    hole = share * parameter(f"{do}_defect") / parameter(f"{do}_usual")
    weak = jnp.ones(SECTORS).at[sector].set(max(1.0 - hole, 0.05))
    patch = d.patch._replace(mu=d.patch.mu.at[j].multiply(weak), k1=d.patch.k1.at[j].multiply(weak))
    changed = d._replace(
        volume=d.volume.at[j].multiply(left), charge=d.charge.at[j].multiply(left), patch=patch
    )
    # the protrusion itself is taken by a usual removal
    kept = spine.protrusion.copy()
    kept[j] *= max(1.0 - share / parameter(f"{do}_usual"), 0.0)
    return replace(spine, system=spine.system._replace(disc=changed), protrusion=kept)
