from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nnlab import learn
from nnlab.errors import NnlabError

RATES = {"adagrad": 0.5, "adam": 0.1, "adamw": 0.1, "lion": 0.02, "rmsprop": 0.02, "muon": 0.05}


def named(name, rate):
    options = {"key": jax.random.key(0), "eta": 1e-6} if name == "noisy_sgd" else {}
    return learn.optimizer(name, rate, **options)


@pytest.mark.parametrize("name", learn.optimizers)
def test_the_table_says_what_the_program_of_each_optimizer_shows(name):
    made = named(name, 0.1)
    assert made.width_safe is learn.optimizers[name].width_safe
    assert learn.is_elementwise(made) is made.width_safe


@pytest.mark.parametrize("name", learn.optimizers)
def test_every_optimizer_descends_with_a_traced_rate(name):
    scales = jnp.array([[1.0, 0.3, 2.0], [0.5, 1.5, 1.0]])

    def loss(weights):
        return jnp.sum(scales * jnp.square(weights - 1.0))

    @jax.jit
    def minimum(rate):
        descent = named(name, rate)

        def step(_, carry):
            weights, state = carry
            updates, state = descent.update(jax.grad(loss)(weights), state, weights)
            return optax.apply_updates(weights, updates), state

        start = jnp.zeros_like(scales)
        return loss(jax.lax.fori_loop(0, 300, step, (start, descent.init(start)))[0])

    with jax.numpy_dtype_promotion("standard"):  # optax's Muon and noisy SGD need it
        assert minimum(RATES.get(name, 0.1)) < 0.05 * loss(jnp.zeros_like(scales))


def test_momentum_and_nesterov_follow_their_definitions():
    gradients, rate = [1.0, -2.0, 0.5], 0.1
    for name in ("momentum", "nesterov"):
        descent = learn.optimizer(name, rate)
        state, velocity = descent.init(jnp.zeros(())), 0.0
        for gradient in gradients:
            update, state = descent.update(jnp.float32(gradient), state)
            velocity = 0.9 * velocity + gradient
            ahead = 0.9 * velocity + gradient if name == "nesterov" else velocity
            np.testing.assert_allclose(update, -rate * ahead, rtol=1e-6)


def test_plain_optax_transformations_are_read_off_their_program():
    assert learn.is_width_safe(optax.adam(0.1))
    assert learn.is_width_safe(optax.chain(optax.clip(1.0), optax.sgd(lambda i: 0.1 / (1 + i))))
    assert not learn.is_width_safe(optax.adafactor(0.1))
    by_norm = optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1))
    assert not learn.is_width_safe(by_norm)
    assert learn.is_width_safe(learn.Transformation(by_norm.init, by_norm.update, True))


@pytest.mark.parametrize(
    "entry",
    [
        lambda g: g[::-1],
        lambda g: jnp.cumsum(g, axis=0),
        lambda g: jnp.sort(g, axis=0),
        lambda g: g - g.mean(),
        lambda g: g @ g.T @ g,
        lambda g: jnp.roll(g, 1),
        lambda g: jax.lax.cond(g.sum() > 0, lambda: g, lambda: -g),
        lambda g: g + jax.random.normal(jax.random.key(0), g.shape),
    ],
)
def test_anything_that_mixes_entries_is_seen(entry):
    def update(gradients, state, params=None):
        return jax.tree.map(entry, gradients), state

    mixing = optax.GradientTransformation(lambda params: optax.EmptyState(), update)
    assert not learn.is_elementwise(mixing)


def test_bad_names_and_options_are_refused():
    with pytest.raises(NnlabError, match="adam"):
        learn.optimizer("adan", 0.1)
    with pytest.raises(NnlabError, match="momentun"):
        learn.optimizer("momentum", 0.1, momentun=0.5)
    with pytest.raises(NnlabError, match="key="):
        learn.optimizer("noisy_sgd", 0.1)
