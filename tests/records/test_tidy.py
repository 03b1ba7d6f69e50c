from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.errors import NnlabError
from nnlab.records import Store, tidy, without_arrays

AXES = {"norms": ["layer"]}


def test_rows_follow_the_order_of_the_keys_and_then_the_steps(rows_of):
    rows = rows_of("a", "b", "c", steps=(10, 5, 100)).sample(frac=1, random_state=0)
    table = tidy(rows, AXES, ["c", "a", "b"])
    assert table["trial"].tolist() == [*"cccaaabbb"]
    assert table["step"].tolist() == [5, 10, 100] * 3
    assert table.index.tolist() == list(range(9))
    for row in table.itertuples():
        same = rows[(rows["trial"] == row.trial) & (rows["step"] == row.step)]
        assert same["loss"].item() == row.loss and same["seed"].item() == row.seed
    assert tidy(rows, AXES, ["c"])["trial"].tolist()[:3] == [*"ccc"]


def test_arrays_are_left_out_and_real_numbers_are_doubles(rows_of):
    rows = rows_of("a", "b")
    before = rows.copy()
    table = tidy(rows, AXES, ["a", "b"])
    assert list(table.columns) == [name for name in rows.columns if name != "norms"]
    assert table["loss"].dtype == np.float64
    assert table["seed"].dtype == table["step"].dtype == np.int64
    assert table["nesterov"].dtype == bool and table["optimizer"].tolist() == ["sgd"] * 4
    assert sorted(table["loss"]) == sorted(rows["loss"].astype(float))
    pd.testing.assert_frame_equal(rows, before)
    half = rows.assign(loss=rows["loss"].astype(np.float16))
    assert tidy(half, AXES, ["a"])["loss"].dtype == np.float64


def test_arrays_may_stay_whole_and_be_dropped_later(rows_of):
    rows = rows_of("a", "b")
    table = tidy(rows, AXES, ["a", "b"], arrays=True)
    assert list(table.columns) == list(rows.columns)
    pd.testing.assert_frame_equal(without_arrays(table), tidy(rows, AXES, ["a", "b"]))


def test_along_an_axis_there_is_a_row_an_entry(rows_of, tmp_path):
    store = Store(tmp_path)
    store.write(rows_of("a", "b"), AXES, {})
    rows, axes = store.read()
    table = tidy(rows, axes, ["b", "a"], along="layer")
    assert len(table) == 4 * 3 and table["layer"].tolist() == [0, 1, 2] * 4
    assert table["layer"].dtype == np.int64 and table["norms"].dtype == np.float64
    assert table["trial"].tolist() == ["b"] * 6 + ["a"] * 6
    first = rows[(rows["trial"] == "b") & (rows["step"] == 5)].iloc[0]
    assert table["norms"].tolist()[:3] == first["norms"].astype(float).tolist()
    assert table["loss"].tolist()[:3] == [float(first["loss"])] * 3


def ragged(**more):
    return pd.DataFrame(
        {
            "trial": ["a", "b", "c"],
            "step": [1, 1, 1],
            "norms": [np.array([1.0]), np.array([2.0, 3.0]), np.zeros(0)],
            **more,
        }
    )


def test_trials_may_differ_in_length():
    table = tidy(ragged(), AXES, ["a", "b", "c"], along="layer")
    assert list(zip(table["trial"], table["layer"], table["norms"], strict=True)) == [
        ("a", 0, 1.0),
        ("b", 0, 2.0),
        ("b", 1, 3.0),
    ]
    nothing = tidy(ragged().iloc[2:], AXES, ["c"], along="layer")
    assert nothing.empty and "layer" in nothing


def test_measures_with_one_axis_are_spread_together_and_others_left_out():
    rows = ragged(
        means=[np.array([1]), np.array([2, 3]), np.zeros(0, int)],
        maps=[np.ones((1, 2)), np.ones((2, 2)), np.ones((0, 2))],
        units=[np.zeros(4)] * 3,
    )
    axes = AXES | {"means": ["layer"], "maps": ["layer", "unit"], "units": ["unit"]}
    table = tidy(rows, axes, ["a", "b", "c"], along="layer")
    assert list(table.columns) == ["trial", "step", "norms", "means", "layer"]
    assert table["means"].tolist() == [1.0, 2.0, 3.0]
    uneven = rows.assign(means=[np.zeros(2), np.zeros(2), np.zeros(0)])
    with pytest.raises(NnlabError, match="'norms' and 'means' differ in length along 'layer'"):
        tidy(uneven, axes, ["a"], along="layer")


def test_two_axes_are_spread_by_both_names(tmp_path):
    maps = np.arange(12.0).reshape(2, 2, 3)
    rows = pd.DataFrame({"trial": ["a", "b"], "step": [1, 1], "maps": list(maps)})
    store = Store(tmp_path)
    store.write(rows, {"maps": ["layer", "unit"]}, {})
    recorded, axes = store.read()
    table = tidy(recorded, axes, ["a", "b"], along="layer, unit")
    assert table["maps"].tolist() == list(range(12))
    assert table["layer"].tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert table["unit"].tolist() == [0, 1, 2] * 4


@pytest.mark.parametrize(
    ("along", "told"),
    [("layers", "no measure has the axis 'layers'; there are: layer"), ("", "no")],
)
def test_an_axis_that_no_measure_has_is_told(rows_of, along, told):
    with pytest.raises(NnlabError, match=told):
        tidy(rows_of("a"), AXES, ["a"], along=along)
    with pytest.raises(NnlabError, match="there are: -"):
        tidy(rows_of("a").drop(columns="norms"), AXES, ["a"], along="layer")


def test_an_axis_with_the_name_of_a_factor_is_told(rows_of):
    with pytest.raises(NnlabError, match="the axis 'width' has the name of a column"):
        tidy(rows_of("a"), {"norms": ["width"]}, ["a"], along="width")


def test_nothing_stays_nothing():
    assert tidy(pd.DataFrame(), {}, []).empty
