"""The promise of sizes: a padded network is the network alone, for its whole training."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnlab import learn, nn

STEPS, EXAMPLES, CAPACITY = 40, 60, 9
WIDTH, NEIGHBOUR = 4, 7  # of the first hidden layer; the second is one wider

PERCEPTRONS = {
    "relu": {},
    "tanh": {"activation": "tanh", "kernel_init": "glorot_uniform"},
    "sigmoid": {"activation": "sigmoid", "kernel_init": "pytorch"},
    "layer_norm": {"layer_norm": True},
    "dropout": {"dropout": 0.3},
}


class Convolutional(linen.Module):
    """The inputs are positions of one channel."""

    width: int | nn.Size

    @linen.compact
    def __call__(self, x):
        h = nn.activate("softplus", nn.Conv(self.width, (3,), kernel_init="pytorch")(x[..., None]))
        h = nn.max_pool(h, (2,), 1)
        h = nn.activate("tanh", nn.Conv(self.width + 1, (2,), 2, padding=1, gain=0.7)(h))
        return nn.Dense(3)(nn.flatten(h))


class Recurrent(linen.Module):
    """The inputs are times of one channel."""

    width: int | nn.Size
    kind: str
    bidirectional: bool = False

    @linen.compact
    def __call__(self, x):
        layer = getattr(nn, self.kind)
        h = layer(self.width, "lecun_normal", bidirectional=self.bidirectional)(x[..., None])
        return nn.Dense(3)(nn.flatten(h))


MODELS = {
    **{
        name: lambda width, options=options: nn.MLP((width, width + 1), 3, **options)
        for name, options in PERCEPTRONS.items()
    },
    "convolutional": Convolutional,
    "rnn": lambda width: Recurrent(width, "RNN"),
    "gru": lambda width: Recurrent(width, "GRU", bidirectional=True),
    "lstm": lambda width: Recurrent(width, "LSTM"),
}
WIDTH_SAFE = [name for name, row in learn.optimizers.items() if row.width_safe]
RATES = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "adagrad": 0.1}

PAIRS = [(model, name) for name in WIDTH_SAFE for model in MODELS]
# Every model and every optimizer at least once; the rest of the product is slow.
COVER = {
    (list(MODELS)[i % len(MODELS)], WIDTH_SAFE[i % len(WIDTH_SAFE)])
    for i in range(max(len(MODELS), len(WIDTH_SAFE)))
}
CASES = [
    pytest.param(*pair, marks=() if pair in COVER else pytest.mark.slow, id="-".join(pair))
    for pair in PAIRS
]


def test_the_plain_run_covers_every_model_and_every_width_safe_optimizer():
    assert {model for model, _ in COVER} == set(MODELS)
    assert {name for _, name in COVER} == set(WIDTH_SAFE)


def data():
    random = np.random.default_rng(0)
    x = random.normal(size=(EXAMPLES, 5))
    return jnp.asarray(x), jnp.asarray(np.argmax(x[:, :3] + x[:, 2:], axis=1), jnp.int32)


def run(model, name, width):
    """Parameters before and after training."""
    x, y = data()
    net = MODELS[model](width)
    descent = learn.optimizer(name, RATES.get(name, 0.01))
    trial = learn.supervised(nn.study_key("padded", 5), net, descent, x, y, batch=13)
    state = trial.init()
    after = jax.lax.fori_loop(0, STEPS, trial.step, state)
    return state.params, after.params


def lane_of(function):
    """The lane of WIDTH in a padded program, which runs beside a lane of another width."""
    lanes = jax.jit(jax.vmap(lambda width: function(nn.Size(width, CAPACITY))))
    return jax.tree.map(lambda a: np.asarray(a[0]), lanes(jnp.array([WIDTH, NEIGHBOUR])))


def live_and_dead(padded, alone):
    block = tuple(slice(0, n) for n in alone.shape)
    dead = padded.copy()
    dead[block] = 0.0
    return padded[block], dead


@pytest.mark.parametrize("model, name", CASES)
def test_training_in_float64(model, name):
    with jax.enable_x64(True):
        start, end = jax.jit(lambda: run(model, name, WIDTH))()
        padded_start, padded_end = lane_of(lambda width: run(model, name, width))
    moved = 0.0
    for path, alone in jax.tree_util.tree_leaves_with_path(end):
        live, dead = live_and_dead(_at(padded_end, path), alone)
        assert alone.dtype == live.dtype == np.float64
        assert (dead == 0).all()
        np.testing.assert_allclose(live, alone, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(
            live_and_dead(_at(padded_start, path), alone)[0], _at(start, path)
        )
        moved = max(moved, np.abs(alone - _at(start, path)).max())
    assert 1e-2 < moved < 10  # the training was one


@pytest.mark.parametrize("order", ["reshuffled", "with_replacement", "systematic"])
def test_a_padded_minibatch_trains_as_the_minibatch_alone(order):
    def trained(batch):
        x, y = data()
        net, descent = nn.MLP((WIDTH,), 3, "tanh"), learn.optimizer("sgd", 0.1)
        key = nn.study_key("padded", 5)
        trial = learn.supervised(key, net, descent, x, y, batch=batch, order=order)
        return jax.lax.fori_loop(0, STEPS, trial.step, trial.init()).params

    with jax.enable_x64(True):
        alone = jax.jit(lambda: trained(WIDTH))()
        padded = lane_of(trained)
    jax.tree.map(partial(np.testing.assert_allclose, rtol=0, atol=1e-10), padded, alone)


@pytest.mark.parametrize("model", ["relu", "tanh", "sigmoid"])  # each has an initialiser its own
def test_initial_weights_are_bitwise_those_of_the_network_alone(model):
    x = jnp.asarray(data()[0][:1], jnp.float32)

    def params(width):
        net = MODELS[model](width)
        return net.init(nn.stream(nn.study_key("padded", 5), "init"), x)["params"]

    padded, alone = lane_of(params), jax.jit(lambda: params(WIDTH))()
    for path, leaf in jax.tree_util.tree_leaves_with_path(alone):
        live, dead = live_and_dead(_at(padded, path), leaf)
        np.testing.assert_array_equal(live, leaf)
        assert (dead == 0).all()


def _at(tree, path):
    for step in path:
        tree = tree[step.key]
    return tree
