from __future__ import annotations

import numpy as np
import pytest

from nnlab.analysis import bias_and_variance
from nnlab.errors import NnlabError

TRUTH = np.linspace(0.0, 1.0, 20)


def both(bias2, variance):
    return np.stack([bias2, variance], axis=-1)


def predicted(seeds, shift, spread, seed=0):
    noise = np.random.default_rng(seed).normal(size=(seeds, len(shift), len(TRUTH)))
    return TRUTH + np.array(shift)[:, None] + spread * noise


def test_it_finds_the_bias_and_the_variance_put_in():
    found = bias_and_variance(both, predicted(4000, (0.0, 0.5), 0.3), TRUTH, resamples=2001)
    np.testing.assert_allclose(found.value, [[0.0, 0.09], [0.25, 0.09]], atol=0.002)
    assert found.value.shape == found.low.shape == (2, 2)
    assert (found.low < found.value).all() and (found.value < found.high).all()


def test_few_seeds_do_not_count_chance_as_bias():
    values = [
        bias_and_variance(both, predicted(4, (0.0,), 1.0, seed), TRUTH, resamples=2).value[0]
        for seed in range(400)
    ]
    np.testing.assert_allclose(np.mean(values, axis=0), [0.0, 1.0], atol=0.03)


def test_the_parts_add_up_to_the_mean_squared_error():
    values = predicted(30, (0.0, 0.5), 0.3)
    errors = ((values - TRUTH) ** 2).mean(-1)
    gap = bias_and_variance(
        lambda bias2, variance, error: error - bias2 - variance, values, TRUTH, errors
    )
    np.testing.assert_allclose(gap.value, 0.0, atol=1e-12)


def test_what_does_not_fit_is_refused():
    with pytest.raises(NnlabError, match="1 seeds"):
        bias_and_variance(both, predicted(1, (0.0,), 1.0), TRUTH)
    with pytest.raises(NnlabError, match="truth at each place"):
        bias_and_variance(both, predicted(3, (0.0,), 1.0), TRUTH[1:])
