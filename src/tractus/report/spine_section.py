"""The part of the report with the drawn spine: two pictures, controls, numbers of every level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tractus.report.markup import element, lead, section, table
from tractus.report.rows import number
from tractus.report.spine_drawing import COLD, WARM, Rgb, shade, spine_svg
from tractus.report.texts import Texts

DIFFERENCE_WARM = ((255, 255, 255), (244, 165, 130), (178, 24, 43))
DIFFERENCE_COLD = ((255, 255, 255), (146, 197, 222), (5, 48, 97))


def spine(comparison: Any, curves: Mapping[str, Any], words: Texts) -> str:
    """Method and lying down side by side, with the controls and the table of levels."""
    if not curves:
        return ""
    first = next(iter(curves))
    names = levels(comparison)
    now = at_end(curves[first])
    top = largest(curves)
    bodies = comparison.outline["bodies"]
    target = comparison.summary["target_level"]
    pictures = "".join(
        _picture(
            bodies, dict(zip(names, now[which], strict=True)), top, which, title, target, words
        )
        for which, title in (("method", words.method(first)), ("lying", words("lying_same")))
    )
    return section(
        "spine",
        words("spine_heading"),
        lead(words("spine_text")),
        _controls(curves, words),
        f'<p class="now" id="now" aria-live="polite">{element("", words.method(first))}</p>',
        f"<noscript>{element('p', words('no_javascript'))}</noscript>",
        f'<div class="stage">{pictures}{_levels(names, now, target, words)}</div>',
        colour_bar("bar-pressure", words("colour_bar"), WARM, COLD, top, lowest(curves)),
        colour_bar(
            "bar-difference",
            words("difference_axis"),
            DIFFERENCE_WARM,
            DIFFERENCE_COLD,
            largest_difference(curves),
            -largest_difference(curves),
            hidden=True,
        ),
    )


def page_data(
    comparison: Any, curves: Mapping[str, Any], figures: Mapping[str, Any], words: Texts
) -> dict[str, Any]:
    """What the script of the page works with."""
    keys = ("play", "stop", "standing_before", "standing_after", "during")
    return {
        "levels": levels(comparison),
        "curves": curves,
        "figures": figures,
        "scales": {
            "pressure": {"largest": largest(curves), "warm": WARM, "cold": COLD},
            "difference": {
                "largest": largest_difference(curves),
                "warm": DIFFERENCE_WARM,
                "cold": DIFFERENCE_COLD,
            },
        },
        "texts": {key: words(key) for key in keys},
    }


def levels(comparison: Any) -> list[str]:
    """Names of the levels, cranial to caudal."""
    runs = comparison.runs.values()
    return [str(name) for name in next(iter(runs))["level"].values] if runs else []


def at_end(both: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """Pressures of all levels [MPa] of method and lying at the last instant of the method."""
    index = max(i for i, t in enumerate(both["t"]) if t <= both["end"] + 1e-6)
    return {w: [column[index] for column in both[w]["levels"]] for w in ("method", "lying")}


def _all(curves: Mapping[str, Any]) -> Iterable[float]:
    for both in curves.values():
        for which in ("method", "lying"):
            for column in both[which]["levels"]:
                yield from (v for v in column if v is not None)


def largest(curves: Mapping[str, Any]) -> float:
    """Largest pressure in the pictures [MPa]; the scale ends there."""
    return max([0.01, *_all(curves)])


def lowest(curves: Mapping[str, Any]) -> float:
    """Smallest pressure in the pictures [MPa], zero where none is negative."""
    return min([0.0, *_all(curves)])


def largest_difference(curves: Mapping[str, Any]) -> float:
    """Largest difference between method and lying [MPa] during any method."""
    found = [0.001]
    for both in curves.values():
        during = [i for i, t in enumerate(both["t"]) if 0 < t <= both["end"]]
        for here, there in zip(both["method"]["levels"], both["lying"]["levels"], strict=True):
            pairs = ((here[i], there[i]) for i in during)
            found += [abs(a - b) for a, b in pairs if a is not None and b is not None]
    return max(found)


def _controls(curves: Mapping[str, Any], words: Texts) -> str:
    options = "".join(element("option", words.method(i), value=i) for i in curves)
    modes = "".join(
        element("option", words(f"show_{mode}"), value=mode) for mode in ("pressure", "difference")
    )
    return (
        '<div class="controls">'
        f'<label>{element("", words("method"))}<select id="method">{options}</select></label>'
        f'<label>{element("", words("show"))}<select id="show">{modes}</select></label>'
        f'<label class="wide">{element("", words("time"))}'
        '<input type="range" id="time" min="0" max="1" value="0"></label>'
        f"{element('button', words('play'), type='button', id='play')}</div>"
    )


def _picture(
    bodies: Sequence[Mapping[str, Any]],
    pressures: Mapping[str, float | None],
    top: float,
    which: str,
    title: str,
    target: str,
    words: Texts,
) -> str:
    picture = spine_svg(
        bodies,
        pressures,
        top,
        identifier=f"spine-{which}",
        label=f"{title}. {words('spine_alt')}",
        target=target,
        front=words("front"),
    )
    caption = element("figcaption", title, id=f"caption-{which}")
    return f"<figure>{caption}{picture}</figure>"


def _levels(
    names: Sequence[str], now: Mapping[str, list[float | None]], target: str, words: Texts
) -> str:
    rows = []
    for name, here, there in zip(names, now["method"], now["lying"], strict=True):
        change = None if here is None or there is None else here - there
        cells = (number(here, 3), number(there, 3), number(change, 3, signed=True))
        tds = "".join(element("td", text, class_="n") for text in cells)
        chosen = ' class="target"' if name == target else ""
        rows.append(
            f'<tr{chosen} data-level="{element("", name)}">'
            f"{element('th', name, scope='row')}{tds}</tr>"
        )
    head = [words(k) for k in ("level", "method", "lying", "difference")]
    inner = table(
        head,
        rows,
        label=words("levels_heading"),
        numeric=(1, 2, 3),
        class_="levels",
        id_="levels",
    )
    heading = element("figcaption", f"{words('levels_heading')} (MPa)")
    return f'<figure class="levels-box">{heading}{inner}</figure>'


def colour_bar(
    identifier: str,
    title: str,
    warm: Sequence[Rgb],
    cold: Sequence[Rgb],
    top: float,
    bottom: float,
    *,
    hidden: bool = False,
) -> str:
    """A colour bar from `bottom` to `top` as SVG, so that it prints."""
    count, width, left = 60, 400.0, 30.0
    cells = []
    for i in range(count):
        value = bottom + (i + 0.5) / count * (top - bottom)
        fill = shade(warm, cold, value / top)
        x = left + width * i / count
        cells.append(
            f'<rect x="{x:.1f}" y="20" width="{width / count + 0.4:.1f}" height="14" '
            f'fill="{fill}"/>'
        )
    ticks = []
    for i in range(5):
        value = bottom + i / 4 * (top - bottom)
        x = left + width * i / 4
        label = element("text", number(value, 3), x=f"{x:.0f}", y="50", text_anchor="middle")
        ticks.append(f'<path d="M{x:.1f} 34v4" stroke="#1f2933"/>{label}')
    style = ' style="display: none"' if hidden else ""
    heading = element("text", title, x=f"{left + width / 2:.0f}", y="13", text_anchor="middle")
    return (
        f'<svg class="colourbar" id="{identifier}"{style} viewBox="0 0 460 56" role="img" '
        f'aria-label="{element("", title)}">{heading}{"".join(cells)}{"".join(ticks)}</svg>'
    )
