"""Recurrent layers over [..., time, channels], with traced sizes.

The products with the inputs are taken for all times at once; the scan over time holds only
those with the state. Both directions of a bidirectional layer share one scan. Within it the rows
(examples) are the last axis: the few units of a small layer would leave a processor's vectors half
empty (a step of MNIST-1D's GRU, 6 units and 100 rows, took 1.6 times as long).
"""

from __future__ import annotations

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import linen

from nnlab.errors import NnlabError

from .choose import choose
from .initialisers import Initialiser, bias_initialiser, initialisers
from .keys import stream
from .layers import Activation, activate, floating
from .size import Features, Size, pack, size_of, unpack

__all__ = ["GRU", "LSTM", "RNN", "Recurrent"]

State = tuple[jax.Array, ...]
Way = tuple[jax.Array, jax.Array, jax.Array]  # of one direction: what `Direction` returns


class Recurrent(linen.Module):
    """What RNN, GRU and LSTM share: [..., time, channels] -> [..., time, features].

    features: the width of the state, an int or a Size; the input may be Features. The state
        before the first time is zero.
    every_state: False gives the state after the last time alone, [..., features].
    reverse: run from the last time to the first; states keep the places of their times.
    bidirectional: run both ways, giving 2 * features. Forward and backward states alternate
        (unit 0 forward, unit 0 backward, unit 1 forward, ...): those of live units come first.
    kernel_init, recurrent_init: for the weights of the inputs and of the state (by default the
        same), one matrix for each gate. "pytorch" draws weights and biases from
        U(+-1/sqrt(features)), as PyTorch's recurrent layers do; with others biases start at 0.
    gain: a factor on the initial weights (not the biases), traced or not.

    Parameters "forward" and "backward" hold input_kernel [gates, channels, features],
    recurrent_kernel [gates, features, features], and as in PyTorch two biases [gates, features].
    """

    features: int | Size
    kernel_init: str | Initialiser = "pytorch"
    recurrent_init: str | Initialiser | None = None
    use_bias: bool = True
    gain: Any = 1.0
    every_state: bool = True
    reverse: bool = False
    bidirectional: bool = False

    gates: ClassVar[tuple[str, ...]]
    states: ClassVar[int] = 1

    def advance(
        self, size: Size, old: State, from_input: jax.Array, from_state: jax.Array
    ) -> State:
        """The next state [features, rows], its output first, from sums [gates, features, rows]."""
        raise NotImplementedError

    @linen.compact
    def __call__(self, x: jax.Array | Features) -> jax.Array | Features:
        values, channels = unpack(x)
        self._check(values)
        values, size = values.astype(floating(values)), size_of(self.features)
        names = ["forward", "backward"] if self.bidirectional else ["forward"]
        names = ["backward"] if self.reverse else names
        recurrent_init = self.kernel_init if self.recurrent_init is None else self.recurrent_init
        inits = self.kernel_init, recurrent_init, self.use_bias, self.gain
        ways = {n: Direction(size, self.gates, *inits, name=n)(values, channels) for n in names}
        leading = values.shape[:-2]
        hidden = [h.reshape(*leading, *h.shape[1:]) for h in self._scan(size, ways)]
        if len(hidden) == 1:
            return pack(hidden[0], size)
        both = jnp.stack(hidden, axis=-1)
        return pack(both.reshape(*both.shape[:-2], 2 * size.capacity), size * 2)

    def _scan(self, size: Size, ways: dict[str, Way]) -> list[jax.Array]:
        """The states of each way: [rows, time, features], or the last ones [rows, features]."""
        flips = [name == "backward" for name in ways]
        kernels, biases = zip(*(way[1:] for way in ways.values()), strict=True)

        def step(old: list[State], inputs: list[jax.Array]):
            new = []
            for state, given, kernel, bias in zip(old, inputs, kernels, biases, strict=True):
                product = (kernel @ state[0]).reshape(given.shape) + bias
                new.append(self.advance(size, state, given, product))
            return new, [state[0] for state in new] if self.every_state else []

        sums = [
            jnp.flip(way[0], 0) if flip else way[0]
            for way, flip in zip(ways.values(), flips, strict=True)
        ]
        zero = jnp.zeros(sums[0].shape[2:], sums[0].dtype)
        last, hidden = jax.lax.scan(step, [(zero,) * self.states] * len(ways), sums)
        if not self.every_state:
            return [state[0].T for state in last]
        hidden = [jnp.flip(h, 0) if flip else h for h, flip in zip(hidden, flips, strict=True)]
        return [jnp.transpose(h, (2, 0, 1)) for h in hidden]

    def _check(self, values: jax.Array) -> None:
        layer = type(self).__name__
        if values.ndim < 2:
            raise NnlabError(
                f"{layer}: an input of shape {values.shape} is not [..., time, channels]: "
                "add the channel axis, as in x[..., None]"
            )
        if self.bidirectional and self.reverse:
            raise NnlabError(f"{layer}: bidirectional runs backward already: leave out reverse")


class RNN(Recurrent):
    """Elman's network (1990), h = activation(x W + b + h U + c); options as in `Recurrent`.

    activation: an elementwise function, or its name in `activations`.
    """

    activation: Activation = "tanh"
    gates: ClassVar[tuple[str, ...]] = ("state",)

    def advance(
        self, size: Size, old: State, from_input: jax.Array, from_state: jax.Array
    ) -> State:
        sums = pack((from_input + from_state)[0].T, size)
        return (unpack(activate(self.activation, sums))[0].T,)


class GRU(Recurrent):
    """Gated recurrent unit (Cho et al. 2014) in PyTorch's form; options as in `Recurrent`.

    Gates reset r, update z, new n = tanh(x W + b + r * (h U + c)); h becomes (1-z) * n + z * h.
    """

    gates: ClassVar[tuple[str, ...]] = ("reset", "update", "new")

    def advance(
        self, size: Size, old: State, from_input: jax.Array, from_state: jax.Array
    ) -> State:
        reset, update = jax.nn.sigmoid(from_input[:2] + from_state[:2])
        new = jnp.tanh(from_input[2] + reset * from_state[2])
        return (_keep(size, new + update * (old[0] - new)),)


class LSTM(Recurrent):
    """Long short-term memory (Hochreiter and Schmidhuber 1997); options as in `Recurrent`.

    Gates input i, forget f (Gers et al. 2000), cell g, output o: c becomes
    f * c + i * tanh(g), and h = o * tanh(c).
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "forget", "cell", "output")
    states: ClassVar[int] = 2

    def advance(
        self, size: Size, old: State, from_input: jax.Array, from_state: jax.Array
    ) -> State:
        sums = from_input + from_state
        enter, forget, leave = (jax.nn.sigmoid(sums[gate]) for gate in (0, 1, 3))
        cell = _keep(size, forget * old[1] + enter * jnp.tanh(sums[2]))
        return _keep(size, leave * jnp.tanh(cell)), cell


class Direction(linen.Module):
    """The weights of one direction of a recurrent layer, and their products with the inputs."""

    size: Size
    gates: tuple[str, ...]
    kernel_init: str | Initialiser
    recurrent_init: str | Initialiser
    use_bias: bool
    gain: Any

    @linen.compact
    def __call__(self, values: jax.Array, channels: Size) -> Way:
        """values [..., time, channels] -> their sums [time, gates, features, rows], and, for the
        products with the state, a kernel [gates * features, features] and a bias.
        """
        size, dtype = self.size, values.dtype
        # PyTorch's layers draw every weight for the fan-in of the state, the inputs' too.
        fan = size if self.kernel_init == "pytorch" else channels
        kernel = self._draw("input_kernel", self.kernel_init, fan, channels, self.gain, dtype)
        recurrent = self._draw(
            "recurrent_kernel", self.recurrent_init, size, size, self.gain, dtype
        )
        inputs = values.reshape(-1, *values.shape[-2:]).transpose(2, 1, 0)
        product = _stacked(kernel) @ inputs.reshape(channels.capacity, -1)
        sums = product.reshape(len(self.gates), size.capacity, *inputs.shape[1:])
        sums, bias = jnp.moveaxis(sums, 2, 0), jnp.zeros((), dtype)
        if self.use_bias:
            init, one = bias_initialiser(self.kernel_init), size_of(1)
            sums = sums + self._draw("input_bias", init, size, one, 1.0, dtype)[..., None]
            bias = self._draw("recurrent_bias", init, size, one, 1.0, dtype)[..., None]
        return sums, _stacked(recurrent), bias

    def _draw(
        self, name: str, init: str | Initialiser, fan: Size, rows: Size, gain: Any, dtype: Any
    ) -> jax.Array:
        """A parameter [gates, rows, features], or [gates, features] for a bias."""
        function = choose(initialisers, "initialiser", init)

        def each_gate(key: jax.Array) -> jax.Array:
            keys = jnp.stack([stream(key, gate) for gate in self.gates])
            shape = (rows, self.size)
            drawn = jax.vmap(lambda key: function(key, fan, self.size, gain, dtype, shape))(keys)
            return drawn[:, 0] if name.endswith("bias") else drawn

        return self.param(name, each_gate)


def _stacked(kernel: jax.Array) -> jax.Array:
    """[gates, rows, columns] -> [gates * columns, rows]."""
    return jnp.swapaxes(kernel, 1, 2).reshape(-1, kernel.shape[1])


def _keep(size: Size, values: jax.Array) -> jax.Array:
    """values [features, rows], zero for the features beyond the size."""
    return size.keep(values.T).T
