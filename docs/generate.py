"""Write the pages that are made from the tables: `python docs/generate.py [--check]`.

Every table in src/tractus/data that has a `source` column appears in parameters.md; methods.md
comes from methods.csv and evidence.csv. With --check nothing is written, and a page that differs
from its tables ends the program with code 1.
"""

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parent
DATA = DOCS.parent / "src" / "tractus" / "data"
OWN_PAGE = ("methods", "evidence")
BADGE = "**Research and education software, not a medical device.**"

Row = Mapping[str, str]

PARAMETERS_INTRO = f"""# Parameters

{BADGE}

The numbers the model uses, from the tables in `src/tractus/data`; this page is made from them.
A column name ends in its unit. `status` says how a number was come by: *seen* (read at its
source), *recalled* (from memory, to be confirmed), *derived* (computed from others), *guess*.
Codes such as L060 are rows of the project's collection of published values.
"""

METHODS_INTRO = f"""# Methods

{BADGE}

Everything a step of a regimen can name, with its keys; this page is made from `methods.csv` and
`evidence.csv`. What is left out of a step takes the default, and a number outside its range is
refused. The grade of evidence, A (strong) to E (vendor or expert opinion only), is a judgement of
the trials and no part of the simulation.
"""


def read(name: str) -> list[dict[str, str]]:
    """Rows of data/NAME.csv; none where the table is absent."""
    path = DATA / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
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


class Sources:
    """The sources of one section, each written once and referred to by its number."""

    def __init__(self) -> None:
        self._number: dict[tuple[str, str], int] = {}

    def refer(self, row: Row) -> str:
        """Number of this row's source; empty where it has none."""
        if not row.get("source"):
            return ""
        key = (row["source"], row.get("url", ""))
        return str(self._number.setdefault(key, len(self._number) + 1))

    def list(self) -> str:
        """The numbered list, with addresses as links."""
        lines = []
        for (text, url), number in self._number.items():
            link = f" [{cell(re.sub(r'^https?://', '', url)[:60])}]({url})" if "://" in url else ""
            lines.append(f"{number}. {cell(text)}{link}")
        return "\n".join(lines) + "\n"


def span(row: Row, low: str = "low", high: str = "high") -> str:
    """Range of a row as text; empty where it has none."""
    ends = (row.get(low, ""), row.get(high, ""))
    return f"{cell(ends[0])} to {cell(ends[1])}" if any(ends) else ""


def columns(rows: Sequence[Row]) -> list[str]:
    """Columns to show: those that hold something, without the bounds, source and address."""
    hidden = {"low", "high", "source", "url", "status"}
    return [key for key in rows[0] if key not in hidden and any(row[key] for row in rows)]


def parameter_table(name: str) -> str:
    """Section of one table: its columns, range, status and numbered sources."""
    rows, sources = read(name), Sources()
    shown = columns(rows)
    ranged = "low" in rows[0]
    head = [cell(key) for key in shown] + (["range"] if ranged else []) + ["status", "source"]
    body = [
        [cell(row[key]) for key in shown]
        + ([span(row)] if ranged else [])
        + [cell(row.get("status", "")), sources.refer(row)]
        for row in rows
    ]
    return f"## {name}\n\n{table(head, body)}\nSources of this table:\n\n{sources.list()}"


def parameters_page() -> str:
    """parameters.md: every table with sources, in the order of their names."""
    names = sorted(path.stem for path in DATA.glob("*.csv"))
    tables = [
        name for name in names if name not in OWN_PAGE and "source" in (read(name) or [{}])[0]
    ]
    contents = ", ".join(f"[{name}](#{name})" for name in tables)
    sections = [parameter_table(name) for name in tables]
    return "\n".join([PARAMETERS_INTRO, f"Tables: {contents}.\n", *sections])


def evidence_lines(row: Row) -> str:
    """What trials and guidelines say of one method."""
    text = f"Evidence **{cell(row['letter'])}**: {cell(row['note'])}"
    if row.get("guideline"):
        text += f"\n\nGuideline: {cell(row['guideline'])}"
    if row.get("source"):
        text += f"\n\nSource of the evidence: {cell(row['source'])}"
    return text + "\n"


def method_row(row: Row, sources: Sources) -> list[str]:
    """One key of a method: what it is, its default and what it may be."""
    choices = row.get("choices", "").split("|")
    bound, when = row.get("limit", ""), row.get("when", "")
    return [
        f"`{row['key']}`" + (f" ({cell(when.replace('=', ' '))})" if when else ""),
        cell(", ".join(choices)) or cell(row.get("kind", "")),
        cell(row.get("default", "")),
        span(row) + (f", at most {cell(bound)}" if bound else ""),
        cell(row.get("unit", "")),
        cell(row.get("note", "")),
        cell(row.get("status", "")),
        sources.refer(row),
    ]


def method_section(name: str, rows: Sequence[Row], evidence: Row | None, title: str) -> str:
    """Section of one method or activity: evidence, keys, sources."""
    sources = Sources()
    body = [method_row(row, sources) for row in rows if row["key"]]
    head = ["key", "kind or choices", "default", "range", "unit", "note", "status", "source"]
    parts = [f"## {name}\n"]
    if title:
        parts.append(f"{cell(title)}.\n")
    if evidence:
        parts.append(evidence_lines(evidence))
    parts.append(table(head, body))
    if listed := sources.list().strip():
        parts.append(f"{listed}\n")
    return "\n".join(parts)


def methods_page() -> str:
    """methods.md: one section per id, in the order of the table."""
    rows = read("methods")
    evidence = {row["id"]: row for row in read("evidence")}
    titles = {row["key"]: row["en"] for row in read("strings")}
    names = list(dict.fromkeys(row["id"] for row in rows))
    contents = ", ".join(f"[{name}](#{name})" for name in names)
    sections = [
        method_section(
            name,
            [row for row in rows if row["id"] == name],
            evidence.get(name),
            titles.get(f"method.{name}", ""),
        )
        for name in names
    ]
    return "\n".join([METHODS_INTRO, f"Ids: {contents}.\n", *sections])


def main() -> int:
    """Write or check the generated pages; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    check = parser.parse_args().check
    stale = []
    for name, text in (("parameters.md", parameters_page()), ("methods.md", methods_page())):
        path = DOCS / name
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        if old != text:
            stale.append(name)
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"docs/{', docs/'.join(stale)} differ from the tables: run make generate")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
