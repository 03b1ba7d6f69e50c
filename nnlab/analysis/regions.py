"""The region in which an estimate must lie for its claim to hold, fixed before the run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import NnlabError

__all__ = ["Region"]


@dataclass(frozen=True)
class Region:
    """An interval of the real line; `closed` says whether its finite ends belong to it.

    Write `Region.above(0)` for "> 0", `Region.below(2)` for "< 2", `Region.between(-1, 1)` for
    "in [-1, 1]", ends included, and `Region(0, math.inf)` for ">= 0".

    Raises:
      NnlabError: an end is NaN, or nothing lies between the ends.
    """

    low: float = -math.inf
    high: float = math.inf
    closed: bool = True

    def __post_init__(self) -> None:
        # Written so that NaN is refused too.
        if not (self.low < self.high or (self.closed and self.low == self.high)):
            raise NnlabError(f"Region: nothing lies between {self.low} and {self.high}")

    @classmethod
    def above(cls, low: float) -> Region:
        return cls(low, math.inf, closed=False)

    @classmethod
    def below(cls, high: float) -> Region:
        return cls(-math.inf, high, closed=False)

    @classmethod
    def between(cls, low: float, high: float) -> Region:
        return cls(low, high, closed=True)

    def holds(self, low: float, high: float) -> bool:
        """Whether the whole interval [low, high] lies inside."""
        if self.closed:
            return self.low <= low and high <= self.high
        return (self.low < low or self.low == -math.inf) and (
            high < self.high or self.high == math.inf
        )

    def misses(self, low: float, high: float) -> bool:
        """Whether the whole interval [low, high] lies outside."""
        if self.closed:
            return high < self.low or low > self.high
        return high <= self.low or low >= self.high

    def __str__(self) -> str:
        if math.isinf(self.high) and math.isinf(self.low):
            return "any number"
        if math.isinf(self.high):
            return f"{'≥' if self.closed else '>'} {self.low:g}"
        if math.isinf(self.low):
            return f"{'≤' if self.closed else '<'} {self.high:g}"
        opening, closing = "[]" if self.closed else "()"
        return f"in {opening}{self.low:g}, {self.high:g}{closing}"
