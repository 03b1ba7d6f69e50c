"""Draws belong to (study, seed, name, row, column): the same in any shape, mode and precision."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from nnlab.errors import NnlabError
from nnlab.nn import entry_normal, entry_uniform, stream, study_key

KEY = study_key("test", 7)


def words(key):
    return tuple(jax.random.key_data(key).tolist())


def test_names_seeds_and_studies_give_different_keys():
    keys = {words(stream(study_key(s, i), n)) for s in "ab" for i in range(5) for n in "xyz"}
    assert len(keys) == 2 * 5 * 3


def test_a_traced_seed_gives_the_key_of_the_int(either_precision):
    traced = jax.jit(jax.vmap(lambda seed: study_key("test", seed)))
    for dtype in (jnp.uint32, jnp.int32):
        assert words(traced(jnp.arange(9, dtype=dtype))[7]) == words(KEY)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_outside_32_bits_is_refused(seed):
    with pytest.raises(NnlabError, match="seed"):
        study_key("test", seed)


def test_other_generators_are_refused():
    with pytest.raises(NnlabError, match="threefry"):
        entry_uniform(jax.random.key(0, impl="rbg"), 2, 2)


@pytest.mark.parametrize("draw", [entry_uniform, entry_normal])
def test_a_draw_depends_on_row_and_column_alone(draw):
    large = draw(KEY, 32, 33)
    for rows, columns in ((8, 8), (1, 5), (5, 1), (7, 33), (31, 2)):
        np.testing.assert_array_equal(large[:rows, :columns], draw(KEY, rows, columns))
    assert len(np.unique(large)) > 0.99 * large.size


@pytest.mark.parametrize("draw", [entry_uniform, entry_normal])
def test_a_draw_is_bitwise_the_same_under_jit_and_vmap_and_in_float64(draw):
    keys = jax.vmap(lambda seed: study_key("test", seed))(jnp.arange(8, dtype=jnp.uint32))
    single = draw(KEY, 13, 9)
    batched = jax.jit(jax.vmap(lambda key: draw(key, 32, 17)))(keys)
    np.testing.assert_array_equal(batched[7, :13, :9], single)
    with jax.enable_x64(True):
        double = draw(study_key("test", 7), 13, 9, jnp.float64)
    assert double.dtype == np.float64
    np.testing.assert_array_equal(np.asarray(double), np.asarray(single).astype(np.float64))


def test_raw_and_typed_keys_agree():
    np.testing.assert_array_equal(
        entry_uniform(jax.random.key_data(KEY), 3, 3), entry_uniform(KEY, 3, 3)
    )


def test_uniform_draws_are_uniform_and_never_reach_0_or_1():
    draws = np.asarray(entry_uniform(KEY, 1000, 1000)).ravel().astype(np.float64)
    assert 0 < draws.min() < 1e-5 and 1 - 1e-5 < draws.max() < 1
    assert stats.kstest(draws, "uniform").pvalue > 1e-3
    assert np.all(draws * 2**24 % 2 == 1)  # exact odd multiples of 2^-24


def test_normal_draws_are_normal():
    draws = np.asarray(entry_normal(KEY, 1000, 1000)).ravel().astype(np.float64)
    assert stats.kstest(draws, "norm").pvalue > 1e-3
    assert abs(stats.kurtosis(draws)) < 5 * np.sqrt(24 / draws.size)
    assert 4.3 < np.abs(draws).max() < 5.4


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (2, 0), (1, 1), (0, 2)])
def test_neighbouring_entries_are_independent(shift):
    # Both words of a hash serve two rows; neither may know of the other.
    draws = np.asarray(entry_normal(KEY, 600, 600)).astype(np.float64)
    rows, columns = 600 - shift[0], 600 - shift[1]
    moved = draws[shift[0] :, shift[1] :]
    for power in (1, 2):
        r = np.corrcoef((draws[:rows, :columns] ** power).ravel(), (moved**power).ravel())[0, 1]
        assert abs(r) < 4.5 / np.sqrt(rows * columns)


def test_streams_and_seeds_are_independent():
    keys = [stream(study_key("test", seed), name) for seed in range(3) for name in ("a", "b")]
    draws = np.stack([np.asarray(entry_normal(key, 300, 300)).ravel() for key in keys])
    correlation = np.corrcoef(draws) - np.eye(len(keys))
    assert np.abs(correlation).max() < 5 / 300
