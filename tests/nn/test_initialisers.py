"""Initialisers against their formulas; padded against unpadded, bit by bit."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from nnlab.errors import NnlabError
from nnlab.nn import Size, initialisers, size_of, study_key

KEY = study_key("initialisers", 1)
VARIANCES = {
    "he_normal": lambda i, o: 2 / i,
    "he_uniform": lambda i, o: 2 / i,
    "glorot_normal": lambda i, o: 2 / (i + o),
    "glorot_uniform": lambda i, o: 2 / (i + o),
    "lecun_normal": lambda i, o: 1 / i,
    "lecun_uniform": lambda i, o: 1 / i,
    "pytorch": lambda i, o: 1 / (3 * i),
}
PADDABLE = [name for name in initialisers if name != "orthogonal"]


def draw(name, fan_in, fan_out, *rest, key=KEY):
    return initialisers[name](key, size_of(fan_in), size_of(fan_out), *rest)


def test_every_scaled_initialiser_is_tested():
    assert {*VARIANCES, "orthogonal", "constant", "zero"} == set(initialisers)


@pytest.mark.parametrize("name", VARIANCES)
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_mean_variance_and_distribution(name, gain):
    weights = np.asarray(draw(name, 500, 200, gain)).ravel().astype(np.float64)
    deviation = gain * np.sqrt(VARIANCES[name](500, 200))
    uniform = name == "pytorch" or name.endswith("uniform")
    limit = np.sqrt(3) * deviation
    distribution = stats.uniform(-limit, 2 * limit) if uniform else stats.norm(0, deviation)
    assert stats.kstest(weights, distribution.cdf).pvalue > 1e-3
    assert abs(weights.mean()) < 4.5 * deviation / np.sqrt(weights.size)
    kurtosis = 1.8 if uniform else 3.0
    error = np.sqrt((kurtosis - 1) / weights.size)  # of a variance, relative
    assert abs(weights.var() / deviation**2 - 1) < 4.5 * error
    if uniform:
        assert np.abs(weights).max() <= limit * (1 + 1e-6)


@pytest.mark.parametrize("name", PADDABLE)
def test_padded_weights_are_bitwise_those_of_the_layer_alone(name, either_precision):
    # Eager, int sizes and int gain, against jit(vmap(vmap)) over keys, sizes and gains.
    dtype = jnp.result_type(float)
    gains, sizes = jnp.array([1, 0.3], dtype), jnp.array([10, 7], jnp.int32)

    def padded(seed, n, gain):
        key = study_key("initialisers", seed)
        return initialisers[name](key, Size(n, 10), Size(n + 1, 12), gain, dtype)

    lanes = jax.jit(jax.vmap(jax.vmap(padded, (None, 0, 0)), (0, None, None)))
    batch = np.asarray(lanes(jnp.arange(2, dtype=jnp.uint32), sizes, gains))
    for lane, (n, gain) in enumerate(zip(sizes.tolist(), gains.tolist(), strict=True)):
        for one in (draw, jax.jit(draw, static_argnums=(0, 1, 2, 3, 4))):
            alone = np.asarray(one(name, n, n + 1, gain, dtype))
            np.testing.assert_array_equal(batch[1, lane, :n, : n + 1], alone)
        assert not batch[1, lane, n:].any() and not batch[1, lane, :, n + 1 :].any()


def test_float64_draws_are_the_float32_ones_to_rounding():
    single = draw("he_normal", 20, 30)
    with jax.enable_x64(True):
        double = draw("he_normal", 20, 30, 1.0, jnp.float64, key=study_key("initialisers", 1))
    assert double.dtype == np.float64
    np.testing.assert_allclose(single, double, rtol=1e-6)


@pytest.mark.parametrize("rows, columns", [(20, 20), (30, 12), (12, 30), (1, 1)])
def test_orthogonal_has_orthonormal_rows_or_columns(rows, columns):
    weights = np.asarray(draw("orthogonal", rows, columns, 2.0))
    gram = weights.T @ weights if rows >= columns else weights @ weights.T
    np.testing.assert_allclose(gram, 4 * np.eye(min(rows, columns)), atol=1e-5)


def test_orthogonal_is_uniform_over_the_rotations():
    # E trace = 0 and E trace^2 = 1 for the uniform distribution; QR without signs has neither.
    keys = jax.vmap(lambda s: study_key("orthogonal", s))(jnp.arange(4000, dtype=jnp.uint32))
    many = jax.vmap(lambda key: initialisers["orthogonal"](key, size_of(3), size_of(3)))(keys)
    traces = np.trace(np.asarray(many), axis1=1, axis2=2)
    assert abs(traces.mean()) < 0.07 and abs((traces**2).mean() - 1) < 0.12


def test_orthogonal_refuses_padding():
    for fans in ((Size(3, 4), 4), (4, Size(3, 4))):
        with pytest.raises(NnlabError, match=r"exact=True"):
            draw("orthogonal", *fans)


def test_constant_and_zero():
    np.testing.assert_array_equal(draw("constant", 2, 3, 0.5), np.full((2, 3), 0.5))
    np.testing.assert_array_equal(draw("constant", 2, Size(2, 3), 0.5)[:, 2], 0)
    np.testing.assert_array_equal(draw("zero", 2, 3, 0.5), 0)


@pytest.mark.parametrize("name", initialisers)
def test_another_shape_keeps_the_scale_of_the_fans(name):
    row = draw(name, 300, 400, 1.0, jnp.float32, (size_of(1), size_of(400)))
    assert row.shape == (1, 400)
    if name in VARIANCES:
        assert abs(row.var() / VARIANCES[name](300, 400) - 1) < 0.4


def test_a_gain_can_be_differentiated():
    total = jax.grad(lambda gain: jnp.sum(draw("he_normal", 3, 4, gain)))(2.0)
    np.testing.assert_allclose(total, jnp.sum(draw("he_normal", 3, 4)), rtol=1e-5)


def test_the_table_documents_its_formulas():
    for name, function in initialisers.items():
        assert function.__name__ == name and function.__doc__
