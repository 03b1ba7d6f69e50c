"""PyTorch as it is usually written: one network after another, a step at a time."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

from .clock import first_step, peak_memory, train_for
from .examples import RATES, batches, examples
from .networks import (
    CLASSES,
    FEATURES,
    MOMENTUM,
    PADDING,
    STRIDE,
    TAPS,
    layers,
)

__all__ = ["Trainer", "load_torch", "network", "on_device"]


class Trainer:
    """Trains one network of the width that was prepared last."""

    def __init__(self, platform: str) -> None:
        self.torch = load_torch(platform)
        self.device = "cpu" if platform == "cpu" else "cuda"
        self.x, self.y = on_device(self.torch, self.device)

    def prepare(
        self, width: int, networks: int, seconds: float, kind: str = "mlp"
    ) -> dict[str, float]:
        """A new network, and its first step."""
        torch = self.torch
        self.model = network(torch, width, kind).to(self.device)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=RATES[-1], momentum=MOMENTUM)
        self.batches = batches(0)
        return first_step(self.advance, self.settle)

    def run(self, seconds: float) -> dict[str, float]:
        """Train on for so long."""
        every = 1 if self.device == "cpu" else 20
        steps, took = train_for(seconds, self.advance, self.settle, every)
        return {"model_steps": steps, "seconds": took, "peak_memory": self.memory()}

    def evaluate(self, sets: list[int]) -> dict[str, float]:
        """Loss and error of the network on sets of so many examples: seconds for all of them."""
        torch, repeats = self.torch, 5
        draw = torch.Generator().manual_seed(0)
        drawn = [torch.randn(n, FEATURES, generator=draw) for n in sets]
        drawn = [x.to(self.device) for x in drawn]
        labels = [self.y.repeat(-(-n // len(self.y)))[:n] for n in sets]
        took = []
        with torch.no_grad():
            for _ in range(repeats):
                began = time.perf_counter()
                for x, y in zip(drawn, labels, strict=True):
                    outputs = self.model(x)
                    torch.nn.functional.cross_entropy(outputs, y).item()
                    (outputs.argmax(-1) != y).float().mean().item()
                took.append(time.perf_counter() - began)
        return {"seconds": min(took)}

    def advance(self) -> None:
        """One step on the next minibatch."""
        index = self.torch.from_numpy(next(self.batches)).to(self.device)
        self.update(self.x[index], self.y[index])

    def update(self, x: Any, y: Any) -> None:
        """One step on this minibatch."""
        self.optimizer.zero_grad()
        self.torch.nn.functional.cross_entropy(self.model(x), y).backward()
        self.optimizer.step()

    def settle(self) -> None:
        """Wait for the GPU."""
        if self.device != "cpu":
            self.torch.cuda.synchronize()

    def memory(self) -> float:
        """Peak memory of the GPU, or of the process, bytes."""
        cpu = self.device == "cpu"
        return peak_memory() if cpu else float(self.torch.cuda.max_memory_allocated())


def load_torch(platform: str) -> Any:
    """PyTorch with one thread on a CPU; by name, since type checkers may not find it."""
    torch: Any = import_module("torch")
    if platform == "cpu":
        torch.set_num_threads(1)
    torch.set_float32_matmul_precision("highest")
    return torch


def network(torch: Any, width: int, kind: str) -> Any:
    """The network with PyTorch's own initial weights."""
    nn = torch.nn
    if kind == "mlp":
        return nn.Sequential(
            nn.Linear(FEATURES, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, CLASSES),
        )
    parts = [nn.Unflatten(-1, (1, FEATURES))]
    for taps, channels in zip(TAPS, (1, width, width), strict=True):
        parts += [nn.Conv1d(channels, width, taps, stride=STRIDE, padding=PADDING), nn.ReLU()]
    return nn.Sequential(*parts, nn.Flatten(-2), nn.Linear(layers(width, kind)[-1].fan_in, CLASSES))


def on_device(torch: Any, device: str) -> tuple[Any, Any]:
    """The examples as tensors."""
    x, y = examples()
    return torch.from_numpy(x).to(device), torch.from_numpy(y).long().to(device)
