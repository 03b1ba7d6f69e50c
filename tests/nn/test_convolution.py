"""Convolution: against XLA's and Flax's, and padded against the layer alone."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen
from jax import lax

from nnlab.errors import NnlabError
from nnlab.nn import Conv, Features, Size, activate, study_key

KEY = study_key("convolution", 0)
GEOMETRIES = [
    ((5,), {"strides": 2, "padding": 1}),
    ((3,), {"padding": "SAME"}),
    ((4,), {"strides": 3, "padding": "SAME"}),
    ((3,), {"strides": 2, "dilation": 2, "padding": "VALID"}),
    ((1,), {"padding": "VALID"}),
    ((2,), {"strides": 3, "padding": [(0, 4)]}),
    ((3, 3), {"padding": "SAME"}),
    ((3, 2), {"strides": (2, 1), "dilation": (1, 2), "padding": [(2, 0), (1, 1)]}),
    ((2, 3), {"strides": 2, "padding": 1}),
]


def inputs(axes, channels=3, leading=(4,), seed=0):
    shape = (*leading, *(11, 9)[:axes], channels)
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape))


def reference(x, kernel, strides=1, dilation=1, padding="SAME"):
    """XLA's own convolution."""
    axes = kernel.ndim - 2

    def each(value):
        return (value,) * axes if isinstance(value, int) else tuple(value)

    return lax.conv_general_dilated(
        x,
        kernel,
        each(strides),
        [(padding, padding)] * axes if isinstance(padding, int) else padding,
        rhs_dilation=each(dilation),
        dimension_numbers=("NWC", "WIO", "NWC") if axes == 1 else ("NHWC", "HWIO", "NHWC"),
    )


@pytest.mark.parametrize("axes", [1, 2])
def test_value_and_gradient_are_those_of_xla(axes):
    geometries = [(size, options) for size, options in GEOMETRIES if len(size) == axes]
    random = np.random.default_rng(1)

    def ours(x, kernel, options):
        layer = Conv(4, kernel.shape[:axes], use_bias=False, **options)
        return layer.apply({"params": {"kernel": kernel}}, x)

    def theirs(x, kernel, options):
        return reference(x, kernel, **options)

    def all_of(convolve, x, kernels):
        def loss(x, kernel, options):
            y = convolve(x, kernel, options)
            return jnp.sum(jnp.sin(y)), y

        gradient = jax.grad(loss, (0, 1), has_aux=True)
        return [gradient(x, k, g[1]) for k, g in zip(kernels, geometries, strict=True)]

    with jax.enable_x64(True):
        x = inputs(axes)
        kernels = [jnp.asarray(random.normal(size=(*size, 3, 4))) for size, _ in geometries]
        both = [jax.jit(functools.partial(all_of, f))(x, kernels) for f in (ours, theirs)]
    for mine, xla in zip(*map(jax.tree.leaves, both), strict=True):
        assert np.abs(mine).max() > 0.1
        np.testing.assert_allclose(mine, xla, rtol=0, atol=1e-11)


def test_it_is_flax_conv_with_flax_parameters():
    x = jnp.asarray(inputs(2), jnp.float32)
    flax = linen.Conv(5, (3, 3), strides=2, padding="SAME", bias_init=linen.initializers.ones)
    y, variables = jax.jit(flax.init_with_output)(jax.random.key(0), x)
    ours = jax.jit(Conv(5, (3, 3), strides=2).apply)(variables, x)
    np.testing.assert_allclose(ours, y, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("leading", [(), (2, 3)])
def test_any_number_of_leading_axes(leading):
    x = jnp.asarray(inputs(1, leading=leading), jnp.float32)
    layer = Conv(4, (3,), strides=2)
    variables = {"params": {"kernel": jnp.ones((3, 3, 4)), "bias": jnp.arange(4.0)}}
    y = layer.apply(variables, x)
    assert y.shape == (*leading, 6, 4)
    first = layer.apply(variables, x[(0,) * len(leading)])
    np.testing.assert_allclose(y[(0,) * len(leading)], first, rtol=1e-5, atol=1e-6)


def test_between_layers_no_axes_are_turned_back():
    """In the gradients of several networks XLA cancels the transposes of neighbouring layers."""

    class Two(linen.Module):
        between: Callable[[jax.Array], jax.Array]

        @linen.compact
        def __call__(self, x):
            h = activate("relu", Conv(11, (5,), strides=2, padding=1)(x))
            return jnp.mean(Conv(11, (3,), strides=2, padding=1)(self.between(h)))

    def turned(between):
        net, x = Two(between), jnp.zeros((13, 40, 1), jnp.float32)
        params = jax.vmap(lambda key: net.init(key, x))(jax.random.split(jax.random.key(0), 2))
        step = jax.jit(jax.vmap(jax.grad(net.apply), in_axes=(0, None)))
        program = step.lower(params, x).compile().as_text()
        shapes = re.findall(r"= \w+\[([\d,]+)\]\S* transpose\(", program)
        # Two networks, 13 examples, 19 positions after the first layer, 11 channels.
        return [shape for shape in shapes if sorted(shape.split(",")) == ["11", "13", "19", "2"]]

    assert not turned(lambda h: h)
    assert turned(lambda h: jnp.cumsum(h, axis=-1))  # else the test would see nothing at all


def test_initial_weights_count_taps_and_live_channels():
    expected = {"he_normal": 2 / (6 * 40), "glorot_uniform": 2 / (6 * (40 + 90))}
    h = Features(jnp.zeros((1, 4, 5, 64)), Size(40, 64))

    def kernel_of(name):
        return Conv(90, (2, 3), kernel_init=name).init(KEY, h)["params"]["kernel"]

    drawn = jax.jit(lambda: {name: kernel_of(name) for name in expected})()
    for name, kernel in jax.tree.map(np.asarray, drawn).items():
        assert kernel.shape == (2, 3, 64, 90) and not kernel[:, :, 40:].any()
        assert abs(kernel[:, :, :40].var() / expected[name] - 1) < 0.05
        taps = kernel[:, :, :40].reshape(6, -1)
        np.testing.assert_allclose(np.corrcoef(taps), np.eye(6), atol=0.08)


def test_bias_of_pytorch_and_gain():
    x = jnp.ones((1, 8, 4))

    def params(gain):
        layer = Conv(300, (3,), kernel_init="pytorch", bias_init="pytorch", gain=gain)
        return layer.init(KEY, x)["params"]

    one, two = jax.jit(lambda: (params(1.0), params(2.0)))()
    assert 0.95 < np.abs(one["bias"]).max() * np.sqrt(12) <= 1
    np.testing.assert_array_equal(one["bias"], two["bias"])
    np.testing.assert_array_equal(2 * one["kernel"], two["kernel"])
    without = jax.eval_shape(Conv(2, (3,), use_bias=False).init, KEY, x)
    assert set(without["params"]) == {"kernel"}


def test_it_masks_whatever_its_parameters_hold():
    variables = {"params": {"kernel": jnp.ones((3, 3, 4)), "bias": jnp.ones(4)}}
    y = Conv(Size(2, 4), (3,)).apply(variables, jnp.ones((1, 5, 3)))
    assert isinstance(y, Features)
    np.testing.assert_array_equal(y.values[..., 2:], 0)


@pytest.mark.parametrize(
    "shape, options, message",
    [
        ((5, 4), {"kernel_size": (3, 3)}, "position axes"),
        ((1, 5, 4), {"kernel_size": 3}, r"\(k,\)"),
        ((1, 5, 4), {"kernel_size": (7,), "padding": "VALID"}, "does not fit"),
        ((1, 5, 4), {"kernel_size": (3,), "padding": "same"}, "SAME"),
        ((1, 5, 4), {"kernel_size": (3,), "padding": [(1, 1), (1, 1)]}, "1 axes"),
        ((1, 5, 4), {"kernel_size": (3,), "strides": 0}, "1 or more"),
        ((1, 5, 5, 4), {"kernel_size": (3, 3), "strides": (2,)}, "1 numbers for 2 axes"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(shape, options, message):
    with pytest.raises(NnlabError, match=message):
        Conv(2, **options).init(KEY, jnp.ones(shape))
