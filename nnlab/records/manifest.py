"""Manifests: what one file of records holds, in a JSON file that vouches for itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.errors import NnlabError
from nnlab.files import checksum

__all__ = ["Chunk", "Damaged", "chunk_name", "read_manifest", "render_manifest"]

_FORMAT = 1


class Damaged(NnlabError):
    """A record that is not as it was written; says how to get its trials back."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"damaged record {path}: {reason}; run again with --repair to set it aside and "
            "recompute just its trials"
        )


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
    """JSON whose first line is the SHA-256 of all other lines: no changed byte goes unnoticed."""
    fields = {
        "format": _FORMAT,
        "sha256": chunk.sha256,
        "trials": list(chunk.trials),
        "axes": chunk.axes,
        "provenance": chunk.provenance,
    }
    # Provenance is for people: what JSON does not know goes in as its text.
    body = json.dumps(fields, indent=1, sort_keys=True, default=str).removeprefix("{\n").encode()
    return _first_line(body) + b"\n" + body


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
    first, _, body = content.partition(b"\n")
    if first != _first_line(body):
        raise Damaged(path, "its checksum is wrong")
    fields = json.loads(content)
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


def _first_line(body: bytes) -> bytes:
    return f'{{"manifest": "{checksum(body)}",'.encode()
