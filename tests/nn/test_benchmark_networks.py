"""The convolutional and the recurrent network of the MNIST-1D benchmark can be built."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest
from flax import linen

from nnlab.nn import GRU, Conv, Dense, activate, flatten, study_key

PYTORCH = {"kernel_init": "pytorch", "bias_init": "pytorch"}


class Convolutional(linen.Module):
    channels: int = 25

    @linen.compact
    def __call__(self, x):
        h = x[..., None]
        for taps in (5, 3, 3):
            layer = Conv(self.channels, (taps,), strides=2, padding=1, **PYTORCH)
            h = activate("relu", layer(h))
        assert h.shape[1:] == (5, 25)
        return Dense(10, **PYTORCH)(flatten(h))


class Gated(linen.Module):
    @linen.compact
    def __call__(self, x):
        h = flatten(GRU(6, bidirectional=True)(x[..., None]))
        assert h.shape[1] == 480
        return Dense(10, **PYTORCH)(h)


@pytest.mark.parametrize("net, count", [(Convolutional(), 5210), (Gated(), 5134)])
def test_parameter_counts(net, count):
    y, variables = jax.eval_shape(
        net.init_with_output, study_key("benchmark", 0), jnp.ones((2, 40))
    )
    assert y.shape == (2, 10)
    assert sum(leaf.size for leaf in jax.tree.leaves(variables)) == count
