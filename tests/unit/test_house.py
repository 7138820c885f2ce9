"""The list of modules in docs/house.md: all are in it, and imports run one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest


def listed(page: str) -> list[list[str]]:
    """Modules and folders (ending in /) of each line of the list, top to bottom."""
    lines = page.split("```")[1].splitlines()
    return [list(_names(re.split(r" {2,}", x.strip())[0])) for x in lines if x.startswith("  ")]


def _names(text: str) -> Iterator[str]:
    """`engine/a.py b.py` are two files of one folder."""
    folder = ""
    for name in text.split():
        if "/" in name and not name.endswith("/"):
            folder = name.rsplit("/", 1)[0] + "/"
        yield name if "/" in name else folder + name


def place(module: str, lines: list[list[str]]) -> int | None:
    """Line that names a module, or else its folder."""
    for name in (module, module.split("/")[0] + "/"):
        for i, names in enumerate(lines):
            if name in names:
                return i
    return None


def imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names that are imported when code runs, also within functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imported(node)


def module_of(name: str, package: Path) -> str | None:
    """File of the package that a dotted name is in."""
    head, *parts = name.split(".")
    while head == "tractus":
        here = package.joinpath(*parts)
        for file in (here.with_suffix(".py"), here / "__init__.py"):
            if file.is_file() and package in file.parents:
                return file.relative_to(package).as_posix()
        parts.pop()
    return None


@pytest.fixture(scope="module")
def package(root: Path) -> Path:
    """Folder of the sources."""
    return root / "src/tractus"


@pytest.fixture(scope="module")
def lines(root: Path) -> list[list[str]]:
    """The list as it stands."""
    return listed((root / "docs/house.md").read_text(encoding="utf-8"))


def modules(package: Path) -> list[str]:
    """Every file with code: what makes a folder a package may hold its docstring alone."""
    every = sorted(package.rglob("*.py"))
    files = (f for f in every if len(ast.parse(f.read_text(encoding="utf-8")).body) > 1)
    return [f.relative_to(package).as_posix() for f in files]


def test_every_module_is_in_the_list_once(package: Path, lines: list[list[str]]) -> None:
    assert [name for name in modules(package) if place(name, lines) is None] == []
    names = [name for line in lines for name in line]
    assert [name for name in names if not (package / name).exists()] == []
    assert len(set(names)) == len(names)


def test_nothing_imports_what_stands_below_it(package: Path, lines: list[list[str]]) -> None:
    wrong = []
    for name in modules(package):
        tree = ast.parse((package / name).read_text(encoding="utf-8"))
        for other in {module_of(found, package) for found in imported(tree)} - {None}:
            own, its = place(name, lines), place(str(other), lines)
            if own is not None and its is not None and its > own:
                wrong.append(f"{name} imports {other}")
    assert sorted(wrong) == []


def test_an_import_upwards_would_be_seen() -> None:
    page = "```\nsrc/\n  a.py b.py   ground\n  engine/c.py d.py   time\n  methods/   methods\n```"
    assert listed(page) == [["a.py", "b.py"], ["engine/c.py", "engine/d.py"], ["methods/"]]
    assert place("methods/x.py", listed(page)) == 2
    text = "def f():\n    from tractus import errors\nif TYPE_CHECKING:\n    import xarray"
    assert list(imported(ast.parse(text))) == ["tractus.errors"]
