"""Machines: what computing costs, and how long that takes somewhere. Pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Cost", "Machine", "Rates", "Work"]


class Work(NamedTuple):
    """Counts of a computation.

    kernels: pieces that are started one after another, loops' trips included.
    products: matrix products, each of a batch for itself.
    flops: floating-point operations of the products.
    entries: operations on single numbers of everything else.
    """

    kernels: float = 0.0
    products: float = 0.0
    flops: float = 0.0
    entries: float = 0.0

    def plus(self, other: Work, times: float = 1.0) -> Work:
        """The sum with so many times another."""
        return Work(*(a + times * b for a, b in zip(self, other, strict=True)))

    @property
    def operations(self) -> float:
        """All operations on numbers."""
        return self.flops + self.entries


_NONE = Work()


@dataclass(frozen=True)
class Cost:
    """One trial at given capacities: operations in all, bytes of its state, and `rounds`, how
    many steps and measurements follow one another.

    `step_bytes` is what a step holds besides the state. `own` counts what each lane does in the
    whole trial, `shared` what the lanes of a seed do together, kernels included. `serial` names
    those of init, step and measure whose lanes must take turns on a CPU.
    """

    work: float
    state_bytes: float
    rounds: int = 1
    own: Work = _NONE
    shared: Work = _NONE
    serial: frozenset[str] = frozenset()
    step_bytes: float = 0.0

    @property
    def lane_bytes(self) -> float:
        """What a lane wants to have near while it trains.

        Half of what a step holds: it is used in passing. Two convolutional networks at once are
        then allowed; one alone is half as fast, since XLA lays out its gradients less well.
        """
        return self.state_bytes + self.step_bytes / 2


@dataclass(frozen=True)
class Rates:
    """Seconds that each of `Work` takes on one device, and of compiling a program."""

    kernel: float
    product: float
    flop: float
    entry: float
    compiling: float

    def seconds(self, work: Work) -> float:
        """Time of this work on one device."""
        kernels, products, flops, entries = work
        return (
            kernels * self.kernel
            + products * self.product
            + flops * self.flop
            + entries * self.entry
        )


@dataclass(frozen=True)
class Machine:
    """What the planner has to know of the devices.

    `block_bytes`: lanes that run together on one device should fit in here, with what a step holds
    (on a CPU its cache, on an accelerator its memory). `round_seconds`: what a step costs for each
    seed beyond the work of its lanes (the minibatch is drawn once a seed), and half as much for
    the block.
    Buckets and lanes follow from these figures alone, which are typical of a kind of machine, so
    that one request has one plan. `rates` were measured here and serve to tell times.
    """

    kind: str
    devices: int
    block_bytes: float
    most_lanes: int
    flops_per_second: float
    round_seconds: float
    compile_seconds: float
    rates: Rates | None = field(default=None, compare=False)

    def block_seconds(self, lanes: tuple[int, int], cost: Cost) -> float:
        """Time of a block of lanes (seeds, settings) on one device, for choosing between lanes."""
        seeds, settings = lanes
        rounds = cost.rounds * self.round_seconds * (seeds + 0.5)
        return rounds + seeds * settings * cost.work / self.flops_per_second

    def told_seconds(self, lanes: tuple[int, int], cost: Cost) -> float:
        """Time of a block as people are told it: from measured rates where there are some."""
        if self.rates is None or not any((*cost.own, *cost.shared)):
            return self.block_seconds(lanes, cost)
        seeds, settings = lanes
        each = cost.shared._replace(kernels=0.0).plus(cost.own, settings)
        return self.rates.seconds(Work(kernels=cost.shared.kernels).plus(each, seeds))

    @property
    def told_compile_seconds(self) -> float:
        """Time of compiling a program as people are told it."""
        return self.compile_seconds if self.rates is None else self.rates.compiling
