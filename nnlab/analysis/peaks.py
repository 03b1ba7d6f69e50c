"""Landmarks of a curve: pure functions along the last axis, with any number of leading axes.

A curve that descends, rises and descends again has a *peak*: the interior point that stands
highest above both the lowest point before it and the lowest point after it (that is, with the
largest smaller one of the two heights). Wiggles of a noisy mean curve do not hide it, and no
threshold or smoothing is needed. A monotone curve has none. Curves that hold a NaN have no
landmarks.

Each is a statistic over seeds when wrapped: `bootstrap(of_means(peak_height), curves)`. But the
highest of noisy points is too high on average: to test for a peak, use `crossfit.peak`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = [
    "first_at_most",
    "first_index_at_most",
    "lowest",
    "lowest_position",
    "peak_contrasts",
    "peak_height",
    "peak_index",
    "peak_position",
    "peak_prominence",
    "second_descent",
]


def peak_index(curve: ArrayLike) -> np.ndarray:
    """The index of the peak of curve [..., levels], as floats [...]; NaN without a peak."""
    peak, _, _, exists = _landmarks(curve)
    return np.where(exists, peak, np.nan)


def peak_position(curve: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The x at the peak of curve [..., levels], x [levels]; NaN without a peak."""
    peak, _, _, exists = _landmarks(curve)
    return np.where(exists, np.asarray(x, dtype=float)[peak], np.nan)


def peak_height(curve: ArrayLike) -> np.ndarray:
    """The curve at its peak, [...]; NaN without a peak."""
    peak, _, _, exists = _landmarks(curve)
    return np.where(exists, _at(curve, peak), np.nan)


def peak_prominence(curve: ArrayLike) -> np.ndarray:
    """How far the peak rises over the lowest point before it, [...]; 0 without a peak."""
    peak, before, _, exists = _landmarks(curve)
    with np.errstate(invalid="ignore"):
        rise = np.where(exists, _at(curve, peak) - _at(curve, before), 0.0)
    return np.where(np.isnan(np.asarray(curve, dtype=float)).any(axis=-1), np.nan, rise)


def second_descent(curve: ArrayLike) -> np.ndarray:
    """How far the curve falls, after its peak, below the lowest point before it; NaN, no peak."""
    _, before, after, exists = _landmarks(curve)
    with np.errstate(invalid="ignore"):
        return np.where(exists, _at(curve, before) - _at(curve, after), np.nan)


def first_index_at_most(curve: ArrayLike, threshold: float = 0.0) -> np.ndarray:
    """The first index at which curve [..., levels] is at most the threshold; inf if nowhere."""
    curve = np.asarray(curve, dtype=float)
    reached = curve <= threshold
    first = np.where(reached.any(axis=-1), reached.argmax(axis=-1), np.inf)
    return np.where(np.isnan(curve).any(axis=-1), np.nan, first)


def first_at_most(curve: ArrayLike, x: ArrayLike, threshold: float = 0.0) -> np.ndarray:
    """The first x at which curve [..., levels] is at most the threshold; inf if nowhere.

    A mean over seeds is exactly zero only where every seed is: give a small threshold to ask
    where training error "reaches zero".
    """
    index = first_index_at_most(curve, threshold)
    found = np.isfinite(index)
    at = np.asarray(x, dtype=float)[np.where(found, index, 0).astype(int)]
    return np.where(found, at, index)


def lowest(curve: ArrayLike) -> np.ndarray:
    """The contrast that reads a curve where it is lowest: 1 there, 0 elsewhere, [..., levels]."""
    curve = np.asarray(curve, dtype=float)
    return _one_hot(curve.argmin(axis=-1), curve.shape[-1])


def lowest_position(curve: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The x [levels] at which curve [..., levels] is lowest; of equals the first. NaN with a NaN.

    On a grid: wrap it by `place`. A curve that is lowest at an end of the grid may be lower beyond.
    """
    curve = np.asarray(curve, dtype=float)
    found = np.asarray(x, dtype=float)[curve.argmin(axis=-1)]
    return np.where(np.isnan(curve).any(axis=-1), np.nan, found)


def peak_contrasts(curve: ArrayLike) -> dict[str, np.ndarray]:
    """Weights [..., levels] whose product with a curve reads the landmarks of this one.

    "height": 1 at the peak. "prominence": 1 at the peak, -1 at the lowest point before it.
    "second_descent": 1 at that point, -1 at the lowest after the peak. Without a peak the
    prominence is read as 0 (no weights), the others are NaN.
    """
    levels = np.shape(curve)[-1]
    peak, before, after, exists = _landmarks(curve)
    top, first, second = (_one_hot(place, levels) for place in (peak, before, after))
    exists = exists[..., None]
    return {
        "height": np.where(exists, top, np.nan),
        "prominence": np.where(exists, top - first, 0.0),
        "second_descent": np.where(exists, first - second, np.nan),
    }


def _landmarks(curve: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Indices [...] of the peak and the lowest points before and after it; whether it exists."""
    curve = np.asarray(curve, dtype=float)
    least_so_far = np.minimum.accumulate(curve, axis=-1)
    least_to_come = np.minimum.accumulate(curve[..., ::-1], axis=-1)[..., ::-1]
    with np.errstate(invalid="ignore"):
        standing = np.minimum(curve - least_so_far, curve - least_to_come)
    peak = standing.argmax(axis=-1)
    exists = _at(standing, peak) > 0
    place = np.arange(curve.shape[-1])
    before = np.where(place < peak[..., None], curve, np.inf).argmin(axis=-1)
    after = np.where(place > peak[..., None], curve, np.inf).argmin(axis=-1)
    return peak, before, after, exists


def _at(curve: ArrayLike, index: np.ndarray) -> np.ndarray:
    return np.take_along_axis(np.asarray(curve, dtype=float), index[..., None], axis=-1)[..., 0]


def _one_hot(index: np.ndarray, levels: int) -> np.ndarray:
    return (np.arange(levels) == index[..., None]).astype(float)
