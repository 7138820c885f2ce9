"""Coverage of intervals against published values and spreads."""

import pytest

from tractus.evidence.coverage import coverage


def entry(published, low, high, sd=None, use="validation"):
    return {"use": use, "published": published, "low": low, "high": high, "sd": sd}


def test_an_interval_as_wide_as_the_people_holds_nine_in_ten():
    (found,) = coverage([entry(1.0, 1.0 - 1.6449, 1.0 + 1.6449, sd=1.0)])
    assert found.people == pytest.approx(0.9, abs=1e-4)
    assert found.width == pytest.approx(1.0, abs=1e-4)
    assert (found.held.within, found.held.of, found.spreads) == (1, 1, 1)


def test_a_narrow_and_a_shifted_interval_hold_less():
    narrow, shifted = (coverage([e])[0] for e in (entry(0, -0.5, 0.5, 1), entry(0, 2, 5, 1)))
    assert narrow.people == pytest.approx(0.383, abs=1e-3)
    assert narrow.width == pytest.approx(0.304, abs=1e-3)
    assert shifted.people < 0.03
    assert shifted.held.within == 0


def test_uses_stand_apart_and_what_has_no_interval_does_not_count():
    entries = [entry(1, 0, 2, use="calibration"), entry(3, 0, 2), entry(1, None, None)]
    calibration, validation = coverage(entries)
    assert (calibration.held.within, calibration.held.of) == (1, 1)
    assert (validation.held.within, validation.held.of) == (0, 1)
    assert validation.people is None
