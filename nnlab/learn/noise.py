"""How noisy the gradient of a minibatch is, where the network stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from nnlab.nn.choose import choose
from nnlab.nn.keys import stream
from nnlab.nn.size import Size

from .arguments import check_batch, cut
from .batches import indices
from .evaluation import weighted_mean
from .loss import Loss, losses
from .supervision import Snapshot

__all__ = ["gradient_noise"]

_AT_ONCE = 64  # gradients of single examples side by side


def gradient_noise(
    key: jax.Array,
    x: Any,
    y: Any,
    batch: int | Size,
    *,
    order: str = "with_replacement",
    draws: int = 200,
    loss: str | Loss = "cross_entropy",
) -> Callable[[Snapshot], dict[str, jax.Array]]:
    """A measure for `supervised`: how minibatch gradients scatter about the gradient of all.

    Args:
      key: the trial's key; minibatches are drawn from its stream "gradient_noise".
      x, y: the training set [N, ...].
      batch, order, loss: as in `supervised`. Of an order by epochs it is the first minibatch of
        each of `draws` epochs that counts; "full" and "systematic" draw nothing by chance.
      draws: minibatches drawn.

    Returns, all of the gradient as one vector over all parameters:
      `gradient_variance`: the mean squared distance, over the draws, of a minibatch's gradient
        from that of all examples: the trace of its covariance.
      `example_variance`: the same for single examples, exact over all N.
      `gradient_square`: the squared norm of the gradient of all examples.
    """
    check_batch("gradient_noise", batch, order, draws=draws)
    loss_function: Loss = choose(losses, "loss", loss)
    train = cut("training set", (x, y), None)
    key = stream(key, "gradient_noise")

    def measure(snapshot: Snapshot) -> dict[str, jax.Array]:
        def gradient(rows: jax.Array, weight: jax.Array) -> Any:
            def mean_loss(params: Any) -> jax.Array:
                values = loss_function(snapshot.apply(params, train.x[rows]), train.y[rows])
                return weighted_mean(values, weight)

            return jax.grad(mean_loss)(snapshot.params)

        every = jnp.arange(train.n, dtype=jnp.int32)
        overall = gradient(every, jnp.ones(train.n, jnp.float32))

        def distance(rows: jax.Array, weight: jax.Array) -> jax.Array:
            return _square(jax.tree.map(jnp.subtract, gradient(rows, weight), overall))

        def of_draw(i: jax.Array) -> jax.Array:
            return distance(*indices(order, jax.random.fold_in(key, i), 0, batch, train.n))

        def of_example(i: jax.Array) -> jax.Array:
            return distance(i[None], jnp.ones(1, jnp.float32))

        drawn = jax.lax.map(of_draw, jnp.arange(draws))
        alone = jax.lax.map(of_example, every, batch_size=min(_AT_ONCE, train.n))
        return {
            "gradient_variance": jnp.mean(drawn),
            "example_variance": jnp.mean(alone),
            "gradient_square": _square(overall),
        }

    return measure


def _square(tree: Any) -> jax.Array:
    return jnp.sum(jnp.stack([jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)]))
