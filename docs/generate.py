"""Write the pages that are made from the tables: `python docs/generate.py [--check]`.

methods.md comes from methods.csv, evidence.csv and the words in methods.toml; parameters.md and
anatomy.md hold the other tables of src/tractus/data that have a `source` column, each with what
columns.csv says of its columns; the recorded values and the record of `make validate` go between
marks in validation.md, and into two pictures; claims.md is the record of `make claims`. With
--check nothing is written, and a page that differs from its tables ends with code 1.
"""

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import clinic
import explained
import items
import ranking
import record
import scans
import verdicts
from pages import DATA, DOCS, Row, between, cell, read, table

BADGE = "**Research and education software, not a medical device.**"
ELSEWHERE = (  # tables with a place of their own
    *("methods", "evidence", "recorded", "columns"),
    *("findings", "screening", "concerns", "signs", "fits", "conditions"),
    *("prediction_rules", "prediction_variables", "trials", "guidelines", "surgery"),
    *("label_conventions", "posterior"),  # posterior: a matrix, named at calibrated
    *("claims", "claim_readings", "claim_figures"),
)
ANATOMY = ("vertebrae", "levels", "ligaments", "nerves", "grade_by_age")

STATUS = """`status`: *seen* (read at its source), *recalled* (from memory,
to be confirmed), *derived* (computed from others), *guess*. Codes such as L060 are rows of the
project's collection of published values. This page is made from the tables in `src/tractus/data`;
`tractus parameters --sources` prints every row with its source.
"""

PARAMETERS_INTRO = f"""# Parameters

{BADGE}

The numbers of the model beside those of [anatomy](anatomy.md) and [methods](methods.md). One value
of each holds for every person, posture and method; none is tuned per method. A range is what the
sources leave open. {STATUS}"""

ANATOMY_INTRO = f"""# Anatomy

{BADGE}

Sizes of a man of 1.78 m and 78 kg, scaled to each person: along the spine with height, across it
with the root of height and a weak power of mass, a little narrower in women. A column name ends in
its unit. {STATUS}"""

METHODS_INTRO = f"""# Methods

{BADGE}

What a step of a regimen can name. A key that is left out takes its default; a number outside its
range is refused with the range and its source. *Null* is the setting in which a method equals lying
down in its posture; tests hold each to it. The evidence, A (strong) to E (vendor or expert opinion
only), with + or - for its direction, judges trials on people and is no part of the simulation.
"""

TABLE_NOTES = {
    "parameters": "Grouped by the file that uses them.",
    "calibrated": """The parameters that are [fitted](validation.md#calibration), their deviation by
the fit alone. What the fit leaves open of all of them together is `posterior.csv`: places in the
ranges, -1 to 1, and the lower triangular factor of their covariance.""",
    "uncertainty": """What draws for intervals move. *fitted*: together, by `posterior.csv`;
*range*: triangular between the ends of the range, most at the value; *lognormal*, *normal*: about
the value, from person to person, also beyond the range of the usual value.""",
    "grades": "Factors on the values of a healthy disc; water, gas and leak are absolute.",
    "postures": """Angles against the standing or the recumbent curve, flexion positive; shares of
tone, arms and psoas against standing or lying.""",
    "failure": "What the report sets forces and strains against; nothing fails in the model.",
    "levels": "Joints from the sacrum up. Flexion is negative, lordosis positive.",
    "ligaments": """Stiffness of the linear part [N/mm], and in brackets the failure strain;
attachments, lengths, toes, prestrains and ranges are in `ligaments.csv`. CL and ITL are both sides
together.""",
    "scan": "Least uncertainties of `tractus scan`, and limits of what it reports.",
    "grade_by_age": "Pfirrmann grade of a disc where the patient file gives none.",
}
CODES = re.compile(r"^([A-Z]\d{3}(-[A-Z]?\d{3})?[;,:] ?)+")


def distinct(items: Iterable[str]) -> list[str]:
    """Items without repetition, in order."""
    return list(dict.fromkeys(items))


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
            link = f" [{cell(url.split('/')[2])}]({url})" if "://" in url else ""
            lines.append(f"{number}. {cell(text)}{link}")
        return "\n".join(lines) + "\n"


def span(row: Row) -> str:
    """Range of a row as text; empty where it has none."""
    low, high = row.get("low", ""), row.get("high", "")
    if row.get("unit") == "s" and low and high and float(high) >= 120:
        return f"{duration(low)} to {duration(high)}"
    return f"{cell(low)} to {cell(high)}" if low or high else ""


def duration(seconds: str) -> str:
    """Seconds as people say them: 99 min, 8 h."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if float(seconds) >= 2 * size and float(seconds) % size == 0:
            return f"{float(seconds) / size:g} {unit}"
    return f"{cell(seconds)} s"


def plain_table(rows: Sequence[Row]) -> str:
    """Every column that holds something, its range, status and numbered sources; notes below."""
    sources = Sources()
    beside = {"low", "high", "source", "url", "status", "note"}
    shown = [key for key in rows[0] if key not in beside and any(row[key] for row in rows)]
    ranged = any(span(row) for row in rows)
    head = [*(f"`{key}`" for key in shown), *(["range"] if ranged else []), "status", "source"]
    body = [
        [
            *(cell(row[key]) for key in shown),
            *([span(row)] if ranged else []),
            cell(row.get("status", "")),
            sources.refer(row),
        ]
        for row in rows
    ]
    return f"{table(head, body)}\n{sources.list()}{notes(rows, shown[0])}"


def notes(rows: Sequence[Row], name: str) -> str:
    """Each note once, with the rows it belongs to; empty where there is none."""
    found = distinct(row["note"] for row in rows if row.get("note"))
    lines = [
        f"- {', '.join(cell(row[name]) for row in rows if row['note'] == note)}: {cell(note)}"
        for note in found
    ]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def parameters_table(rows: Sequence[Row]) -> str:
    """Values by the file that uses them; the source stands in the row, since few are shared."""
    parts = []
    for place in sorted({row["used_by"] for row in rows}):
        body = [
            [
                f"`{row['name']}`",
                f"{cell(row['value'])} {cell(row['unit']) if row['unit'] != '1' else ''}".strip(),
                span(row),
                cell(row["status"]),
                cell(row["source"]),
            ]
            for row in rows
            if row["used_by"] == place
        ]
        head = ["name", "value", "range", "status", "source"]
        parts.append(f"### {place}\n\n{table(head, body)}")
    return "\n".join(parts)


def pivot(
    rows: Sequence[Row], across: str, down: str, show: Callable[[Row], str], corner: str
) -> str:
    """Rows of a table as a matrix of `show`, with the sources of all of them."""
    sources = Sources()
    heads, sides = distinct(row[across] for row in rows), distinct(row[down] for row in rows)
    found = {(row[down], row[across]): show(row) for row in rows}
    numbers = {
        side: ", ".join(distinct(sources.refer(row) for row in rows if row[down] == side))
        for side in sides
    }
    body = [
        [cell(side), *(found.get((side, head), "") for head in heads), numbers[side]]
        for side in sides
    ]
    return f"{table([corner, *map(cell, heads), 'source'], body)}\n{sources.list()}"


def ligament_table(rows: Sequence[Row]) -> str:
    """Levels against ligaments: stiffness, and failure strain in brackets."""

    def show(row: Row) -> str:
        return f"{cell(row['stiffness_N_per_mm'])} ({cell(row['failure_strain'])})"

    return pivot(rows, "ligament", "level", show, "level")


def grade_table(rows: Sequence[Row]) -> str:
    """Regions against ages."""
    aged = [{**row, "age": f"{row['age_low']} to {row['age_high']}"} for row in rows]
    return pivot(aged, "age", "region", lambda row: cell(row["grade"]), "discs")


def columns_table(name: str) -> str:
    """Where each column of a table comes from; empty where its rows say all."""
    rows = [row for row in read("columns") if row["table"] == name]
    body = [[f"`{row['column']}`", cell(row["status"]), cell(row["source"])] for row in rows]
    rule = "A number is as sure as the weaker of its row and its column.\n\n"
    return f"\n{rule}{table(['column', 'status', 'source'], body)}" if rows else ""


def section(name: str) -> str:
    """Section of one table."""
    rows = read(name)
    if name in ANATOMY:  # rows of one paper share a source; which row of it is in the table
        rows = [{**row, "source": CODES.sub("", row["source"])} for row in rows]
    made = {
        "parameters": parameters_table,
        "ligaments": ligament_table,
        "grade_by_age": grade_table,
    }
    text = made.get(name, plain_table)(rows)
    note = f"{TABLE_NOTES[name]}\n\n" if name in TABLE_NOTES else ""
    return f"## {name}\n\n{note}{text}{columns_table(name)}"


def tables_page(intro: str, names: Sequence[str]) -> str:
    """A page of tables."""
    contents = ", ".join(f"[{name}](#{name})" for name in names)
    return "\n".join([intro, f"Tables: {contents}.\n", *(section(name) for name in names)])


def sourced() -> list[str]:
    """Names of all tables with a source in every row."""
    names = sorted(path.stem for path in DATA.glob("*.csv"))
    return [name for name in names if "source" in read(name)[0]]


def parameters_page() -> str:
    """parameters.md: every table that has no other place, parameters first."""
    rest = [name for name in sourced() if name not in (*ELSEWHERE, *ANATOMY, "parameters")]
    return tables_page(PARAMETERS_INTRO, ["parameters", *rest])


def anatomy_page() -> str:
    """anatomy.md: vertebrae, discs, ligaments, nerves, grades by age."""
    return tables_page(ANATOMY_INTRO, ANATOMY)


def evidence_line(row: Row) -> str:
    """What trials say of one method."""
    grade = row["letter"] + row["sign"]
    link = f" [source]({row['url']})" if "://" in row["url"] else ""
    note = row["note"].removeprefix(grade + ": ")
    return f"Evidence **{cell(grade)}**: {cell(note)}. *{cell(row['source'])}*{link}.\n"


def guideline_line(row: Row) -> str:
    """Guideline against a method; empty where there is none."""
    if not row["guideline"]:
        return ""
    url = row["guideline_url"]
    link = f" [source]({url})" if "://" in url else ""
    return f"Guideline: {cell(row['guideline'])}{link}.\n"


def value(row: Row) -> str:
    """Default of a key with its unit; what happens where there is none."""
    if row["unit"] == "s" and row["default"]:
        return duration(row["default"])
    unit = row["unit"] if row["unit"] != "1" else ""
    return cell(f"{row['default']} {unit}".strip()) if row["default"] else "none"


def allowed(row: Row) -> str:
    """Choices or range of a key."""
    if row["choices"]:
        return cell(", ".join(row["choices"].split("|"))) + (f"; {span(row)}" if row["low"] else "")
    if not row["low"]:
        return "a disc" if row["kind"] == "level" else ""
    return span(row) + (f", at most {cell(row['limit'])}" if row["limit"] else "")


def merged(rows: Sequence[Row], show: Callable[[Row], str]) -> str:
    """What most ids have, and after it those that differ."""
    shown = {row["id"]: show(row) for row in rows}
    usual = max(distinct(shown.values()), key=list(shown.values()).count)
    others = [f"{key} {text}" for key, text in shown.items() if text != usual]
    return "; ".join([usual, *others])


def key_cell(key: str, when: str) -> str:
    """A key, and the setting of another key for which the row holds."""
    return f"`{key}`" + (f" ({cell(when.replace('=', ' '))})" if when else "")


def keys_table(rows: Sequence[Row]) -> str:
    """Keys of one or several ids, one line for each key and condition."""
    sources, body = Sources(), []
    for key, when in dict.fromkeys((row["key"], row["when"]) for row in rows):
        same = [row for row in rows if (row["key"], row["when"]) == (key, when)]
        body.append(
            [
                key_cell(key, when),
                merged(same, value),
                merged(same, allowed),
                cell("; ".join(distinct(row["note"] for row in same if row["note"]))),
                cell(", ".join(distinct(row["status"] for row in same))),
                ", ".join(distinct(sources.refer(row) for row in same)),
            ]
        )
    head = ["key", "default", "allowed", "meaning", "status", "source"]
    return f"{table(head, body)}\n{sources.list()}"


def method_section(words: Mapping[str, Any], titles: Row, evidence: Mapping[str, Row]) -> str:
    """Section of one method, or of several that share their keys."""
    ids = words["ids"]
    parts = [f"## {', '.join(ids)}\n"]
    if named := [titles[f"method.{name}"] for name in ids if f"method.{name}" in titles]:
        parts.append(f"*{cell('; '.join(named))}.* In `methods/{words['file']}`.\n")
    parts.append(f"{words['mechanics']}\n")
    parts.append(f"Null: {words['null']}.\n")
    graded = [evidence[name] for name in ids if name in evidence]
    same = len({evidence_line(row) for row in graded}) == 1
    for row in graded[:1] if same else graded:
        parts.append(("" if same else f"{row['id']}: ") + evidence_line(row))
    parts += distinct(line for row in graded if (line := guideline_line(row)))
    parts.append(keys_table([row for row in read("methods") if row["id"] in ids]))
    return "\n".join(parts)


def activities_section(words: Mapping[str, Any]) -> str:
    """All activities as one table, then their keys."""
    rows = [row for row in read("methods") if row["id"] in words["of"]]
    body = [[f"`{name}`", cell(text)] for name, text in words["of"].items()]
    own = [row for row in rows if row["key"] != "for"]
    keys = [
        [
            f"`{row['id']}`",
            key_cell(row["key"], row["when"]),
            value(row),
            allowed(row),
            cell(row["note"]),
            cell(row["status"]),
            cell(row["source"]),
        ]
        for row in own
    ]
    head = ["activity", "key", "default", "allowed", "meaning", "status", "source"]
    parts = ["## Activities\n", f"{words['text']} In `methods/{words['file']}`.\n"]
    return "\n".join([*parts, table(["id", "posture"], body), table(head, keys)])


def methods_page() -> str:
    """methods.md: activities, then methods, operations and bench in the order of methods.toml."""
    words = tomllib.loads((DOCS / "methods.toml").read_text(encoding="utf-8"))
    listed = [name for entry in words["method"] for name in entry["ids"]]
    known = distinct(row["id"] for row in read("methods"))
    if odd := set(known) ^ {*listed, *words["activities"]["of"]}:
        raise SystemExit(f"docs/methods.toml and methods.csv differ in: {', '.join(sorted(odd))}")
    titles = {row["key"]: row["en"] for row in read("strings")}
    evidence = {row["id"]: row for row in read("evidence")}
    sections = [method_section(entry, titles, evidence) for entry in words["method"]]
    return "\n".join([METHODS_INTRO, *sections, activities_section(words["activities"])])


def validation_page() -> str:
    """validation.md with recorded values and the record of experiments between its marks."""
    page = (DOCS / "validation.md").read_text(encoding="utf-8")
    rows = read("recorded")
    body = [
        [
            cell(row["label"]),
            f"{cell(row['before_hours'])} h {cell(row['before'])}" if row["before"] else "rising",
            f"{cell(row['minutes'])} min",
            cell(row["published_MPa"]),
            cell(row["status"]),
        ]
        for row in rows
    ]
    made = table(["at L4-L5", "after", "read after", "published, MPa", "status"], body)
    page = between(page, "recorded", made)
    for name, text in record.sections().items():
        page = between(page, name, text)
    return page


def mission_page() -> str:
    """mission.md with the list of all items between its marks."""
    page = (DOCS / "mission.md").read_text(encoding="utf-8")
    return between(page, "items", items.section())


PAGES: Mapping[str, Callable[[], str]] = {
    "anatomy.md": anatomy_page,
    "claims.md": verdicts.page,
    "evidence.md": clinic.evidence_page,
    "methods.md": methods_page,
    "mission.md": mission_page,
    "parameters.md": parameters_page,
    "scan.md": scans.page,
    "screening.md": clinic.screening_page,
    "sensitivity.md": ranking.page,
    "images/sensitivity.svg": ranking.picture,
    "validation.md": validation_page,
    **record.PICTURES,
    **explained.pages(),
}


def main() -> int:
    """Write or check the generated pages; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    check = parser.parse_args().check
    stale = []
    for name, made in PAGES.items():
        path, text = DOCS / name, made()
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
