"""What becomes of a signal on its way through a network that is not trained yet."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError
from nnlab.nn.keys import entry_normal, stream
from nnlab.nn.mlp import MLP
from nnlab.nn.size import Size, unpack

from .trial import Along, along

__all__ = ["signal_profile"]


def signal_profile(key: jax.Array, net: Any, x: jax.Array, draws: int) -> dict[str, Along]:
    """How large activations and backpropagated gradients are, layer by layer, at initialisation.

    For one input x [features] and `draws` independent initial networks. q is the mean square of
    the units of a hidden layer; d the mean square of the derivatives, by the layer's
    preactivations, of a random projection (standard normal) of the outputs.

    Returns, as means over the draws, along "layer" (the hidden layers):
      `forward`: of q. `forward_squared`: of q^2; over the square of `forward` it says how unequal
      networks are. `backward`: of d.

    Raises:
      NnlabError: for a network other than `nn.MLP` with biases: the gradient by a layer's bias is
        that by its preactivations.
    """
    if not isinstance(net, MLP) or not net.use_bias or x.ndim != 1:
        raise NnlabError("signal_profile: give an nn.MLP with biases and one input x [features]")
    key = stream(key, "signal_profile")

    def one(i: jax.Array) -> jax.Array:
        params = net.init(jax.random.fold_in(key, 2 * i), x[None])["params"]

        def outputs(params) -> Any:
            return net.apply({"params": params}, x[None], mutable=["intermediates"])

        y, pull, sown = jax.vjp(outputs, params, has_aux=True)
        values, size = unpack(y)
        projection = size.keep(entry_normal(jax.random.fold_in(key, 2 * i + 1), *values.shape))
        (gradient,) = pull(projection if y is values else y.replace(values=projection))
        hidden = [unpack(h) for h in sown["intermediates"]["activations"]]
        q = jnp.stack([_mean_square(h[0], size) for h, size in hidden])
        d = [_mean_square(gradient[f"layer_{k}"]["bias"], n) for k, (_, n) in enumerate(hidden)]
        return jnp.stack([q, jnp.square(q), jnp.stack(d)])

    # One after the other: all at once would need memory for all their weights.
    means = jnp.mean(jax.lax.map(one, jnp.arange(draws)), axis=0)
    names = ("forward", "forward_squared", "backward")
    return {name: along(values, "layer") for name, values in zip(names, means, strict=True)}


def _mean_square(values: jax.Array, size: Size) -> jax.Array:
    return jnp.sum(jnp.square(values)) / size.count(values.dtype)
