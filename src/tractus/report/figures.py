"""Plotly figures as plain dictionaries (data, layout): the report and the web share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tractus.report.rows import interval, middle, verdict
from tractus.report.texts import Texts

INK, MUTED, GRID, BLUE, ORANGE, GREY = (
    "#1f2933", "#52606d", "#e4e7eb", "#0b5394", "#b45309", "#cbd2d9",
)  # fmt: skip
VERDICT_COLOURS = {
    "adds": BLUE, "same": "#7b8794", "mixed": "#6d4aa3", "less": ORANGE, "unknown": GREY,
}  # fmt: skip
MARKS = {
    "compression": ("circle", BLUE),
    "tension": ("diamond", ORANGE),
    "ligament": ("square", "#2f6f4f"),
    "annulus": ("triangle-up", "#6d4aa3"),
}
Figure = dict[str, Any]


def _layout(**extra: Any) -> dict[str, Any]:
    """The look that all figures share."""
    font = {"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "size": 13, "color": INK}
    return {
        "font": font,
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "autosize": True,
        "margin": {"l": 60, "r": 16, "t": 36, "b": 48},
        "hoverlabel": {"font": {"size": 12}},
    } | extra


def _axis(title: str, **extra: Any) -> dict[str, Any]:
    base = {"gridcolor": GRID, "zerolinecolor": "#9aa5b1", "automargin": True, "ticks": "outside"}
    return base | {"title": {"text": title, "standoff": 8}} | extra


def time_figure(
    curves: Mapping[str, Mapping[str, Any]], key: str, axis: str, texts: Texts
) -> Figure:
    """`key` ("pressure" or "height") over time: a pair of traces per method, itself and lying.

    The page's script thickens the chosen pair and greys the others; the first one is chosen here.
    """
    traces: list[dict[str, Any]] = []
    first = next(iter(curves), "")
    for identifier, both in curves.items():
        name, chosen = texts.method(identifier), identifier == first
        line = {"color": BLUE if chosen else GREY, "width": 3 if chosen else 1}
        traces.append(
            {
                "x": both["t"],
                "y": both["method"][key],
                "mode": "lines",
                "line": line,
                "name": name,
                "zorder": 2 if chosen else 0,
            }
        )
        traces.append(
            {"x": both["t"], "y": both["lying"][key], "mode": "lines", "visible": chosen,
             "line": {"color": INK, "width": 2, "dash": "dash"}, "name": texts("lying_same"),
             "zorder": 3}
        )  # fmt: skip
    end = curves[first]["end"] if first else 30.0
    layout = _layout(
        xaxis=_axis(texts("minutes_from_start"), range=[-15, end + 60]),
        yaxis=_axis(axis),
        showlegend=False,
        hovermode="closest",
        shapes=[shade(0.0, end), cursor(end)],
        height=360,
    )
    return {"data": traces, "layout": layout}


def shade(start: float, end: float) -> dict[str, Any]:
    """The shaded time of the method."""
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": end, "y0": 0, "y1": 1,
        "fillcolor": "#e8f0f8", "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def cursor(time: float) -> dict[str, Any]:
    """The line at the instant that the spine above shows; the page's script moves it."""
    return {
        "type": "line", "xref": "x", "yref": "paper", "x0": time, "x1": time, "y0": 0, "y1": 1,
        "line": {"color": ORANGE, "width": 1, "dash": "dot"},
    }  # fmt: skip


def bars_figure(entries: Sequence[Mapping[str, Any]], key: str, title: str, texts: Texts) -> Figure:
    """What each method adds to lying down in quantity `key`, one bar per method."""
    values = [middle(entry, key) for entry in entries]
    limits = [interval(entry, key) for entry in entries]
    bar: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "y": [texts.method(str(entry["id"])) for entry in entries],
        "x": values,
        "marker": {"color": [VERDICT_COLOURS[verdict(entry)] for entry in entries]},
        "hovertemplate": "%{y}: %{x}<extra></extra>",
    }
    if any(limits):
        found = [
            (0.0, 0.0) if v is None or x is None else (v - x[0], x[1] - v)
            for v, x in zip(values, limits, strict=True)
        ]
        bar["error_x"] = {
            "type": "data",
            "symmetric": False,
            "array": [above for _, above in found],
            "arrayminus": [below for below, _ in found],
        }
    layout = _layout(
        title={"text": title, "font": {"size": 14}, "x": 0.5},
        xaxis=_axis("", nticks=5, tickangle=0),
        yaxis={"autorange": "reversed", "automargin": True, "ticks": ""},
        height=80 + 26 * len(entries),
        margin={"l": 8, "r": 12, "t": 40, "b": 32},
        showlegend=False,
    )
    return {"data": [bar], "layout": layout}


def share_figure(shares: Mapping[str, Mapping[str, float | None]], texts: Texts) -> Figure:
    """Shares of failure values [%] by method: a mark per kind, a line at 100 %."""
    names = [texts.method(identifier) for identifier in shares]
    traces = []
    for kind, (symbol, colour) in MARKS.items():
        values = [row.get(kind) for row in shares.values()]
        if all(value is None for value in values):
            continue
        traces.append(
            {"type": "scatter", "mode": "markers", "name": texts(kind), "y": names,
             "x": [None if v is None else round(100 * v, 2) for v in values],
             "marker": {"symbol": symbol, "size": 10, "color": colour},
             "hovertemplate": "%{y}: %{x} %<extra>" + texts(kind) + "</extra>"}
        )  # fmt: skip
    largest = max([100.0, *(100 * v for row in shares.values() for v in row.values() if v)])
    limit = {
        "type": "line", "x0": 100, "x1": 100, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": "#b91c1c", "width": 2},
    }  # fmt: skip
    layout = _layout(
        xaxis=_axis(texts("share_axis"), range=[-2, 1.05 * largest]),
        yaxis={"autorange": "reversed", "automargin": True, "gridcolor": GRID},
        shapes=[limit],
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        height=130 + 26 * len(names),
        margin={"l": 8, "r": 16, "t": 60, "b": 48},
    )
    return {"data": traces, "layout": layout}
