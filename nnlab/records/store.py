"""The store: one immutable, checksummed Parquet file per finished chunk of trials.

`NAME.parquet` holds the rows; `NAME.json` beside it, written last, holds its checksum, the keys
of its trials and where it comes from. A chunk without its JSON does not exist yet.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError
from nnlab.files import checksum, write_atomically

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Chunk", "Store"]

_FORMAT = 1


@dataclass(frozen=True)
class Chunk:
    """One finished file: its path, checksum, trials, axes of array measures, provenance."""

    path: Path
    sha256: str
    trials: tuple[str, ...]
    axes: dict[str, list[str]]
    provenance: dict[str, Any]

    @property
    def manifest(self) -> Path:
        """The JSON beside the rows."""
        return self.path.with_suffix(".json")


class Store:
    """All recorded trials of one study, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self, rows: DataFrame, axes: dict[str, list[str]], provenance: dict[str, Any]
    ) -> Chunk:
        """Record finished trials. `rows` has a column `trial` of keys; nothing is overwritten."""
        trials = tuple(dict.fromkeys(rows["trial"]))
        name = hashlib.sha256("\n".join(sorted(trials)).encode()).hexdigest()[:24]
        path = self.folder / f"{name}.parquet"
        buffer = io.BytesIO()
        rows.to_parquet(buffer, index=False)
        content = buffer.getvalue()
        chunk = Chunk(path, checksum(content), trials, axes, provenance)
        write_atomically(path, content)
        manifest = {
            "format": _FORMAT,
            "sha256": chunk.sha256,
            "trials": list(trials),
            "axes": axes,
            "provenance": provenance,
        }
        write_atomically(chunk.manifest, json.dumps(manifest, indent=1, sort_keys=True).encode())
        return chunk

    def chunks(self) -> list[Chunk]:
        """All finished chunks, by name. Raises `NnlabError` if a manifest cannot be read."""
        return [_read_manifest(path) for path in sorted(self.folder.glob("*.json"))]

    def finished(self, keys: Collection[str]) -> set[str]:
        """Those of `keys` that are recorded in files whose checksums are right."""
        wanted = set(keys)
        done: set[str] = set()
        for chunk in self._holding(wanted):
            _content(chunk)
            done |= wanted.intersection(chunk.trials)
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
            parts.append(rows[rows["trial"].isin(take)])
            axes |= chunk.axes
            seen |= take
        return (pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()), axes

    def repair(self) -> list[Path]:
        """Set damaged chunks aside in `damaged/`, so that their trials run again; says which."""
        aside = []
        for manifest in sorted(self.folder.glob("*.json")):
            try:
                _parse(_read_manifest(manifest))
            except NnlabError:
                for path in (manifest, manifest.with_suffix(".parquet")):
                    if path.exists():
                        target = self.folder / "damaged" / path.name
                        target.parent.mkdir(exist_ok=True)
                        path.replace(target)
                        aside.append(target)
        return aside

    def _holding(self, keys: set[str] | None) -> list[Chunk]:
        return [c for c in self.chunks() if keys is None or not keys.isdisjoint(c.trials)]


def _read_manifest(path: Path) -> Chunk:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        if fields["format"] != _FORMAT:
            raise NnlabError(f"{path} was written by another version of nnlab; use that version")
        return Chunk(
            path=path.with_suffix(".parquet"),
            sha256=str(fields["sha256"]),
            trials=tuple(map(str, fields["trials"])),
            axes={str(name): list(map(str, axes)) for name, axes in fields["axes"].items()},
            provenance=dict(fields["provenance"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, "it cannot be read as a manifest") from error


def _content(chunk: Chunk) -> bytes:
    try:
        content = chunk.path.read_bytes()
    except OSError as error:
        raise _damaged(chunk.path, error.strerror or "it cannot be read") from error
    if checksum(content) != chunk.sha256:
        raise _damaged(chunk.path, f"its checksum is wrong; {len(chunk.trials)} trials are in it")
    return content


def _parse(chunk: Chunk) -> DataFrame:
    import pandas as pd

    content = _content(chunk)
    try:
        return pd.read_parquet(io.BytesIO(content))
    except (ValueError, OSError) as error:
        raise _damaged(chunk.path, "it is not a Parquet file") from error


def _damaged(path: Path, reason: str) -> NnlabError:
    return NnlabError(
        f"damaged record {path}: {reason}; run again with --repair to set it aside and "
        "recompute just its trials"
    )
