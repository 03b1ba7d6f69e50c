"""Reservations: which process is at work on which chunk, so that two do not do the same work.

They save work and promise nothing: a trial recorded twice is read once. So no file system has to
lock reliably. A reservation is a file, created only if there is none, that its owner touches as
long as it works. One that is not touched any more, or whose process is gone, is taken over.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import socket
import threading
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psutil

__all__ = ["Patience", "Reservations"]


@dataclass(frozen=True)
class Patience:
    """In seconds: when an untouched reservation is taken over, and how often one looks again.

    A network file system may show a touch late, many by up to a minute if nobody opens the file;
    being wrong costs a chunk computed twice.
    """

    lost: float = 60.0
    look: float = 0.5

    @property
    def touch(self) -> float:
        """How often an owner touches its reservation."""
        return self.lost / 6


@dataclass
class Reservations:
    """The reservations in one folder, as one process sees and makes them.

    `owner` is told apart from all others by a random name: processes in containers share numbers.
    """

    folder: Path
    patience: Patience = field(default_factory=Patience)
    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    _held: set[Path] = field(default_factory=set)
    _toucher: threading.Thread | None = None
    _done: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def of(self, trials: Collection[str]) -> Iterator[bool]:
        """Reserve these trials while within; says whether they are ours.

        Where no file can be written, nobody reserves and everything is ours.
        """
        path = self._path(trials)
        mine = self._take(path)
        if not mine:
            yield False
            return
        self._held.add(path)
        if self._toucher is None:
            self._toucher = threading.Thread(target=self._touch, daemon=True)
            self._toucher.start()
        try:
            yield True
        finally:
            self._held.discard(path)
            if _owner(path) == self.owner:
                _remove(path)

    def free(self, trials: Collection[str]) -> bool:
        """Whether nobody is at work on these trials."""
        path = self._path(trials)
        return not path.exists() or self._is_lost(path)

    def tidy(self) -> None:
        """End, and remove what lost processes left behind, and the folder if nothing is in it."""
        self._done.set()
        for path in [*self.folder.glob("*.json"), *self.folder.glob("*.taken")]:
            if self._is_lost(path):
                self._remove_lost(path)
        _remove(self._clock)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"

    def _path(self, trials: Collection[str]) -> Path:
        name = hashlib.sha256(" ".join(sorted(trials)).encode()).hexdigest()[:24]
        return self.folder / f"{name}.json"

    def _take(self, path: Path) -> bool:
        for _ in range(3):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                with path.open("x", encoding="utf-8") as stream:
                    json.dump(self._words(), stream)
                return True
            except FileExistsError:
                if not self._is_lost(path) or not self._remove_lost(path):
                    return False
            except FileNotFoundError:
                continue  # another process has just tidied the folder away
            except OSError:
                return True
        return False

    def _words(self) -> dict[str, Any]:
        return {"owner": self.owner, "host": socket.gethostname(), **_process()}

    def _is_lost(self, path: Path) -> bool:
        """Whether its process is gone, or nobody has touched it for too long.

        Age is told by the clock of the file system, which need not be this machine's. Opening a
        file, not just looking at it, makes a network file system ask for its present state.
        """
        try:
            with path.open(encoding="utf-8") as stream:
                words = json.load(stream)
                touched = os.fstat(stream.fileno()).st_mtime
        except FileNotFoundError:
            return False
        except (OSError, ValueError):
            words, touched = {}, _touched(path)
        if not isinstance(words, dict) or words.get("owner") == self.owner:
            words = {}
        if words.get("host") == socket.gethostname() and not _runs(words):
            return True
        return self._now() - touched > self.patience.lost

    def _now(self) -> float:
        with contextlib.suppress(OSError):
            self._clock.touch()
        return _touched(self._clock)

    def _remove_lost(self, path: Path) -> bool:
        """Take a lost reservation away; False if meanwhile it has become somebody else's.

        Renamed first: of two processes that find it lost, one can do that.
        """
        lost, aside = _owner(path), path.with_name(f"{path.stem}-{self.owner}.taken")
        try:
            path.rename(aside)
        except OSError:
            return False
        if _owner(aside) != lost:
            with contextlib.suppress(OSError):
                os.link(aside, path)  # unlike a rename, never over a newer one
            _remove(aside)
            return False
        _remove(aside)
        return True

    def _touch(self) -> None:
        while not self._done.wait(self.patience.touch):
            for path in tuple(self._held):
                # It may have been taken over while this process slept: both record the same rows.
                if _owner(path) == self.owner:
                    with contextlib.suppress(OSError):
                        os.utime(path)


def _owner(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["owner"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


@cache
def _process() -> dict[str, float]:
    own = psutil.Process()
    return {"pid": own.pid, "started": own.create_time()}


def _runs(words: dict[str, Any]) -> bool:
    """Whether this process of our own host still runs, and not another with its number."""
    try:
        process = psutil.Process(int(words["pid"]))
        gone = process.status() == psutil.STATUS_ZOMBIE
        return not gone and abs(process.create_time() - float(words["started"])) < 2
    except (psutil.NoSuchProcess, KeyError, TypeError, ValueError):
        return False
    except psutil.Error:
        return True


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
