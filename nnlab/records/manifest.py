"""Manifests: what one file of records holds, in a JSON file that vouches for itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.errors import NnlabError
from nnlab.records.sealed import seal, unseal

__all__ = ["Chunk", "Damaged", "chunk_name", "read_manifest", "render_manifest"]

_FORMAT = 1


class Damaged(NnlabError):
    """A record that is not as it was written; says how to get its trials back.

    `trials` are the keys that its manifest names; none where the manifest itself is damaged.
    """

    def __init__(self, path: Path, reason: str, trials: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"damaged record {path}: {reason}; run again with --repair to set it aside and "
            "recompute just its trials"
        )
        self.path = path
        self.reason = reason
        self.trials = trials


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


def chunk_name(sha256: str) -> str:
    """The file name, without ending, of rows with this checksum."""
    return sha256[:24]


def render_manifest(chunk: Chunk) -> bytes:
    """The JSON of a chunk, sealed. Provenance is for people: its odd values go in as text."""
    fields = {
        "format": _FORMAT,
        "sha256": chunk.sha256,
        "trials": list(chunk.trials),
        "axes": chunk.axes,
        "provenance": chunk.provenance,
    }
    return seal(fields)


def read_manifest(path: Path) -> Chunk:
    """The chunk that this JSON describes.

    Raises `Damaged` where it is not as it was written, another `NnlabError` where it was written
    by another version of nnlab or may not be read.
    """
    try:
        content = path.read_bytes()
    except PermissionError as error:
        raise NnlabError(f"cannot read {path}: {error.strerror}") from error
    except OSError as error:
        raise Damaged(path, error.strerror or "it cannot be read") from error
    try:
        fields = unseal(content)
    except ValueError as error:
        raise Damaged(path, "its checksum is wrong") from error
    if fields["format"] != _FORMAT:
        raise NnlabError(f"{path} was written by another version of nnlab; use that version")
    if path.stem != chunk_name(fields["sha256"]):
        raise Damaged(path, "it belongs to another file")
    return Chunk(
        path=path.with_suffix(".parquet"),
        sha256=fields["sha256"],
        trials=tuple(fields["trials"]),
        axes=fields["axes"],
        provenance=fields["provenance"],
    )
