"""What the generated pages share: tables of the model, and Markdown."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parent
DATA = DOCS.parent / "src" / "tractus" / "data"

Row = Mapping[str, str]


def read(name: str) -> list[dict[str, str]]:
    """Rows of data/NAME.csv."""
    with (DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return [
            {key: (cell or "").strip() for key, cell in row.items()} for row in csv.DictReader(file)
        ]


def cell(text: str) -> str:
    """Text that Markdown leaves as it is in a table."""
    text = re.sub(r"([\\`*_{}\[\]<>|])", r"\\\1", text.replace("\n", " "))
    return text.replace(r"\<", "&lt;").replace(r"\>", "&gt;").replace(r"\|", "&#124;")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table of cells that are already safe."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def between(page: str, name: str, made: str) -> str:
    """The page with what stands between the marks of `name` made anew."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, rest = page.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n\n{made}\n{end}{after}"
