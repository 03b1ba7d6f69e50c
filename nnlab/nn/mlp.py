"""The multilayer perceptron."""

from __future__ import annotations

from typing import Any

import jax
from flax import linen

from nnlab.errors import NnlabError

from .initialisers import Initialiser, bias_initialiser
from .layers import Activation, Dense, Dropout, LayerNorm, activate
from .size import Features, Size

__all__ = ["MLP"]


class MLP(linen.Module):
    """A multilayer perceptron: [..., features] -> [..., out], the last layer linear.

    hidden: the widths of the hidden layers, ints or Sizes; () gives a linear model.
    activation: an elementwise function, or its name in `activations`.
    kernel_init: a name in `initialisers` or a function of that signature, for the weights of every
        layer; biases start at zero, but as U(+-1/sqrt(fan_in)) with "pytorch".
    bias_init: another initialiser for the biases of every layer, such as `normal(0.001)`.
    gain: a factor on all initial weights, traced or not; or a tuple of one for each layer, the
        last layer's among them.
    layer_norm: normalise before each activation.
    dropout: the rate after each activation, traced or not; active exactly when apply is
        given a "dropout" rng. The number 0 leaves the layers out.

    Sows "preactivations" and "activations" into "intermediates": tuples over the hidden layers
    of arrays [..., width] or Features.
    """

    hidden: tuple[int | Size, ...]
    out: int | Size
    activation: Activation = "relu"
    kernel_init: str | Initialiser = "he_normal"
    gain: Any = 1.0
    use_bias: bool = True
    layer_norm: bool = False
    dropout: Any = 0.0
    bias_init: str | Initialiser | None = None

    @linen.compact
    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        for i, width in enumerate(self.hidden):
            x = self._dense(width, i)(x)
            if self.layer_norm:
                x = LayerNorm(name=f"norm_{i}")(x)
            self.sow("intermediates", "preactivations", x)
            x = activate(self.activation, x)
            self.sow("intermediates", "activations", x)
            if not (isinstance(self.dropout, int | float) and self.dropout == 0):
                x = Dropout(self.dropout, name=f"dropout_{i}")(x)
        return self._dense(self.out, len(self.hidden))(x)

    def _dense(self, width: int | Size, place: int) -> Dense:
        bias = self.bias_init or bias_initialiser(self.kernel_init)
        gain = self.gain
        if isinstance(gain, tuple):
            if len(gain) != len(self.hidden) + 1:
                raise NnlabError(
                    f"MLP: {len(gain)} gains for {len(self.hidden) + 1} layers; give one for each, "
                    "or one number for all"
                )
            gain = gain[place]
        return Dense(width, self.kernel_init, bias, gain, self.use_bias, name=f"layer_{place}")
