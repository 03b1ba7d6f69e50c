"""Names: what may be one, and the nearest to one mistyped."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Iterable
from typing import Any

__all__ = ["RESERVED", "is_plain_name", "nearest"]

# Columns of the table that nnlab itself writes, and what a preset and Settings mean by these.
RESERVED = frozenset(
    {"trial", "seed", "seeds", "step", "steps", "record", "linked", "read", "diverged_at"}
    | {"get", "items", "keys", "values"}
)


def is_plain_name(name: Any) -> bool:
    """Whether it can be written after a dot (`p.width`) and as a file's name."""
    return (
        isinstance(name, str)
        and name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """The end of an error line: `; did you mean 'width'?`, or the names there are."""
    known = sorted(map(str, known))
    close = difflib.get_close_matches(str(name), known, n=1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(known)}" if known else "; there are none"
