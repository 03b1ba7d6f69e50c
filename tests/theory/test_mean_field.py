"""Mean-field theory against the activations themselves, known constants and real wide networks."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn, theory
from nnlab.errors import NnlabError
from nnlab.theory import mean_field

NAMES = sorted(mean_field._FUNCTIONS)


@pytest.mark.parametrize("name", NAMES)
def test_functions_and_slopes_are_those_that_networks_use(name):
    z = np.linspace(-6, 6, 400)  # not 0, where ReLU has no derivative
    function, slope = mean_field._FUNCTIONS[name]
    with jax.enable_x64(True):
        ours = nn.activations[name]
        values, slopes = ours(jnp.asarray(z)), jax.vmap(jax.grad(ours))(jnp.asarray(z))
    np.testing.assert_allclose(function(z), values, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(slope(z), slopes, rtol=1e-6, atol=1e-6)


def test_known_constants():
    assert theory.preserving_gain("relu", 3.7) == pytest.approx(np.sqrt(2), rel=1e-4)
    assert theory.preserving_gain("tanh") == pytest.approx(1.5925, abs=1e-3)
    assert theory.gradient_factor("relu") == pytest.approx(1, abs=1e-4)
    # E s'(z)^2 -> s'(0)^2 = 1/16 and E s(z)^2 -> 1/4 for small z.
    assert theory.gradient_factor("logistic", 1e-4) == pytest.approx(1e-4 / 4, rel=1e-3)
    assert theory.critical_gain("tanh") == pytest.approx(1, abs=1e-4)
    assert theory.critical_gain("logistic") == pytest.approx(10.149, abs=1e-2)
    assert theory.critical_gain("relu") == pytest.approx(np.sqrt(2), rel=1e-4)


def test_at_the_critical_gain_the_gradient_keeps_its_size():
    gain = theory.critical_gain("logistic")
    q = 1.0
    for _ in range(200):
        q = (gain / theory.preserving_gain("logistic", q)) ** 2 * q
    assert theory.gradient_factor("logistic", q) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["elu", "gelu", "logistic", "softplus", "tanh"])
def test_wide_networks_do_as_the_theory_says(name):
    gain, factor = theory.preserving_gain(name), theory.gradient_factor(name)
    net = nn.MLP((400,) * 4, 400, name, "lecun_normal", (1.0, gain, gain, gain, gain))
    x = jnp.sqrt(400.0) * jnp.eye(400)[0]  # all weights of one row: preactivations N(0, 1)
    profile = jax.jit(lambda: learn.signal_profile(nn.study_key("mean field", 0), net, x, 20))()
    forward, backward = (np.asarray(profile[n].values) for n in ("forward", "backward"))
    np.testing.assert_allclose(forward, 1 / gain**2, rtol=0.1)
    np.testing.assert_allclose(backward[:-1] / backward[1:], factor, rtol=0.15)


def test_what_is_not_known_is_told():
    with pytest.raises(NnlabError, match="'swish' is not here"):
        theory.preserving_gain("swish")
    with pytest.raises(NnlabError, match="positive"):
        theory.gradient_factor("tanh", 0.0)


def test_gradients_that_always_shrink_have_no_critical_gain():
    with pytest.raises(NnlabError, match="softplus shrink at every gain"):
        theory.critical_gain("softplus")
