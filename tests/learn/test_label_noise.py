from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from nnlab import learn

KEY = jax.random.key(5)
LABELS = jnp.asarray(np.arange(20_000) % 10, jnp.int32)


def test_a_rate_of_15_percent_changes_13_5_percent_of_ten_classes():
    changed = (learn.corrupt(KEY, LABELS, 0.15, 10) != LABELS).mean()
    assert abs(float(changed) - 0.135) < 4 * np.sqrt(0.135 * 0.865 / 20_000)


def test_new_labels_are_uniform_and_of_the_same_type():
    noisy = learn.corrupt(KEY, jnp.zeros(20_000, jnp.int32), 1.0, 4)
    assert noisy.dtype == jnp.int32
    shares = np.bincount(np.asarray(noisy), minlength=4) / 20_000
    np.testing.assert_allclose(shares, 0.25, atol=4 * np.sqrt(0.1875 / 20_000))


def test_rate_zero_changes_nothing():
    np.testing.assert_array_equal(learn.corrupt(KEY, LABELS, 0.0, 10), LABELS)


def test_more_noise_only_adds_to_less():
    low, high = (np.asarray(learn.corrupt(KEY, LABELS, rate, 10)) for rate in (0.1, 0.3))
    touched = low != np.asarray(LABELS)
    assert touched.any()
    np.testing.assert_array_equal(high[touched], low[touched])


def test_fewer_examples_have_the_same_noise():
    whole = learn.corrupt(KEY, LABELS, 0.3, 10)
    np.testing.assert_array_equal(learn.corrupt(KEY, LABELS[:77], 0.3, 10), whole[:77])


def test_the_rate_may_be_traced():
    under_jit = jax.jit(lambda rate: learn.corrupt(KEY, LABELS, rate, 10))
    np.testing.assert_array_equal(under_jit(0.3), learn.corrupt(KEY, LABELS, 0.3, 10))
