"""Two scans of one person: changes, their intervals, and what is refused."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from geometry_cases import number, scan
from tractus import cli
from tractus.errors import InputError
from tractus.geometry import Geometry
from tractus.geometry_change import WIDE, change


def geometry(**changes: Any) -> Geometry:
    return Geometry.parse(scan(**changes))


def lower(level: str, mm: float) -> dict[str, Any]:
    """The scan with one disc lower by so much, and its bodies closer."""
    found = scan()
    for site in found["discs"][level]["height"].values():
        site["value"] -= mm
    found["spacing"][level]["value"] -= mm
    return found


def test_nothing_changed() -> None:
    found = change(geometry(), geometry())
    assert found.beyond_noise() == []
    assert found.warnings == ()
    assert all(c.change == 0.0 for v in found.levels for _, c in v.parts())
    assert found.levels[0].level == "T12-L1"
    assert found.whole is not None
    assert found.whole.sd == pytest.approx(0.15 * math.sqrt(2 * 5))


def test_spacing_sees_what_height_cannot() -> None:
    """0.6 mm is four deviations of a spacing and one of a height."""
    found = change(geometry(), Geometry.parse(lower("L4-L5", 0.6)))
    assert found.beyond_noise() == ["L4-L5 spacing"]
    level = next(v for v in found.levels if v.level == "L4-L5")
    assert level.spacing is not None
    assert level.height is not None
    assert level.spacing.change == pytest.approx(-0.6)
    low, high = level.height.interval
    assert high - low == pytest.approx(2 * WIDE * 0.6 * math.sqrt(2))
    assert found.whole is not None
    assert found.whole.change == pytest.approx(-0.6)


def test_what_makes_scans_hard_to_compare_is_told() -> None:
    other = geometry(posture="standing", convention="verse")
    assert len(change(geometry(), other).warnings) == 2
    grown = change(geometry(), Geometry.parse(scan(1.1)))
    assert any("which bone does not do" in line for line in grown.warnings)
    crushed = scan()
    for site in crushed["vertebrae"]["L2"]["height"].values():
        site["value"] -= 6.0
    assert any(
        "L2 is 6.0 mm lower" in w for w in change(geometry(), Geometry.parse(crushed)).warnings
    )


def test_heights_of_two_kinds_are_not_subtracted() -> None:
    drawn = scan()
    drawn["discs"]["L4-L5"]["kind"] = "label"
    found = change(geometry(), Geometry.parse(drawn))
    assert next(v for v in found.levels if v.level == "L4-L5").height is None
    assert any("as labelled once" in line for line in found.warnings)


def test_a_curve_between_other_vertebrae_is_not_compared() -> None:
    other = geometry(lordosis={"from": "L1", "to": "L5", "value": number(30.0, 1.0)})
    assert change(geometry(), geometry()).lordosis is not None
    assert change(geometry(), other).lordosis is None


def test_scans_in_the_wrong_order_or_of_other_places_are_refused() -> None:
    with pytest.raises(InputError, match="exchange them"):
        change(geometry(date="2026-05-01"), geometry(date="2026-01-01"))
    with pytest.raises(InputError, match="no level in common"):
        change(geometry(), geometry(discs={}, spacing={}))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(json.dumps(scan()), encoding="utf-8")
    after.write_text(json.dumps(lower("L4-L5", 1.0)), encoding="utf-8")
    return before, after


def test_the_command_says_and_writes_what_changed(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = files
    out = tmp_path / "change.json"
    assert cli.main(["scan", str(after), "--earlier", str(before), "--json", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "-1.00 (-1.35 to -0.65) *" in printed
    assert "not a medical device" in printed
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["levels"]["L4-L5"]["spacing"]["beyond_noise"] is True
    assert content["beyond_noise"] == ["L4-L5 spacing"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--json", "x.json"], "needs --earlier"),
        (["--earlier", "labels.nii.gz"], "give the geometry file"),
        (["--earlier", "nowhere.json"], "no such file"),
        (["--page", "x.html"], "is measured already"),
        (["--convention", "verse"], "is measured already"),
    ],
)
def test_bad_calls_end_in_one_line(
    files: tuple[Path, Path],
    more: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["scan", str(files[1]), *more]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
