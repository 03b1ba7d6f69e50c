"""The networks that all contenders train, as arithmetic: what a step of them costs. No arrays."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "BATCH",
    "CHANNELS",
    "CLASSES",
    "EXAMPLES",
    "FEATURES",
    "MOMENTUM",
    "PADDING",
    "STRIDE",
    "TAPS",
    "Layer",
    "forward_flops",
    "layers",
    "parameters",
    "positions",
    "step_bytes",
    "step_flops",
]

FEATURES, CLASSES, EXAMPLES, BATCH, MOMENTUM = 40, 10, 4000, 100, 0.9
CHANNELS, TAPS, STRIDE, PADDING = 25, (5, 3, 3), 2, 1  # MNIST-1D's convolutional network


class Layer(NamedTuple):
    """A layer as a matrix product of each example: rows [rows, fan_in] by [fan_in, fan_out].

    `inputs` are the numbers of an example that come in: fewer than rows x fan_in where windows
    overlap.
    """

    rows: int
    fan_in: int
    fan_out: int
    inputs: int

    @property
    def products(self) -> int:
        """Multiplications of one example."""
        return self.rows * self.fan_in * self.fan_out

    @property
    def outputs(self) -> int:
        """Numbers of an example that go out."""
        return self.rows * self.fan_out

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return (self.fan_in + 1) * self.fan_out


def positions() -> tuple[int, ...]:
    """Positions before the first convolution and after each."""
    found = [FEATURES]
    for taps in TAPS:
        found.append((found[-1] + 2 * PADDING - taps) // STRIDE + 1)
    return tuple(found)


def layers(width: int, kind: str = "mlp") -> tuple[Layer, ...]:
    """Of MLP 40-w-w-10, or of the MNIST-1D convolutional network with w channels (kind "cnn")."""
    if kind == "mlp":
        sizes = (FEATURES, width, width, CLASSES)
        return tuple(Layer(1, sizes[n], sizes[n + 1], sizes[n]) for n in range(3))
    lengths, channels = positions(), (1, width, width, width)
    convolutions = [
        Layer(lengths[n + 1], taps * channels[n], width, lengths[n] * channels[n])
        for n, taps in enumerate(TAPS)
    ]
    flat = lengths[-1] * width
    return (*convolutions, Layer(1, flat, CLASSES, flat))


def parameters(width: int, kind: str = "mlp") -> int:
    """Weights and biases."""
    return sum(layer.parameters for layer in layers(width, kind))


def step_flops(width: int, kind: str = "mlp") -> float:
    """Floating-point operations of one model-step with a batch of 100.

    The matrix products only: forwards, backwards to the weights, and backwards to the inputs of
    all layers but the first. What goes entry by entry is not counted.
    """
    products = [layer.products for layer in layers(width, kind)]
    return 2.0 * BATCH * (3 * sum(products) - products[0])


def forward_flops(width: int, examples: int, kind: str = "mlp") -> float:
    """Floating-point operations of the matrix products of so many examples, forwards."""
    return 2.0 * examples * sum(layer.products for layer in layers(width, kind))


def step_bytes(width: int, kind: str = "mlp") -> float:
    """Bytes that one model-step moves if each of its matrix products reads its operands from
    memory and writes its result there, and the update reads weights, momentum and gradient and
    writes the first two; nothing else."""
    moved = 0
    for number, layer in enumerate(layers(width, kind)):
        product = BATCH * (layer.inputs + layer.outputs) + layer.parameters
        moved += product * (2 if number == 0 else 3) + 5 * layer.parameters
    return 4.0 * moved
