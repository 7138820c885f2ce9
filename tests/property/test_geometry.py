"""Whatever a scan measured: changes are odd, intervals cover as often as they say, sizes stay."""

import json
from statistics import NormalDist
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geometry_cases import DISCS, scan
from tractus.disc_heights import suggested
from tractus.geometry import Geometry
from tractus.geometry_change import LEVEL, change
from tractus.measured import sizes

SHIFTS = st.lists(st.floats(-2.0, 2.0), min_size=6, max_size=6)


def shifted(shifts: list[float], larger: float = 1.0) -> Geometry:
    found = scan(larger)
    for level, shift in zip(DISCS, shifts, strict=True):
        for site in found["discs"][level]["height"].values():
            site["value"] += shift
        if level in found["spacing"]:
            found["spacing"][level]["value"] += shift
    return Geometry.parse(found)


@given(SHIFTS, SHIFTS)
def test_a_change_backwards_is_the_change_with_the_other_sign(
    a: list[float], b: list[float]
) -> None:
    there, back = change(shifted(a), shifted(b)), change(shifted(b), shifted(a))
    for one, other in zip(there.levels, back.levels, strict=True):
        for (name, x), (same, y) in zip(one.parts(), other.parts(), strict=True):
            assert name == same
            np.testing.assert_allclose(x.interval, [-y.interval[1], -y.interval[0]], atol=1e-12)
            assert x.beyond_noise == y.beyond_noise


def test_an_interval_covers_no_change_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    still = []
    for _ in range(150):
        pair = []
        for _ in range(2):
            found: dict[str, Any] = scan()
            for measure in found["spacing"].values():
                measure["value"] += rng.normal(0.0, measure["sd"])
            pair.append(Geometry.parse(found))
        still += [not v.spacing.beyond_noise for v in change(*pair).levels if v.spacing]
    spread = (LEVEL * (1 - LEVEL) / len(still)) ** 0.5
    assert abs(np.mean(still) - LEVEL) < NormalDist().inv_cdf(0.999) * spread


@given(SHIFTS, st.floats(0.8, 1.2), st.integers(1, 5))
def test_a_measured_disc_gives_back_its_height_whatever_grade_and_size(
    shifts: list[float], larger: float, grade: int
) -> None:
    geometry = shifted(shifts, larger)
    gains = dict.fromkeys(DISCS, 1.07)
    rows, bodies = sizes(geometry, 0.95, 1.02, [grade] * 23, gains)
    shares = {1: 1.0, 2: 0.97, 3: 0.9, 4: 0.78, 5: 0.6}
    for row in rows[: len(DISCS)]:
        seen = geometry.discs[str(row["level"])].height.mean.value
        found = float(row["height_mm"] or 0) * 0.95 * shares[grade] * 1.07
        np.testing.assert_allclose(found, seen, rtol=1e-9)
    unseen = [float(r["height_mm"] or 0) for r in bodies if str(r["body"]) in ("T10", "T9", "C5")]
    assert all(np.isfinite(unseen))
    assert all(u > 5.0 for u in unseen)


@given(st.floats(2.0, 20.0), st.integers(1, 5))
def test_a_lower_disc_never_suggests_a_better_grade(height: float, usual: int) -> None:
    def grade(mean: float) -> int:
        found = json.loads(json.dumps(scan()))
        found["discs"]["L4-L5"]["height"]["mean"]["value"] = mean
        told = suggested(Geometry.parse(found), "L4-L5", 1.0, usual)
        assert told is not None
        return told.grade

    assert grade(0.8 * height) >= grade(height)
