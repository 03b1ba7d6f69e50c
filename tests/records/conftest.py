"""Rows of trials as a run leaves them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def rows_of() -> Callable[..., pd.DataFrame]:
    """`rows_of("a", "b")`: rows of these trials at two steps, with scalars and arrays."""

    def make(*trials: str, steps: tuple[int, ...] = (5, 10)) -> pd.DataFrame:
        n = len(trials)
        draws = np.random.default_rng([ord(c) for c in "".join(trials)])
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "trial": list(trials),
                        "seed": np.arange(n, dtype=np.int64),
                        "step": np.full(n, step, np.int64),
                        "width": np.full(n, 8),
                        "optimizer": ["sgd"] * n,
                        "nesterov": [True] * n,
                        "loss": draws.normal(size=n).astype(np.float32),
                        "norms": list(draws.normal(size=(n, 3)).astype(np.float32)),
                    }
                )
                for step in steps
            ],
            ignore_index=True,
        )

    return make
