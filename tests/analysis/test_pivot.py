"""by_seed takes out what was meant, and refuses what is unclear."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import by_seed, paired_difference
from nnlab.errors import NnlabError

WIDTHS = [10, 20, 40]


def measured(seed: int, width: int, noise: float, step: int) -> float:
    return 1000 * seed + width + 10_000 * noise + step / 100


def table(
    seeds: Sequence[int] = (0, 1, 2), steps: Sequence[int] = (0, 50), trial: bool = False
) -> pd.DataFrame:
    rows = [
        {"seed": s, "step": i, "width": w, "label_noise": noise, "optimizer": "sgd"}
        | ({"trial": f"{s}/{w}/{noise}"} if trial else {})
        | {"test_error": measured(s, w, noise, i), "train_error": 0.0, "diverged_at": -1}
        for s in seeds
        for w in reversed(WIDTHS)
        for noise in (0.0, 0.15)
        for i in steps
    ]
    return pd.DataFrame(rows)


def test_seeds_first_levels_ascending_last_step():
    result = by_seed(table(), "test_error", across="width", label_noise=0.15)
    values, levels = result
    assert list(levels) == WIDTHS and list(result.seeds) == [0, 1, 2] and result.dropped == ()
    expected = [[measured(s, w, 0.15, 50) for w in WIDTHS] for s in range(3)]
    assert np.array_equal(values, expected)
    assert np.array_equal(np.asarray(result), expected)


def test_several_axes_keep_their_order():
    result = by_seed(table(), "test_error", across=["width", "label_noise"])
    assert result.values.shape == (3, 3, 2)
    assert list(result.levels) == ["width", "label_noise"]
    assert result.values[2, 1, 1] == measured(2, 20, 0.15, 50)
    turned = by_seed(table(), "test_error", across=["label_noise", "width"])
    assert np.array_equal(turned.values, result.values.swapaxes(1, 2))


def test_no_axis_at_all():
    result = by_seed(table(), "test_error", width=20, label_noise=0)
    assert np.array_equal(result.values, [measured(s, 20, 0, 50) for s in range(3)])


def test_at_takes_one_level():
    both = by_seed(table(), "test_error", across=["width", "label_noise"])
    assert np.array_equal(both.at(width=20, label_noise=0.15), both.values[:, 1, 1])
    assert np.array_equal(both.at(label_noise=0.15).levels, WIDTHS)
    noisy = both.at(label_noise=0.15)
    estimate = paired_difference(noisy.at(width=40), noisy.at(width=10))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((30, 30, 30))


def test_each_takes_several_levels_in_the_order_asked_for():
    both = by_seed(table(), "test_error", across=["width", "label_noise"])
    wide, narrow = both.each(width=(40, 10))
    assert np.array_equal(wide, both.values[:, 2]) and np.array_equal(narrow, both.values[:, 0])
    assert list(wide.axes) == ["label_noise"]
    with pytest.raises(NnlabError, match="no width=7"):
        both.each(width=(10, 7))


def test_averaged_takes_the_mean_over_axes():
    both = by_seed(table(), "test_error", across=["width", "label_noise"])
    over_noise = both.averaged("label_noise")
    assert np.array_equal(over_noise, both.values.mean(axis=2)) and list(over_noise.axes) == [
        "width"
    ]
    assert np.array_equal(both.averaged("width").levels, [0, 0.15])
    assert both.averaged("label_noise", "width").values == pytest.approx(both.values.mean((1, 2)))
    with pytest.raises(NnlabError, match="did you mean width"):
        both.averaged("widht")


def test_an_earlier_step_and_a_list_of_levels():
    result = by_seed(table(), "test_error", across="width", step=0, width=[10, 40], label_noise=0)
    assert list(result.levels) == [10, 40]
    assert result.values[1, 1] == measured(1, 40, 0, 0)


def test_levels_match_up_to_float32():
    single = table().astype({"label_noise": "float32"})
    assert by_seed(single, "test_error", across="width", label_noise=0.15).n == 3


def test_cells_may_take_different_numbers_of_steps():
    t = table()
    t.loc[t.width == 40, "step"] *= 3
    result = by_seed(t, "test_error", across="width", label_noise=0)
    assert result.values[0, 2] == measured(0, 40, 0, 50)


def test_seeds_that_lack_a_cell_or_its_last_step_are_left_out():
    t = table(seeds=range(4))
    t = t[~((t.seed == 1) & (t.width == 20))]
    t = t[~((t.seed == 3) & (t.width == 40) & (t.step == 50))]
    result = by_seed(t, "test_error", across="width", label_noise=0.15)
    assert list(result.seeds) == [0, 2] and result.dropped == (1, 3)
    assert result.values[1, 0] == measured(2, 10, 0.15, 50)


def test_diverged_values_are_kept():
    t = table()
    t.loc[(t.seed == 1) & (t.width == 20), "test_error"] = np.nan
    result = by_seed(t, "test_error", across="width", label_noise=0.15)
    assert result.n == 3 and np.isnan(result.values[1, 1])


def test_the_order_of_rows_does_not_matter():
    t = table()
    shuffled = t.sample(frac=1, random_state=0)
    one, other = (by_seed(x, "test_error", across=["width", "label_noise"]) for x in (t, shuffled))
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda t: by_seed(t, "tets_error"), "no column 'tets_error'.*did you mean test_error"),
        (lambda t: by_seed(t, "test_error", across="widht"), "'widht'.*did you mean width"),
        (lambda t: by_seed(t, "test_error", lable_noise=0), "did you mean label_noise"),
        (lambda t: by_seed(t, "test_error", label_noise=0.2), "label_noise=0.2; have 0.0, 0.15"),
        (lambda t: by_seed(t, "test_error", optimizer="adam"), "optimizer='adam'; have sgd"),
        (
            lambda t: by_seed(t, "test_error", across="width"),
            r"seed 0, width 40, which differ in label_noise: fix the factor \(label_noise=0.0\)",
        ),
        (lambda t: by_seed(t, "test_error", across="width", label_noise=0, step=7), "have 0, 50"),
        (lambda t: by_seed(t[:0], "test_error", across="width"), "no rows"),
        (lambda t: by_seed(t.drop(columns="seed"), "test_error"), "no column 'seed'"),
        (
            lambda t: by_seed(pd.concat([t, t]), "test_error", across=["width", "label_noise"]),
            "holds a trial twice",
        ),
        (
            lambda t: by_seed(
                t[(t.width != 20) | (t.label_noise == 0)],
                "test_error",
                across=["width", "label_noise"],
            ),
            "width=20, label_noise=0.15 is missing",
        ),
        (
            lambda t: by_seed(t, "test_error", across="width", label_noise=0).at(width=30),
            "no width=30; have 10, 20, 40",
        ),
        (
            lambda t: by_seed(t, "test_error", across="width", label_noise=0).at(wdth=30),
            "did you mean width",
        ),
    ],
)
@pytest.mark.parametrize("trial", [False, True])
def test_unclear_requests_are_refused(call, says, trial):
    with pytest.raises(NnlabError, match=says):
        call(table(trial=trial))


def test_factors_that_share_no_step_are_told_apart_by_trial():
    t = table(steps=[50], trial=True)
    t.loc[t.label_noise == 0.15, "step"] = 100
    with pytest.raises(NnlabError, match="differ in label_noise"):
        by_seed(t, "test_error", across="width")
