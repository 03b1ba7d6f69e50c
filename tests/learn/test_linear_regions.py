"""Linear pieces along a line: against constructions of known count, and a fine grid."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab import learn, nn, theory
from nnlab.errors import NnlabError
from nnlab.learn import linear_pieces
from nnlab.nn import Size


def params_of(net, inputs, seed=0):
    return net.init(nn.study_key("regions", seed), jnp.zeros((1, inputs)))["params"]


def layers_of(params):
    return [(layer["kernel"], layer["bias"]) for _, layer in sorted(params.items())]


@pytest.mark.parametrize("layers", [1, 2, 5, 10])
def test_tent_maps_have_two_to_the_layers(layers):
    assert linear_pieces(theory.folding_network(2, layers), [0.0], [1.0]) == 2**layers


@pytest.mark.parametrize(("units", "layers"), [(3, 1), (3, 5), (4, 4), (10, 3), (24, 1)])
def test_folds_have_as_many_as_there_can_be(units, layers):
    network = theory.folding_network(units, layers)
    assert linear_pieces(network, [0.0], [1.0]) == theory.deep_regions(units, layers)


@pytest.mark.parametrize("width", [1, 2, 7, 64])
def test_one_hidden_layer_of_one_input_has_one_more_than_units(width):
    for seed in range(5):
        net = nn.MLP(hidden=(width,), out=1, kernel_init="pytorch")
        layers = layers_of(params_of(net, 1, seed))
        assert linear_pieces(layers, [-1e5], [1e5], shortest=0) == width + 1


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_without_biases_one_input_has_two_pieces_at_any_depth(depth):
    net = nn.MLP(hidden=(32,) * depth, out=1)
    assert linear_pieces(layers_of(params_of(net, 1)), [-1.0], [1.0]) == 2


@pytest.mark.slow
def test_a_fine_grid_sees_the_same_pieces():
    net = nn.MLP(hidden=(12, 12), out=3, bias_init=nn.normal(0.3))
    params = params_of(net, 5)
    start, end = np.random.default_rng(1).standard_normal((2, 5)).astype(np.float32) * 2
    share = np.linspace(0, 1, 200_001)[:, None]
    h = start + share * (end - start)
    patterns = []
    for kernel, bias in layers_of(params)[:-1]:
        z = h @ np.float64(kernel) + np.float64(bias)
        patterns.append(z > 0)
        h = np.maximum(z, 0)
    seen = np.concatenate(patterns, axis=1)
    changes = 1 + int((seen[1:] != seen[:-1]).any(axis=1).sum())
    assert changes > 5
    assert linear_pieces(layers_of(params), start, end) == changes


def test_a_unit_that_reaches_no_output_ends_no_piece():
    kernel, bias = jnp.array([[1.0, 1.0]]), jnp.array([-0.3, -0.6])
    dead = [(kernel, bias), (jnp.array([[1.0], [0.0]]), jnp.zeros(1))]
    assert linear_pieces(dead, [0.0], [1.0]) == 2
    behind = [(kernel, bias), (jnp.array([[1.0, 0.0], [0.0, -1.0]]), jnp.array([0.0, -5.0]))]
    behind.append((jnp.ones((2, 1)), jnp.zeros(1)))
    assert linear_pieces(behind, [0.0], [1.0]) == 2


@pytest.mark.slow
def test_padding_adds_no_piece():
    x = jnp.asarray(np.random.default_rng(2).standard_normal((2, 6)), jnp.float32)
    counts = []
    for width in (6, Size(6, 16)):
        net = nn.MLP(hidden=(width, width), out=2, bias_init=nn.normal(0.5))
        measure = learn.linear_regions(x[:1], x[1:])
        trial = learn.supervised(
            nn.study_key("padding", 3),
            net,
            learn.optimizer("sgd", 0.1),
            jnp.zeros((4, 6)),
            jnp.zeros(4, jnp.int32),
            batch=None,
            measures=[measure],
        )
        counts.append(float(trial.measure(trial.init())["linear_regions"]))
    assert counts[0] == counts[1] > 2


def test_it_runs_under_vmap_with_lanes_of_different_counts():
    networks = [theory.folding_network(4, 3), theory.folding_network(4, 3)]
    networks[1] = [(0 * k, b) for k, b in networks[1]]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *networks)
    start, end = jnp.zeros(1), jnp.ones(1)
    counts = jax.jit(jax.vmap(lambda layers: linear_pieces(layers, start, end)))(stacked)
    assert counts.tolist() == [125, 1]


def test_too_many_crossings_are_told_as_nan():
    counted = linear_pieces(theory.folding_network(3, 3), [0.0], [1.0], most=10)
    assert np.isnan(counted)


@pytest.mark.parametrize(
    "net", [nn.MLP(hidden=(3,), out=1, activation="tanh"), nn.Dense(3)], ids=["tanh", "dense"]
)
def test_other_networks_are_refused(net):
    snapshot = learn.Snapshot({}, net, *[None] * 6)  # type: ignore[arg-type]
    with pytest.raises(NnlabError, match="counts the pieces of an nn"):
        learn.linear_regions(np.zeros((1, 2)), np.ones((1, 2)))(snapshot)
