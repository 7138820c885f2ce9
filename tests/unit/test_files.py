"""Strict YAML."""

from pathlib import Path

import pytest

from tractus.errors import InputError, nearest, show
from tractus.files import as_mapping, check_keys, parse_yaml, read_yaml


def test_plain_content() -> None:
    content = """
    # a comment
    a: 3
    b: -1.5
    c: 1e3
    d: 30 % bw
    e: {f: [true, false, null, ~], g: yes}
    h: 2024-01-01
    i: L4-L5
    j: '017'
    k: 0
    """
    assert parse_yaml(content, "x.yaml") == {
        "a": 3,
        "b": -1.5,
        "c": 1000.0,
        "d": "30 % bw",
        "e": {"f": [True, False, None, None], "g": "yes"},
        "h": "2024-01-01",
        "i": "L4-L5",
        "j": "017",
        "k": 0,
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("# nothing\n", "the file is empty"),
        ("word", "neither a mapping nor a list"),
        ("a: 1\nb: 2\na: 3", "line 3: key 'a' again"),
        ("x: {force: 1 N, force: 2 N}", "key 'force' again"),
        ("a: 017", "not a plain decimal number"),
        ("a: 0x1F", "not a plain decimal number"),
        ("a: 0o17", "not a plain decimal number"),
        ("a: 0b101", "not a plain decimal number"),
        ("a: 1_000", "not a plain decimal number"),
        ("a: 1:30", "not a plain decimal number"),
        ("a: .nan", "not a plain decimal number"),
        ("a: NaN", "not a plain decimal number"),
        ("a: -.inf", "not a plain decimal number"),
        ("a: 1e999", "not a finite number"),
        ("a: 9999999999999999999999", "too large"),
        ("a: [1, 2", "not valid YAML"),
        ("a: b: c", "not valid YAML"),
        ("\tа: 1", "not valid YAML"),
        ("a: !!python/object/apply:os.system [ls]", "not valid YAML"),
        ("a: 1\n---\nb: 2", "not valid YAML"),
        ("1: a", "is not text"),
        ("true: a", "is not text"),
        ("[1, 2]: a", "is not text"),
        ("a: \x00", "not valid YAML"),
        ("a: *nothing", "not valid YAML"),
    ],
)
def test_refused_in_one_line(content: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml(content, "p.yaml")
    line = str(caught.value)
    assert line.startswith("p.yaml")
    assert says in line
    assert "\n" not in line


def test_deep_nesting_ends_in_a_line() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        parse_yaml("[" * 5000 + "]" * 5000, "deep.yaml")


def test_files(tmp_path: Path) -> None:
    good = tmp_path / "good.yaml"
    good.write_text("- {do: standing, for: 8 h}\n", encoding="utf-8")
    assert read_yaml(good) == [{"do": "standing", "for": "8 h"}]
    with pytest.raises(InputError, match="no such file"):
        read_yaml(tmp_path / "absent.yaml")
    with pytest.raises(InputError, match="is a folder"):
        read_yaml(tmp_path)
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not text in UTF-8"):
        read_yaml(binary)
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# " + b"x" * 4_000_001)
    with pytest.raises(InputError, match="larger than"):
        read_yaml(large)


def test_keys() -> None:
    with pytest.raises(InputError, match="unknown key 'heigth'; did you mean 'height'"):
        check_keys({"heigth": 1}, ["height", "mass"], "p")
    with pytest.raises(InputError, match="unknown key 'zzz'; known: height, mass"):
        check_keys({"zzz": 1}, ["height", "mass"], "p")
    with pytest.raises(InputError, match="missing mass"):
        check_keys({"height": 1, "mass": None}, ["height", "mass"], "p", ("height", "mass"))
    with pytest.raises(InputError, match="is not a mapping"):
        as_mapping([1], "p")
    with pytest.raises(InputError, match="is not text"):
        as_mapping({1: 2}, "p")


def test_show_is_short() -> None:
    assert len(show("x" * 500)) == 60
    assert nearest("standng", ["standing", "sitting"]) == "did you mean 'standing'?"
