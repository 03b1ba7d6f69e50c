"""Supervised training of one network: minibatches, a loss, an optimizer, and what is measured."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from nnlab.errors import NnlabError
from nnlab.nn.choose import choose
from nnlab.nn.keys import stream
from nnlab.nn.size import Size, size_of

from .arguments import Examples, check_batch, check_optimizer, cut, evaluation_sets
from .batches import indices
from .evaluation import mean_in_blocks, weighted_mean
from .loss import Loss, is_labels, losses, zero_one
from .plateau import Feedback, check_feedback
from .trial import Trial

__all__ = ["Snapshot", "State", "initial_params", "supervised"]


class State(NamedTuple):
    """What the next step needs.

    Attributes:
      params: the network's parameters.
      opt_state: the optimizer's state.
      diverged_at: int32, the first step whose loss was not finite, else -1. The other two have
        stayed as they were before that step.
      heard: the last held-out loss that the optimizer was told; () without feedback.
    """

    params: Any
    opt_state: Any
    diverged_at: jax.Array
    heard: Any = ()


class Snapshot(NamedTuple):
    """What a function in `measures` sees of a trial: the network as it stands.

    Attributes:
      params: the network's parameters.
      net: the Flax module.
      apply: `(params, x) -> outputs`, without dropout.
      loss_of: `(params) -> scalar`, the mean loss on the whole training set; differentiable.
      x, y: the first block of at most `evaluation_batch` training examples.
      weight: float32 [len(x)], 0 for examples beyond the size of the training set, else 1.
      losses_of: `(params, x, y) -> [B]`, the loss of each example.
      opt_state: the optimizer's state.
    """

    params: Any
    net: Any
    apply: Callable[[Any, jax.Array], jax.Array]
    loss_of: Callable[[Any], jax.Array]
    x: jax.Array
    y: jax.Array
    weight: jax.Array
    losses_of: Callable[[Any, jax.Array, jax.Array], jax.Array]
    opt_state: Any = None


def supervised(
    key: jax.Array,
    net: Any,
    optimizer: Any,
    x: Any,
    y: Any,
    *,
    batch: int | Size | None = 100,
    order: str = "reshuffled",
    loss: str | Loss = "cross_entropy",
    examples: int | Size | None = None,
    evaluate: Mapping[str, Any] | None = None,
    measures: Sequence[Callable[[Snapshot], dict[str, Any]]] = (),
    evaluation_batch: int = 1000,
    feedback: Feedback | None = None,
) -> Trial:
    """Gradient descent on the mean loss of minibatches.

    Initial weights, minibatch order and dropout come from the key alone, through the streams
    "init", "batches" and "dropout": all settings of a seed share them. When a loss is not finite
    the trial stays for ever as it was before that step, and `diverged_at` says when.

    Args:
      key: the trial's key.
      net: a Flax module `x [B, ...] -> outputs [B, C]` with parameters only.
      optimizer: from `learn.optimizer(...)`, or any optax transformation.
      x, y: training inputs [N, ...] and targets (see `losses`).
      batch: examples in a minibatch; None takes all of them at every step. A Size works on as many
        places as its capacity, and trains as its number alone would.
      order: which examples a step sees, a name in `orders`.
      loss: a name in `losses`, or a function `(outputs, targets) -> [B]`.
      examples: use only this many of the training examples, the first ones.
      evaluate: name -> (x, y), or a part of a data set such as `d.test`; by default
        {"train": (x, y)}. A set made of the training inputs `x` themselves is cut to `examples`
        as well.
      measures: further functions `(snapshot) -> dict` to be recorded.
      evaluation_batch: examples in a block of an evaluation; bounds the memory.
      feedback: held-out examples whose mean loss the optimizer is told, as `value=`, with
        `is_new=` at the steps where it has been computed (see `reduced_on_plateau`).

    Returns:
      A Trial that measures, for every evaluation set, `NAME_loss` (mean) and, for labels,
      `NAME_error` (percent); then `diverged_at`, `finite` (1.0 while no loss and no weight has
      been other than finite, else 0.0) and what `measures` give.

    Raises:
      NnlabError: for arguments that do not fit together, and for an optimizer that is not
        width-safe on a network with traced sizes.
    """
    loss_function: Loss = choose(losses, "loss", loss)
    check_optimizer(net, optimizer)
    check_batch("supervised", batch, order, evaluation_batch=evaluation_batch)
    train = cut("training set", (x, y), examples)
    sets = {"train": train} if evaluate is None else evaluation_sets(evaluate, x, examples)
    apply = _apply_function(net)
    # In blocks of a minibatch: then a step holds no more than training does.
    most = evaluation_batch if batch is None else size_of(batch).capacity
    block = min(evaluation_batch, most)
    held_out_loss = _held_out_loss(apply, loss_function, feedback, block)
    batch_key, dropout_key = stream(key, "batches"), stream(key, "dropout")

    def init() -> State:
        params = initial_params(net, stream(key, "init"), train.x[:1])
        heard = () if feedback is None else jnp.asarray(jnp.inf, float)
        return State(params, optimizer.init(params), jnp.int32(-1), heard)

    def step(i, state: State) -> State:
        inputs, targets, weight = _minibatch(batch_key, i, train, batch, order)
        dropout = jax.random.fold_in(dropout_key, i)

        def mean_loss(params):
            outputs = apply(params, inputs, dropout)
            return weighted_mean(loss_function(outputs, targets), weight)

        value, gradient = jax.value_and_grad(mean_loss)(state.params)
        told, heard = held_out_loss(i, state)
        return _updated(optimizer, state._replace(heard=heard), i, value, gradient, told)

    def measure(state: State) -> dict[str, Any]:
        recorded: dict[str, Any] = {}
        for name, examples_of in sets.items():
            _record(
                recorded,
                _evaluate(name, apply, loss_function, state, examples_of, evaluation_batch),
            )
        _record(recorded, {"diverged_at": state.diverged_at, "finite": _finite(state)})
        snapshot = _snapshot(net, apply, loss_function, state, train, evaluation_batch)
        for function in measures:
            _record(recorded, function(snapshot))
        return recorded

    return Trial(init, step, measure)


def _minibatch(key, i, train: Examples, batch: int | Size | None, order: str):
    stored = train.x.shape[0]
    if batch is None:
        return train.x, train.y, (jnp.arange(stored, dtype=jnp.int32) < train.n).astype(jnp.float32)
    index, weight = indices(order, key, i, batch, train.n)
    rows = [array.at[index].get(mode="promise_in_bounds") for array in (train.x, train.y)]
    return *rows, weight


def _held_out_loss(apply, loss_function, feedback: Feedback | None, block):
    """`(i, state) -> (what the optimizer is told, state.heard)`."""
    if feedback is None:
        return lambda i, state: ({}, ())
    check_feedback(feedback)
    examples = cut("feedback", (feedback.x, feedback.y), None)

    def loss_of(params):
        def per_example(x, y):
            return loss_function(apply(params, x), y)

        return mean_in_blocks(per_example, *examples, block).astype(float)

    def held_out_loss(i, state: State):
        is_new = jnp.asarray(i, jnp.int32) % jnp.int32(feedback.every) == 0
        # The same for all lanes, so that this stays a branch under vmap; the name tells the plan
        # how seldom it is taken.
        with jax.named_scope(f"every_{feedback.every}"):
            heard = jax.lax.cond(is_new, loss_of, lambda _: state.heard, state.params)
        return {"value": heard, "is_new": is_new}, heard

    return held_out_loss


def _updated(optimizer, state: State, i, loss, gradient, told) -> State:
    """The state after an update, or the old one if the loss is, or ever was, not finite."""
    with jax.numpy_dtype_promotion("standard"):  # optax mixes integer counts with floats
        updates, opt_state = optimizer.update(gradient, state.opt_state, state.params, **told)
    params = optax.apply_updates(state.params, updates)
    healthy = (state.diverged_at < 0) & jnp.isfinite(loss)
    params, opt_state = jax.tree.map(
        lambda new, old: jnp.where(healthy, new, old),
        (params, opt_state),
        (state.params, state.opt_state),
    )
    first = jnp.where(state.diverged_at < 0, jnp.asarray(i, jnp.int32), state.diverged_at)
    diverged_at = jnp.where(healthy, jnp.int32(-1), first)
    return State(params, opt_state, diverged_at, state.heard)


def _evaluate(name, apply, loss_function, state, examples: Examples, block) -> dict[str, Any]:
    labelled = is_labels(examples.y)

    def per_example(x, y):
        outputs = apply(state.params, x)
        values = {f"{name}_loss": loss_function(outputs, y)}
        # In percent before the mean: a whole number of hundreds, whose sum is exact.
        return values | ({f"{name}_error": 100.0 * zero_one(outputs, y)} if labelled else {})

    return mean_in_blocks(per_example, *examples, block)


def _snapshot(net, apply, loss_function, state, train: Examples, block) -> Snapshot:
    def losses_of(params, x, y):
        return loss_function(apply(params, x), y)

    def loss_of(params):
        return mean_in_blocks(lambda x, y: losses_of(params, x, y), *train, block)

    head = min(block, train.x.shape[0])
    weight = (jnp.arange(head, dtype=jnp.int32) < train.n).astype(jnp.float32)
    first = (train.x[:head], train.y[:head], weight)
    return Snapshot(state.params, net, apply, loss_of, *first, losses_of, state.opt_state)


def _finite(state: State) -> jax.Array:
    weights = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(state.params)]
    return jnp.where(jnp.all(jnp.stack([state.diverged_at < 0, *weights])), 1.0, 0.0)


def _record(recorded: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        if name in recorded:
            raise NnlabError(f"two measures of a trial are called '{name}': rename one")
        recorded[name] = value


def _apply_function(net) -> Callable[..., jax.Array]:
    """`(params, x, dropout_key=None) -> outputs`; dropout acts when its key is given."""

    def apply(params, x, dropout_key=None):
        rngs = None if dropout_key is None else {"dropout": dropout_key}
        return net.apply({"params": params}, x, rngs=rngs, **_flag(net, dropout_key is None))

    return apply


def _flag(net, deterministic: bool) -> dict[str, bool]:
    """The argument that networks of plain Flax layers take; ours see whether there is a key."""
    takes_it = "deterministic" in inspect.signature(type(net).__call__).parameters
    return {"deterministic": deterministic} if takes_it else {}


def initial_params(net, key, x):
    """The parameters that a Flax module draws from the key for inputs like x [1, ...]."""
    variables = net.init(key, x, **_flag(net, True))
    others = ", ".join(sorted(set(variables) - {"params"}))
    if others:
        raise NnlabError(
            f"{type(net).__name__} keeps variables besides its parameters ({others}):"
            " supervised trains networks with parameters only"
        )
    return variables.get("params", {})
