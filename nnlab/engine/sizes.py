"""Sizes: how the work of a trial grows with one of them, from few traces."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache

import numpy as np

from nnlab.engine.machines import Cost
from nnlab.study import Cell

__all__ = ["CostOf", "work_by_size", "works_along"]

CostOf = Callable[[Cell, Mapping[str, int]], Cost]


def works_along(
    cells: Sequence[Cell], names: Sequence[str], cost_of: CostOf
) -> dict[str, Callable[[int], float]]:
    """For each named size the work of a trial as its function, the others being at their largest
    among `cells`, which share their static settings."""
    sizes = {name: sorted({cell.settings[name] for cell in cells}) for name in names}
    largest = {name: some[-1] for name, some in sizes.items()}

    def along(name: str) -> Callable[[int], float]:
        return lambda size: cost_of(cells[0], largest | {name: size}).work

    return {name: work_by_size(along(name), sizes[name]) for name in names}


def work_by_size(work: Callable[[int], float], sizes: Collection[int]) -> Callable[[int], float]:
    """`work` as a function of size, asked for three of `sizes` only, however many they are.

    Between them it is taken for a quadratic, as it is for the width of layers and the number of
    examples; tracing a trial takes a good part of a second.
    """
    ordered = sorted(set(sizes))
    if len(ordered) <= 3:
        return work
    middle = min(ordered[1:-1], key=lambda size: abs(size - (ordered[0] + ordered[-1]) / 2))
    knots = (ordered[0], middle, ordered[-1])

    @cache
    def asked() -> tuple[dict[int, float], np.polynomial.Polynomial]:
        known = {size: work(size) for size in knots}
        # In units of the largest, where the powers are of one magnitude.
        units = [size / knots[-1] for size in knots]
        return known, np.polynomial.Polynomial.fit(units, list(known.values()), 2, [-1, 1])

    def between(size: int) -> float:
        known, fitted = asked()
        if size in known:
            return known[size]
        return float(np.clip(fitted(size / knots[-1]), known[knots[0]], known[knots[-1]]))

    return between
