"""What the model misses, as a factor: gains on loads, sizes and motions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tractus
from tractus import discrepancy, response, tables, uncertainty
from tractus.evidence import measure
from tractus.nutrition import UNITS as NUTRIENTS

POSITIVE = st.floats(0.01, 100.0)
GAIN = st.floats(0.2, 5.0)
SEGMENT = {"level": "L4-L5", "parts": "segment", "grade": 1}
STEPS = [
    {"do": "bench", "for": "10 s"},
    {"do": "bench", "force": "-500 N", "for": "10 s"},
    {"do": "bench", "for": "10 s"},
]


def test_every_variable_of_the_response_has_a_form_and_a_spread():
    known = {*response.UNITS, *NUTRIENTS, *measure.WHOLE} - {"applied_force"}  # an input
    rows = [row for row in tables.table("discrepancy") if row["kind"] != discrepancy.STEP]
    assert {str(row["key"]) for row in rows} == known
    spread = {str(r["rows"]) for r in tables.table("uncertainty") if r["table"] == "discrepancy"}
    assert {f"{row['kind']}:*" for row in rows} <= spread


@given(value=POSITIVE, rest=POSITIVE, gain=GAIN)
def test_a_gain_of_one_changes_nothing_and_rest_stays_where_it_is(value, rest, gain):
    for form in ("load", "size", "motion"):
        assert discrepancy.missed(form, np.array(value), np.array(rest), np.array(1.0)) == (
            pytest.approx(value)
        )
    for form in ("size", "motion"):
        still = discrepancy.missed(form, np.array(rest), np.array(rest), np.array(gain))
        assert still == pytest.approx(rest)


@given(value=POSITIVE, rest=POSITIVE, gain=GAIN)
def test_a_size_grows_in_proportion_and_never_falls_below_nothing(value, rest, gain):
    found = discrepancy.missed("size", np.array(value), np.array(rest), np.array(gain))
    assert found >= 0.0
    if value >= rest:
        assert found - rest == pytest.approx(gain * (value - rest))


def test_a_size_goes_over_from_growing_to_shrinking_without_a_bend():
    step = 1e-5
    beside = [
        float(discrepancy.missed("size", np.array(1.0 + s), np.array(1.0), np.array(1.7)))
        for s in (-step, step)
    ]
    assert (beside[1] - 1.0) / step == pytest.approx((1.0 - beside[0]) / step, rel=1e-4)


def test_what_is_gone_stays_gone():
    nothing = discrepancy.missed("size", np.array(0.0), np.array(2.0), np.array(1.3))
    assert nothing == 0.0
    never = discrepancy.missed("size", np.array(0.0), np.array(0.0), np.array(1.3))
    assert never == 0.0


def test_an_unknown_form_is_an_error():
    with pytest.raises(ValueError, match="unknown form 'shape'"):
        discrepancy.missed("shape", np.array(1.0), np.array(1.0), np.array(1.0))


def test_a_draw_moves_loads_by_kind_and_step_and_leaves_equal_states_equal():
    who = tractus.Specimen.parse(SEGMENT)
    plain = tractus.simulate(who, STEPS)
    with tables.varied(uncertainty.drawn({"discrepancy_pressure": 0.9, "discrepancy_step_2": 0.8})):
        moved = tractus.simulate(who, STEPS)
    ratio = (moved["intradiscal_pressure"] / plain["intradiscal_pressure"]).isel(level=0)
    by_step = [ratio.values[plain["step"].values == n] for n in (1, 2, 3)]
    spread = {
        str(r["factor"]): tables.number(r, "spread")
        for r in tables.table("uncertainty")
        if r["table"] == "discrepancy"
    }
    kind = np.exp(1.2816 * spread["discrepancy_pressure"])
    assert by_step[0] == pytest.approx(kind, rel=1e-3)
    assert by_step[1] == pytest.approx(
        kind * np.exp(0.8416 * spread["discrepancy_step_2"]), rel=1e-3
    )
    assert by_step[2] == pytest.approx(kind, rel=1e-3)
    height = moved["disc_height"] - plain["disc_height"]
    assert np.max(np.abs(height.values[plain["step"].values != 2])) == pytest.approx(0.0, abs=1e-12)
    assert np.max(np.abs(height.values[plain["step"].values == 2])) > 1e-6
