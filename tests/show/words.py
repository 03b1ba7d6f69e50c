"""The words in a picture: where they stand, and whether all of them can be read."""

from __future__ import annotations

from itertools import combinations

from matplotlib.text import Text

from nnlab import show

LEAST_SIZE = 6.0
"""In points at the width of the column: what journals ask for at least."""


def texts(canvas):
    """The visible words with their boxes in pixels."""
    with show.paper_style():
        canvas.draw_without_rendering()
        renderer = canvas.canvas.get_renderer()
        words = [t for t in canvas.findobj(Text) if t.get_visible() and t.get_text().strip()]
        return [(t, t.get_window_extent(renderer)) for t in words]


def check_words(canvas):
    """No words are too small, cut off by the sheet's edge, or over one another."""
    width, height = canvas.get_size_inches() * canvas.dpi
    boxes = texts(canvas)
    assert len(boxes) > 5
    for text, box in boxes:
        assert text.get_fontsize() >= LEAST_SIZE, text
        assert box.x0 >= -0.5 and box.y0 >= -0.5, text
        assert box.x1 <= width + 0.5 and box.y1 <= height + 0.5, text
    for (a, box), (b, other) in combinations(boxes, 2):
        across = min(box.x1, other.x1) - max(box.x0, other.x0)
        along = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert across <= 1 or along <= 1, f"{a.get_text()!r} overlaps {b.get_text()!r}"
