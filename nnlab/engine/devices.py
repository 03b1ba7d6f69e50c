"""Devices: set JAX up once, before it starts, and say what there is."""

from __future__ import annotations

import contextlib
import os
from importlib import import_module, metadata
from typing import Any

import jax
from threadpoolctl import threadpool_limits

from nnlab.engine.planner import Machine
from nnlab.errors import NnlabError
from nnlab.files import user_cache

__all__ = ["arithmetic", "configure", "device_lines", "machine", "one_thread_each"]

DEVICES = ("auto", "cpu", "gpu", "tpu")


def configure(device: str = "auto") -> None:
    """Choose the platform, one XLA device per CPU core, full precision, and a compile cache.

    `device` is auto, cpu, gpu or tpu. What a running backend no longer allows is left as it is, and
    so is a number of CPU devices that the user chose (JAX_NUM_CPU_DEVICES). Raises `NnlabError` if
    there is no such device; another may be asked for then.
    """
    if device not in DEVICES:
        raise NnlabError(f"unknown device {device!r}: choose from {', '.join(DEVICES)}")
    # XLA runs each device's program on one pool of threads, as many as cores, and batched LAPACK
    # kernels wait there for tasks in the same pool: with a device per core all threads can wait.
    os.environ.setdefault("NPROC", str(2 * cores()))
    cache = user_cache() / "compiled" / f"jaxlib-{metadata.version('jaxlib')}"
    jax.config.update("jax_compilation_cache_dir", str(cache))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_default_matmul_precision", "highest")
    config: Any = jax.config
    platforms = config.jax_platforms
    with contextlib.suppress(RuntimeError):  # JAX has started already: use the devices it has.
        if config.jax_num_cpu_devices < 0:
            jax.config.update("jax_num_cpu_devices", cores())
    try:
        if device != "auto":
            jax.config.update("jax_platforms", {"gpu": "cuda,cpu"}.get(device, device))
        present = {d.platform for d in jax.devices()}
        if device not in ("auto", *present):
            raise RuntimeError(f"there is: {', '.join(sorted(present))}")
    except RuntimeError as error:
        jax.config.update("jax_platforms", platforms)
        raise NnlabError(f"no {device} device here: {_first_line(error)}") from error


def one_thread_each() -> contextlib.AbstractContextManager[Any]:
    """Within it LAPACK uses one thread a call: there is a device per core already.

    With two threads a call on two cores the threads wait for one another: a batch of 500 x 500
    singular value decompositions took 140 times as long.
    """
    import_module("scipy.linalg")  # JAX takes its LAPACK from here; only what is loaded is limited
    return threadpool_limits(limits=1, user_api="blas")


def cores() -> int:
    """Number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine() -> Machine:
    """The local devices as the planner sees them, with rates typical of their kind."""
    devices = jax.local_devices()
    kind = devices[0].platform
    if kind == "cpu":
        # Lanes beyond the second-level cache cost more than they save.
        return Machine(kind, len(devices), 1e6, 32, 8e10, 1e-5, 2.5)
    stats = devices[0].memory_stats() or {}
    memory = stats.get("bytes_limit", 8e9)
    return Machine(kind, len(devices), memory / 16, 4096, 5e12, 1e-6, 8.0)


def arithmetic() -> dict[str, Any]:
    """What decides the last bits of a result besides the program: part of its provenance."""
    config: Any = jax.config
    return {
        "matmul_precision": str(config.jax_default_matmul_precision),
        "x64": bool(config.jax_enable_x64),
    }


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def device_lines() -> list[str]:
    """The local devices in words, a line each."""
    return [f"device {d.id}: {d.platform}, {d.device_kind}" for d in jax.local_devices()]
