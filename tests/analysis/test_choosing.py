from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import at_best
from nnlab.errors import NnlabError

LOSS = {("a", 0.1): 3.0, ("a", 1.0): 2.0, ("b", 0.1): 1.0, ("b", 1.0): np.nan}


def rows(step=10, **changed):
    loss = LOSS | changed
    cells = list(itertools.product("ab", (0.1, 1.0), range(3)))
    return pd.DataFrame(
        [(f"{o}{r}{s}", o, r, s, step, loss[o, r] + 0.1 * s) for o, r, s in cells],
        columns=["trial", "optimizer", "rate", "seed", "step", "loss"],
    )


def test_each_setting_has_its_own_best_level_and_keeps_all_its_steps():
    early = rows(step=5).assign(loss=[*range(6), *range(6)])
    best = at_best(pd.concat([early, rows()]), "rate", "loss", by="optimizer")
    kept = best.groupby("optimizer")["rate"].unique()
    assert kept["a"].tolist() == [1.0] and kept["b"].tolist() == [0.1]
    assert len(best) == 2 * 2 * 3


def test_one_diverged_seed_spoils_a_level():
    table = rows()
    table.loc[table["trial"] == "a1.01", "loss"] = np.nan
    best = at_best(table, "rate", "loss", by="optimizer")
    assert set(best["rate"]) == {0.1}
    assert set(at_best(table, "rate", "loss")["optimizer"]) == {"a", "b"}


def test_of_equals_the_lowest_level_and_unknown_columns_are_told():
    table = rows().assign(loss=1.0)
    assert set(at_best(table, "rate", "loss")["rate"]) == {0.1}
    with pytest.raises(NnlabError, match="no column 'rat'; did you mean rate"):
        at_best(table, "rat", "loss")
