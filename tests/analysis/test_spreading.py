from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import arrays_by_seed, by_layer, by_seed, spread
from nnlab.errors import NnlabError

TABLE = pd.DataFrame(
    {
        "trial": ["a", "b", "c"],
        "seed": [0, 1, 0],
        "step": [5, 5, 5],
        "task": ["deep", "deep", "other"],
        "norms": [np.array([1.0, 2.0], np.float32), np.array([3.0, 4.0], np.float32), np.nan],
        "shares": [np.array([0.1, 0.2]), np.array([0.3, 0.4]), np.nan],
        "loss": [0.5, 0.6, 0.7],
    }
)


def test_a_row_an_entry_and_by_seed_reads_it():
    rows = spread(TABLE, "layer", "norms", "shares")
    assert rows["layer"].tolist() == [0, 1, 0, 1] and rows["trial"].tolist() == [*"aabb"]
    assert rows["norms"].dtype == np.float64 and rows["loss"].tolist() == [0.5, 0.5, 0.6, 0.6]
    values, layers = by_seed(rows, "norms", across="layer")
    np.testing.assert_array_equal(values, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(layers, [0, 1])
    assert "shares" not in spread(TABLE, "layer", "norms")


def test_what_cannot_be_spread_is_told():
    with pytest.raises(NnlabError, match="no measure 'norm'; did you mean norms"):
        spread(TABLE, "layer", "norm")
    with pytest.raises(NnlabError, match="holds no arrays"):
        spread(TABLE, "layer", "loss")
    with pytest.raises(NnlabError, match="a column 'seed' already"):
        spread(TABLE, "seed", "norms")
    uneven = TABLE.assign(shares=[np.zeros(1), np.zeros(2), np.nan])
    with pytest.raises(NnlabError, match="differ in length"):
        spread(uneven, "layer", "norms", "shares")


def test_arrays_come_seeds_first_as_the_spread_rows_do():
    values, axes = arrays_by_seed(TABLE, "norms", "layer", across="task")
    assert values.shape == (2, 1, 2) and axes["task"].tolist() == ["deep"]
    rows = by_seed(spread(TABLE, "layer", "norms"), "norms", across=("task", "layer"))
    np.testing.assert_array_equal(values, rows.values)
    one = arrays_by_seed(TABLE, "shares", "layer", task="deep")
    assert one.seeds.tolist() == [0, 1] and one.at(layer=1).values.tolist() == [0.2, 0.4]
    with pytest.raises(NnlabError, match=r"lengths \[1, 2\]"):
        arrays_by_seed(TABLE.assign(norms=[np.zeros(1), np.zeros(2), np.nan]), "norms", "layer")
    with pytest.raises(NnlabError, match="no measure 'norm'"):
        arrays_by_seed(TABLE, "norm", "layer")


def test_layers_are_counted_from_one_and_compared_with_the_last_of_the_same_row():
    rows = by_layer(TABLE, "norms")
    assert rows["layer"].tolist() == [1, 2, 1, 2] and rows["norms"].tolist() == [1, 2, 3, 4]
    two_steps = pd.concat([TABLE.iloc[[1]].assign(step=0, norms=[np.array([8.0, 6, 2])]), TABLE])
    relative = by_layer(two_steps, "norms", relative_to_last=True)
    assert relative["norms"].tolist() == [4, 3, 1, 0.5, 1, 0.75, 1]
    assert relative["layer"].tolist() == [1, 2, 3, 1, 2, 1, 2]
