"""Names: what may be one, and the nearest to one mistyped."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["RESERVED", "nearest"]

# Columns of the table that nnlab itself writes, and what a preset and Settings mean by these.
RESERVED = frozenset(
    {"trial", "seed", "seeds", "step", "steps", "record", "linked", "read", "diverged_at"}
    | {"get", "items", "keys", "values"}
)


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error line: `; did you mean 'width'?`, or the names there are."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(known)}" if known else "; there are none"
