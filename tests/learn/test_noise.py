"""The scatter of minibatch gradients, against NumPy and against exact theory."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn, theory
from nnlab.errors import NnlabError

RANDOM = np.random.default_rng(5)
N = 60
X = jnp.asarray(RANDOM.normal(size=(N, 4)), jnp.float32)
Y = jnp.asarray(RANDOM.normal(size=(N, 1)), jnp.float32)
KEY = nn.study_key("noise", 1)


def measured(batch, **options):
    """The measure and the parameters of a linear unit."""
    net, options = nn.MLP((), 1, kernel_init="pytorch"), {"loss": "squared", **options}

    def run(batch):
        noise = learn.gradient_noise(KEY, X, Y, batch, **options)
        trial = learn.supervised(
            KEY, net, learn.optimizer("sgd", 0.1), X, Y, loss="squared", measures=[noise]
        )
        state = trial.init()
        return trial.measure(state), state.params["layer_0"]

    recorded, layer = (
        jax.jit(run)(batch) if isinstance(batch, nn.Size) else jax.jit(lambda: run(batch))()
    )
    return {name: float(recorded[name]) for name in recorded if "_" in name}, layer


def gradients_by_hand(layer):
    """d/d(w, b) (x w + b - y)^2 of each example, [N, 5]."""
    gap = np.asarray(X @ layer["kernel"] + layer["bias"] - Y)
    return 2 * gap * np.concatenate([X, np.ones((N, 1))], axis=1)


@pytest.mark.parametrize("order, left", [("with_replacement", None), ("reshuffled", N)])
@pytest.mark.parametrize("batch", [1, 5])
def test_the_variance_is_that_of_theory(order, left, batch):
    recorded, layer = measured(batch, order=order, draws=20_000)
    each = gradients_by_hand(layer)
    mean = each.mean(0)
    assert recorded["gradient_square"] == pytest.approx(np.sum(mean**2), rel=1e-4)
    exact = np.mean(np.sum((each - mean) ** 2, axis=1))
    assert recorded["example_variance"] == pytest.approx(exact, rel=1e-4)
    expected = theory.minibatch_variance(exact, batch, left)
    assert recorded["gradient_variance"] == pytest.approx(expected, rel=0.04)


def test_all_examples_at_once_have_no_noise():
    recorded, _ = measured(N, order="reshuffled", draws=5)
    assert recorded["gradient_variance"] < 1e-10 * recorded["example_variance"]


def test_a_padded_minibatch_has_the_noise_of_the_minibatch_alone():
    padded, _ = measured(nn.Size(jnp.int32(5), 16), draws=100)
    alone, _ = measured(5, draws=100)
    assert padded == pytest.approx(alone, rel=1e-5)
    other, _ = measured(nn.Size(jnp.int32(6), 16), draws=100)
    assert other["gradient_variance"] != pytest.approx(alone["gradient_variance"], rel=1e-3)


def test_what_cannot_be_is_refused():
    with pytest.raises(NnlabError, match="batch is 0"):
        learn.gradient_noise(KEY, X, Y, 0)
    with pytest.raises(NnlabError, match="with_replacement"):
        learn.gradient_noise(KEY, X, Y, 2, order="with_replacment")
