"""Names, groups and nerves."""

import pytest

from tractus import levels
from tractus.errors import InputError
from tractus.levels import JOINTS, LEVELS, REGION_OF, VERTEBRAE, check_level, exiting, members


def test_counts() -> None:
    assert len(VERTEBRAE) == 24
    assert len(JOINTS) == 25
    assert len(LEVELS) == 23
    assert (LEVELS[0], LEVELS[-1]) == ("C2-C3", "L5-S1")


def test_groups_go_by_the_upper_vertebra() -> None:
    assert REGION_OF["C7-T1"] == "cervical"
    assert REGION_OF["T12-L1"] == "thoracic"
    assert members("lumbar") == ("L1-L2", "L2-L3", "L3-L4", "L4-L5", "L5-S1")
    assert members("all") == LEVELS
    assert members("C5-C6") == ("C5-C6",)
    assert sum(len(members(region)) for region in levels.REGIONS) == 23


def test_nerves() -> None:
    names = [nerve.name for nerve in levels.NERVES]
    assert len(names) == len(set(names)) == 31
    counts = [sum(n.startswith(letter) for n in names) for letter in ("C", "T", "L", "S")]
    assert counts == [8 + 1, 12, 5, 5]  # Co1 begins with a C, too
    assert {nerve.exit for nerve in levels.NERVES} >= set(LEVELS)


@pytest.mark.parametrize(
    ("level", "nerve"),
    [("C5-C6", "C6"), ("C7-T1", "C8"), ("T1-T2", "T1"), ("L4-L5", "L4"), ("L5-S1", "L5")],
)
def test_exit(level: str, nerve: str) -> None:
    assert exiting(level).name == nerve


def test_reflexes_that_every_examination_uses() -> None:
    reflex = {nerve.name: nerve.reflex for nerve in levels.NERVES}
    assert "biceps" in reflex["C5"]
    assert "triceps" in reflex["C7"]
    assert "knee" in reflex["L4"]
    assert "ankle" in reflex["S1"]


@pytest.mark.parametrize("written", ["L4/L5", "l4-l5", "L4-5", "l4 l5"])
def test_nearest_level(written: str) -> None:
    with pytest.raises(InputError, match="did you mean 'L4-L5'"):
        check_level(written, "step 1")


@pytest.mark.parametrize("written", ["", "L6-L7", 5, None, ["L4-L5"]])
def test_no_level(written: object) -> None:
    with pytest.raises(InputError, match="step 1: no disc"):
        check_level(written, "step 1")
