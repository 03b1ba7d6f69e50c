"""Rows of some levels, at an equal amount, and on arrival."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab.analysis import NotApplicable, at_equal, select, when_reached
from nnlab.errors import NnlabError

ROWS = [("a", 1, 0, 9.0), ("a", 1, 4, 5.0), ("a", 1, 8, 1.0), ("b", 4, 0, 9.0), ("b", 4, 2, 4.0)]
TABLE = pd.DataFrame(ROWS, columns=["trial", "batch", "step", "loss"])


def test_rows_at_a_level_or_at_any_of_several():
    assert select(TABLE, batch=4).trial.tolist() == ["b", "b"]
    assert len(select(TABLE, batch=[1, 4])) == 5
    assert select(TABLE, batch=1, step=[4, 8]).loss.tolist() == [5.0, 1.0]
    assert select(TABLE, trial="a").batch.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"batch": 2}, "batch 2"),
        ({"batch": [1, 2]}, "batch 2"),
        ({"batch": [4], "step": 8}, "step 8 where batch is 4"),
        ({"trial": ["a"], "step": [0, 4], "loss": 1}, "loss 1 where trial is a and step is 0 or 4"),
    ],
)
def test_a_level_that_is_not_there_is_not_applicable(where, told):
    with pytest.raises(NotApplicable) as said:
        select(TABLE, **where)
    assert str(said.value) == f"this run has no {told}"


def test_an_unknown_column_is_an_error_that_names_the_nearest():
    for choose in (
        lambda: select(TABLE, btach=1),
        lambda: at_equal(TABLE, TABLE.step, by="btach"),
        lambda: when_reached(TABLE, "btach", 1),
    ):
        with pytest.raises(NnlabError, match="did you mean batch"):
            choose()


def test_at_an_equal_amount_each_trial_is_taken_where_all_have_come():
    rows = at_equal(TABLE, TABLE.step * TABLE.batch, by="batch")
    assert rows.trial.tolist() == ["a", "b"] and rows.loss.tolist() == [1.0, 4.0]
    assert set(rows.step) == {0}
    assert at_equal(TABLE, TABLE.step, by="batch").trial.tolist() == ["b"]  # a has no step 2


def test_on_arrival_a_trial_is_taken_once_and_others_not_at_all():
    shuffled = TABLE.sample(frac=1, random_state=0)
    rows = when_reached(shuffled, "loss", 5.0).sort_values("trial")
    assert rows.trial.tolist() == ["a", "b"] and rows.loss.tolist() == [5.0, 4.0]
    assert set(rows.step) == {0}
    assert when_reached(TABLE, "loss", 1.0).trial.tolist() == ["a"]
    assert when_reached(TABLE, "loss", 0.5).empty
