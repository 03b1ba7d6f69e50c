"""Files that are either whole or absent: the one place that writes to disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from nnlab.errors import NnlabError

__all__ = [
    "DAY",
    "CannotWrite",
    "age",
    "checksum",
    "leftovers",
    "remove",
    "temporary_name",
    "user_cache",
    "write_atomically",
    "writing",
]

DAY = 24 * 3600.0

_TEMPORARY = re.compile(r"\.nnlab-[0-9a-f]{16}\.tmp")


def checksum(content: bytes) -> str:
    """SHA-256 of `content`, as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


class CannotWrite(NnlabError):
    """A file that could not be written: the disk is full, or the folder is not ours."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part.

    Raises `CannotWrite` when the folder cannot be written or the disk is full. Whatever stops it,
    Ctrl-C too, an older file of that name is untouched and no temporary file stays behind.
    """
    with writing(path) as stream:
        stream.write(content)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content is the file `path` once the block has ended, as `write_atomically`.

    A block that raises leaves the old file. Its own `OSError` is taken for one of writing: what
    reads from elsewhere must tell its errors by another name.
    """
    temporary = temporary_name(path.parent)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent.absolute())
        with temporary.open("xb") as stream:
            yield stream
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
        raise CannotWrite(f"cannot write {path}: {reason}; choose another folder") from error
    _sync_folder(path.parent)


def remove(path: Path) -> bool:
    """Delete a file or folder by renaming it first, so that no reader ever sees a part of it.

    A kill in between leaves a temporary name, which `leftovers` finds. False where there was
    nothing to delete; raises `NnlabError` where it may not be.
    """
    condemned = temporary_name(path.parent)
    try:
        os.replace(path, condemned)
        _sync_folder(path.parent)
        _delete(condemned)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise NnlabError(f"cannot remove {path}: {error.strerror or error}") from error
    return True


def leftovers(folder: Path, older: float = DAY) -> list[Path]:
    """Temporary names in `folder` that a killed writer left, untouched for `older` seconds."""
    found = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if _TEMPORARY.fullmatch(entry.name) and age(Path(entry.path)) > older:
                found.append(Path(entry.path))
    return sorted(found)


def age(path: Path) -> float:
    """Seconds since the file was last changed; 0 where there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def temporary_name(folder: Path) -> Path:
    """A name in `folder` that nobody else uses and no reader looks at."""
    return folder / f".nnlab-{secrets.token_hex(8)}.tmp"


@cache
def _sweep(folder: Path) -> None:
    """Delete what killed writers left here, once in a process: a folder may hold thousands."""
    for path in leftovers(folder):
        with contextlib.suppress(OSError):
            _delete(path)


def _delete(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


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
