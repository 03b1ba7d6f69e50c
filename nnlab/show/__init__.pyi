from .draw import draw_figure as draw_figure
from .figure import Figure as Figure
from .figure import HLine as HLine
from .figure import Panel as Panel
from .figure import Series as Series
from .figure import VLine as VLine
from .making import exact as exact
from .making import made as made
from .making import series_by as series_by
from .making import side_by_side as side_by_side
from .making import table as table
from .theme import paper_style as paper_style
from .write import write_figure as write_figure

__all__ = [
    "Figure",
    "HLine",
    "Panel",
    "Series",
    "VLine",
    "draw_figure",
    "exact",
    "made",
    "paper_style",
    "series_by",
    "side_by_side",
    "table",
    "write_figure",
]
