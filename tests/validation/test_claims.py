"""What the record of claims says of simulations is still what they give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tractus.evidence.claims import Answer, claims

RECORD = Path(__file__).parents[2] / "docs" / "records" / "claims.json"
CHOSEN = ("S0-03", "S3-41", "S4-50", "S4-55", "S4-68", "S4-69")
NEAR = 0.15  # of a number: a little more than a change of the steps in time


@pytest.fixture(scope="module")
def answers() -> dict[str, Answer]:
    return {answer.id: answer for answer in claims(CHOSEN)}


@pytest.mark.parametrize("name", CHOSEN)
def test_the_record_is_what_simulations_give(name: str, answers: dict[str, Answer]) -> None:
    recorded = {entry["id"]: entry for entry in json.loads(RECORD.read_text(encoding="utf-8"))}
    assert answers[name].verdict == recorded[name]["verdict"]
    for new, old in zip(answers[name].result, recorded[name]["result"], strict=True):
        assert new.reading == old["reading"]
        assert new.value == pytest.approx(old["value"], rel=NEAR, abs=1e-3)
