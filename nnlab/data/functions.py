"""One-dimensional regression: a function, seen at a few places with noise."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nnlab.data.arguments import real, seed_of, whole
from nnlab.data.dataset import Dataset, from_splits
from nnlab.data.randomness import generator
from nnlab.errors import NnlabError

__all__ = ["NamedFunction", "function_1d", "functions_1d"]

Function = Callable[[np.ndarray], np.ndarray]


class NamedFunction(NamedTuple):
    """A function of arrays, the interval on which it is usually studied, and its formula."""

    function: Function
    low: float
    high: float
    formula: str


functions_1d: dict[str, NamedFunction] = {
    "sin": NamedFunction(lambda x: np.sin(2 * np.pi * x), 0.0, 1.0, "sin(2 pi x)"),
    # Prince, Understanding Deep Learning, Fig. 8.3 to 8.9: the curve behind bias and variance.
    "exp_sin": NamedFunction(lambda x: np.exp(np.sin(2 * np.pi * x)), 0.0, 1.0, "exp(sin(2 pi x))"),
    "abs": NamedFunction(np.abs, -1.0, 1.0, "|x|"),
    "step": NamedFunction(lambda x: np.where(x < 0, 0.0, 1.0), -1.0, 1.0, "1 if x >= 0 else 0"),
    "ramp": NamedFunction(lambda x: np.maximum(x, 0.0), -1.0, 1.0, "max(x, 0)"),
}


def function_1d(
    function: str | Function,
    examples: int,
    noise: float = 0.0,
    seed: int = 0,
    low: float | None = None,
    high: float | None = None,
    stratified: bool = False,
    validation_examples: int = 0,
    test_examples: int = 1000,
) -> Dataset:
    """Examples of y = f(x) + noise on [low, high]; x [n, 1], y [n, 1].

    `function` is a name in `functions_1d`, or maps an array [n] to an array [n]. x is uniform, or
    with `stratified` uniform within each of n equal pieces of the interval (one example a piece).
    `noise` is the standard deviation of Gaussian noise. Validation is drawn as training is; the
    test part is a noise-free grid from `low` to `high`, both included. The interval is the named
    function's own unless given ([0, 1] for a callable). Places, noise and validation are streams of
    their own: changing the noise moves no place.
    Raises NnlabError for an unknown name, an empty interval, a function that is not finite there.
    """
    name, call, interval, formula = _resolved(function)
    where = f"function_1d({name})"
    examples = whole(where, "examples", examples, 1)
    held_out = whole(where, "validation_examples", validation_examples, 0)
    grid = whole(where, "test_examples", test_examples, 2)
    noise, seed = real(where, "noise", noise, 0.0), seed_of(where, seed)
    low = real(where, "low", interval[0] if low is None else low)
    high = real(where, "high", interval[1] if high is None else high)
    if low >= high:
        raise NnlabError(f"{where}: the interval [{low:g}, {high:g}] is empty; give low < high")

    def drawn(part: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        places = generator(seed, f"function_1d.{part}.x").uniform(size=count)
        if stratified:
            places = (np.arange(count) + places) / max(count, 1)
        x = low + (high - low) * places
        deviations = generator(seed, f"function_1d.{part}.noise").standard_normal(count)
        return x[:, None], (_values(where, call, x) + noise * deviations)[:, None]

    x_test = np.linspace(low, high, grid)
    return from_splits(
        name,
        train=drawn("train", examples),
        validation=drawn("validation", held_out),
        test=(x_test[:, None], _values(where, call, x_test)[:, None]),
        about=f"y = {formula} on [{low:g}, {high:g}], noise s.d. {noise:g}"
        + (", stratified" if stratified else "")
        + f", seed {seed}; tested on a noise-free grid",
    )


def _resolved(function: str | Function) -> tuple[str, Function, tuple[float, float], str]:
    if callable(function):
        name = getattr(function, "__name__", type(function).__name__)
        return name, function, (0.0, 1.0), f"{name}(x)"
    if function not in functions_1d:
        near = difflib.get_close_matches(str(function), functions_1d, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(functions_1d)}"
        raise NnlabError(f"function_1d: there is no function {function!r}; {hint}")
    named = functions_1d[function]
    return function, named.function, (named.low, named.high), named.formula


def _values(where: str, function: Function, x: np.ndarray) -> np.ndarray:
    values = np.asarray(function(x), dtype=np.float64)
    if values.shape != x.shape:
        raise NnlabError(
            f"{where}: the function maps shape {x.shape} to {values.shape}; "
            "it must return one number for each x"
        )
    if not np.isfinite(values).all():
        at = x[~np.isfinite(values)][0]
        raise NnlabError(f"{where}: the function is not finite at x = {at:g}; change low or high")
    return values
