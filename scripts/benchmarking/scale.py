"""How much is measured: all of it, or enough to see that everything works."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Scale", "full", "quick"]

FLAGSHIP = (5, 27, 80, 300)  # of its sixteen widths those that --quick takes


@dataclass(frozen=True)
class Scale:
    """`seconds`: of a contender a round; `networks`: of a width, at most.

    lanes: numbers of networks at once, for a GPU. flagship_widths, _seeds, _steps: what of the
    study of double descent nnlab carries out; empty and 0 take all. flagship_seconds: of PyTorch
    at each of these widths, before it and after.
    """

    seconds: float
    rounds: int
    networks: int
    seeds: tuple[int, ...]
    seeds_steps: int
    sweep_seeds: int
    sweep_steps: int
    widths: tuple[int, ...] = (16, 64, 200, 400)
    seeds_width: int = 16
    sweep_widths: tuple[int, ...] = (8, 16, 24, 36, 52, 64, 100, 150, 200, 280, 400)
    lanes: tuple[int, ...] = ()
    lanes_widths: tuple[int, ...] = (16, 64)
    flagship_widths: tuple[int, ...] = ()
    flagship_seeds: int = 0
    flagship_steps: int = 0
    flagship_seconds: float = 1.0


def full(platform: str) -> Scale:
    """A quarter of an hour on two cores."""
    if platform == "cpu":
        return Scale(1.5, 7, 32, _doublings(256), 2000, 4, 2000)
    return Scale(2.0, 7, 4096, _doublings(4096), 2000, 10, 4000, lanes=_doublings(4096))


def quick(platform: str) -> Scale:
    """Two or three minutes on two cores."""
    few = {
        "flagship_widths": FLAGSHIP,
        "flagship_seeds": 2,
        "flagship_steps": 1000,
        "flagship_seconds": 0.3,
    }
    if platform == "cpu":
        return Scale(0.4, 5, 32, (1, 4, 16, 64, 256), 300, 2, 300, **few)
    return Scale(0.4, 5, 1024, (1, 64, 4096), 300, 2, 300, lanes=(1, 64, 4096), **few)


def _doublings(most: int) -> tuple[int, ...]:
    return tuple(2**k for k in range(most.bit_length()))
