"""Known numbers beside ours: differences, what is allowed, and what a run lacks."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from nnlab.analysis import Estimate, NotApplicable, beside, by_seed, mean
from nnlab.study import Target

TABLE = pd.DataFrame({"seed": [0, 1, 2, 3], "step": 0, "error": [1.0, 2.0, 3.0, 4.0], "width": 8})


def ours(table):
    return mean(by_seed(table, "error", width=8))


def lacking(table):
    return mean(by_seed(table, "error", width=9))


def elsewhere(table):
    raise NotApplicable("it is of preset paper")


def broken(table):
    return table["nothing"]


def row(estimand=ours, value=2.0, **more):
    (only,) = beside([Target("an error", value, "A. Book", estimand, **more)], TABLE).to_dict(
        "records"
    )
    return only


def test_a_row_says_both_numbers_and_their_difference():
    found = row(kind="exact")
    assert (found["known"], found["ours"], found["difference"]) == (2.0, 2.5, 0.5)
    assert found["low"] < 2.5 < found["high"] and found["n"] == 4
    assert (found["kind"], found["source"], found["target"]) == ("exact", "A. Book", "an error")
    assert found["within"] == "" and math.isnan(found["tolerance"]) and found["note"] == ""


@pytest.mark.parametrize(("tolerance", "within"), [(0.5, "yes"), (0.49, "no"), (0, "no")])
def test_the_tolerance_is_on_the_difference_either_way(tolerance, within):
    assert row(tolerance=tolerance)["within"] == within
    assert row(value=3.0, tolerance=tolerance)["within"] == within


def test_a_number_of_a_formula_stands_beside_the_known_one_and_needs_no_run():
    found = row(2.5, tolerance=0)
    assert (found["ours"], found["low"], found["high"], found["n"]) == (2.5, 2.5, 2.5, 0)
    assert (found["difference"], found["within"], found["note"]) == (0.5, "no", "")


@pytest.mark.parametrize(
    ("estimand", "told"),
    [
        (lacking, "lacks its setting: by_seed: no rows with width=9"),
        (elsewhere, "not in this run: it is of preset paper"),
        (broken, "failed: KeyError: 'nothing'"),
        (lambda table: 2.5, "failed: the estimand must return an Estimate of one number"),
        (lambda table: mean([[1.0, 2.0]]), "failed: the estimand must return an Estimate"),
    ],
)
def test_what_a_run_lacks_is_told_and_raises_nothing(estimand, told):
    found = row(estimand, tolerance=1)
    assert math.isnan(found["ours"]) and found["note"].startswith(told)
    assert found["within"] == "" and found["n"] == 0


def test_a_diverged_quantity_is_within_no_tolerance():
    found = row(lambda table: Estimate(math.nan, -math.inf, math.inf, 4, "BCa"), tolerance=1)
    assert found["within"] == "" and math.isnan(found["difference"])


def test_no_targets_give_an_empty_table_with_its_columns():
    assert list(beside([], TABLE).columns)[:4] == ["target", "kind", "known", "ours"]
