"""Further things to measure: each function takes a `Snapshot` and returns named values.

Pass them to `supervised(..., measures=(learn.gradient_norm, learn.weight_norm))`. A layer is a
module with a weight matrix; layers stand in the order of their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from nnlab.errors import NnlabError
from nnlab.nn.activations import activations
from nnlab.nn.choose import choose
from nnlab.nn.keys import stream
from nnlab.nn.size import traced_sizes, unpack

from .supervision import Snapshot, initial_params
from .trial import Along, along

__all__ = [
    "activation_statistics",
    "backpropagated",
    "distance_from_start",
    "gradient_norm",
    "layers_of",
    "parameter_count",
    "saturation",
    "symmetry",
    "weight_norm",
]


def gradient_norm(snapshot: Snapshot) -> dict[str, Along]:
    """`gradient_norm` along layer: of the mean training loss, by each layer's weights and biases.

    The Euclidean norm, over the whole training set, without dropout.
    """
    gradient = jax.grad(snapshot.loss_of)(snapshot.params)
    return {"gradient_norm": _norms(layers_of(gradient))}


def backpropagated(snapshot: Snapshot) -> dict[str, Along]:
    """`backpropagated` along layer: how large the gradient is that arrives at each hidden layer.

    The root mean square, over the examples of `snapshot.x`, of the Euclidean norm of the derivative
    of the example's own loss by the preactivations of the layer.

    Raises:
      NnlabError: for a network whose layers have no biases: the derivative by a bias is that by
        its preactivation.
    """
    names = [k for k in _names(snapshot.params) if "kernel" in snapshot.params[k]][:-1]
    layers = {k: snapshot.params[k] for k in names}
    if not layers or any("bias" not in layer for layer in layers.values()):
        raise NnlabError("backpropagated: the hidden layers need biases")

    def of_one(x, y):
        def loss(biases):
            params = {k: {**v, **biases.get(k, {})} for k, v in snapshot.params.items()}
            return snapshot.losses_of(params, x[None], y[None])[0]

        gradient = jax.grad(loss)({k: {"bias": layer["bias"]} for k, layer in layers.items()})
        return jnp.stack([jnp.sum(jnp.square(gradient[k]["bias"])) for k in layers])

    squares = jax.vmap(of_one)(snapshot.x, snapshot.y)
    mean = snapshot.weight @ squares / jnp.sum(snapshot.weight)
    return {"backpropagated": along(jnp.sqrt(mean), "layer")}


def saturation(
    snapshot: Snapshot, saturated: float = 0.05, dead: float = 0.001
) -> dict[str, Along]:
    """How many hidden units have a slope too small to learn by, along layer; shares in 0..1.

    `saturated`: of all pairs of a unit and an example of `snapshot.x`, those in which the slope of
    the activation is less than `saturated` of its greatest. `dead`: of all units, those whose slope
    is less than `dead` of the greatest for every example.

    Raises:
      NnlabError: for a network without an `activation` or sown "preactivations", unlike `nn.MLP`.
    """
    net = snapshot.net
    _, sown = net.apply({"params": snapshot.params}, snapshot.x, mutable=["intermediates"])
    layers = sown.get("intermediates", {}).get("preactivations", ())
    if not layers or not hasattr(net, "activation"):
        raise NnlabError(f"saturation: {type(net).__name__} sows no preactivations; use nn.MLP")
    function = choose(activations, "activation", net.activation)

    def slope(z):
        return jnp.abs(jax.jvp(function, (z,), (jnp.ones_like(z),))[1])

    greatest = jnp.max(slope(jnp.linspace(-10, 10, 2001, dtype=jnp.float32)))
    shares = [_small_slopes(slope, z, snapshot.weight, greatest, saturated, dead) for z in layers]
    first, second = zip(*shares, strict=True)
    return {
        "saturated": along(jnp.stack(first), "layer"),
        "dead": along(jnp.stack(second), "layer"),
    }


def _small_slopes(slope, z, weight, greatest, saturated: float, dead: float):
    """The shares of saturated pairs and of dead units in one layer's preactivations."""
    values, size = unpack(z)
    relative = slope(values) / greatest
    live = (weight[:, None] > 0) & size.mask
    pairs = jnp.mean((relative < saturated).astype(jnp.float32), where=live)
    # An example beyond the training set keeps no unit alive.
    alive = jnp.any((relative >= dead) & live, axis=0)
    units = jnp.mean(1 - alive.astype(jnp.float32), where=size.mask)
    return pairs, units


def weight_norm(snapshot: Snapshot) -> dict[str, Along]:
    """`weight_norm` along layer: the Euclidean norm of each layer's weights, without biases."""
    return {"weight_norm": _norms([layer["kernel"] for layer in layers_of(snapshot.params)])}


def parameter_count(snapshot: Snapshot) -> dict[str, jax.Array]:
    """`parameters`: how many weights and biases the network has.

    Raises:
      NnlabError: for a network with padded sizes, whose arrays hold more than it has.
    """
    if traced_sizes(snapshot.net):
        raise NnlabError(
            "parameter_count: the network has padded sizes: declare the factor Static, or "
            "`Sized(..., exact=True)`"
        )
    count = sum(leaf.size for leaf in jax.tree.leaves(snapshot.params))
    return {"parameters": jnp.asarray(count, float)}


def distance_from_start(key: Any) -> Callable[[Snapshot], dict[str, jax.Array]]:
    """A measure: `distance`, how far all parameters together are from those at step 0 (Euclidean).

    key: the trial's key, from which `supervised` has drawn the initial parameters.
    """

    def measure(snapshot: Snapshot) -> dict[str, jax.Array]:
        start = initial_params(snapshot.net, stream(key, "init"), snapshot.x[:1])
        return {"distance": _norm(jax.tree.map(jnp.subtract, snapshot.params, start))}

    return measure


def symmetry(snapshot: Snapshot) -> dict[str, jax.Array]:
    """What is left of the symmetry of weights that start at zero or equal; scalars.

    `largest_inner`: the largest absolute parameter but for the bias of the last layer, which alone
    learns from zero weights. `unit_difference`: how far the units of a hidden layer differ in a
    weight of that layer, at most; 0 while all are equal (and none is padding).
    """
    *hidden, last = layers_of(snapshot.params)
    inner = [*jax.tree.leaves(hidden), last["kernel"]]
    apart = [jnp.max(jnp.ptp(layer["kernel"], axis=-1)) for layer in hidden]
    return {
        "largest_inner": jnp.max(jnp.stack([jnp.max(jnp.abs(leaf)) for leaf in inner])),
        "unit_difference": jnp.max(jnp.stack([jnp.zeros(()), *apart])),
    }


def activation_statistics(snapshot: Snapshot) -> dict[str, Along]:
    """Mean, second moment and share of zeros of each hidden layer's activations, along layer.

    Recorded as `activation_mean`, `activation_second_moment` and `activation_zeros` (0..1), over
    the units of the layer and the examples of `snapshot.x`.

    Raises:
      NnlabError: if the network sows no "activations" into "intermediates", as `nn.MLP` does.
    """
    _, sown = snapshot.net.apply({"params": snapshot.params}, snapshot.x, mutable=["intermediates"])
    layers = sown.get("intermediates", {}).get("activations", ())
    if not layers:
        raise NnlabError(
            f"activation_statistics: {type(snapshot.net).__name__} sows no activations of hidden"
            ' layers; call self.sow("intermediates", "activations", h) after each'
        )
    moments = [_moments(h, snapshot.weight) for h in layers]
    names = ("activation_mean", "activation_second_moment", "activation_zeros")
    stacked = zip(names, zip(*moments, strict=True), strict=True)
    return {name: along(jnp.stack(values), "layer") for name, values in stacked}


def _moments(h: Any, weight: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    values, size = unpack(h)
    values = values.reshape(values.shape[0], -1, values.shape[-1])
    live = (weight[:, None, None] > 0) & size.mask
    live = jnp.broadcast_to(live, values.shape)
    count = jnp.sum(live.astype(values.dtype))

    def mean(entries):
        return jnp.sum(jnp.where(live, entries, jnp.zeros_like(entries))) / count

    zeros = jnp.where(values == 0, jnp.ones_like(values), jnp.zeros_like(values))
    return mean(values), mean(jnp.square(values)), mean(zeros)


def _norms(layers: list[Any]) -> Along:
    return along(jnp.stack([_norm(layer) for layer in layers]), "layer")


def _norm(tree: Any) -> jax.Array:
    squares = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(tree)]
    return jnp.sqrt(jnp.sum(jnp.stack(squares)))


def layers_of(tree: Any) -> list[Any]:
    """The subtrees that hold a "kernel", those of layer_10 after those of layer_2."""
    if "kernel" in tree:
        return [tree]
    return [layer for name in _names(tree) for layer in layers_of(tree[name])]


def _names(tree: Any) -> list[str]:
    return sorted((name for name, sub in tree.items() if isinstance(sub, dict)), key=_natural)


def _natural(name: str) -> list[tuple[str, int]]:
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d*)", name)]
