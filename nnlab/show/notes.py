"""Lines that explain a panel, and their words, set where they cover no data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .figure import HLine, Note, VLine
from .lettering import LINE_SPACING, width_of, wrap
from .theme import NOTE, TICK_SIZE

__all__ = ["draw_note_lines", "emptiest", "flag_vlines", "letter_hlines", "placed"]

_LINE: dict[str, Any] = {
    "color": NOTE,
    "linewidth": 0.8,
    "linestyle": (0, (1.2, 1.6)),
    "zorder": 1.2,
}
_VEIL: dict[str, Any] = {"facecolor": "white", "alpha": 0.8, "linewidth": 0.0, "pad": 0.5}
_GAP = 3.0
"""Points between a line, or the panel's edge, and its words."""


def placed(note: Note, log_x: bool, log_y: bool) -> bool:
    """Whether the note has a place on the axes (a threshold never reached is NaN)."""
    value, log = (note.x, log_x) if isinstance(note, VLine) else (note.y, log_y)
    return math.isfinite(value) and (value > 0 or not log)


def draw_note_lines(axes: Axes, notes: Sequence[Note]) -> None:
    """The lines alone; their words come once the panel's size is known."""
    for note in notes:
        if isinstance(note, VLine):
            axes.axvline(note.x, **_LINE)
        else:
            axes.axhline(note.y, **_LINE)


@dataclass
class _Flag:
    """Words above the panel, in points: `at` is their line's place, `left`, `bottom` theirs."""

    text: str
    at: float
    width: float
    height: float
    left: float
    bottom: float = _GAP


def flag_vlines(axes: Axes, notes: Sequence[Note]) -> float:
    """Write the words of vertical lines above the panel; returns the height they take, points.

    Each is centred on its line; where two would touch, they are stacked and led to their lines.
    """
    width = axes.get_window_extent().width * 72.0 / axes.figure.dpi
    lines = [n for n in notes if isinstance(n, VLine) and n.text.strip()]
    flags = sorted((_flag(axes, line, width) for line in lines), key=lambda flag: flag.at)
    if any(_touch(a, b) for a, b in pairwise(flags)):
        flags = _stacked(flags, width)
    for flag in flags:
        _write_flag(axes, flag, flag.at / width)
    return max((flag.bottom + flag.height for flag in flags), default=0.0)


def _flag(axes: Axes, line: VLine, width: float) -> _Flag:
    text = wrap(line.text, width, TICK_SIZE)
    wide = width_of(text, TICK_SIZE)
    share = axes.transAxes.inverted().transform(axes.transData.transform((line.x, 1.0)))[0]
    at = float(share) * width
    left = min(max(at - wide / 2, 0.0), max(width - wide, 0.0))
    return _Flag(text, at, wide, _height(text), left)


def _touch(a: _Flag, b: _Flag) -> bool:
    return a.left < b.left + b.width + 2 * _GAP and b.left < a.left + a.width + 2 * _GAP


def _stacked(flags: list[_Flag], width: float) -> list[_Flag]:
    """Flags that fly right of their line, the rightmost lowest; those without room fly left."""
    right = [f for f in flags if f.at + f.width <= width]
    for flag in flags:
        flag.left = flag.at if flag in right else max(flag.at - flag.width, 0.0)
    done: list[_Flag] = []
    for flag in [*reversed(right), *(f for f in flags if f not in right)]:
        tops = [other.bottom + other.height for other in done if _touch(flag, other)]
        flag.bottom = max(tops, default=0.0) + _GAP
        done.append(flag)
    return done


def _write_flag(axes: Axes, flag: _Flag, share: float) -> None:
    if flag.bottom > _GAP:
        axes.annotate(
            "",
            xy=(share, 1.0),
            xycoords="axes fraction",
            xytext=(0.0, flag.bottom),
            textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": NOTE, "linewidth": 0.5, "shrinkA": 0},
        )
    axes.annotate(
        flag.text,
        xy=(share, 1.0),
        xycoords="axes fraction",
        xytext=(flag.left + flag.width / 2 - flag.at, flag.bottom),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=TICK_SIZE,
        color=NOTE,
        linespacing=LINE_SPACING,
    )


def letter_hlines(axes: Axes, notes: Sequence[Note], curves: Sequence[np.ndarray]) -> None:
    """Write the words of horizontal lines inside the panel, where they cover least.

    curves: what is drawn, each an array [points, 2] in data coordinates, NaN at gaps.
    """
    dots = 72.0 / axes.figure.dpi
    frame = axes.get_window_extent()
    taken = [_along(axes.transData.transform(curve)) for curve in curves]
    taken += [_along(_ends(axes, note)) for note in notes]
    for note in (n for n in notes if isinstance(n, HLine) and n.text.strip()):
        text = wrap(note.text, 0.9 * frame.width * dots, TICK_SIZE)
        size = (width_of(text, TICK_SIZE) / dots, _height(text) / dots)
        level = float(axes.transData.transform((1.0, note.y))[1])
        boxes = _candidates(frame, level, size, _GAP / dots)
        drawn = np.concatenate(taken)
        # A curve's line is wider than the points it goes through.
        roomy = boxes + np.array([-1, -1, 1, 1]) * 0.6 * _GAP / dots
        best = emptiest(roomy, drawn)
        box = boxes[best]
        left, bottom = axes.transAxes.inverted().transform(box[:2])
        axes.text(
            left,
            bottom,
            text,
            transform=axes.transAxes,
            fontsize=TICK_SIZE,
            color=NOTE,
            va="bottom",
            linespacing=LINE_SPACING,
            zorder=5,
            # Only where there is no free place does it cover something, and then stays legible.
            bbox=_VEIL if _covered(roomy[best], drawn) else None,
        )
        taken.append(_along(np.array([[box[0], box[1]], [box[2], box[3]]])))


def emptiest(boxes: np.ndarray, points: np.ndarray) -> int:
    """Which of the boxes [k, (left, bottom, right, top)] holds fewest points [m, 2]; the first."""
    return int(np.argmin([_covered(box, points) for box in boxes]))


def _covered(box: np.ndarray, points: np.ndarray) -> int:
    left, bottom, right, top = box
    x, y = points[:, 0], points[:, 1]
    return int(((x > left) & (x < right) & (y > bottom) & (y < top)).sum())


def _candidates(frame, level: float, size: tuple[float, float], gap: float) -> np.ndarray:
    """Boxes above and below the level, from the right end to the left, within the frame."""
    width, height = size
    lefts = np.linspace(frame.x1 - gap - width, frame.x0 + gap, 13)
    bottoms = [b for b in (level + gap, level - gap - height) if frame.y0 <= b <= frame.y1 - height]
    return np.array([(x, b, x + width, b + height) for b in bottoms or [level] for x in lefts])


def _along(points: np.ndarray) -> np.ndarray:
    """Points every few pixels along a broken line; NaN breaks it."""
    if len(points) < 2:
        return points
    share = np.linspace(0.0, 1.0, 40)[None, :, None]
    dense = (points[:-1, None] * (1 - share) + points[1:, None] * share).reshape(-1, 2)
    return np.concatenate([dense, points])


def _ends(axes: Axes, note: Note) -> np.ndarray:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    ends = (
        [(note.x, bottom), (note.x, top)]
        if isinstance(note, VLine)
        else [(left, note.y), (right, note.y)]
    )
    return axes.transData.transform(ends)


def _height(text: str) -> float:
    return (text.count("\n") + 1) * LINE_SPACING * TICK_SIZE
