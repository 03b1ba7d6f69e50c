"""Snapshots: where a chunk stands, as files that orbax writes and reads."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import jax
import numpy as np

from nnlab.engine.segments import Reached
from nnlab.learn import Along

__all__ = ["read_snapshot", "write_snapshot"]


def write_snapshot(path: Path, reached: Reached) -> dict[str, Any]:
    """Have orbax write where a chunk stands to the folder `path`.

    Returns what `read_snapshot` needs besides, as plain JSON. Raises what orbax raises.
    """
    import orbax.checkpoint as ocp

    state = [np.asarray(leaf) for leaf in jax.tree.leaves(reached.state)]
    measures = _stacked(reached.measures)
    columns = [np.asarray(values) for _, _, values in measures]
    arrays = {f"{n:06}": array for n, array in enumerate([*state, *columns])}
    path.parent.mkdir(parents=True, exist_ok=True)
    with ocp.PyTreeCheckpointer() as checkpointer:
        # Orbax refuses arrays without entries; their shapes say all there is to know.
        checkpointer.save(path.absolute(), {n: a for n, a in arrays.items() if a.size})
    return {
        "step": reached.step,
        "recorded": len(reached.measures),
        "measures": [[name, axes] for name, axes, _ in measures],
        "arrays": [[list(array.shape), array.dtype.name] for array in arrays.values()],
        "files": _checksums(path),
    }


def read_snapshot(path: Path, fields: dict[str, Any], like: Any) -> Reached:
    """What `write_snapshot` wrote and returned, its state on the devices as `like` (shapes) is.

    Raises `ValueError` where a file is not as it was: orbax keeps no checksums of its own.
    """
    import orbax.checkpoint as ocp

    if _checksums(path) != fields["files"]:
        raise ValueError("its checksum is wrong")
    shapes = [(tuple(shape), np.dtype(dtype)) for shape, dtype in fields["arrays"]]
    leaves, structure = jax.tree.flatten(like)
    if [(leaf.shape, leaf.dtype) for leaf in leaves] != shapes[: len(leaves)]:
        raise ValueError("its state has other shapes")
    with ocp.PyTreeCheckpointer() as checkpointer:
        held = checkpointer.restore(path.absolute()) if any(map(_entries, shapes)) else {}
    arrays = [
        np.asarray(held[f"{n:06}"], dtype) if _entries((shape, dtype)) else np.zeros(shape, dtype)
        for n, (shape, dtype) in enumerate(shapes)
    ]
    state = [
        jax.device_put(array, leaf.sharding) for array, leaf in zip(arrays, leaves, strict=False)
    ]
    columns = [
        (name, axes, values)
        for (name, axes), values in zip(fields["measures"], arrays[len(leaves) :], strict=True)
    ]
    measures = _unstacked(columns, fields["recorded"])
    return Reached(fields["step"], jax.tree.unflatten(structure, state), measures)


def _stacked(measures: list[dict[str, Any]]) -> list[tuple[str, list[str] | None, np.ndarray]]:
    """Name, axes (None for a scalar) and values [recorded step, device, ...] of each measure."""
    columns = []
    for name, first in measures[0].items() if measures else ():
        plain = not isinstance(first, Along)
        values = [each[name] if plain else each[name].values for each in measures]
        columns.append((name, None if plain else list(first.axes), np.stack(values)))
    return columns


def _unstacked(columns: list[tuple[str, list[str] | None, Any]], steps: int) -> list[Any]:
    return [
        {
            name: values[k] if axes is None else Along(values[k], tuple(axes))
            for name, axes, values in columns
        }
        for k in range(steps)
    ]


def _entries(shape: tuple[tuple[int, ...], Any]) -> int:
    return math.prod(shape[0])


def _checksums(folder: Path) -> dict[str, str]:
    sums = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            sums[path.relative_to(folder).as_posix()] = digest
    return sums
