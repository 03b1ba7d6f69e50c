"""Exact variances against enumeration and simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.theory import minibatch_variance, stationary_variance

RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("batch", [1, 2, 4, 6])
def test_minibatches_without_replacement_by_all_subsets(batch):
    values = RANDOM.normal(size=6)
    means = [np.mean(subset) for subset in itertools.combinations(values, batch)]
    expected = np.var(means)
    assert minibatch_variance(np.var(values), batch, 6) == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("batch", [1, 2, 3])
def test_minibatches_with_replacement_by_all_tuples(batch):
    values = RANDOM.normal(size=5)
    means = [np.mean(drawn) for drawn in itertools.product(values, repeat=batch)]
    assert minibatch_variance(np.var(values), batch) == pytest.approx(np.var(means))


@pytest.mark.parametrize("rate, curvature", [(0.1, 1.0), (0.5, 0.4), (0.9, 2.0)])
def test_stationary_variance_by_simulation(rate, curvature):
    noise, batch, w, total = 1.5, 4, np.zeros(4000), []
    for step in range(600):
        # Not Gaussian: the law of the noise does not matter.
        drawn = noise * RANDOM.choice([-1.0, 1.0], size=(len(w), batch)).mean(1)
        w = w - rate * (curvature * w + drawn)
        if step >= 200:
            total.append(np.mean(w**2))
    expected = stationary_variance(rate, curvature, noise, batch)
    assert np.mean(total) == pytest.approx(expected, rel=0.02)


def test_it_diverges_at_the_edge_and_takes_arrays():
    found = stationary_variance(np.array([0.1, 1.0, 2.0, 3.0]), 1.0, 1.0, 2)
    np.testing.assert_allclose(found, [0.1 / 3.8, 0.5, np.inf, np.inf])
    assert minibatch_variance(3.0, np.array([1, 3])).tolist() == [3.0, 1.0]


def test_what_makes_no_sense_is_refused():
    for batch in (0, 11):
        with pytest.raises(NnlabError, match="batch"):
            minibatch_variance(1.0, batch, 10)
    with pytest.raises(NnlabError, match="curvature"):
        stationary_variance(0.1, 0.0, 1.0)
