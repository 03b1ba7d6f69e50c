"""Arguments of a data set, checked where they enter, so that a wrong one is told in one line."""

from __future__ import annotations

import math
import operator

import numpy as np

from nnlab.errors import NnlabError

__all__ = ["real", "seed_of", "whole"]


def whole(where: str, name: str, value: object, least: int) -> int:
    """`value` as a Python integer of at least `least`; NnlabError naming `where` otherwise."""
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool | np.bool_) or number < least:
        raise NnlabError(f"{where}: {name} is {value!r}; give a whole number of at least {least}")
    return number


def real(where: str, name: str, value: object, least: float = -math.inf) -> float:
    """`value` as a finite float of at least `least`; NnlabError naming `where` otherwise."""
    try:
        number = math.nan if isinstance(value, str | bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number < least:
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise NnlabError(f"{where}: {name} is {value!r}; give a finite number{bound}")
    return number


def seed_of(where: str, value: object) -> int:
    """A seed in 0 .. 2**32 - 1, the range that every generator we use accepts."""
    seed = whole(where, "seed", value, 0)
    if seed >= 2**32:
        raise NnlabError(f"{where}: seed is {seed}; give one below 2**32 = {2**32}")
    return seed
