"""Wording: numbers and lists as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

__all__ = ["and_list", "counted", "interval", "number", "value_of"]

_MINUS = "−"


def number(value: float, digits: int = 3) -> str:
    """`digits` significant digits, never fewer than the whole part has: 0.0123, 4.91, 12,345."""
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else f"{_MINUS}∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if not -4 <= size < 7:
        text = f"{value:.{digits - 1}e}"
    elif float(value).is_integer():
        text = f"{value:,.0f}"
    else:
        text = f"{value:,.{max(0, digits - 1 - size)}f}"
    return text.replace("-", _MINUS)


def interval(low: float, high: float) -> str:
    """`[3.32, 6.80]`, or nothing where it is not known."""
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"[{number(low)}, {number(high)}]"


def counted(count: int, thing: str) -> str:
    """`1 seed`, `1,200 seeds`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def and_list(items: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    every = list(items)
    return (
        f" {last} ".join([", ".join(every[:-1]), every[-1]]) if len(every) > 1 else "".join(every)
    )


def value_of(value: Any) -> str:
    """A factor's value as text."""
    if isinstance(value, float):
        return f"{value:g}".replace("-", _MINUS)
    return str(value)
