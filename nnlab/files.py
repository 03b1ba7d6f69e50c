"""Files that are either whole or absent: the one place that writes to disk."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from nnlab.errors import NnlabError

__all__ = ["checksum", "user_cache", "write_atomically"]


def checksum(content: bytes) -> str:
    """SHA-256 of `content`, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part.

    Raises `NnlabError` when the folder cannot be written or the disk is full; an older file
    of that name is then untouched.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise NnlabError(
            f"cannot write {path}: {error.strerror or error}; choose another folder with --out"
        ) from error


def _sync_folder(folder: Path) -> None:
    # Without this a crash can forget the rename although the file's content is safe.
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def user_cache() -> Path:
    """Folder for what can be made again: data sets, compiled programs, passed canaries.

    `NNLAB_CACHE` if set, else the platform's cache folder of the user.
    """
    chosen = os.environ.get("NNLAB_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".cache") / "nnlab"
