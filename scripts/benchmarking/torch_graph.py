"""PyTorch with the step captured once as a CUDA graph and replayed: no launch cost per kernel."""

from __future__ import annotations

from typing import Any

from . import torch_loop
from .clock import first_step
from .networks import BATCH

__all__ = ["Trainer"]


class Trainer(torch_loop.Trainer):
    """As the loop, but for the step."""

    def prepare(
        self, width: int, networks: int, seconds: float, kind: str = "mlp"
    ) -> dict[str, float]:
        """A new network, and its step captured."""
        self.graph: Any = None
        told = super().prepare(width, networks, seconds, kind)
        captured = first_step(self._capture, self.settle)
        return {"compile_seconds": told["compile_seconds"] + captured["compile_seconds"]}

    def advance(self) -> None:
        """One step on the next minibatch: its indices are copied to where the graph reads them."""
        if self.graph is None:
            return super().advance()
        self.index.copy_(self.torch.from_numpy(next(self.batches)), non_blocking=True)
        self.graph.replay()

    def _capture(self) -> None:
        torch = self.torch
        self.index = torch.zeros(BATCH, dtype=torch.int32, device=self.device)
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):  # a few steps before capturing, as PyTorch asks for
            for _ in range(3):
                self.update(self.x[self.index], self.y[self.index])
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.update(self.x[self.index], self.y[self.index])
        self.graph = graph
