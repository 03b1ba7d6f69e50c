"""Files that are either whole or absent: the one place that writes to disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sys
from pathlib import Path

from nnlab.errors import NnlabError

__all__ = ["checksum", "user_cache", "write_atomically"]


def checksum(content: bytes) -> str:
    """SHA-256 of `content`, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part.

    Raises `NnlabError` when the folder cannot be written or the disk is full. Whatever stops it,
    Ctrl-C too, an older file of that name is untouched and no temporary file stays behind.
    """
    temporary = path.with_name(f".nnlab-{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if not isinstance(error, OSError):
            raise
        reason = error.strerror or str(error)
        if isinstance(error, FileExistsError | NotADirectoryError):
            reason = "a file stands where its folder should be"
        raise NnlabError(f"cannot write {path}: {reason}; choose another folder") from error
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Keep a crash from forgetting the rename although the file's content is safe."""
    if os.name != "posix":
        return
    # The file is whole by now, and some network file systems cannot do this.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def user_cache() -> Path:
    """Folder for what can be made again: data sets, compiled programs, passed canaries.

    `NNLAB_CACHE` if set, else `nnlab` in `XDG_CACHE_HOME` (ignored where it is relative, as its
    specification asks), else in the platform's cache folder of the user. Raises `NnlabError`
    where the user has no home folder.
    """
    try:
        chosen = os.environ.get("NNLAB_CACHE")
        if chosen:
            return Path(chosen).expanduser()
        shared = Path(os.environ.get("XDG_CACHE_HOME", "")).expanduser()
        return (shared if shared.is_absolute() else _platform_cache()) / "nnlab"
    except RuntimeError as error:
        raise NnlabError("no home folder is known; set NNLAB_CACHE to a folder") from error


def _platform_cache() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    local = os.environ.get("LOCALAPPDATA")
    return Path(local) if sys.platform == "win32" and local else Path.home() / ".cache"
