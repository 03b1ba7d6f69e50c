from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import NotApplicable, pair, paired_difference
from nnlab.errors import NnlabError

ERRORS = {("sgd", 4): 30.0, ("sgd", 8): 20.0, ("adam", 4): 17.0, ("adam", 8): 16.0}
CELLS = [
    {"trial": f"{name}{width}{seed}", "seed": seed, "optimizer": name, "width": width}
    | {"step": step, "error": error + seed + (50 if step < 9 else 0)}
    for (name, width), error in ERRORS.items()
    for seed in range(3)
    for step in (0, 9)
]


def test_a_pair_is_two_levels_in_the_order_asked_for():
    table = pd.DataFrame(CELLS)
    sgd, adam = pair(table, "error", "optimizer", "sgd", "adam", width=4)
    assert np.array_equal(sgd.values, [30, 31, 32]) and np.array_equal(adam.values, [17, 18, 19])
    assert paired_difference(adam, sgd).value == -13
    wide, narrow = pair(table, "error", "width", 8, 4, optimizer="sgd")
    assert wide.values[0] == 20 and narrow.values[0] == 30


def test_a_level_that_is_absent_makes_no_pair_and_an_unclear_one_is_refused():
    table = pd.DataFrame(CELLS)
    with pytest.raises(NotApplicable, match="no optimizer adamw"):
        pair(table, "error", "optimizer", "adam", "adamw", width=4)
    with pytest.raises(NnlabError, match="differ in width"):
        pair(table, "error", "optimizer", "adam", "sgd")
