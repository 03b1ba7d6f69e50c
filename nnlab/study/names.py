"""Names: what may be one, and the nearest to one mistyped."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Iterable
from typing import Any

__all__ = ["RESERVED", "is_plain_name", "is_study_name", "nearest"]

# Columns of the table that nnlab itself writes, and what a preset and Settings mean by these.
RESERVED = frozenset(
    {"trial", "seed", "seeds", "step", "steps", "record", "linked", "read", "diverged_at"}
    | {"get", "items", "keys", "values"}
)


# Windows takes these for devices, whatever their ending.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)}

# File systems allow 255; endings and temporary names need some of it.
_LONGEST = 100


def is_plain_name(name: Any) -> bool:
    """Whether it can be written after a dot (`p.width`) and as a file's name, on any system."""
    return (
        isinstance(name, str)
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and len(name.encode()) <= _LONGEST
        and name.lower() not in _DEVICES
    )


def is_study_name(name: Any) -> bool:
    """Whether a study may have this name: its results lie in a folder of that name."""
    return is_plain_name(name) and name.lower() not in ("report", "benchmark")


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error line: `; did you mean 'width'?`, or the names there are."""
    known = sorted(map(str, known))
    close = difflib.get_close_matches(str(name), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(known)}" if known else "; there are none"
