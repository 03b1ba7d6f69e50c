"""Housekeeping: what kills, repairs and finished runs leave in a folder of results."""

from __future__ import annotations

import os
from pathlib import Path

from nnlab.files import DAY, age, leftovers
from nnlab.records.sealed import unseal
from nnlab.records.store import Store

__all__ = ["left_over", "size_of"]

WEEK = 7 * DAY

# Folders below `records` of what runs keep only while they run, by entry.
_PASSING = ("checkpoints", "reserved")


def left_over(folder: Path) -> dict[str, list[Path]]:
    """Files and folders below `folder`, that of a study, that nobody will read, by what they are.

    Temporary files of killed writers and rows without a manifest, when a day old; files set aside
    as damaged, checkpoints and reservations, when nothing in them was changed for a week: a run
    renews its own every minute or so. Checkpoints of trials that are recorded at any age.
    """
    records = folder / "records"
    recorded = {trial for chunk in Store(records).survey()[0] for trial in chunk.trials}
    folders = [Path(place) for place, _, _ in os.walk(folder)]
    passing = [path for name in _PASSING for path in _entries(records / name)]
    found = {
        "temporary files": [path for place in folders for path in leftovers(place)],
        "rows without a manifest": [
            path
            for path in sorted(records.glob("*.parquet"))
            if age(path) > DAY and not path.with_suffix(".json").exists()
        ],
        "files set aside as damaged": [
            path for path in _entries(records / "damaged") if age(path) > WEEK
        ],
        "of runs that are over": [
            path for path in passing if _youngest(path) > WEEK or _is_recorded(path, recorded)
        ],
    }
    return {what: paths for what, paths in found.items() if paths}


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 where there is nothing."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def _entries(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith("."))


def _is_recorded(path: Path, trials: set[str]) -> bool:
    """Whether it is a checkpoint, in a folder of its own, of recorded trials only."""
    for manifest in path.glob("*.json"):
        try:
            saved = unseal(manifest.read_bytes()).get("trials")
        except (OSError, ValueError):
            continue
        if isinstance(saved, list) and saved and trials.issuperset(saved):
            return True
    return False


def _youngest(path: Path) -> float:
    """Seconds since anything in it was changed."""
    return min(map(age, (path, *path.rglob("*"))))
