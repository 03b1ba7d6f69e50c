"""Layers one after another, and the detour around some."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.nn import Conv, Dense, Features, Residual, Sequential, Size, flatten, study_key
from nnlab.nn.size import traced_sizes

KEY = study_key("sequential", 0)
X = jnp.asarray(np.random.default_rng(0).normal(size=(5, 6)), jnp.float32)


def dense(width):
    return Dense(width, "pytorch", "pytorch")


def residual_network(width):
    branch = Residual((dense(width), "relu"))
    return Sequential((dense(width), "relu", branch, dense(3)))


def test_layers_follow_one_another():
    net = Sequential((lambda x: x[..., None], Conv(4, (3,), 2), "tanh", flatten, dense(3)))
    variables = net.init(KEY, X)
    assert set(variables["params"]) == {"layers_1", "layers_4"}

    def alone(layer, name, h):
        return layer.apply({"params": variables["params"][name]}, h)

    h = jnp.tanh(alone(Conv(4, (3,), 2), "layers_1", X[..., None]))
    expected = alone(dense(3), "layers_4", flatten(h))
    np.testing.assert_array_equal(net.apply(variables, X), expected)


def test_a_residual_adds_its_layers_to_what_it_is_given():
    net = residual_network(4)
    variables = net.init(KEY, X)
    p = variables["params"]
    inner = p["layers_2"]["layers_0"]
    h = np.maximum(X @ p["layers_0"]["kernel"] + p["layers_0"]["bias"], 0)
    h = h + np.maximum(h @ inner["kernel"] + inner["bias"], 0)
    expected = h @ p["layers_3"]["kernel"] + p["layers_3"]["bias"]
    np.testing.assert_allclose(net.apply(variables, X), expected, rtol=1e-5, atol=1e-6)
    assert not np.array_equal(inner["kernel"], p["layers_0"]["kernel"][:4])


def test_a_padded_one_is_the_network():
    padded, alone = residual_network(Size(jnp.int32(4), 7)), residual_network(4)
    assert traced_sizes(padded) and not traced_sizes(alone)
    variables, other = padded.init(KEY, X), alone.init(KEY, X)
    inner = variables["params"]["layers_2"]["layers_0"]["kernel"]
    np.testing.assert_array_equal(inner[:4, :4], other["params"]["layers_2"]["layers_0"]["kernel"])
    assert not np.any(inner[4:]) and not np.any(inner[:, 4:])
    y, expected = padded.apply(variables, X), alone.apply(other, X)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    hidden = Sequential((dense(Size(jnp.int32(4), 7)), Residual((dense(Size(jnp.int32(4), 7)),))))
    assert isinstance(hidden.apply(hidden.init(KEY, X), X), Features)


def test_a_residual_that_changes_the_shape_is_refused():
    with pytest.raises(NnlabError, match=r"\(5, 6\) into \(5, 4\)"):
        Residual((dense(4),)).init(KEY, X)


def test_an_unknown_activation_is_named():
    with pytest.raises(NnlabError, match="did you mean 'relu'"):
        jax.eval_shape(Sequential(("rellu",)).init, KEY, X)
