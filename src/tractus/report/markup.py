"""Small pieces of HTML; every text is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Text that is already HTML and is not escaped again."""


def element(tag: str, text: object, **attributes: str) -> str:
    """`<tag ...>text</tag>` with the text escaped; the escaped text alone where tag is ""."""
    inner = escape(str(text))
    return f"<{tag}{attrs(attributes)}>{inner}</{tag}>" if tag else inner


def attrs(attributes: dict[str, str]) -> str:
    """Attributes with a leading space each; a trailing underscore of a name is dropped."""
    return "".join(
        f' {k.rstrip("_").replace("_", "-")}="{escape(v)}"' for k, v in attributes.items()
    )


def section(identifier: str, heading: str, *parts: str) -> str:
    """A section with its heading; `parts` are HTML."""
    body = "\n".join(part for part in parts if part)
    return (
        f'<section id="{identifier}" aria-labelledby="{identifier}-h">'
        f"{element('h2', heading, id=f'{identifier}-h')}\n{body}\n</section>"
    )


def lead(text: str) -> str:
    """The sentence under a heading."""
    return element("p", text, class_="lead")


def table(
    head: Sequence[str],
    rows: Iterable[str],
    *,
    label: str,
    numeric: Iterable[int] = (),
    class_: str = "",
    id_: str = "",
) -> str:
    """A table in a box that scrolls; `head` are texts, `rows` are HTML rows."""
    right = set(numeric)
    cells = "".join(
        element("th", text, scope="col", **({"class_": "n"} if i in right else {}))
        for i, text in enumerate(head)
    )
    names = {key: value for key, value in (("class_", class_), ("id_", id_)) if value}
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table{attrs(names)}><thead><tr>{cells}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def row(first: str, cells: Iterable[str], *, class_: str = "") -> str:
    """A row of numbers: a heading cell, then cells of text or of Html."""
    kind = f' class="{class_}"' if class_ else ""
    tds = "".join(_cell(text, class_="n") for text in cells)
    return f"<tr{kind}>{element('th', first, scope='row')}{tds}</tr>"


def text_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, label: str) -> str:
    """A table of words; on a narrow page each row becomes a block with the headings inside."""
    lines = []
    for cells in rows:
        named = zip(head[1:], cells[1:], strict=True)
        tds = "".join(_cell(text, data_label=name) for name, text in named)
        lines.append(f"<tr>{element('th', cells[0], scope='row')}{tds}</tr>")
    return table(head, lines, label=label, class_="stack")


def _cell(text: str, **attributes: str) -> str:
    inner = text if isinstance(text, Html) else escape(text)
    return f"<td{attrs(attributes)}>{inner}</td>"


def badge(letter: str) -> Html:
    """The evidence letter in a small box."""
    kind = letter[:1] if letter[:1] in "ABCDE" and letter != "unknown" else "none"
    return Html(element("span", letter, class_=f"badge {kind}"))
