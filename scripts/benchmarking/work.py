"""The arithmetic on what was measured. Pure, no arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from .networks import step_flops

__all__ = [
    "Spread",
    "Waste",
    "fitting",
    "largest_rise",
    "mean",
    "paired_ratios",
    "rotated",
    "spread",
    "waste",
]


@dataclass(frozen=True)
class Spread:
    """Median, smallest and largest of a measurement over the rounds."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Waste:
    """Shares, 0..1, of the work carried out: lost to padded widths, and to idle lanes."""

    padding: float
    idle_lanes: float


def spread(values: Iterable[float]) -> Spread:
    """What is told of a measurement taken once a round."""
    values = list(values)
    return Spread(median(values), min(values), max(values))


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of those that there are; none of none."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def paired_ratios(ours: Sequence[float], theirs: Sequence[float]) -> list[float]:
    """Our rate over theirs, round by round: what slows a round slows both sides of its ratio."""
    return [own / other for own, other in zip(ours, theirs, strict=True)]


def rotated(names: Sequence[str], rounds: int) -> list[list[str]]:
    """The order of the contenders in each round: everyone comes first in turn."""
    return [[*names[k % len(names) :], *names[: k % len(names)]] for k in range(rounds)]


def fitting(steps: float, least_steps: int, least_seeds: int, most_seeds: int) -> tuple[int, int]:
    """Seeds, and steps of each, that make `steps` steps in all: as many seeds as may be, if each
    takes `least_steps` or more, so that what is done once a network does not count."""
    seeds = max(least_seeds, min(most_seeds, int(steps // least_steps)))
    return seeds, max(1, round(steps / seeds))


def largest_rise(values: Sequence[float]) -> float:
    """By which share a value lies above the smallest one before it, at most; 0 if none does."""
    rises = [value / min(values[:place]) - 1 for place, value in enumerate(values) if place]
    return max(0.0, *rises) if rises else 0.0


def waste(programs: Iterable[tuple[int, Sequence[int], int]]) -> Waste:
    """What a plan wastes. Of each program: its capacity, the width of each trial, and the lanes
    it runs, idle ones included; all trials take the same number of steps."""
    useful = padded = run = 0.0
    for capacity, widths, lanes in programs:
        useful += sum(step_flops(width) for width in widths)
        padded += step_flops(capacity) * len(widths)
        run += step_flops(capacity) * lanes
    return Waste((padded - useful) / run, (run - padded) / run)
