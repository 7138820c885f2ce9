"""sensitivity.md: what `make sensitivity` recorded, the factors that decide each result first."""

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from pages import DOCS, cell, read, table

RECORD = DOCS / "records" / "sensitivity.json"
TOP = 6  # factors listed of each result
NAMES, WIDTH, ROW, HEAD = 260, 460, 22, 26  # px: names, a bar of 100 %, a line, what stands above
COLOURS = ("#1f5f99", "#d98324", "#3b8b5f", "#8a4f9e", "#b3261e", "#5f6b76")
REST = "#e3e6ea"

INTRO = """# Sensitivity

**Research and education software, not a medical device.**

Which of the things that are not known of a person, of the tissue and of a device decide what a
comparison says? `make sensitivity` answers for the main results of `examples/{patient}` at
{level} in two ways. An **effect** is the change of the result when one factor of
[uncertainty](parameters.md) alone goes up by one standard deviation, the others as in the tables:
half a central difference through the engine. A **share** is the square of that over the variance
of the result over {draws} draws of all {count} factors together. Where the shares of a result add
up to 100 % its factors act one by one and in proportion; where to less, they also act together or
by bending; where to more, the sample of draws has come out narrow (its variance is known to some
25 %) or an effect is not in proportion. *Discrepancy* is what the model itself misses
([Validation](validation.md#intervals)), of a kind of variable or of a step. A *fitted* factor moves
its parameter, and those further down in [posterior](validation.md#calibration) that the experiments
tie to it. Many spreads in the table are guesses: the ranking says where a measurement would help
most, not what is true of all people.

![Share of variance by factor](images/sensitivity.svg)
"""


def record() -> Mapping[str, Any]:
    """The record. Raises SystemExit where its factors are not those of the table."""
    found: Mapping[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    factors = {row["factor"] for row in read("uncertainty")}
    for name, one in found["results"].items():
        if set(one["shares"]) != factors:
            raise SystemExit(f"{RECORD.name}, {name}: not the factors of uncertainty.csv: "
                             "run make sensitivity")  # fmt: skip
    return found


def page() -> str:
    """sensitivity.md."""
    found = record()
    first = next(iter(found["results"].values()))
    words = {"patient": found["patient"], "level": found["target_level"]}
    intro = INTRO.format(**words, draws=found["draws"], count=len(first["shares"]))
    return "\n".join([intro, *(_section(n, one) for n, one in found["results"].items())])


def _section(name: str, one: Mapping[str, Any]) -> str:
    ranked = _ranked(one)[:TOP]
    rows = [
        [
            cell(factor.replace("_", " ")),
            f"{100 * value:.0f} %",
            f"{one['effects'][factor]:+.2g}",
        ]
        for factor, value in ranked
    ]
    said = (
        f"Median {one['median']:.3g}, standard deviation {one['sd']:.2g}; single factors explain "
    )
    said += f"{100 * one['explained']:.0f} % of the variance.\n"
    heads = ["factor", "share of variance", "change for one sd"]
    return f"## {_title(name)}\n\n{said}\n{table(heads, rows)}"


def _title(name: str) -> str:
    method, quantity = name.split(": ")
    words, _, unit = quantity.rpartition("_")
    return f"{method}: {words.replace('_', ' ')} [{unit}]"


def _ranked(one: Mapping[str, Any]) -> list[tuple[str, float]]:
    return sorted(one["shares"].items(), key=lambda item: -item[1])


def picture() -> str:
    """SVG with a bar per result, its largest shares in colour."""
    found = record()["results"]
    leading = [_ranked(one)[0][0] for one in found.values()]
    named = sorted(dict.fromkeys(leading), key=lambda f: -leading.count(f))[: len(COLOURS)]
    colour = dict(zip(named, COLOURS, strict=False))
    height = HEAD + ROW * (len(found) + (len(named) + 1) // 2) + 8
    size = f'width="{NAMES + WIDTH}" height="{height}" viewBox="0 0 {NAMES + WIDTH} {height}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="11">',
        "<title>Share of variance by factor</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for i, (name, one) in enumerate(found.items()):
        lines += _bar(HEAD + ROW * i, _title(name), one, colour)
    lines += _legend(HEAD + ROW * len(found), colour)
    return "\n".join([*lines, "</svg>\n"])


def _bar(y: float, title: str, one: Mapping[str, Any], colour: Mapping[str, str]) -> list[str]:
    out = [_words(NAMES - 8, y + 12, title, "end"), _box(NAMES, y, WIDTH - 20, REST)]
    x = float(NAMES)
    for factor, value in _ranked(one):
        wide = min((WIDTH - 20) * value, NAMES + WIDTH - 20 - x)
        if factor in colour and wide > 0.5:
            out.append(_box(x, y, wide, colour[factor]))
            x += wide
    return out


def _legend(y: float, colour: Mapping[str, str]) -> list[str]:
    out = []
    for i, (factor, shade) in enumerate((*colour.items(), ("all others", REST))):
        left, top = NAMES - 100 + 250 * (i % 2), y + 8 + ROW * (i // 2) - 4
        out += [_box(left, top, 14, shade), _words(left + 20, top + 12, factor.replace("_", " "))]
    return out


def _box(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="15" fill="{colour}"/>'


def _words(x: float, y: float, words: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#333">{escape(words)}</text>'
    )
