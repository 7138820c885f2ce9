"""Laws of the screening: a yes never makes a method less grave, and silence is never a no."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tractus.errors import InputError
from tractus.findings import questions
from tractus.patient import Patient
from tractus.screening import STATUSES, Screening, screen

ASKED = [q.key for q in questions().values() if q.asked in ("intake", "session")]
BASES = st.builds(
    lambda sex, age: {"sex": sex, "age": age, "height": "1.70 m", "mass": "70 kg"},
    st.sampled_from(["male", "female"]),
    st.integers(18, 90),
)
ANSWERS = st.dictionaries(st.sampled_from(ASKED), st.booleans(), max_size=40)
ALL_NO = dict.fromkeys(ASKED, False)


def screened(base: dict[str, Any], findings: dict[str, bool]) -> Screening | None:
    """None where the answers contradict each other."""
    try:
        return screen(Patient.parse({**base, "findings": findings}))
    except InputError:
        return None


def grave(result: Screening) -> dict[str, int]:
    return {name: STATUSES.index(v.status) for name, v in result.methods.items()}


@given(BASES, ANSWERS, st.sampled_from(ASKED), st.booleans())
def test_a_positive_flag_never_lowers_severity(
    base: dict[str, Any], answers: dict[str, bool], key: str, silent: bool
) -> None:
    """Neither against a no nor against silence, nor does it hide a referral."""
    if not silent:
        answers = {**ALL_NO, **{k: v for k, v in answers.items() if v}}
    before = screened(base, {k: v for k, v in answers.items() if k != key or not v})
    after = screened(base, {**answers, key: True})
    if before is None or after is None:
        return
    low, high = grave(before), grave(after)
    missing = STATUSES.index("unknown")
    for name in low:
        # a yes may answer the very question that was missing; it is then at least a caution
        assert high[name] >= low[name] or (low[name] == missing and key not in answers)
    assert after.referral or not before.referral


@given(BASES, ANSWERS)
def test_silence_is_never_a_no(base: dict[str, Any], answers: dict[str, bool]) -> None:
    """A method is allowed, or allowed with caution, only where none of its rules is open."""
    result = screened(base, answers)
    if result is None:
        return
    for key in result.unanswered:
        assert key not in answers
    for verdict in result.methods.values():
        if verdict.status in ("allowed", "caution"):
            assert not [r for r in verdict.reasons if r.rule == "unanswered"]
    everything_no = screened(base, {**ALL_NO, **answers})
    if everything_no is not None and result.unanswered:
        fits = [v.status for v in result.methods.values()]
        assert any(STATUSES.index(s) >= STATUSES.index("unknown") for s in fits)


@given(BASES, ANSWERS)
def test_taking_an_answer_back_never_allows_more(
    base: dict[str, Any], answers: dict[str, bool]
) -> None:
    full = {**ALL_NO, **answers}
    whole = screened(base, full)
    if whole is None:
        return
    for key, value in full.items():
        if not value:
            less = screened(base, {k: v for k, v in full.items() if k != key})
            if less is not None:
                assert all(
                    b >= a for a, b in zip(grave(whole).values(), grave(less).values(), strict=True)
                )
