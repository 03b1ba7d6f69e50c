"""Every activation of the table, by its values and on padded features."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.nn import Features, Size, activate, activations

X = np.linspace(-3, 3, 24).reshape(4, 6)

FORMULAS = {
    "identity": lambda x: x,
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "softplus": lambda x: np.log1p(np.exp(x)),
    "tanh": np.tanh,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
    "sin": np.sin,
    "step": lambda x: (x >= 0) * 1.0,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values(name):
    actual = activate(name, jnp.asarray(X, jnp.float32))
    np.testing.assert_allclose(actual, FORMULAS[name](X), atol=2e-6)


def test_selu_and_gelu_at_the_points_that_define_them():
    normal = np.random.default_rng(0).standard_normal(1_000_000).astype(np.float32)
    selu = np.asarray(activations["selu"](jnp.asarray(normal)))
    assert abs(selu.mean()) < 5e-3 and abs(selu.var() - 1) < 5e-3  # its fixed point
    large = jnp.array([-9.0, 9.0])
    np.testing.assert_allclose(activations["gelu"](large), [0, 9], atol=1e-6)


def odd_functions():
    yield from activations.items()
    yield "sqrt", jnp.sqrt  # an infinite derivative at the padding's zeros
    yield "logarithm", jnp.log
    yield "plus_one", lambda x: x + 1


@pytest.mark.parametrize("name, function", list(odd_functions()))
def test_padding_and_its_gradient_stay_zero(name, function):
    values = jnp.asarray(np.abs(X) + 0.1, jnp.float32)

    @jax.jit
    def padded(n):
        def total(v):
            h = activate(function, Features(v, Size(n, 6)))
            assert isinstance(h, Features)
            return jnp.sum(h.values * 3), h.values

        return jax.value_and_grad(total, has_aux=True)(Size(n, 6).keep(values))

    for n in (1, 4, 6):
        (_, h), gradient = padded(jnp.int32(n))
        alone = jax.grad(lambda v: jnp.sum(function(v) * 3))(values[:, :n])
        np.testing.assert_array_equal(h[:, n:], 0)
        np.testing.assert_array_equal(gradient[:, n:], 0)
        np.testing.assert_allclose(h[:, :n], function(values[:, :n]), rtol=1e-6)
        np.testing.assert_allclose(gradient[:, :n], alone, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("function", [jax.nn.softmax, jax.nn.log_softmax, jax.nn.glu, jnp.sort])
def test_functions_that_mix_entries_are_refused_on_features(function):
    with pytest.raises(NnlabError, match=f"activate\\({function.__name__}\\)"):
        activate(function, Features(jnp.zeros((2, 6)), Size(4, 6)))
    activate(function, jnp.zeros((2, 6)))  # nothing is padded: nothing to refuse


def test_a_function_that_changes_the_shape_is_refused():
    with pytest.raises(NnlabError, match="shape"):
        activate(lambda x: jnp.stack([x, x]), Features(jnp.zeros((2, 6)), Size(4, 6)))


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(NnlabError, match="did you mean 'sigmoid'"):
        activate("sigmoide", jnp.zeros(3))
