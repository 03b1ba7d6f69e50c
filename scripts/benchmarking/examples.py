"""The examples that all contenders train on: noise, since speed does not depend on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .networks import BATCH, CLASSES, EXAMPLES, FEATURES

__all__ = ["RATES", "batches", "examples"]

RATES = (0.005, 0.01)  # every seed is trained at both


def examples() -> tuple[np.ndarray, np.ndarray]:
    """Inputs float32 [4000, 40] and labels int32 [4000], the same for all."""
    draw = np.random.default_rng(0)
    x = draw.standard_normal((EXAMPLES, FEATURES), np.float32)
    return x, draw.integers(0, CLASSES, EXAMPLES, np.int32)


def batches(seed: int) -> Iterator[np.ndarray]:
    """Minibatches of one network without end, int32 [100] each: a new order every epoch."""
    draw = np.random.default_rng(seed)
    while True:
        yield from draw.permutation(EXAMPLES).astype(np.int32).reshape(-1, BATCH)
