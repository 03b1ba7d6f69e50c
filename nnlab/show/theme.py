"""The one look of all figures: sizes, letters and colours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib.style

__all__ = ["DOUBLE_COLUMN", "INK", "MARKERS", "NOTE", "PALETTE", "SINGLE_COLUMN", "paper_style"]

SINGLE_COLUMN = 3.4
"""Width in inches of a figure in one column of a two-column paper."""
DOUBLE_COLUMN = 7.0
"""Width in inches of a figure across both columns."""

# seaborn's "colorblind" palette (blue, vermilion, green, purple, orange, sky, brown, grey) without
# its two pale colours, which are too faint for a line on white. Written out because importing
# seaborn imports pyplot, and nothing here may touch pyplot's state; a test compares the two.
PALETTE = (
    "#0173b2",
    "#d55e00",
    "#029e73",
    "#cc78bc",
    "#de8f05",
    "#56b4e9",
    "#ca9161",
    "#949494",
)
# A second sign beside the colour, for grey prints and for eyes that see no hue.
MARKERS = ("o", "s", "^", "D", "v", "<", "p", ">")

INK = "#262626"
NOTE = "#5f5f5f"

TICK_SIZE = 7.0
LABEL_SIZE = 8.0

_STYLE = {
    # DejaVu comes with matplotlib: the same letters, and the same bytes, on every machine.
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": TICK_SIZE,
    # Labels are plain text: a dollar sign is a dollar sign.
    "text.parse_math": False,
    "text.usetex": False,
    "text.color": INK,
    # Real outlines of letters in PDF, which journals ask for and editors can search.
    "pdf.fonttype": 42,
    "figure.dpi": 200,
    "savefig.dpi": 200,
    "figure.constrained_layout.h_pad": 0.04,
    "figure.constrained_layout.w_pad": 0.04,
    "figure.constrained_layout.hspace": 0.04,
    "figure.constrained_layout.wspace": 0.04,
    "axes.titlesize": LABEL_SIZE,
    "axes.titlelocation": "left",
    "axes.labelsize": LABEL_SIZE,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.which": "major",
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "xtick.labelsize": TICK_SIZE,
    "ytick.labelsize": TICK_SIZE,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "xtick.minor.size": 1.6,
    "ytick.minor.size": 1.6,
    "legend.fontsize": TICK_SIZE,
    "legend.frameon": False,
    "legend.borderaxespad": 0.3,
    "legend.borderpad": 0.1,
    "legend.handlelength": 2.4,
    "legend.columnspacing": 1.6,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.2,
    "lines.solid_capstyle": "round",
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw and save within this: the theme over matplotlib's own defaults.

    A user's matplotlibrc does not shine through; on leaving, rcParams are what they were.
    """
    with matplotlib.style.context(["default", _STYLE]):
        yield
