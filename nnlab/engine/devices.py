"""Devices: set JAX up once, before it starts, and say what there is."""

from __future__ import annotations

import contextlib
import os
from importlib import import_module, metadata
from typing import Any

import jax
from threadpoolctl import threadpool_limits

from nnlab.engine.machines import Machine, Rates
from nnlab.errors import NnlabError
from nnlab.files import user_cache

__all__ = ["arithmetic", "configure", "device_lines", "machine", "one_thread_each"]

DEVICES = ("auto", "cpu", "gpu", "tpu")
CPU_BLOCK_BYTES = 2e6  # lanes beyond the second-level cache cost more than they save
OFF = ("0", "false", "no")  # values of an environment variable that switches something


def configure(device: str = "auto", compile_cache: bool = True) -> None:
    """Choose the platform, one XLA device per CPU core, full precision, and a compile cache.

    `device` is auto, cpu, gpu or tpu. What a running backend no longer allows is left as it is, and
    so is a number of CPU devices that the user chose (JAX_NUM_CPU_DEVICES). Raises `NnlabError` if
    there is no such device; another may be asked for then. On a GPU operations are deterministic,
    unless NNLAB_DETERMINISTIC=0 is in the environment. The cache of compiled programs is the
    user's and this jaxlib version's; without `compile_cache`, or with NNLAB_COMPILE_CACHE=0 in the
    environment, there is none.
    """
    if device not in DEVICES:
        raise NnlabError(f"unknown device {device!r}: choose from {', '.join(DEVICES)}")
    cache = user_cache() / "compiled" / f"jaxlib-{metadata.version('jaxlib')}"
    kept = compile_cache and os.environ.get("NNLAB_COMPILE_CACHE", "1") not in OFF
    jax.config.update("jax_enable_compilation_cache", kept)
    jax.config.update("jax_compilation_cache_dir", str(cache) if kept else None)
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
    """The local devices as the planner sees them, with figures usual for their kind."""
    devices = jax.local_devices()
    kind = devices[0].platform
    if kind == "cpu":
        # Rates: AMD EPYC, 2026.
        rates = Rates(kernel=1e-7, product=4e-7, flop=6e-12, entry=6e-11, compiling=2.2)
        return Machine(kind, len(devices), CPU_BLOCK_BYTES, 32, 8e10, 1e-5, 2.5, rates)
    stats = devices[0].memory_stats() or {}
    memory = stats.get("bytes_limit", 8e9)
    rates = Rates(kernel=4e-6, product=5e-9, flop=5e-14, entry=5e-13, compiling=6.0)
    return Machine(kind, len(devices), memory / 16, 4096, 5e12, 1e-6, 8.0, rates)


def compiler_options() -> dict[str, Any]:
    """Options of XLA for these devices: a GPU adds in a fixed order, so that bits repeat."""
    deterministic = os.environ.get("NNLAB_DETERMINISTIC", "1") not in OFF
    on_gpu = jax.default_backend() in ("gpu", "cuda", "rocm")
    return {"xla_gpu_deterministic_ops": True} if on_gpu and deterministic else {}


def arithmetic() -> dict[str, Any]:
    """What decides the last bits of a result besides the program: part of its provenance."""
    config: Any = jax.config
    return {
        **compiler_options(),
        "matmul_precision": str(config.jax_default_matmul_precision),
        "x64": bool(config.jax_enable_x64),
    }


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def device_lines() -> list[str]:
    """The local devices in words, a line each."""
    return [f"device {d.id}: {d.platform}, {d.device_kind}" for d in jax.local_devices()]
