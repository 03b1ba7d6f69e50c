"""PyTorch with all networks stacked: torch.func.vmap over their gradients, one optimizer."""

from __future__ import annotations

from typing import Any

from .clock import first_step, peak_memory, train_for
from .examples import RATES
from .networks import BATCH, EXAMPLES, MOMENTUM
from .torch_loop import load_torch, network, on_device

__all__ = ["Trainer"]


class Trainer:
    """Trains its share of the networks of the width that was prepared last."""

    def __init__(self, platform: str) -> None:
        self._torch = load_torch(platform)
        self._device = "cpu" if platform == "cpu" else "cuda"
        self._x, self._y = on_device(self._torch, self._device)

    def prepare(
        self, width: int, networks: int, seconds: float, kind: str = "mlp"
    ) -> dict[str, float]:
        """New networks, each with minibatches of its own, and their first step."""
        torch, self._networks = self._torch, networks
        models = [network(torch, width, kind).to(self._device) for _ in range(networks)]
        stacked, _ = torch.func.stack_module_state(models)
        self._weights = {name: weight.detach() for name, weight in stacked.items()}
        base = models[0].to("meta")

        def loss(weights: Any, x: Any, y: Any) -> Any:
            outputs = torch.func.functional_call(base, weights, (x,))
            return torch.nn.functional.cross_entropy(outputs, y)

        self._gradient = torch.func.vmap(torch.func.grad(loss))
        self._optimizer = torch.optim.SGD(self._weights.values(), lr=RATES[-1], momentum=MOMENTUM)
        self._batches = self._endless()
        return first_step(self._advance, self._settle)

    def run(self, seconds: float) -> dict[str, float]:
        """Train on for so long."""
        cpu = self._device == "cpu"
        every = 1 if cpu else 20
        steps, took = train_for(seconds, self._advance, self._settle, every)
        memory = peak_memory() if cpu else float(self._torch.cuda.max_memory_allocated())
        return {"model_steps": steps * self._networks, "seconds": took, "peak_memory": memory}

    def _advance(self) -> None:
        index = next(self._batches)
        gradient = self._gradient(self._weights, self._x[index], self._y[index])
        for name, weight in self._weights.items():
            weight.grad = gradient[name]
        self._optimizer.step()

    def _endless(self) -> Any:
        torch = self._torch
        while True:
            drawn = torch.rand(self._networks, EXAMPLES, device=self._device)
            yield from drawn.argsort(1).unflatten(1, (-1, BATCH)).unbind(1)

    def _settle(self) -> None:
        if self._device != "cpu":
            self._torch.cuda.synchronize()
