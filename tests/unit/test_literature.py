"""Published statements: complete, sourced, with the intervals of the papers and of Wilson."""

import re

import pytest

from tractus import literature
from tractus.regimen import OPERATIONS
from tractus.screening import screened
from tractus.tables import STATUSES, table, text

NEVER = r"\bcure|repair|regenerat|safe for everyone|no side effects|negative pressure guaranteed"


@pytest.mark.parametrize("name", ["trials", "guidelines", "surgery"])
def test_rows_are_sourced_in_both_languages_and_sober(name: str) -> None:
    for row in table(name):
        assert text(row, "source")
        assert row["status"] in STATUSES
        assert text(row, "url") or row["status"] != "seen"
        assert text(row, "en")
        assert text(row, "es")
        assert not re.search(NEVER, text(row, "en"), re.IGNORECASE)


def test_every_method_but_stretching_has_a_statement() -> None:
    known = {name for s in literature.trials() for name in s.methods}
    assert known <= set(screened())
    assert set(screened()) - known == {"stretching"}


def test_every_operation_has_risks_and_outcomes() -> None:
    for operation in OPERATIONS:
        kinds = {s.kind for s in literature.surgery(operation)}
        assert kinds == {"outcome", "risk"}


def test_guidelines_against_traction_are_shown_where_it_is() -> None:
    for method in ("traction-table", "inversion-table", "detensor-mat"):
        assert any("NICE NG59 2016: against" in s.kind for s in literature.guidelines(method))


@pytest.mark.parametrize(
    ("method", "numbers"),
    [
        ("inversion-table", "10/13 = 76.9 % (49.7 to 91.8)"),
        ("inversion-table", "2/11 = 18.2 % (5.1 to 47.7)"),
        ("detensor-mattress", "85/85 = 100.0 % (95.7 to 100.0)"),
        ("traction-table", "188/219 = 85.8 % (80.6 to 89.8)"),
        ("cervical-traction", "13.3 (5.6 to 21) NDI points"),
        ("traction-table", "-0.58 (-0.87 to -0.29) g"),
        ("manual-traction", "1/1 = 100.0 % (20.7 to 100.0)"),
    ],
)
def test_numbers(method: str, numbers: str) -> None:
    assert numbers in [s.numbers for s in literature.trials(method)]


def test_ranges_of_operations() -> None:
    assert "5 to 33 %" in [s.numbers for s in literature.surgery("discectomy")]
    assert literature.surgery("laminectomy", "es")[0].text.startswith("síndrome")
