"""From the table to arrays with seeds first: `by_seed`, and the matching of arrays by seed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ..errors import NnlabError
from .selection import listed, matches, nearest, one_row_per_seed

__all__ = ["PerSeed", "align", "by_seed"]


@dataclass(frozen=True, eq=False)
class PerSeed:
    """Results with one entry per seed: values [seeds, levels...], ready for every statistic.

    Unpacks as `values, levels = by_seed(...)`. `np.asarray` gives the values.

    Attributes:
      value: the name of the column.
      values: float array [seeds, levels of the first axis, ...].
      seeds: the seed of each row, ascending.
      axes: the levels along each further axis, by column name.
      dropped: seeds of the table that lack a cell, and are left out.
    """

    value: str
    values: np.ndarray
    seeds: np.ndarray
    axes: Mapping[str, np.ndarray]
    dropped: tuple[int, ...] = ()

    @property
    def n(self) -> int:
        return len(self.seeds)

    @property
    def levels(self) -> Any:
        """The levels [k] along the only axis; with several axes, a dict of them by name."""
        return next(iter(self.axes.values())) if len(self.axes) == 1 else dict(self.axes)

    def at(self, **levels: Any) -> PerSeed:
        """The values at one level of the named axes, which then vanish: `curves.at(width=47)`."""
        values, axes = self.values, dict(self.axes)
        for name, level in levels.items():
            if name not in axes:
                raise NnlabError(f"{self.value}: no axis {name!r}{nearest(name, axes)}")
            found = np.flatnonzero(matches(pd.Series(axes[name]), level))
            if len(found) != 1:
                raise NnlabError(f"{self.value}: no {name}={level!r}; have {listed(axes[name])}")
            values = np.take(values, found[0], axis=1 + list(axes).index(name))
            del axes[name]
        return PerSeed(self.value, values, self.seeds, axes, self.dropped)

    def each(self, **levels: Any) -> list[Any]:
        """The values at each of several levels of one axis, in this order, as `at` gives them.

        paired_difference(*errors.each(width=(4, 64)))
        """
        ((name, several),) = levels.items()
        return [self.at(**{name: level}) for level in several]

    def averaged(self, *names: str) -> PerSeed:
        """The means over all levels of the named axes, which then vanish."""
        for name in names:
            if name not in self.axes:
                raise NnlabError(f"{self.value}: no axis {name!r}{nearest(name, self.axes)}")
        places = tuple(1 + list(self.axes).index(name) for name in names)
        axes = {name: levels for name, levels in self.axes.items() if name not in names}
        values = self.values.mean(axis=places)
        return PerSeed(self.value, values, self.seeds, axes, self.dropped)

    def __iter__(self) -> Iterator[Any]:
        yield self.values
        yield self.levels

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.values, dtype=dtype, copy=copy)


def by_seed(
    table: pd.DataFrame,
    value: str,
    /,
    across: str | Sequence[str] = (),
    *,
    step: int | None = None,
    **where: Any,
) -> PerSeed:
    """One measure, seeds first: an array [seeds, levels...] with the levels of `across` ascending.

        curves = by_seed(t, "test_error", across="width", label_noise=0.15)
        paired_difference(curves.at(width=47), curves.at(width=300))

    Args:
      table: one row per trial and recorded step, with columns `seed` and `step`.
      value: column of the measure.
      across: the factor, or factors, that span the further axes.
      step: the recorded step to take; otherwise the last of each cell.
      where: factor=level keeps the rows of that level, factor=[levels] those of any of them. A
        factor that takes several levels must be named in `across` or here.

    A seed without a row in every cell is left out and listed in `.dropped`. Values that are not
    finite, as a diverged trial leaves them, are kept as they are.

    Raises:
      NnlabError: an unknown column or level, a factor that is neither spread nor fixed, or no
        seed that has every cell.
    """
    across = [across] if isinstance(across, str) else list(across)
    rows = one_row_per_seed(table, value, across, step, where, "by_seed")
    cells = rows.set_index(["seed", *across])[value]
    axes = {name: np.unique(rows[name].to_numpy()) for name in across}
    seeds = np.unique(rows["seed"].to_numpy())
    shape = (len(seeds), *(len(levels) for levels in axes.values()))
    grid = [seeds, *axes.values()]
    full = pd.MultiIndex.from_product(grid) if across else pd.Index(seeds)
    values = cells.reindex(full).to_numpy(dtype=float).reshape(shape)
    present = np.asarray(full.isin(cells.index)).reshape(shape)
    complete = present.reshape(len(seeds), -1).all(axis=1)
    if not complete.any():
        never = np.argwhere(~present.any(axis=0))
        cell = never[0] if len(never) else np.argwhere(~present)[0][1:]
        named = ", ".join(f"{k}={v[i]}" for (k, v), i in zip(axes.items(), cell, strict=True))
        raise NnlabError(f"by_seed: no seed has {value!r} in every cell; {named} is missing")
    dropped = tuple(sorted({int(s) for s in table["seed"]} - {int(s) for s in seeds[complete]}))
    return PerSeed(value, values[complete], seeds[complete], axes, dropped)


def align(arrays: Sequence[PerSeed | ArrayLike]) -> tuple[list[np.ndarray], int]:
    """Float arrays [n, ...] with the same seed in the same row, and n.

    Those that know their seeds keep the seeds they share; plain arrays must already have as many
    rows as there are seeds.
    """
    if not arrays:
        raise NnlabError("a statistic needs at least one array with seeds on axis 0")
    known = [a.seeds for a in arrays if isinstance(a, PerSeed)]
    shared = reduce(np.intersect1d, known) if known else np.array([])
    aligned = []
    for array in arrays:
        values = np.asarray(array, dtype=float)
        if isinstance(array, PerSeed):
            values = values[np.isin(array.seeds, shared)]
        aligned.append(values)
    counts = [len(a) if a.ndim else 0 for a in aligned]
    if min(counts) == 0:
        raise NnlabError("a statistic needs at least one seed, shared by all its arrays, on axis 0")
    if len(set(counts)) > 1:
        raise NnlabError(f"arrays with {counts} seeds cannot be paired; axis 0 must be the seeds")
    return aligned, counts[0]
