from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn
from nnlab.errors import NnlabError

X = jnp.asarray(np.random.default_rng(2).normal(size=12), jnp.float32)
KEY = nn.study_key("profiles", 0)


def profile(net, draws=2000):
    measured = jax.jit(lambda: learn.signal_profile(KEY, net, X, draws))()
    assert {value.axes for value in measured.values()} == {("layer",)}
    return [np.asarray(measured[n].values) for n in ("forward", "forward_squared", "backward")]


def test_linear_layers_keep_the_factor_of_their_variance():
    net = nn.MLP((16,) * 4, 3, activation="linear", kernel_init="lecun_normal", gain=3.0**-0.5)
    forward, _, backward = profile(net)
    expected = np.mean(np.square(X)) / 3.0 ** np.arange(1, 5)
    np.testing.assert_allclose(forward, expected, rtol=0.08)
    # The last layer has fan-in 16 and 3 outputs of unit size: a third of 3/16 reaches it.
    np.testing.assert_allclose(backward, 3 / 16 / 3.0 ** np.arange(4, 0, -1), rtol=0.08)


def test_relu_under_he_keeps_the_mean_and_spreads_as_theory_says():
    n = 20
    forward, squared, backward = profile(nn.MLP((n,) * 4, n, kernel_init="he_normal"), 6000)
    np.testing.assert_allclose(forward, np.mean(np.square(X)), rtol=0.08)
    np.testing.assert_allclose(backward, np.ones(4), rtol=0.08)
    np.testing.assert_allclose(squared / forward**2, (1 + 5 / n) ** np.arange(1, 5), rtol=0.15)


def test_a_padded_network_has_the_profile_of_the_network():
    plain = profile(nn.MLP((5, 5), 3), draws=20)
    padded = profile(nn.MLP((nn.Size(jnp.int32(5), 9),) * 2, 3), draws=20)
    for a, b in zip(plain, padded, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_networks_without_biases_are_refused():
    with pytest.raises(NnlabError, match="with biases"):
        learn.signal_profile(KEY, nn.MLP((5,), 3, use_bias=False), X, 2)
