"""What the record says is in its band is still there: specimens, and one man's day."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tractus.evidence.experiments import packaged, read
from tractus.evidence.validation import Verdict, validate

FILES = (
    "heuer-2007",
    "johannessen-elliott-2005",
    "more-jaramillo-2016",
    "more-schmidt-1998",
    "more-snyder-2007",
    "nightingale-2004",
    "wilke-1999",
    "more-wilke-2001",
)
RECORD = Path(__file__).parents[2] / "docs" / "records" / "validation.json"


def _in_band() -> list[str]:
    """Ids of the chosen files that the record says are met."""
    met = {e["id"] for e in json.loads(RECORD.read_text(encoding="utf-8")) if e["within"]}
    chosen = [one for name in FILES for one in read(packaged() / f"{name}.yaml")]
    return [one.id for one in chosen if one.id in met]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    """The chosen files, run once."""
    folder = tmp_path_factory.mktemp("experiments")
    for name in FILES:
        shutil.copy(packaged() / f"{name}.yaml", folder)
    return {verdict.id: verdict for verdict in validate(folder).verdicts}


@pytest.mark.parametrize("name", _in_band())
def test_what_is_in_band_in_the_record_is_in_band(name: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[name].within, verdicts[name]


def test_most_of_the_chosen_experiments_are_tested() -> None:
    assert len(_in_band()) >= 40
