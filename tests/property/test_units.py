"""Laws of quantities that hold for every number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tractus.errors import InputError
from tractus.units import KINDS, allowed_units, quantity

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9)


def _written(value: float) -> str:
    return f"{value:.17g}"


@given(NUMBERS)
def test_si_text_comes_back(value: float) -> None:
    assert quantity(f"{_written(value)} N", "force", where="x") == pytest.approx(value)


@given(NUMBERS, st.sampled_from(KINDS))
def test_every_unit_is_linear_up_to_an_offset(value: float, kind: str) -> None:
    for unit in allowed_units(kind):
        zero = quantity(f"0 {unit}", kind, where="x")
        one = quantity(f"1 {unit}", kind, where="x")
        got = quantity(f"{_written(value)} {unit}", kind, where="x")
        assert got == pytest.approx(zero + (one - zero) * value, rel=1e-6, abs=1e-6)


@given(st.text(max_size=30), st.sampled_from(KINDS))
def test_any_text_is_a_number_or_one_line(text: str, kind: str) -> None:
    try:
        line = str(quantity(text, kind, where="x"))
    except InputError as error:
        line = str(error)
    assert "\n" not in line
    assert line not in ("nan", "inf", "-inf")


@given(st.floats(min_value=0, max_value=100), st.floats(min_value=200, max_value=2500))
def test_share_of_body_weight(percent: float, bw: float) -> None:
    text = f"{_written(percent)} % bw"
    assert quantity(text, "force", where="x", bw=bw) == pytest.approx(percent / 100 * bw)
