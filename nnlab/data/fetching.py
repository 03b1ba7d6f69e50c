"""Files of data sets from the network: believed only once their SHA-256 is right."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nnlab.errors import NnlabError
from nnlab.files import checksum, user_cache, writing

__all__ = ["Remote", "fetched"]

_SCHEMES = ("https",)
_SILENCE = 30.0  # seconds without a byte
_PATIENCE = 3600.0  # seconds for one file from one source
_PIECE = 2**18


@dataclass(frozen=True)
class Remote:
    """One file: its name, its length in bytes, its SHA-256, and where it is offered, in order."""

    name: str
    size: int
    sha256: str
    sources: tuple[str, ...]


class _SourceFailed(Exception):
    """Why one source did not give the file."""


def fetched(family: str, remote: Remote, folder: str | Path | None = None) -> bytes:
    """The bytes of a file of the data set `family`, with the right checksum or not at all.

    Taken from `folder`, if given, and from nowhere else; else from `NNLAB_DATA/FAMILY` if it is
    there; else from the user's cache, into which it is downloaded once. Only https, redirected or
    not; never more than the length known beforehand.
    Raises NnlabError, one line, where there is no such file or it is not the one meant.
    """
    place = _local_place(family, remote, folder)
    if place is not None:
        return _read_local(family, remote, place)
    path = user_cache() / "downloads" / family / remote.name
    content = _read(path)
    if content is not None and checksum(content) == remote.sha256:
        return content
    _download(family, remote, path)
    content = _read(path)
    if content is None or checksum(content) != remote.sha256:
        raise NnlabError(f"{family}: {path} changed as soon as it was written; try again")
    return content


def _local_place(family: str, remote: Remote, folder: str | Path | None) -> Path | None:
    if folder is not None:
        return Path(folder).expanduser() / remote.name
    shared = os.environ.get("NNLAB_DATA")
    place = Path(shared).expanduser() / family / remote.name if shared else None
    return place if place is not None and place.exists() else None


def _read_local(family: str, remote: Remote, place: Path) -> bytes:
    content = _read(place)
    if content is None:
        raise NnlabError(
            f"{family}: no file {place}; put {remote.name} there, as {remote.sources[0]} gives it"
        )
    if checksum(content) != remote.sha256:
        raise NnlabError(
            f"{family}: {place} is not the file meant: its SHA-256 is {checksum(content)[:16]}..., "
            f"not {remote.sha256[:16]}...; get it from {remote.sources[0]}"
        )
    return content


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NnlabError(f"cannot read {path}: {error.strerror or error}") from error


def _download(family: str, remote: Remote, path: Path) -> None:
    """Put the file at `path` from the first source that gives it whole."""
    failures = []
    for source in remote.sources:
        host = urlsplit(source).hostname or source
        print(f"downloading {remote.name} ({_mega(remote.size)}) from {host}", file=sys.stderr)
        try:
            with writing(path) as stream:
                for piece in _checked_pieces(source, remote):
                    stream.write(piece)
            return
        except _SourceFailed as failure:
            failures.append(f"{host}: {failure}")
    raise NnlabError(
        f"{family}: {remote.name} cannot be downloaded ({'; '.join(failures)}); without a network, "
        f"set NNLAB_DATA to a folder and put the file at NNLAB_DATA/{family}/{remote.name}, or "
        "name the folder that holds it: folder=..."
    )


def _checked_pieces(source: str, remote: Remote) -> Iterator[bytes]:
    """The content piece by piece; raises `_SourceFailed` at the latest after the last one."""
    digest, length = hashlib.sha256(), 0
    for piece in _pieces(source, remote.size + 1):
        digest.update(piece)
        length += len(piece)
        if length > remote.size:
            raise _SourceFailed(f"longer than its {remote.size} bytes")
        yield piece
    if length < remote.size:
        raise _SourceFailed(f"broke off after {length} of {remote.size} bytes")
    if digest.hexdigest() != remote.sha256:
        raise _SourceFailed("wrong SHA-256")


def _pieces(source: str, most: int) -> Iterator[bytes]:
    """At most `most` bytes of what the source answers."""
    began = time.monotonic()
    try:
        _check_scheme(source)
        opener = urllib.request.build_opener(_SafeRedirects)
        request = urllib.request.Request(source, headers={"User-Agent": "nnlab"})
        with opener.open(request, timeout=_SILENCE) as answer:
            while most > 0:
                piece = answer.read(min(_PIECE, most))
                if not piece:
                    return
                most -= len(piece)
                if time.monotonic() - began > _PATIENCE:
                    raise _SourceFailed(f"too slow: not done in {_PATIENCE / 60:.0f} minutes")
                yield piece
    except urllib.error.HTTPError as error:
        raise _SourceFailed(f"HTTP {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        reason = getattr(reason, "strerror", None) or reason
        raise _SourceFailed(" ".join(str(reason).split()) or type(error).__name__) from error


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect, unless it leaves https."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        _check_scheme(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_scheme(address: str) -> None:
    scheme = urlsplit(address).scheme
    if scheme not in _SCHEMES:
        raise _SourceFailed(f"{scheme} is not https")


def _mega(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size > 1e5 else f"{size / 1e3:.1f} kB"
