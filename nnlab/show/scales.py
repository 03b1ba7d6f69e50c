"""Where an axis begins and ends, and the plain numbers along it."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from matplotlib.ticker import MaxNLocator

__all__ = ["along", "log_minor_ticks", "span", "tick_labels", "ticks_of"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LADDERS: tuple[tuple[int, ...], ...] = (
    (1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 5, 7),
    (1, 2, 5),
    (1, 3),
    (1,),
)


def span(values: Iterable[float], log: bool, margin: float = 0.04) -> tuple[float, float]:
    """The limits that hold all finite values, with a margin (a share of the length).

    On a log axis only positive values count. Without any: 0 to 1, or 1 to 10.
    """
    finite = np.asarray(list(values), dtype=float)
    finite = finite[np.isfinite(finite) & ((finite > 0) if log else True)]
    if finite.size == 0:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = float(finite.min()), float(finite.max())
    if log:
        low, high = math.log10(low), math.log10(high)
        room = margin * (high - low) if high > low else 0.3
        # One end of the range of floats is as good as infinity; stay inside it.
        return 10.0 ** max(low - room, -300.0), 10.0 ** min(high + room, 300.0)
    room = margin * (high - low) if high > low else (0.1 * abs(high) or 1.0)
    return low - room, high + room


def along(values: Iterable[float], low: float, high: float, log: bool) -> list[float]:
    """Where values stand on an axis from `low` (0) to `high` (1)."""
    place = math.log10 if log else float
    start, end = place(low), place(high)
    return [(place(value) - start) / (end - start) for value in values]


def ticks_of(low: float, high: float, log: bool, whole: bool, most: int) -> list[float]:
    """At most `most` round numbers between the limits; only integers where `whole`.

    A logarithmic axis over less than three steps of 1, 2, ..., 9 has linear ones.
    """
    ticks = _log_ticks(low, high, most) if log else []
    if len(ticks) < 3:
        steps = [1, 2, 2.5, 5, 10]
        locator = MaxNLocator(nbins=most, steps=steps, integer=whole, min_n_ticks=1)
        # Within a hair of the limits counts as within: 0.1 + 0.2 > 0.3.
        hair = 1e-9 * (high - low)
        ticks = [float(t) for t in locator.tick_values(low, high) if low - hair <= t <= high + hair]
    return ticks[:: math.ceil(len(ticks) / most)] if ticks else []


def log_minor_ticks(low: float, high: float) -> list[float]:
    """The unlabelled ticks that tell the eye the axis is logarithmic."""
    few = math.log10(high) - math.log10(low) < 5
    return _on_ladder(low, high, _LADDERS[0] if few else _LADDERS[-1])


def tick_labels(ticks: list[float], log: bool) -> list[str]:
    """Plain numbers (0.01, 20, 1000), or powers of ten in Unicode where they would be long.

    On a linear axis all have the same number of decimals.
    """
    if not all(tick == 0 or 1e-3 <= abs(tick) < 1e5 for tick in ticks):
        return [_power(tick) for tick in ticks]
    labels = [f"{tick:.10g}" for tick in ticks]
    if not log:
        decimals = max((len(label.partition(".")[2]) for label in labels), default=0)
        labels = [f"{tick:.{decimals}f}" for tick in ticks]
    return [label.replace("-", "−") for label in labels]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    for ladder in _LADDERS:
        ticks = _on_ladder(low, high, ladder)
        if len(ticks) <= most:
            return ticks
    stride = math.ceil(len(ticks) / most)
    return [tick for tick in ticks if round(math.log10(tick)) % stride == 0]


def _on_ladder(low: float, high: float, ladder: tuple[int, ...]) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    # Through text, so that 3 x 10^-2 is the float 0.03 and labels stay short.
    every = [float(f"{step}e{decade}") for decade in decades for step in ladder]
    return [tick for tick in every if low <= tick <= high]


def _power(tick: float) -> str:
    if tick == 0:
        return "0"
    digits, exponent = f"{tick:.9e}".split("e")
    digits = digits.rstrip("0").rstrip(".").replace("-", "−")
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    return {"1": power, "−1": f"−{power}"}.get(digits, f"{digits}×{power}")
