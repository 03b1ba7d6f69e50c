"""Write: one self-contained page a study, and an index of them all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nnlab.files import write_atomically

from .pages import file_name, index_page, study_page
from .reading import Results

__all__ = ["write_report"]


def write_report(every: Sequence[Results], folder: str | Path) -> list[Path]:
    """Write STUDY.html for each of these results and index.html; returns the paths, index first.

    Each page holds its pictures, style and script: it opens from the file system, without a
    network. Raises `NnlabError` where the folder cannot be written.
    """
    pages = {"index.html": index_page(every)}
    pages |= {file_name(results): study_page(results) for results in every}
    paths = []
    for name, text in pages.items():
        path = Path(folder) / name
        write_atomically(path, text.encode("utf-8"))
        paths.append(path)
    return paths
