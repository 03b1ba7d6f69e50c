"""The bootstrap resamples seeds, jointly, with its own generator."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.analysis import PerSeed, bootstrap, mean, of_means, place
from nnlab.errors import NnlabError


def seeds_that_differ_only_as_a_whole(n: int = 12, levels: int = 40) -> np.ndarray:
    """Each seed shifts all its levels alike: [n, levels]."""
    return np.random.default_rng(0).normal(size=(n, 1)) + np.zeros((n, levels))


def test_resamples_seeds_not_levels():
    values = seeds_that_differ_only_as_a_whole()
    estimate = bootstrap(lambda v: v.mean(), values, resamples=2000)
    alone = mean(values[:, 0], resamples=2000)
    # Resampling the levels, or all numbers at once, would give an interval of a sixth or nothing.
    assert (estimate.low, estimate.high) == pytest.approx((alone.low, alone.high))
    assert estimate.high - estimate.low > 0.8
    # And with levels that differ but seeds that do not, there is nothing to be unsure of.
    still = bootstrap(lambda v: v.mean(), np.tile(np.arange(40.0), (12, 1)), resamples=500)
    assert still.low == pytest.approx(still.high)


def test_arrays_are_resampled_together():
    a = np.random.default_rng(0).normal(size=20) * 10
    paired = bootstrap(lambda a, b: a.mean() - b.mean(), a, a + 1, resamples=500)
    assert (paired.low, paired.high) == pytest.approx((-1, -1))
    shuffled = bootstrap(lambda a, b: a.mean() - b.mean(), a, a[::-1] + 1, resamples=500)
    assert shuffled.high - shuffled.low > 5


def test_the_seed_is_used_and_repeats():
    values = np.random.default_rng(0).normal(size=15)
    one, again, other = (mean(values, resamples=500, seed=s) for s in (1, 1, 2))
    assert one.samples is not None and other.samples is not None
    assert (one.low, one.high) == (again.low, again.high)
    assert not np.array_equal(one.samples, other.samples)
    assert (one.low, one.high) != (other.low, other.high)


def test_the_global_generator_is_left_alone():
    values = np.random.default_rng(0).normal(size=15)
    np.random.seed(0)  # noqa: NPY002
    before = mean(values, resamples=200)
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    np.random.seed(99)  # noqa: NPY002
    after = mean(values, resamples=200)
    np.random.seed(0)  # noqa: NPY002
    assert (before.low, before.high) == (after.low, after.high)
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_of_means_is_the_same_statistic_faster():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(9, 4)), rng.normal(size=(9, 3, 2))

    def loop(a, b):
        return np.exp(a.mean(axis=0).max() + b.mean(axis=0).sum())

    def means(a, b):
        return np.exp(a.max(axis=-1) + b.sum(axis=(-2, -1)))

    slow, fast = (bootstrap(s, a, b, resamples=800) for s in (loop, of_means(means)))
    assert slow.samples is not None and fast.samples is not None
    assert np.allclose(slow.samples, fast.samples)
    assert (slow.value, slow.low, slow.high) == pytest.approx((fast.value, fast.low, fast.high))


def test_of_means_in_chunks_is_the_same(monkeypatch):
    values = np.random.default_rng(0).normal(size=(9, 5))
    whole = mean(values, resamples=300)
    monkeypatch.setattr("nnlab.analysis.resampling._NUMBERS_AT_ONCE", 100)
    assert np.allclose(mean(values, resamples=300).low, whole.low)


def test_levels_keep_their_shape():
    estimate = mean(np.random.default_rng(0).normal(size=(8, 3, 2)), resamples=200)
    assert estimate.value.shape == estimate.low.shape == estimate.high.shape == (3, 2)
    assert estimate.samples is not None and estimate.samples.shape == (200, 3, 2)
    assert (estimate.low < estimate.value).all() and (estimate.value < estimate.high).all()
    assert not estimate.is_scalar


def test_one_seed_has_no_interval():
    estimate = mean(np.array([3.0]))
    assert (estimate.value, estimate.low, estimate.high) == (3.0, -np.inf, np.inf)
    assert (estimate.n, estimate.method) == (1, "single seed")


@pytest.mark.parametrize("n", [3, 7])
def test_a_diverged_seed_makes_the_estimate_undefined(n):
    estimate = mean(np.array([1.0, 2.0, np.nan, 4.0, 5.0, 6.0, 7.0])[:n], resamples=200)
    assert np.isnan(estimate.value)
    assert (estimate.low, estimate.high) == (-np.inf, np.inf)


def test_a_higher_level_gives_a_wider_interval():
    values = np.random.default_rng(0).normal(size=12)
    narrow, wide = mean(values, level=0.5), mean(values, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert wide.level == 0.99


def test_results_that_know_their_seeds_are_matched_by_seed():
    a = PerSeed("loss", np.array([1.0, 2.0, 3.0]), np.array([0, 1, 2]), {})
    b = PerSeed("loss", np.array([3.5, 1.5, 2.5])[[1, 2, 0]], np.array([1, 2, 5]), {})
    estimate = bootstrap(lambda a, b: (a - b).mean(), a, b, resamples=100)
    # Seeds 1 and 2 are shared: (2 - 1.5, 3 - 2.5).
    assert (estimate.value, estimate.n) == (0.5, 2)


def test_places_have_percentile_intervals_on_the_grid_at_any_number_of_seeds():
    values = np.random.default_rng(1).normal(np.array([0.0, 3.0, 3.1, 0.0]), size=(5, 4))
    estimate = place(lambda m: m.argmax(axis=-1), values, resamples=500)
    assert estimate.method == "percentile"
    assert {estimate.low, estimate.high} <= {0.0, 1.0, 2.0, 3.0}


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: bootstrap(np.mean), "at least one array"),
        (lambda: mean(np.zeros((0, 3))), "at least one seed"),
        (lambda: mean(np.float64(3.0)), "at least one seed"),
        (lambda: bootstrap(lambda a, b: 0.0, np.zeros(3), np.zeros(4)), r"\[3, 4\] seeds"),
        (lambda: mean(np.zeros(9), method="magic"), "unknown method 'magic'"),
        (lambda: mean(np.zeros(9), level=95), "level between 0 and 1"),
        (lambda: bootstrap(lambda v: v, np.zeros(9), resamples=50), "reduce the seeds"),
        (lambda: bootstrap(of_means(np.max), np.ones((9, 4)), resamples=50), "last axes"),
    ],
)
def test_misuse_is_explained(call, says):
    with pytest.raises(NnlabError, match=says):
        call()


@pytest.mark.parametrize("n", [7, 20, 49])
@pytest.mark.parametrize("value", [1.0, 0.1, -1 / 3])
def test_seeds_that_all_agree_leave_no_rounding_in_the_interval(n, value):
    values = np.stack([np.full(n, value), np.linspace(0, 1, n)], axis=1)
    found = bootstrap(of_means(lambda means: means), values)
    assert found.value[0] == found.low[0] == found.high[0] == value
    assert found.low[1] < found.value[1] < found.high[1]
