"""Stopping: the first Ctrl-C or SIGTERM lets the work under way be saved, the second does not."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

__all__ = ["FINISHED", "Stopped", "Stopping"]

FINISHED = "all that is finished is recorded"

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_SHOW_CURSOR = b"\x1b[?25h"


class Stopped(KeyboardInterrupt):
    """A run that was asked to stop and has done so; its text says what is saved."""

    def __init__(self, text: str, number: int = signal.SIGINT) -> None:
        super().__init__(text)
        self.signal = number

    @property
    def code(self) -> int:
        """The exit code by which a shell tells that the signal ended the program."""
        return 128 + self.signal


class Stopping:
    """Within it, in the main thread, SIGINT and SIGTERM raise `Stopped`: at once where nothing
    would be lost by that, at the end of `deferred` work elsewhere.

    A second signal does what it does without us; with `at_once`, it ends the process even while
    compiled code runs, in which Python hears nothing. Outside the main thread nothing changes.
    """

    def __init__(self, at_once: bool = False) -> None:
        self.asked: int | None = None
        self._at_once, self._deferring = at_once, 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                # One that is ignored (nohup, a shell's background job) stays so; and what was not
                # installed from Python could not be restored.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._before:
            signal.signal(*self._before.popitem())

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Work that is not broken off: a signal is only noted, and `Stopped` raised at its end."""
        self._deferring += 1
        try:
            yield
        finally:
            self._deferring -= 1
        self.check(FINISHED)

    def check(self, text: str) -> None:
        """Raise `Stopped` with this text if a signal has come."""
        if self.asked is not None:
            raise Stopped(text, self.asked)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.asked = number
        for each, before in self._before.items():
            signal.signal(each, signal.SIG_DFL if self._at_once else before)
        if self._at_once and sys.stderr.isatty():
            # A progress bar hides it, and the next signal leaves nobody time to show it.
            with contextlib.suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), _SHOW_CURSOR)
        if not self._deferring:
            self.check(FINISHED)
