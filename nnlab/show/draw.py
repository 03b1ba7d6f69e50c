"""From a declared Figure to a matplotlib one, without pyplot and its global state.

The order matters: limits come first (a curve that goes to infinity leaves them), then the
curves, then a first layout, and only then the words, which need the panels' true sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FixedFormatter, FixedLocator, NullFormatter, NullLocator

from .figure import Figure, HLine, Panel, VLine, panel_letter
from .legend import add_legend
from .lettering import LINE_SPACING, width_of, wrap
from .looks import looks_of
from .marks import drawable, marks_of, seeds_of
from .notes import draw_note_lines, flag_vlines, letter_hlines, placed
from .scales import along, log_minor_ticks, span, tick_labels, ticks_of
from .strokes import beyond, scatter, stroke
from .theme import DOUBLE_COLUMN, LABEL_SIZE, NOTE, SINGLE_COLUMN, TICK_SIZE, paper_style

__all__ = ["draw_figure"]

Limits = tuple[float, float]


def draw_figure(figure: Figure) -> Canvas:
    """The figure as a matplotlib Figure on an Agg canvas, in the paper's size.

    One column is 3.4 inches wide, more are 7.0. Save it within `paper_style()`, as `write_figure`
    does: matplotlib reads some settings only then. Raises NnlabError for an unknown colour;
    missing and infinite values raise nothing.
    """
    with paper_style():
        looks = looks_of(figure)
        marks = [[drawable(marks_of(s), p.log_x, p.log_y) for s in p.series] for p in figure.panels]
        columns = figure.columns or {1: 1, 2: 2, 4: 2}.get(len(figure.panels), 3)
        columns = min(columns, len(figure.panels))
        canvas, every_axes = _sheet(len(figure.panels), columns)
        y_limits = _y_limits(figure, marks)
        for k, (axes, panel) in enumerate(zip(every_axes, figure.panels, strict=True)):
            _set_scales(axes, panel, marks[k], y_limits[k])
            draw_note_lines(axes, _notes(panel))
            for series, drawn, look in zip(panel.series, marks[k], looks[k], strict=True):
                scatter(axes, seeds_of(series), look)
                stroke(axes, drawn, look)
            if all(drawn["y"].isna().all() for drawn in marks[k]):
                _say_empty(axes)
        _heighten(canvas, add_legend(canvas, figure, looks))
        _letter(canvas, every_axes, figure, marks, columns)
        for axes, panel, drawn in zip(every_axes, figure.panels, marks, strict=True):
            letter_hlines(axes, _notes(panel), _curves(axes, drawn))
        # The layout is done: PNG and PDF, which differ in resolution, show the same one.
        canvas.set_layout_engine("none")
    return canvas


def _sheet(panels: int, columns: int) -> tuple[Canvas, list[Axes]]:
    rows = math.ceil(panels / columns)
    width = SINGLE_COLUMN if columns == 1 else DOUBLE_COLUMN
    height = {1: 0.70, 2: 0.62}.get(columns, 0.80) * width / columns
    canvas = Canvas(figsize=(width, rows * height), layout="constrained")
    FigureCanvasAgg(canvas)
    grid = canvas.add_gridspec(rows, columns)
    return canvas, [canvas.add_subplot(grid[divmod(k, columns)]) for k in range(panels)]


def _notes(panel: Panel) -> list[VLine | HLine]:
    return [note for note in panel.notes if placed(note, panel.log_x, panel.log_y)]


def _x_limits(panel: Panel, marks: Sequence[pd.DataFrame]) -> Limits:
    values = [v for drawn in marks for v in drawn["x"]]
    return span([*values, *(n.x for n in _notes(panel) if isinstance(n, VLine))], panel.log_x)


def _y_limits(figure: Figure, marks: Sequence[Sequence[pd.DataFrame]]) -> list[Limits]:
    """The limits of each panel; with share_y, common to panels of one y label and scale."""
    values: dict[object, list[float]] = {}
    keys = []
    for k, (panel, drawn) in enumerate(zip(figure.panels, marks, strict=True)):
        key = (panel.y_label, panel.log_y) if figure.share_y else k
        here = [v for table in drawn for v in table[["y", "low", "high"]].to_numpy().ravel()]
        here += [v for series in panel.series for v in seeds_of(series)["y"]]
        here += [note.y for note in _notes(panel) if isinstance(note, HLine)]
        values.setdefault(key, []).extend(here)
        keys.append(key)
    limits = []
    for panel, key in zip(figure.panels, keys, strict=True):
        low, high = span(values[key], panel.log_y)
        bottom, top = panel.y_limits or (None, None)
        low, high = (low if bottom is None else bottom), (high if top is None else top)
        if not low < high:  # one limit was given, and all data lie beyond it
            room = abs(low) or 1.0
            low, high = (low, low + room) if top is None else (min(high / 2, high - room), high)
            low = high / 10 if panel.log_y and low <= 0 else low
        limits.append((low, high))
    return limits


def _set_scales(axes: Axes, panel: Panel, marks: Sequence[pd.DataFrame], y_limits: Limits) -> None:
    if panel.log_x:
        axes.set_xscale("log")
    if panel.log_y:
        axes.set_yscale("log")
    axes.set_xlim(*_x_limits(panel, marks))
    axes.set_ylim(*y_limits)
    height = _size(axes)[1]
    _set_x_ticks(axes, panel, marks)
    _set_ticks(axes.yaxis, panel.log_y, False, height, lambda _: 1.2 * TICK_SIZE)
    axes.set_ylabel(wrap(panel.y_label, height, LABEL_SIZE))


def _set_x_ticks(axes: Axes, panel: Panel, marks: Sequence[pd.DataFrame]) -> None:
    x = np.concatenate([[], *(drawn["x"] for drawn in marks)])
    whole = bool(x.size and (x % 1 == 0).all())
    _set_ticks(axes.xaxis, panel.log_x, whole, _size(axes)[0], lambda t: width_of(t, TICK_SIZE))


def _set_ticks(
    axis: Axis, log: bool, whole: bool, length: float, extent: Callable[[str], float]
) -> None:
    """As many labelled ticks as stand apart, eight at most.

    `length` is that of the axis, in points; `extent` what a label takes of it.
    """
    limits = axis.get_view_interval()
    for most in range(8, 1, -1):
        ticks = ticks_of(*limits, log=log, whole=whole, most=most)
        labels = tick_labels(ticks, log)
        places = [length * share for share in along(ticks, *limits, log=log)]
        if _apart(places, [extent(label) for label in labels]):
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(FixedLocator(log_minor_ticks(*limits)) if log else NullLocator())
    axis.set_minor_formatter(NullFormatter())


def _apart(places: list[float], extents: list[float]) -> bool:
    """Whether there is a letter's room between each label and the next."""
    ends = pairwise(zip(places, extents, strict=True))
    return all(b - a >= (wide + next_wide) / 2 + TICK_SIZE for (a, wide), (b, next_wide) in ends)


def _say_empty(axes: Axes) -> None:
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center", color=NOTE)


def _letter(
    canvas: Canvas,
    every_axes: Sequence[Axes],
    figure: Figure,
    marks: Sequence[Sequence[pd.DataFrame]],
    columns: int,
) -> None:
    """Labels below, flags and titles above the panels; the sheet grows by what they take."""
    canvas.draw_without_rendering()
    everything = list(zip(every_axes, figure.panels, marks, strict=True))
    growth = 0.0
    for start in range(0, len(everything), columns):
        row = everything[start : start + columns]
        # One height for the flags of a row: its titles stand on one line.
        flags = max(flag_vlines(axes, _notes(panel)) for axes, panel, _ in row)
        heights = []
        for k, (axes, panel, drawn) in enumerate(row, start):
            _set_x_ticks(axes, panel, drawn)
            below = _label_x(axes, panel)
            letter = f"({panel_letter(k)})" if len(everything) > 1 else ""
            heights.append(below + _entitle(axes, f"{letter} {panel.title}".strip(), flags))
        growth += max(heights)
    _heighten(canvas, growth)
    canvas.draw_without_rendering()


def _label_x(axes: Axes, panel: Panel) -> float:
    """Label the x axis; returns the height its further lines take, in points."""
    label = wrap(panel.x_label, _size(axes)[0], LABEL_SIZE)
    axes.set_xlabel(label, linespacing=LINE_SPACING)
    return label.count("\n") * LINE_SPACING * LABEL_SIZE


def _entitle(axes: Axes, title: str, flags: float) -> float:
    """Set the title above the flags; returns the height of both, in points."""
    if not title:
        return flags
    title = wrap(title, _size(axes)[0], LABEL_SIZE)
    axes.set_title(title, pad=flags + 4.0, linespacing=LINE_SPACING)
    return flags + 4.0 + (title.count("\n") + 1) * LINE_SPACING * LABEL_SIZE


def _size(axes: Axes) -> tuple[float, float]:
    """Width and height of the panel as it is laid out now, in points."""
    frame = axes.get_window_extent()
    return frame.width * 72.0 / axes.figure.dpi, frame.height * 72.0 / axes.figure.dpi


def _heighten(canvas: Canvas, points: float) -> None:
    """Make room on the sheet, so that what stands above the panels does not press them."""
    width, height = canvas.get_size_inches()
    canvas.set_size_inches(width, height + points / 72.0)


def _curves(axes: Axes, marks: Sequence[pd.DataFrame]) -> list[np.ndarray]:
    """All that is drawn of the series, as broken lines in data coordinates."""
    return [
        np.column_stack([drawn["x"].to_numpy(), beyond(axes, drawn[column].to_numpy())])
        for drawn in marks
        for column in ("y", "low", "high")
    ]
