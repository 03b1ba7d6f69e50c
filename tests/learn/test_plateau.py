from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn
from nnlab.errors import NnlabError

RANDOM = np.random.default_rng(5)
X = jnp.asarray(RANDOM.normal(size=(60, 4)), jnp.float32)
Y = jnp.asarray(RANDOM.integers(0, 3, size=60), jnp.int32)  # nothing to learn: it soon gets worse
KEY = nn.study_key("plateau", 1)
HELD_OUT = learn.Feedback(X[40:], Y[40:], every=5)


def make(
    rate=0.5,
    net=None,
    key=KEY,
    feedback: learn.Feedback | None = HELD_OUT,
    lowest=0.0,
    patience=2,
    name="sgd",
):
    optimizer = learn.optimizer(name, rate)
    return learn.supervised(
        key,
        nn.MLP((5,), 3) if net is None else net,
        learn.reduced_on_plateau(optimizer, 0.5, patience, lowest=lowest),
        X[:40],
        Y[:40],
        batch=8,
        feedback=feedback,
        evaluate={"train": (X[:40], Y[:40]), "held_out": (X[40:], Y[40:])},
    )


def walked(trial, steps):
    """All states from step 0 on, stacked."""

    def step(state, i):
        return trial.step(i, state), state

    last, states = jax.lax.scan(step, trial.init(), jnp.arange(steps, dtype=jnp.int32))
    return jax.tree.map(lambda many, one: jnp.concatenate([many, one[None]]), states, last)


def expected_scales(values, patience=2, factor=0.5):
    """The rule written out: the scale after each value."""
    best, waited, scale, scales = np.inf, 0, 1.0, []
    for value in values:
        if value < (1 - 1e-4) * best:
            best, waited = value, 0
        else:
            waited += 1
        if waited == patience:
            scale, waited = scale * factor, 0
        scales.append(scale)
    return scales


def test_the_rate_falls_when_the_held_out_loss_stops_improving():
    trial = make()
    states = jax.jit(lambda: walked(trial, 100))()
    measured = jax.jit(jax.vmap(trial.measure))(states)
    losses = np.asarray(measured["held_out_loss"])[:-1:5]
    heard = np.asarray(states.heard)
    np.testing.assert_allclose(heard[1::5], losses, rtol=1e-5)  # told at steps 0, 5, ...
    np.testing.assert_array_equal(heard[1::5], heard[5::5])  # and kept until the next
    scales = np.asarray(states.opt_state.plateau.scale)
    np.testing.assert_allclose(scales[1::5], expected_scales(losses))
    np.testing.assert_array_equal(scales[1::5], scales[5::5])
    assert scales[0] == 1 and 0 < scales[-1] <= 0.25


def test_updates_are_multiplied_by_the_scale():
    descent = learn.reduced_on_plateau(learn.optimizer("sgd", 0.1), 0.5, patience=1)
    params = {"w": jnp.ones(3)}
    state = descent.init(params)
    told = [(1.0, True, 1.0), (1.0, False, 1.0), (2.0, True, 0.5), (0.5, True, 0.5)]
    told += [(jnp.nan, True, 0.25), (0.4, True, 0.25)]
    for value, is_new, scale in told:
        update, state = descent.update(
            params, state, params, value=jnp.float32(value), is_new=jnp.asarray(is_new)
        )
        np.testing.assert_allclose(update["w"], -0.1 * scale, rtol=1e-6)


def test_a_lowest_scale_of_one_is_the_optimizer_alone():
    alone = learn.supervised(
        KEY, nn.MLP((5,), 3), learn.optimizer("momentum", 0.1), X[:40], Y[:40], batch=8
    )
    switched_off = make(0.1, lowest=1.0, name="momentum")
    first, second = (
        jax.jit(lambda t=trial: jax.lax.fori_loop(0, 60, t.step, t.init()).params)()
        for trial in (alone, switched_off)
    )
    jax.tree.map(np.testing.assert_array_equal, first, second)


def test_lanes_react_each_to_its_own_loss():
    def scales(rate, lowest, seed):
        trial = make(rate, key=nn.study_key("plateau", seed), lowest=lowest)
        return walked(trial, 80).opt_state.plateau.scale

    rates, lowest = jnp.array([0.5, 0.5, 0.001]), jnp.array([0.0, 1.0, 0.0])
    seeds = jnp.arange(2, dtype=jnp.uint32)
    inner = jax.vmap(scales, (0, 0, None))
    lanes = jax.jit(jax.vmap(inner, (None, None, 0)))(rates, lowest, seeds)
    assert (lanes[:, 1] == 1).all()
    assert (lanes[:, 0, -1] < 1).all()
    for seed in range(2):
        for lane in (0, 2):
            alone = jax.jit(scales)(rates[lane], lowest[lane], seeds[seed])
            np.testing.assert_array_equal(lanes[seed, lane], alone)


def test_the_held_out_loss_stays_a_branch_under_vmap():
    def run(rate):
        trial = make(rate)
        return jax.lax.fori_loop(0, 10, trial.step, trial.init()).heard

    program = jax.make_jaxpr(jax.vmap(run))(jnp.array([0.1, 0.2]))
    assert "cond" in str(program)


def test_a_padded_network_hears_what_it_hears_alone():
    def run(width):
        trial = make(net=nn.MLP((width,), 3))
        state = jax.lax.fori_loop(0, 40, trial.step, trial.init())
        return state.heard, state.opt_state.plateau.scale

    with jax.enable_x64(True):
        heard, scale = jax.jit(lambda: run(4))()
        padded = jax.jit(jax.vmap(lambda n: run(nn.Size(n, 9))))(jnp.array([4, 7]))
    np.testing.assert_allclose(padded[0][0], heard, rtol=1e-10)
    np.testing.assert_allclose(padded[1][0], scale)
    assert scale < 1


def test_a_width_unsafe_optimizer_stays_so():
    assert learn.reduced_on_plateau(learn.optimizer("adam", 0.1)).width_safe
    assert not learn.reduced_on_plateau(learn.optimizer("muon", 0.1)).width_safe


def test_senseless_arguments_are_refused():
    with pytest.raises(NnlabError, match="Factor"):
        learn.reduced_on_plateau(learn.optimizer("sgd", 0.1), factor=1.5)
    with pytest.raises(NnlabError, match="every is 0"):
        make(feedback=learn.Feedback(X, Y, 0))
    with pytest.raises(NnlabError, match="do not pair up"):
        make(feedback=learn.Feedback(X, Y[:7], 5))
    silent = make(feedback=None)
    with pytest.raises(NnlabError, match="feedback="):
        jax.eval_shape(lambda: silent.step(jnp.int32(0), silent.init()))
