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
    snapshot = learn.Snapshot(sorted_as_text, *[None] * 7)
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


def test_backpropagated_gradients_are_those_of_each_example_by_its_preactivations():
    net = nn.MLP((6, 5), 3, "tanh")
    params, recorded = measured(net, (learn.backpropagated,))
    weights = [params[f"layer_{i}"] for i in range(3)]

    def loss(x, y, first, second):
        """The loss of one example, with offsets to its preactivations."""
        h = jnp.tanh(x @ weights[0]["kernel"] + weights[0]["bias"] + first)
        h = jnp.tanh(h @ weights[1]["kernel"] + weights[1]["bias"] + second)
        outputs = h @ weights[2]["kernel"] + weights[2]["bias"]
        return learn.cross_entropy(outputs[None], y[None])[0]

    by_offset = jax.vmap(jax.grad(loss, (2, 3)), (0, 0, None, None))
    for i, gradient in enumerate(by_offset(X, Y, jnp.zeros(6), jnp.zeros(5))):
        expected = np.sqrt((np.asarray(gradient) ** 2).sum(-1).mean())
        np.testing.assert_allclose(recorded["backpropagated"].values[i], expected, rtol=1e-5)


def test_saturation_counts_small_slopes_and_dead_units():
    params = nn.MLP((3,), 3).init(KEY, X)["params"]

    def of(activation, bias):
        """Shares for three units whose preactivations are x_0 + bias."""
        net = nn.MLP((3,), 3, activation)
        hidden = {
            "kernel": jnp.zeros((4, 3)).at[0].set(1.0),
            "bias": jnp.asarray(bias, jnp.float32),
        }
        state = {**params, "layer_0": hidden}
        snapshot = learn.Snapshot(state, net, None, None, X, Y, jnp.ones(len(X)), None)
        rows = learn.saturation(snapshot)
        return float(rows["saturated"].values[0]), float(rows["dead"].values[0])

    off = float((X[:, 0] < 0).mean())
    assert of("relu", [0, 20, -20]) == pytest.approx(((off + 0 + 1) / 3, 1 / 3))
    assert of("leaky_relu", [0, 20, -20]) == pytest.approx(((off + 0 + 1) / 3, 0))
    assert of("logistic", [0, 20, -20]) == pytest.approx((2 / 3, 2 / 3))
    z = np.asarray(X[:, 0])
    assert of("tanh", [2, 2, 2])[0] == pytest.approx((1 - np.tanh(z + 2) ** 2 < 0.05).mean())
    assert of("softplus", [-20, 0, 0])[1] == pytest.approx(1 / 3)


def test_saturation_sees_neither_padding_nor_examples_beyond_the_set():
    alone = measured(nn.MLP((6, 5), 3), (learn.saturation, learn.backpropagated))[1]

    @jax.jit
    def padded(six, five):
        x = jnp.concatenate([X, 100 * jnp.ones((8, 4))])
        y = jnp.concatenate([Y, jnp.zeros(8, jnp.int32)])
        net = nn.MLP((nn.Size(six, 8), nn.Size(five, 9)), 3)
        trial = learn.supervised(
            KEY,
            net,
            learn.optimizer("sgd", 0.1),
            x,
            y,
            examples=nn.Size(jnp.int32(40), 48),
            measures=(learn.saturation, learn.backpropagated),
        )
        return trial.measure(trial.init())

    recorded = padded(6, 5)
    for name in ("saturated", "dead", "backpropagated"):
        np.testing.assert_allclose(recorded[name].values, alone[name].values, rtol=1e-5)


def test_what_these_measures_need_is_told():
    class Silent(linen.Module):
        @linen.compact
        def __call__(self, x):
            h = linen.Dense(6, use_bias=False)(x)
            return linen.Dense(3)(linen.relu(h))

    for measure, match in ((learn.backpropagated, "need biases"), (learn.saturation, "use nn.MLP")):
        with pytest.raises(NnlabError, match=match):
            measured(Silent(), (measure,))


def test_parameters_are_counted_and_padding_is_refused():
    net = nn.MLP((6, 5), 3)
    params, recorded = measured(net, [learn.parameter_count])
    assert recorded["parameters"] == 4 * 6 + 6 + 6 * 5 + 5 + 5 * 3 + 3
    assert recorded["parameters"] == sum(leaf.size for leaf in jax.tree.leaves(params))
    with pytest.raises(NnlabError, match="padded"):
        measured(nn.MLP((nn.Size(3, 5),), 3), [learn.parameter_count])


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
