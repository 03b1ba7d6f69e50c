"""Programs: a block of lanes on every device, compiled once for all steps, rates and seeds.

Outside in: a device map over blocks, a vmap over seeds, a vmap over settings, a loop over steps.
What depends on the key alone is not batched by the inner vmap: settings share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from nnlab.engine.devices import arithmetic, compiler_options
from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.engine.planner import Block, Program
from nnlab.files import checksum
from nnlab.learn import Trial
from nnlab.study import Study

__all__ = ["Compiled", "Loaded", "compiled_program", "load_blocks"]


@dataclass(frozen=True)
class Compiled:
    """`segment(state, seeds, values, first, last, fresh, wanted, steps, data)`, ready to call.

    It returns (state, measures), both with leading axes [device, seed, setting]. `fresh` starts
    from the initial state whatever is handed in, `wanted` asks for measures (else zeros). The
    state handed in is used up. `state` has its shapes. `fingerprint` tells programs apart that
    compute something else: a hash of the program as it went to the compiler, without comments,
    names and places in the source.
    """

    segment: Any
    state: Any
    fingerprint: str

    def blank(self) -> Any:
        """A state to hand in to the first segment of a chunk, which never reads it."""
        return jax.tree.map(
            lambda s: jax.device_put(np.zeros(s.shape, s.dtype), s.sharding), self.state
        )


@dataclass(frozen=True)
class Loaded:
    """The blocks of one chunk as arrays: seeds [device, seed], values [device, setting]."""

    seeds: jax.Array
    values: dict[str, jax.Array]


_compiled: dict[Any, Compiled] = {}


def compiled_program(study: Study, program: Program, data: Any) -> Compiled:
    """The program compiled for its lanes on all local devices; the same one for the same shapes."""
    leaves, structure = jax.tree.flatten(data)
    shapes = (structure, *((leaf.shape, str(leaf.dtype)) for leaf in leaves))
    devices = tuple(jax.local_devices())
    kinds = tuple((name, factor.kind) for name, factor in study.factors.items())
    identity = (study.trial, study.name, kinds, program.static, program.capacities, program.exact)
    key = (*identity, program.lanes, shapes, devices, *arithmetic().values())
    if key not in _compiled:
        _compiled[key] = _compile(study, program, data)
    return _compiled[key]


def load_blocks(study: Study, program: Program, blocks: tuple[Block, ...]) -> Loaded:
    """Put seeds and settings of a chunk on the devices; missing lanes repeat the first ones."""
    mesh = _mesh()
    padded = [*blocks, *[blocks[0]] * (mesh.size - len(blocks))]
    seeds = np.array([_fill(b.seeds, program.lanes[0]) for b in padded], np.uint32)
    cells = [[program.cells[c] for c in _fill(b.cells, program.lanes[1])] for b in padded]
    columns = [cell_arrays(study, row) for row in cells]
    values = jax.tree.map(lambda *rows: np.stack(rows), *columns)
    split = NamedSharding(mesh, PartitionSpec("device"))
    return Loaded(jax.device_put(seeds, split), jax.device_put(values, split))


def on_all_devices(tree: Any) -> Any:
    """A copy of the tree's arrays on every local device."""
    return jax.device_put(tree, NamedSharding(_mesh(), PartitionSpec()))


def _fill(items: tuple[int, ...], length: int) -> list[int]:
    return [*items, *[items[0]] * (length - len(items))]


def _mesh() -> Mesh:
    return Mesh(np.array(jax.local_devices()), ("device",))


def _compile(study: Study, program: Program, data: Any) -> Compiled:
    lane = Lane(study, program.static, program.capacities, program.exact)
    loaded = load_blocks(study, program, (Block((0,), (0,)),))
    mesh = _mesh()
    split, shared = PartitionSpec("device"), PartitionSpec()
    block = jax.shard_map(
        partial(_block, lane, program.lanes, _serial(program)),
        mesh=mesh,
        in_specs=(split, split, split, *[shared] * 6),
        out_specs=split,
        check_vma=False,
    )
    shapes = _state_shapes(lane, program.lanes, loaded, data)
    state = jax.tree.map(
        lambda s: jax.ShapeDtypeStruct(
            (mesh.size, *s.shape), s.dtype, sharding=NamedSharding(mesh, split)
        ),
        shapes,
    )
    number = jax.ShapeDtypeStruct((), jnp.int32, sharding=NamedSharding(mesh, shared))
    flag = jax.ShapeDtypeStruct((), jnp.bool_, sharding=NamedSharding(mesh, shared))
    # Named, since XLA calls an array without entries whole on every device.
    on = NamedSharding(mesh, split)
    lowered = jax.jit(block, donate_argnums=0, out_shardings=on).lower(
        state, loaded.seeds, loaded.values, number, number, flag, flag, number, data
    )
    segment = lowered.compile(compiler_options=compiler_options())
    return Compiled(segment, state, checksum(lowered.as_text().encode()))


def _state_shapes(lane: Lane, lanes: tuple[int, int], loaded: Loaded, data: Any) -> Any:
    def init(seeds: Any, values: Any, data: Any) -> Any:
        def one(_: Any, seed: Any, value: Any) -> Any:
            return make_trial(lane, seed, value, jnp.int32(0), data).init()

        return _over_lanes(one, lanes, False)((), seeds, values)

    # Shapes, not slices of the arrays: slicing would compile a small program of its own.
    first = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), (loaded.seeds, loaded.values)
    )
    return jax.eval_shape(init, *first, data)


def _serial(program: Program) -> frozenset[str]:
    """What its lanes do in turn: where they factorise matrices on a CPU, as batches of these make
    the devices wait for each other (`contract.check_factorizations`)."""
    return program.cost.serial if jax.default_backend() == "cpu" else frozenset()


def _block(
    lane: Lane,
    lanes: tuple[int, int],
    serial: frozenset[str],
    state: Any,
    seeds: Any,
    values: Any,
    first: Any,
    last: Any,
    fresh: Any,
    wanted: Any,
    steps: Any,
    data: Any,
) -> Any:
    def trial(seed: Any, value: Any) -> Trial:
        return make_trial(lane, seed, value, steps, data)

    def init(state: Any, seed: Any, value: Any) -> Any:
        return jax.lax.cond(fresh, lambda: _like(trial(seed, value).init(), state), lambda: state)

    def train(state: Any, seed: Any, value: Any) -> Any:
        return jax.lax.fori_loop(first, last, trial(seed, value).step, state)

    def measure(state: Any, seed: Any, value: Any) -> Any:
        measured = jax.eval_shape(trial(seed, value).measure, state)
        # The predicates are the same for all lanes, so these stay branches under vmap.
        return jax.lax.cond(wanted, trial(seed, value).measure, lambda _: _zeros(measured), state)

    seeds, values, state = jax.tree.map(lambda leaf: leaf[0], (seeds, values, state))
    for name, phase in (("init", init), ("step", train)):
        state = _over_lanes(phase, lanes, name in serial)(state, seeds, values)
    measures = _over_lanes(measure, lanes, "measure" in serial)(state, seeds, values)
    return jax.tree.map(lambda leaf: leaf[None], (state, measures))


def _over_lanes(one: Any, lanes: tuple[int, int], in_turn: bool) -> Any:
    """`one(state, seed, value)` over seeds and, inside, settings; there may be no factors, and no
    state."""
    if not in_turn:
        inner = _side_by_side(one, (0, None, 0), lanes[1])
        return _side_by_side(inner, (0, 0, None), lanes[0])

    def row(state: Any, seed: Any, values: Any) -> Any:
        return _turns(lambda s, v: one(s, seed, v), lanes[1], state, values)

    return lambda state, seeds, values: _turns(
        lambda s, seed: row(s, seed, values), lanes[0], state, seeds
    )


def _side_by_side(one: Any, axes: tuple[int | None, ...], count: int) -> Any:
    """`one` mapped; for a single lane not even that: batches of one product run 10% slower."""
    if count > 1:
        return jax.vmap(one, axes, axis_size=count)

    def alone(*trees: Any) -> Any:
        rows = zip(trees, axes, strict=True)
        row = [t if axis is None else jax.tree.map(lambda a: a[0], t) for t, axis in rows]
        return jax.tree.map(lambda a: jnp.asarray(a)[None], one(*row))

    return alone


def _turns(one: Any, count: int, *trees: Any) -> Any:
    """`one` of each row of these trees, one after another."""
    return jax.lax.map(lambda each: one(*each[1:]), (jnp.arange(count), *trees))


def _like(tree: Any, example: Any) -> Any:
    return jax.tree.map(lambda leaf, like: jnp.asarray(leaf, like.dtype), tree, example)


def _zeros(shapes: Any) -> Any:
    return jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
