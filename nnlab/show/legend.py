"""One legend for the whole figure, above the panels, where it can cover nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from .figure import Figure
from .lettering import LINE_SPACING, width_of, wrap
from .looks import Look
from .marks import drawable, marks_of
from .strokes import HOLLOW, MOST_MARKERS
from .theme import TICK_SIZE

__all__ = ["add_legend", "legend_rows"]

_HANDLE = 2.4 * TICK_SIZE + 0.8 * TICK_SIZE + 1.6 * TICK_SIZE
"""Width in points of a handle, its pad and the space between columns."""

Entry = tuple[str, Look, bool, bool]
"""Label, look, whether it has a band, whether its line has markers."""


def entries_of(figure: Figure, looks: Sequence[Sequence[Look]]) -> list[Entry]:
    """What the legend lists: each label and look once, in the order of the panels."""
    merged: dict[tuple[str, Look], tuple[bool, bool]] = {}
    for panel, panel_looks in zip(figure.panels, looks, strict=True):
        for series, look in zip(panel.series, panel_looks, strict=True):
            marks = drawable(marks_of(series), panel.log_x, panel.log_y)
            band = bool(marks["low"].notna().any())
            dots = look.kind != "theory" and len(marks) <= MOST_MARKERS
            drawn = bool(marks["y"].notna().any())
            label = series.label + ("" if drawn else " (no data)")
            old = merged.get((label, look), (False, False))
            merged[(label, look)] = (band or old[0], dots or old[1])
    return [(label, look, *flags) for (label, look), flags in merged.items() if label.strip()]


def legend_rows(entries: Sequence[Entry], width: float) -> list[list[Entry]]:
    """The entries in as few rows as fit `width` points, filled evenly: rows of equal length."""
    if not entries:
        return []
    widest = [width_of(_wrapped(entry[0], width), TICK_SIZE) + _HANDLE for entry in entries]
    for columns in range(len(entries), 1, -1):
        if sum(max(widest[k::columns]) for k in range(columns)) <= width:
            break
    else:
        columns = 1
    rows = -(-len(entries) // columns)
    columns = -(-len(entries) // rows)
    return [list(entries[k : k + columns]) for k in range(0, len(entries), columns)]


def add_legend(canvas: Canvas, figure: Figure, looks: Sequence[Sequence[Look]]) -> float:
    """Add the legend; returns its height in points, 0 where no series has a label."""
    width = canvas.get_figwidth() * 72.0 - 12.0
    rows = legend_rows(entries_of(figure, looks), width)
    if not rows:
        return 0.0
    # matplotlib fills a legend column by column; rows read left to right.
    columns = [row[k] for k in range(len(rows[0])) for row in rows if k < len(row)]
    labels = [_wrapped(entry[0], width) for entry in columns]
    canvas.legend(
        [_handle(entry) for entry in columns],
        labels,
        loc="outside upper center",
        ncols=len(rows[0]),
    )
    lines = sum(max(_wrapped(e[0], width).count("\n") + 1 for e in row) for row in rows)
    return lines * LINE_SPACING * TICK_SIZE + len(rows) * 0.5 * TICK_SIZE


def _wrapped(label: str, width: float) -> str:
    return wrap(label, width - _HANDLE, TICK_SIZE)


def _handle(entry: Entry) -> Any:
    _, look, band, dots = entry
    style: dict[str, Any] = HOLLOW if look.kind == "published" else {"markeredgewidth": 0.0}
    line = Line2D(
        [],
        [],
        color=look.color,
        linestyle=cast(Any, look.linestyle or "none"),
        linewidth=1.0 if look.kind == "theory" else 1.3,
        marker=look.marker if dots else "none",
        **style,
    )
    if look.kind == "line" and band:
        return (Patch(facecolor=look.color, alpha=0.2, linewidth=0.0), line)
    if look.kind == "points" and band:
        bar = Line2D([], [], color=look.color, linestyle="none", marker="|", markersize=9.0)
        return (bar, line)
    return line
