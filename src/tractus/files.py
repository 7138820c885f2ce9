"""Reading YAML strictly: what a person wrote, or one line that says what is wrong.

Refused: duplicate keys, keys that are not text, numbers in another notation than plain
decimals (017, 0x1F, 1_000, 1:30), NaN and infinity, tags, merge keys, several documents.
Words such as yes, no, on and off stay words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from tractus.errors import InputError, nearest, show

Model = TypeVar("Model", bound=BaseModel)

LARGEST_FILE = 4_000_000
"""Bytes; patient and regimen files are far smaller."""

_ODD = re.compile(
    r"[-+]?(?:0[0-9_]+(?:\.[0-9_]*)?|0[xX][0-9a-fA-F_]*|0[oO][0-9_]*|0[bB][01_]*"
    r"|[0-9]+(?::[0-9]{1,2})+(?:\.[0-9_]*)?|[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?"
    r"|\.(?:inf|Inf|INF|nan|NaN|NAN)|(?:nan|NaN|inf|Infinity))"
)


class _Loader(yaml.SafeLoader):
    """SafeLoader without YAML 1.1 surprises."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping whose keys are text and differ."""
        seen: dict[str, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag != "tag:yaml.org,2002:str":
                raise _Problem(line, f"key {show(key_node.value)} is not text")
            if key_node.value in seen:
                first = seen[key_node.value]
                raise _Problem(line, f"key '{key_node.value}' again (first in line {first})")
            seen[key_node.value] = line
        return super().construct_mapping(node, deep=deep)

    def flatten_mapping(self, node: Any) -> None:
        """Merge keys have no meaning here."""


class _Problem(Exception):
    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


def _resolver(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789")
_resolver(
    "float",
    r"^[-+]?(?:(?:0|[1-9][0-9]*)\.[0-9]*(?:[eE][-+]?[0-9]+)?|(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+)$",
    "-+0123456789",
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    if node.style is None and _ODD.fullmatch(node.value):
        raise _Problem(node.start_mark.line + 1, f"'{node.value}' is not a plain decimal number")
    return str(node.value)


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    value = float(node.value)
    if not math.isfinite(value):
        raise _Problem(node.start_mark.line + 1, f"'{node.value}' is not a finite number")
    return value


def _int(loader: _Loader, node: yaml.ScalarNode) -> int:
    if len(node.value) > 18:
        raise _Problem(node.start_mark.line + 1, f"{show(node.value)} is too large a number")
    return int(node.value)


_Loader.add_constructor("tag:yaml.org,2002:str", _text)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)


def read_yaml(path: str | Path) -> dict[str, Any] | list[Any]:
    """The mapping or list in a YAML file.

    Raises InputError that names the file, the line and what is wrong.
    """
    name = str(path)
    return parse_yaml(_read(Path(path), name), name)


def parse_yaml(content: str, where: str) -> dict[str, Any] | list[Any]:
    """The mapping or list in YAML text; `where` names it in errors."""
    try:
        data = yaml.load(content, Loader=_Loader)
    except _Problem as problem:
        raise InputError(f"{where}, line {problem.line}: {problem}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{where}{line}: not valid YAML: {_flat(error.problem)}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{where}: not valid YAML: {_flat(error)}") from None
    except RecursionError:
        raise InputError(f"{where}: nested too deeply") from None
    if data is None:
        raise InputError(f"{where}: the file is empty")
    if not isinstance(data, dict | list):
        raise InputError(f"{where}: {show(data)} is neither a mapping nor a list")
    return data


def _read(path: Path, name: str) -> str:
    try:
        if path.is_dir():
            raise InputError(f"{name}: is a folder, not a file")
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{name}: larger than {LARGEST_FILE // 1_000_000} MB")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"{name}: no such file") from None
    except UnicodeDecodeError:
        raise InputError(f"{name}: not text in UTF-8") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read: {_flat(error)}") from None


def _flat(error: object) -> str:
    return " ".join(str(error).split())[:160]


def as_mapping(value: object, where: str) -> dict[str, Any]:
    """`value` as a mapping with text keys. Raises InputError where it is none."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: {show(value)} is not a mapping (key: value)")
    for key in value:
        if not isinstance(key, str):
            raise InputError(f"{where}: key {show(key)} is not text")
    return dict(value)


def check_keys(
    mapping: Mapping[str, Any],
    known: Sequence[str],
    where: str,
    required: Sequence[str] = (),
) -> None:
    """Raise InputError for the first unknown or missing key."""
    for key in mapping:
        if key not in known:
            raise InputError(f"{where}: unknown key '{key}'; {nearest(key, known)}")
    missing = [key for key in required if mapping.get(key) is None]
    if missing:
        raise InputError(f"{where}: missing {', '.join(missing)}")


def build(model: type[Model], values: Mapping[str, Any], where: str) -> Model:
    """A pydantic model of checked keys. Raises InputError for the first wrong value."""
    try:
        return model(**values)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    except ValidationError as error:
        raise InputError(f"{where}: {_line(error)}") from None


def _line(error: ValidationError) -> str:
    first = error.errors()[0]
    path = ", ".join(str(part) for part in first["loc"])
    message = first["msg"][0].lower() + first["msg"][1:]
    return f"{path}: {show(first['input'])}; {message}"
