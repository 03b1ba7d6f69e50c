"""Faults: what went wrong in a program, told in one line, and whether it was lack of memory."""

from __future__ import annotations

from typing import Any

import jax
import psutil

from nnlab.errors import NnlabError

__all__ = ["OutOfMemory", "check_memory", "is_exhausted", "told"]

_LONGEST = 300


class OutOfMemory(RuntimeError):
    """A compiled program needs more memory than there is."""


def is_exhausted(error: BaseException) -> bool:
    """Whether it was memory that was missing, on the device or predicted by `check_memory`."""
    if isinstance(error, OutOfMemory | MemoryError):
        return True
    text = str(error)
    lacking = "RESOURCE_EXHAUSTED" in text or "out of memory" in text.lower()
    return lacking and isinstance(error, jax.errors.JaxRuntimeError)


def told(error: BaseException) -> str:
    """The error in one line: what it says first, with its kind unless it is our own."""
    text = " ".join(str(error).strip().split("\n\n")[0].split())
    if not isinstance(error, NnlabError | OutOfMemory):
        text = f"{type(error).__name__}: {text}".removesuffix(": ")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def check_memory(segment: Any, lanes: tuple[int, int]) -> None:
    """Raise `OutOfMemory` where the compiled segment needs more than its devices have in all.

    Its arguments, results and temporaries, less what results reuse. A backend that does not tell
    is taken to have enough: it says so itself when it runs.
    """
    try:
        needs = segment.memory_analysis()
    except (jax.errors.JaxRuntimeError, NotImplementedError):
        needs = None
    if needs is None:
        return
    needed = needs.argument_size_in_bytes + needs.output_size_in_bytes
    needed += needs.temp_size_in_bytes - needs.alias_size_in_bytes
    has = _memory()
    if needed > has:
        raise OutOfMemory(
            f"{lanes[0]} x {lanes[1]} lanes need {needed / 1e6:,.3g} MB of memory on each device, "
            f"which has {has / 1e6:,.3g} MB"
        )


def _memory() -> float:
    """Bytes that each local device can use; those of a CPU share what the host has left."""
    devices = jax.local_devices()
    limit = (devices[0].memory_stats() or {}).get("bytes_limit")
    return limit or psutil.virtual_memory().available / len(devices)
