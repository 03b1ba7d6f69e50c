"""Choosing a function from a table by a name, as names come from a command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from nnlab.errors import NnlabError

__all__ = ["choose"]


def choose(table: Mapping[str, Any], kind: str, choice: str | Callable[..., Any]) -> Any:
    """The table's entry of that name, or the choice itself if it is a function already.

    Raises NnlabError for an unknown name, with the nearest one; `kind` says what was sought.
    """
    if callable(choice):
        return choice
    if choice in table:
        return table[choice]
    near = difflib.get_close_matches(str(choice), table, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(table))}"
    raise NnlabError(f"unknown {kind} {choice!r}: {hint}")
