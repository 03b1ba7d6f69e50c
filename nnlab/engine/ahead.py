"""Ahead: the next program is compiled in a thread of its own while the present one runs."""

from __future__ import annotations

import atexit
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import jax

__all__ = ["AtOnce", "Later", "busy"]

T = TypeVar("T")

# What decides how a function is traced, and belongs to the thread that sets it.
_OWN_TO_A_THREAD = (
    "enable_x64",
    "default_matmul_precision",
    "default_prng_impl",
    "threefry_partitionable",
    "numpy_dtype_promotion",
    "numpy_rank_promotion",
)
_LONGEST_WAIT = 60.0

_under_way: set[threading.Thread] = set()


def busy() -> bool:
    """Whether something is still being made in the background."""
    return any(thread.is_alive() for thread in _under_way)


class Later(Generic[T]):
    """A result that a background thread makes; its error is raised where the result is taken.

    `seconds` is how long the making took, `waited` how long somebody waited for it. JAX keeps
    some of its settings per thread: those of the calling thread hold in this one too.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._made: T | None = None
        self._error: BaseException | None = None
        self._settings = {name: getattr(jax.config, f"jax_{name}") for name in _OWN_TO_A_THREAD}
        self.seconds = self.waited = 0.0
        # A daemon: Ctrl-C ends the run at once, whatever is being compiled.
        self._thread = threading.Thread(target=self._run, args=(make,), daemon=True)
        _under_way.add(self._thread)
        self._thread.start()
        atexit.register(self._at_exit)

    def result(self) -> T:
        """What was made, waiting for it."""
        began = time.perf_counter()
        while self._thread.is_alive():
            self._thread.join(0.2)  # in short turns, so that Ctrl-C is heard on every platform
        self.waited = time.perf_counter() - began
        atexit.unregister(self._at_exit)
        try:
            if self._error is not None:
                raise self._error
            return self._made  # type: ignore[return-value]
        finally:
            self._error = self._made = None

    def _run(self, make: Callable[[], T]) -> None:
        began = time.perf_counter()
        try:
            with _settings(self._settings):
                self._made = make()
        except BaseException as error:
            self._error = error
        self.seconds = time.perf_counter() - began
        _under_way.discard(threading.current_thread())

    def _at_exit(self) -> None:
        # Python would end the thread in the middle of the compiler, which then aborts.
        with contextlib.suppress(KeyboardInterrupt):
            self._thread.join(_LONGEST_WAIT)


class AtOnce(Generic[T]):
    """As `Later`, but made when the result is asked for, and by whom."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self.seconds = self.waited = 0.0

    def result(self) -> T:
        """What was made."""
        began = time.perf_counter()
        try:
            return self._make()
        finally:
            self.seconds = self.waited = time.perf_counter() - began


@contextlib.contextmanager
def _settings(values: dict[str, Any]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for name, value in values.items():
            stack.enter_context(getattr(jax, name)(value))
        yield
