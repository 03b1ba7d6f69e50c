from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnlab import learn, nn
from nnlab.errors import NnlabError

RANDOM = np.random.default_rng(4)
X = jnp.asarray(RANDOM.normal(size=(40, 4)), jnp.float32)
Y = jnp.asarray(RANDOM.integers(0, 3, size=40), jnp.int32)
KEY = nn.study_key("measures", 1)
ALL = (learn.gradient_norm, learn.weight_norm, learn.activation_statistics)


def measured(net, measures=ALL, **options):
    trial = learn.supervised(
        KEY, net, learn.optimizer("sgd", 0.1), X, Y, measures=measures, **options
    )

    @jax.jit
    def run():
        state = trial.init()
        return state.params, trial.measure(state)

    return run()


def test_norms_by_layer():
    net = nn.MLP((6, 5), 3, kernel_init="pytorch")
    params, recorded = measured(net, evaluation_batch=16)
    gradient = jax.jit(
        jax.grad(lambda p: learn.cross_entropy(net.apply({"params": p}, X), Y).mean())
    )(params)
    for name in ("gradient_norm", "weight_norm"):
        assert recorded[name].axes == ("layer",)
    for i, layer in enumerate(("layer_0", "layer_1", "layer_2")):
        flat = np.concatenate([np.ravel(leaf) for leaf in gradient[layer].values()])
        np.testing.assert_allclose(
            recorded["gradient_norm"].values[i], np.linalg.norm(flat), rtol=1e-4
        )
        np.testing.assert_allclose(
            recorded["weight_norm"].values[i], np.linalg.norm(params[layer]["kernel"]), rtol=1e-5
        )


def test_layers_stand_in_the_order_of_their_numbers():
    params = {f"layer_{i}": {"kernel": jnp.full((1, 1), float(i))} for i in range(13)}
    sorted_as_text = {name: params[name] for name in sorted(params)}
    snapshot = learn.Snapshot(sorted_as_text, *[None] * 6)
    np.testing.assert_array_equal(learn.weight_norm(snapshot)["weight_norm"].values, range(13))


def test_activation_statistics_are_moments_over_units_and_examples():
    net = nn.MLP((6, 5), 3)
    params, recorded = measured(net)
    h = X
    for i in range(2):
        h = jax.nn.relu(h @ params[f"layer_{i}"]["kernel"] + params[f"layer_{i}"]["bias"])
        for name, expected in (
            ("activation_mean", h.mean()),
            ("activation_second_moment", (h**2).mean()),
            ("activation_zeros", (h == 0).mean()),
        ):
            np.testing.assert_allclose(recorded[name].values[i], expected, rtol=1e-5)


def test_padding_changes_no_measure():
    _, alone = measured(nn.MLP((6, 5), 3, layer_norm=True))

    @jax.jit
    def padded(six, five):
        return measured(nn.MLP((nn.Size(six, 8), nn.Size(five, 9)), 3, layer_norm=True))[1]

    recorded = padded(6, 5)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), recorded, alone)


def test_a_network_that_sows_nothing_is_told_how():
    class Silent(linen.Module):
        @linen.compact
        def __call__(self, x):
            return linen.Dense(3)(x)

    with pytest.raises(NnlabError, match="sow"):
        measured(Silent())


def test_symmetry_of_zero_and_constant_weights_lasts():
    def after(init, gain):
        net = nn.MLP((6, 5), 3, kernel_init=init, gain=gain)
        sgd = learn.optimizer("sgd", 0.1)
        trial = learn.supervised(KEY, net, sgd, X, Y, batch=10, measures=(learn.symmetry,))
        state = jax.jit(lambda: jax.lax.fori_loop(0, 5, trial.step, trial.init()))()
        recorded = trial.measure(state)
        return recorded["largest_inner"], recorded["unit_difference"], state.params

    inner, difference, params = after("zero", 1.0)
    assert inner == 0 and difference == 0 and jnp.any(params["layer_2"]["bias"] != 0)
    inner, difference, _ = after("constant", 0.3)
    assert inner > 0.3 and difference < 1e-6
    inner, difference, params = after("he_normal", 1.0)
    assert inner >= jnp.max(jnp.abs(params["layer_0"]["kernel"])) and difference > 0.1


def test_the_distance_from_the_start_is_that_of_all_parameters_together():
    net = nn.MLP((6, nn.Size(5, 8)), 3, kernel_init="pytorch")
    trial = learn.supervised(
        KEY,
        net,
        learn.optimizer("sgd", 0.1),
        X,
        Y,
        batch=None,
        measures=[learn.distance_from_start(KEY)],
    )

    @jax.jit
    def run():
        start = trial.init()
        end = jax.lax.fori_loop(0, 3, trial.step, start)
        return start.params, end.params, trial.measure(start), trial.measure(end)

    first, last, before, after = run()
    moved = [np.ravel(b - a) for a, b in zip(*map(jax.tree.leaves, (first, last)), strict=True)]
    assert before["distance"] == 0
    np.testing.assert_allclose(after["distance"], np.linalg.norm(np.concatenate(moved)), rtol=1e-5)
    assert after["distance"] > 0.01
