"""Which colour, marker and line each series gets, the same in every panel of a figure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from matplotlib.colors import is_color_like

from nnlab.errors import NnlabError

from .figure import Figure, Panel, Series
from .theme import INK, MARKERS, PALETTE

__all__ = ["Look", "looks_of"]

_THEORY_LINES = ("--", ":", "-.")


@dataclass(frozen=True)
class Look:
    """How a series is drawn and shown in the legend; linestyle "" means markers only."""

    kind: str
    color: str
    marker: str
    linestyle: str


def looks_of(figure: Figure) -> list[list[Look]]:
    """One Look for each series of each panel.

    Raises NnlabError for a colour that matplotlib does not know.
    """
    ours = _places(figure, ("line", "points"))
    places = {
        "line": ours,
        "points": ours,
        "theory": _places(figure, ("theory",)),
        "published": _places(figure, ("published",)),
    }
    return [[_look(s, p, places) for s in p.series] for p in figure.panels]


def _places(figure: Figure, kinds: tuple[str, ...]) -> dict[str, int]:
    """label -> place in the palette; labels without a place of their own take the free ones."""
    series = [s for panel in figure.panels for s in panel.series if s.kind in kinds]
    places = {s.label: s.color for s in series if isinstance(s.color, int)}
    chosen = set(places.values())
    free = (place for place in count() if place not in chosen)
    for s in series:
        if s.label not in places:
            places[s.label] = next(free)
    return places


def _look(series: Series, panel: Panel, places: dict[str, dict[str, int]]) -> Look:
    model = _model(series, panel)
    place = places[model.kind][model.label]
    color = _named_color(model) or PALETTE[place % len(PALETTE)]
    linestyle = "-" if series.kind == "line" else ""
    if series.kind == "theory":
        black = series.color is None
        linestyle = _THEORY_LINES[place % len(_THEORY_LINES)] if black else "--"
        color = INK if black else color
    return Look(
        kind=series.kind,
        color=color,
        marker=MARKERS[place % len(MARKERS)],
        linestyle=linestyle if series.linestyle is None else series.linestyle,
    )


def _model(series: Series, panel: Panel) -> Series:
    """Whose colour and marker the series wears: its own, but a published one its counterpart's.

    The k-th published series stands beside the k-th of ours: they are drawn to be compared.
    """
    if series.kind != "published" or series.color is not None:
        return series
    published = [s for s in panel.series if s.kind == "published"]
    ours = [s for s in panel.series if s.kind in ("line", "points")]
    place = next(k for k, s in enumerate(published) if s is series)
    return ours[place] if place < len(ours) else series


def _named_color(series: Series) -> str | None:
    """The colour a series names itself, unless it is a place in the palette or none."""
    if series.color is None or isinstance(series.color, int):
        return None
    if not is_color_like(series.color):
        raise NnlabError(
            f"series {series.label!r}: unknown color {series.color!r};"
            " use a place in the palette (0, 1, ...) or a colour's name"
        )
    return series.color
