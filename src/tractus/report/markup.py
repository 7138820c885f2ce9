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
    caption: str = "",
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
    title = element("caption", caption) if caption else ""
    names = {key: value for key, value in (("class_", class_), ("id_", id_)) if value}
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption or head[0])}">'
        f"<table{attrs(names)}>{title}<thead><tr>{cells}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def row(first: str, cells: Iterable[str], *, class_: str = "", numeric: bool = True) -> str:
    """A table row: a heading cell, then cells of text or of Html."""
    kind = f' class="{class_}"' if class_ else ""
    css = {"class_": "n"} if numeric else {}
    tds = "".join(
        f"<td>{text}</td>" if isinstance(text, Html) else element("td", text, **css)
        for text in cells
    )
    return f"<tr{kind}>{element('th', first, scope='row')}{tds}</tr>"


def badge(letter: str) -> Html:
    """The evidence letter in a small box."""
    kind = letter[:1] if letter[:1] in "ABCDE" and letter != "unknown" else "none"
    return Html(element("span", letter, class_=f"badge {kind}"))
