"""The dose that is found is the least one that enough made-up persons need."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dose_cases

gains = st.lists(st.floats(35.0, 200.0), min_size=1, max_size=9)


@given(gains, st.floats(5.0, 30.0), st.floats(0.3, 1.0))
def test_least_strength(gains, wanted, share):
    with pytest.MonkeyPatch.context() as patch:
        found = dose_cases.found(patch, gains, f"{wanted:.3f} kPa", share=share)
    wanted = round(wanted, 3)
    needed = max(math.ceil(share * len(gains) - 1e-9), 1)
    needs = sorted(60.0 * (wanted / gain) ** 2 for gain in gains)
    exact = needs[needed - 1]
    assert found.reached
    assert found.met >= needed
    assert exact - 1e-6 <= found.strength <= max(exact + 1.0, 5.0) + 1e-6  # steps of 1 % bw


@given(gains, st.floats(250.0, 900.0))
def test_out_of_reach(gains, wanted):
    with pytest.MonkeyPatch.context() as patch:
        found = dose_cases.found(patch, gains, f"{wanted:.3f} kPa")
    assert not found.reached
    assert found.met == 0
    assert found.strength == 60.0
