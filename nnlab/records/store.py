"""The store: one immutable, checksummed Parquet file per finished chunk of trials.

`NAME.parquet` holds the rows; `NAME.json` beside it, written last, holds its checksum, the keys
of its trials and where it comes from, under a checksum of its own. NAME is the beginning of the
checksum of the rows, so that two runs at once never write to the same file. A chunk without its
JSON does not exist yet.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError
from nnlab.files import checksum, remove, write_atomically
from nnlab.records.manifest import Chunk, Damaged, chunk_name, read_manifest, render_manifest
from nnlab.records.parquet import parquet_bytes, read_parquet

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Chunk", "Store"]


class Store:
    """All recorded trials of one study, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self, rows: DataFrame, axes: dict[str, list[str]], provenance: dict[str, Any]
    ) -> Chunk:
        """Record finished trials. `rows` has a column `trial` of keys; nothing is overwritten.

        `axes` names the axes of the measures that are arrays, one array a row.
        """
        content = _parquet(rows, axes)
        sha256 = checksum(content)
        path = self.folder / f"{chunk_name(sha256)}.parquet"
        trials = tuple(dict.fromkeys(map(str, rows["trial"])))
        chunk = Chunk(path, sha256, trials, axes, provenance)
        manifest = render_manifest(chunk)
        write_atomically(path, content)
        write_atomically(chunk.manifest, manifest)
        return chunk

    def chunks(self) -> list[Chunk]:
        """All finished chunks, by name. Raises `NnlabError` if a manifest cannot be read."""
        return [read_manifest(path) for path in self._manifests()]

    def finished(self, keys: Collection[str], seen: set[str] | None = None) -> set[str]:
        """Those of `keys` that are recorded in files whose checksums are right.

        Files named in `seen` are passed over, and those looked at added to it: who asks often
        pays for what is new.
        """
        wanted = set(keys)
        done: set[str] = set()
        seen = set() if seen is None else seen
        for name in sorted(self._names() - seen):
            chunk = read_manifest(self.folder / name)
            if not wanted.isdisjoint(chunk.trials):
                _content(chunk)
                done |= wanted.intersection(chunk.trials)
            seen.add(name)
        return done

    def read(self, keys: Iterable[str] | None = None) -> tuple[DataFrame, dict[str, list[str]]]:
        """Rows of these trials (of all by default) and the axes of their array measures.

        Raises `NnlabError` for a damaged file. A trial that two chunks hold is read once.
        """
        import pandas as pd

        wanted = None if keys is None else set(keys)
        parts, axes, seen = [], {}, set[str]()
        for chunk in self._holding(wanted):
            rows = _parse(chunk)
            take = set(chunk.trials) - seen
            take = take if wanted is None else take & wanted
            if take:
                parts.append(rows[rows["trial"].isin(list(take))])
                axes |= chunk.axes
                seen |= take
        return (pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()), axes

    def survey(self) -> tuple[list[Chunk], list[Damaged]]:
        """The chunks whose files have the right checksums, and what is wrong with the others."""
        sound, damaged = [], []
        for manifest in self._manifests():
            try:
                chunk = read_manifest(manifest)
                _content(chunk)
            except Damaged as error:
                damaged.append(error)
            else:
                sound.append(chunk)
        return sound, damaged

    def rows(self, chunk: Chunk) -> DataFrame:
        """The rows of one chunk. Raises `NnlabError` if it is damaged."""
        return _parse(chunk)

    def remove(self, chunk: Chunk) -> None:
        """Delete a chunk; its manifest first: stopped in between, the chunk no longer exists."""
        remove(chunk.manifest)
        remove(chunk.path)

    def repair(self) -> list[Path]:
        """Set damaged chunks aside in `damaged/`, so that their trials run again; says which."""
        aside = []
        for manifest in self._manifests():
            try:
                _parse(read_manifest(manifest))
            except Damaged:
                # The manifest first: stopped in between, the chunk no longer exists.
                for path in (manifest, manifest.with_suffix(".parquet")):
                    if path.exists():
                        aside.append(_set_aside(path))
        return aside

    def _manifests(self) -> list[Path]:
        return [self.folder / name for name in sorted(self._names())]

    def _names(self) -> set[str]:
        try:
            return {name for name in os.listdir(self.folder) if name.endswith(".json")}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def _holding(self, keys: set[str] | None) -> list[Chunk]:
        return [c for c in self.chunks() if keys is None or not keys.isdisjoint(c.trials)]


def _parquet(rows: DataFrame, axes: dict[str, list[str]]) -> bytes:
    # Parquet takes arrays of several axes as lists of lists only.
    nested = [name for name, names in axes.items() if len(names) > 1]
    rows = rows.assign(**{name: [array.tolist() for array in rows[name]] for name in nested})
    return parquet_bytes(rows)


def _content(chunk: Chunk) -> bytes:
    try:
        content = chunk.path.read_bytes()
    except PermissionError as error:
        raise NnlabError(f"cannot read {chunk.path}: {error.strerror}") from error
    except OSError as error:
        reason = error.strerror or "it cannot be read"
        raise Damaged(chunk.path, reason, chunk.trials) from error
    if checksum(content) != chunk.sha256:
        raise Damaged(chunk.path, "its checksum is wrong", chunk.trials)
    return content


def _parse(chunk: Chunk) -> DataFrame:
    content = _content(chunk)
    try:
        return read_parquet(content)
    except (ValueError, OSError) as error:
        raise Damaged(chunk.path, "it is not a Parquet file", chunk.trials) from error


def _set_aside(path: Path) -> Path:
    folder = path.parent / "damaged"
    names = [path.name, *(f"{path.stem}-{n}{path.suffix}" for n in range(2, 1000))]
    target = next(folder / name for name in names if not (folder / name).exists())
    try:
        folder.mkdir(exist_ok=True)
        path.replace(target)
        os.utime(target)  # from now on it ages as damaged, for `nnlab clean`
    except OSError as error:
        raise NnlabError(f"cannot move {path} to {folder}: {error.strerror or error}") from error
    return target
