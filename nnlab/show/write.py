"""Writes a figure: NAME.png, NAME.pdf, NAME.csv (what is drawn) and NAME.txt (what it means)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from nnlab.files import write_atomically

from .draw import draw_figure
from .figure import Figure, Panel, VLine, panel_letter
from .marks import marks_of, seeds_of, unseen
from .notes import placed
from .theme import paper_style

__all__ = ["caption_of", "drawn_table", "pictures_of", "write_figure"]

COLUMNS = (
    *("panel", "title", "series", "kind", "x", "y", "low", "high", "n"),
    *("x_label", "y_label", "log"),
)


def write_figure(
    figure: Figure, folder: str | Path, provenance: Mapping[str, object]
) -> list[Path]:
    """Draw the figure and write its four files into the folder, which is made if need be.

    provenance: what the caption ends with, a line each; "command" is the command that makes the
    figure again. The same figure gives the same PNG, PDF and CSV bytes with one version of
    matplotlib: they hold no time and no provenance. Everything is made before the first file is
    written, and each file appears whole or not at all.

    Returns the paths: PNG, PDF, CSV, text. Raises NnlabError where the folder cannot be written.
    """
    contents = {
        **pictures_of(figure),
        "csv": drawn_table(figure).to_csv(index=False, lineterminator="\n").encode(),
        "txt": caption_of(figure, provenance).encode(),
    }
    paths = [Path(folder) / f"{figure.name}.{ending}" for ending in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        write_atomically(path, content)
    return paths


def drawn_table(figure: Figure) -> pd.DataFrame:
    """Everything drawn, one row a point or line: the columns of the CSV file.

    `panel` is the panel's letter; a vertical line has an x, a horizontal one a y; of kind `seed`
    are the single seeds of the series. `log` names the logarithmic axes (`x`, `y`, `xy`). Missing
    values are empty and infinite ones `inf`, as in the data.
    """
    parts = [
        table.assign(
            panel=panel_letter(k),
            title=panel.title,
            x_label=panel.x_label,
            y_label=panel.y_label,
            log="x" * panel.log_x + "y" * panel.log_y,
        )
        for k, panel in enumerate(figure.panels)
        for table in (*_series_tables(panel), _notes_table(panel))
        if len(table)
    ]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    return table.assign(n=table["n"].astype("Int64"))


def caption_of(figure: Figure, provenance: Mapping[str, object]) -> str:
    """The caption as text: what is shown, n, the interval, what is not drawn, the provenance."""
    paragraphs = [" ".join(figure.caption.split()), _intervals(figure), _losses(figure)]
    command = provenance.get("command")
    lines = [f"Made by: {command}"] if command else []
    lines += [f"{key}: {value}" for key, value in provenance.items() if key != "command"]
    return "\n\n".join(p for p in [*paragraphs, "\n".join(lines)] if p) + "\n"


def pictures_of(figure: Figure, endings: Sequence[str] = ("png", "pdf")) -> dict[str, bytes]:
    """The figure drawn once and encoded in each of these formats."""
    canvas = draw_figure(figure)
    pictures = {}
    with paper_style():
        for ending in endings:
            # No software versions and no time: the bytes are a function of the figure.
            entries = {"Title": figure.name, **_METADATA[ending]}
            buffer = io.BytesIO()
            canvas.savefig(buffer, format=ending, metadata=entries)
            pictures[ending] = buffer.getvalue()
    return pictures


_METADATA = {
    "png": {"Software": None},
    "pdf": {"Creator": "nnlab", "Producer": None, "CreationDate": None},
}


def _series_tables(panel: Panel) -> list[pd.DataFrame]:
    tables = []
    for s in panel.series:
        tables.append(marks_of(s).assign(series=s.label, kind=s.kind))
        single = seeds_of(s).assign(low=np.nan, high=np.nan, n=np.nan)
        tables.append(single.assign(series=s.label, kind="seed"))
    return tables


def _notes_table(panel: Panel) -> pd.DataFrame:
    rows = [
        {"series": note.text, "kind": "vertical line", "x": note.x, "y": np.nan}
        if isinstance(note, VLine)
        else {"series": note.text, "kind": "horizontal line", "x": np.nan, "y": note.y}
        for note in panel.notes
        if placed(note, panel.log_x, panel.log_y)
    ]
    return pd.DataFrame(rows).assign(low=np.nan, high=np.nan, n=np.nan)


def _intervals(figure: Figure) -> str:
    series = [s for panel in figure.panels for s in panel.series if s.has_interval]
    if not series:
        return ""
    counts = {int(n) for s in series for n in marks_of(s)["n"].dropna()}
    n = "" if not counts else f", n = {min(counts)}"
    n += f" to {max(counts)}" if len(counts) > 1 else ""
    kinds = {s.kind for s in series}
    what = " and ".join(
        word for kind, word in (("line", "Bands"), ("points", "bars")) if kind in kinds
    )
    told = f"{(what or 'Intervals').capitalize()}: {figure.interval}{n}."
    return told + (" Faint points: single seeds." if any(len(seeds_of(s)) for s in series) else "")


def _losses(figure: Figure) -> str:
    several = len(figure.panels) > 1
    lost = [
        (f"({panel_letter(k)}) " if several else "") + sentence
        for k, panel in enumerate(figure.panels)
        for sentence in [*unseen(panel), *_lost_notes(panel)]
    ]
    return "Not drawn:\n" + "\n".join(lost) if lost else ""


def _lost_notes(panel: Panel) -> list[str]:
    return [
        f"the line {note.text!r}: at {note.x if isinstance(note, VLine) else note.y:g}."
        for note in panel.notes
        if not placed(note, panel.log_x, panel.log_y)
    ]
