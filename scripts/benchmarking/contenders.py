"""Who takes part: the contenders of each platform, and what they need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

__all__ = [
    "CONTENDERS",
    "FLAGSHIP",
    "MEMORY",
    "OURS",
    "PRODUCT",
    "TORCH",
    "Contender",
    "present",
]

OURS, TORCH, PRODUCT, MEMORY = "nnlab", "PyTorch loop", "matrix product", "memory"


@dataclass(frozen=True)
class Contender:
    """One way to train the networks.

    module: the one of this package that holds its `Trainer`.
    needs: the package without which it is left out.
    shared: one process has all cores; else there is a process with one thread on each core. On a
        GPU there is always one process.
    """

    name: str
    module: str
    needs: str
    about: str
    platforms: tuple[str, ...] = ("cpu", "gpu")
    shared: bool = False


CONTENDERS = (
    Contender(OURS, "nnlab_engine", "jax", "engine.run of a study with a Sized width", shared=True),
    Contender(
        TORCH,
        "torch_loop",
        "torch",
        "one network after another, a process with one thread on each core; on a GPU eager",
    ),
    Contender(
        "PyTorch CUDA graph",
        "torch_graph",
        "torch",
        "one network after another, the step captured once and replayed",
        platforms=("gpu",),
    ),
    Contender(
        "torch.func.vmap",
        "torch_vmap",
        "torch",
        "all networks stacked; on a CPU a process with one thread on each core, each its share",
    ),
    Contender(
        "JAX loop",
        "jax_loop",
        "jax",
        "one network after another, one jitted step a width, as JAX comes: one process",
        shared=True,
    ),
    Contender(
        "JAX loop per core",
        "jax_loop",
        "jax",
        "the same in a process with one thread on each core",
        platforms=("cpu",),
    ),
    Contender(PRODUCT, "product", "jax", "a large float32 matrix product, a process on each core"),
    Contender(
        MEMORY,
        "bandwidth",
        "jax",
        "a large array read and written",
        platforms=("gpu",),
        shared=True,
    ),
)
# Runs one study once, in a process of its own.
FLAGSHIP = Contender(OURS, "nnlab_flagship", "jax", "the study of double descent", shared=True)


def present(
    platform: str, installed: Callable[[str], object] = find_spec
) -> tuple[list[Contender], list[str]]:
    """The contenders of a platform that can run, and a line for each that cannot."""
    there, absent = [], []
    for contender in CONTENDERS:
        if platform not in contender.platforms:
            continue
        if installed(contender.needs):
            there.append(contender)
        else:
            absent.append(f"{contender.name}: skipped, {contender.needs} is not installed")
    return there, absent
