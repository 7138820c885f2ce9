"""The pages of the clinic, from their tables: screening with signs and prediction, evidence."""

from collections.abc import Mapping, Sequence

from pages import Row, cell, read, table

from tractus import literature

SCREENING_INTRO = """# Screening

**Research and education software, not a medical device.**

`tractus screen PATIENT` holds the answers under `findings` of a patient file against the rules
below. An absent answer is unanswered, never "no"; while one is missing, what would otherwise be
allowed is *unknown* and no plan is made. Rules marked *for review* are recalled or the judgement of
this project; several others rest on teaching pages and vendors' lists and should be held against
the manual of the device before any clinical use.

An answer is `true`, `false`, or `{answer: false, date: 2026-11-01, source: patient}`. A "no" to a
broad question answers the narrow ones within it; a "yes" to a narrow one answers the broad one;
age, size, sex and discs of the file answer what they can; answers that contradict each other are
refused. `tractus screen PATIENT --session 2026-11-05` counts the questions of each session only
where they were answered on that day.

A method takes the gravest of what its rules say: *allowed*, *caution*, *unknown*, *refer*, *stop*.
Numbers are computed and shown all the same.

Flags of one disease add up: 1 point is a low concern (treat, with a safety net), 2 a moderate one
(investigate; every method becomes *refer*), 4 a high one (refer urgently; every method becomes
*stop*). The three levels follow the framework of IFOMPT (Finucane 2020); the points are this
project's own.
"""


def _link(row: Row) -> str:
    url = row.get("url", "")
    shown = cell(row["source"])
    return f"[{shown}]({url})" if "://" in url else shown


def _rule(row: Row) -> list[str]:
    """One line of the table of rules."""
    asked = " or ".join(f"`{key}`" for key in row["finding"].split("|"))
    if row["with"]:
        asked += " with " + " or ".join(f"`{key}`" for key in row["with"].split("|"))
    methods = cell(row["methods"].replace("|", ", ")) or "none"
    review = "" if row["status"] == "seen" else f" ({row['status']}, **for review**)"
    note = f" *{cell(row['note'])}.*" if row["note"] else ""
    reason = f"{cell(row['en'])}.{note}"
    return [row["id"], asked, methods, row["severity"], reason, _link(row) + review]


def _question(row: Row) -> list[str]:
    """One line of the table of questions."""
    asked = row["asked"] + (f", {row['only']} only" if row["only"] else "")
    points = f"{cell(row['concern'])} {row['points']}" if row["concern"] else ""
    within = f"`{row['of']}`" if row["of"] else ""
    return [f"`{row['key']}`", cell(row["en"]), cell(row["es"]), asked, within, points]


def _concerns(rows: Sequence[Mapping[str, str]]) -> str:
    body = [
        [cell(r["concern"]), r["level"], r["urgency"], cell(r["en"]), f"{_link(r)} ({r['status']})"]
        for r in rows
    ]
    return table(["concern", "level", "urgency", "text", "source"], body)


SIGNS_INTRO = """Under `signs` of a patient file, `true`, `false` or with date and source, as above;
*finding*, *place* and *file* follow from the rest of the file. The numbers are the weight of a sign
for a root or condition: 1 for the root whose key area or muscle it is. A root fits by the weight
that it explains of the signs present, over that of all present and of its own that are absent;
a condition by the share of its known signs that are present. A fit is no probability.
"""


def _signs() -> str:
    fits: dict[str, list[str]] = {}
    for row in read("fits"):
        fits.setdefault(row["sign"], []).append(f"{cell(row['target'])} {row['weight']}")
    body = [
        [f"`{row['key']}`", row["kind"], cell(row["en"]), cell(row["es"]), ", ".join(names)]
        for row in read("signs")
        if (names := fits.get(row["key"], []))
    ]
    sources = "; ".join(dict.fromkeys(f"{r['source']} ({r['status']})" for r in read("fits")))
    head = ["sign", "kind", "words", "palabras", "speaks for"]
    return f"{table(head, body)}\nSources: {cell(sources)}.\n"


def _rules() -> str:
    """The prediction rules as they stand in the papers."""
    wanted: dict[str, list[str]] = {}
    for row in read("prediction_variables"):
        word = "" if row["wanted"] == "1" else "no "
        wanted.setdefault(row["rule"], []).append(f"{word}`{row['sign']}`")
    body = [
        [
            f"{row['rule']} ({row['region']})",
            ", ".join(wanted[row["rule"]]),
            row["at_least"],
            row["lr"] + (f" ({row['lr_low']} to {row['lr_high']})" if row["lr_low"] else ""),
            f"{row['successes']}/{row['people']}" if row["people"] else "",
            cell(row["en"]),
            f"{_link(row)} ({row['status']})",
        ]
        for row in read("prediction_rules")
    ]
    head = ["rule", "variables", "at least", "LR+", "successes", "warning", "source"]
    return table(head, body)


def screening_page() -> str:
    """screening.md: rules, questions in both languages, referrals, signs, prediction rules."""
    rules = table(
        ["rule", "where", "methods", "severity", "reason", "source"], map(_rule, read("screening"))
    )
    asked = table(
        ["key", "question", "pregunta", "asked", "within", "points"],
        map(_question, read("findings")),
    )
    meaning = """`lumbar` is every method that pulls, presses or bends the lumbar spine. *Intake*:
once; *session*: again before each session; *during*: what can only happen in a session; *file*:
worked out from the patient file; *outcome*: no matter of safety.
"""
    return "\n".join(
        [
            SCREENING_INTRO,
            "## Rules\n",
            rules,
            "## Questions\n",
            meaning,
            asked,
            "## Referrals\n",
            _concerns(read("concerns")),
            "## Signs\n",
            SIGNS_INTRO,
            _signs(),
            "## Who responds\n",
            "The two rules for the lumbar spine want opposite people; neither was confirmed.\n",
            _rules(),
        ]
    )


EVIDENCE_INTRO = """# Evidence

**Research and education software, not a medical device.**

What trials, guidelines and series say of each method and operation; no part of the simulation.
The grade of each method, A (strong) to E (vendor or expert opinion only), stands on
[Methods](methods.md). In brackets 95 % intervals; those of counts are Wilson's, computed from them.
Sources not read at their address are marked. Operations and conservative care are never ranked
against each other for a person.
"""


def evidence_page() -> str:
    """evidence.md: guidelines, trials, figures of operations."""
    parts = [EVIDENCE_INTRO]
    for title, found in (
        ("Guidelines", literature.guidelines()),
        ("Trials, reviews and series", literature.trials()),
        ("Outcomes and risks of operations", literature.surgery()),
    ):
        body = [
            [
                cell(", ".join(s.methods)),
                cell(s.kind),
                cell(s.text),
                cell(s.numbers),
                f"{_source(s)}{'' if s.status == 'seen' else f' ({s.status})'}",
            ]
            for s in found
        ]
        parts += [f"## {title}\n", table(["of", "kind", "result", "numbers", "source"], body)]
    return "\n".join(parts)


def _source(statement: literature.Statement) -> str:
    shown = cell(statement.source)
    return f"[{shown}]({statement.url})" if "://" in statement.url else shown
