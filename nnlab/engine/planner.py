"""Plan: how trials become few compiled programs. Pure arithmetic: no arrays, no devices.

Trials that differ only in seed, traced numbers and sizes of one bucket share a program. A program
runs in blocks of lanes (some seeds x some settings), one block per device at a time; the blocks
that run side by side are a chunk, the unit that is recorded.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from nnlab.engine.machines import Cost, Machine
from nnlab.engine.sizes import CostOf, works_along
from nnlab.engine.waste import useful_shares
from nnlab.study import Cell, Request, Study

__all__ = [
    "Block",
    "Chunk",
    "Plan",
    "Program",
    "buckets",
    "halved",
    "make_plan",
]


@dataclass(frozen=True)
class Block:
    """Lanes of one device: each of `seeds` with each of `cells` (positions in the program)."""

    seeds: tuple[int, ...]
    cells: tuple[int, ...]


@dataclass(frozen=True)
class Chunk:
    """Blocks that run side by side, one a device, for the same steps."""

    blocks: tuple[Block, ...]
    steps: int
    record: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """One compiled program: its static settings, capacities, cells, lanes and chunks.

    `shares`, one a cell, say how much of the work of its lane is the trial's own, the rest being
    padding; without them none is counted as padding.
    """

    static: tuple[tuple[str, Any], ...]
    capacities: tuple[tuple[str, int], ...]
    cells: tuple[Cell, ...]
    lanes: tuple[int, int]
    chunks: tuple[Chunk, ...]
    cost: Cost
    shares: tuple[float, ...] = ()

    @property
    def trials(self) -> int:
        """Trials still to run."""
        return sum(len(b.seeds) * len(b.cells) for c in self.chunks for b in c.blocks)

    @property
    def exact(self) -> frozenset[str]:
        """Sizes that equal their capacity in every cell: they need no padding."""
        return frozenset(
            name
            for name, capacity in self.capacities
            if all(cell.settings[name] == capacity for cell in self.cells)
        )


@dataclass(frozen=True)
class Plan:
    """All programs of a request for one machine."""

    programs: tuple[Program, ...]
    machine: Machine

    @property
    def trials(self) -> int:
        """Trials still to run."""
        return sum(program.trials for program in self.programs)

    def seconds(self, program: Program) -> float:
        """Estimated time of a program: compiling and running its chunks, lanes idle or not."""
        if not program.chunks:
            return 0.0
        block = self.machine.told_seconds(program.lanes, program.cost)
        return self.machine.told_compile_seconds + len(program.chunks) * block


def make_plan(
    request: Request,
    cost_of: CostOf,
    machine: Machine,
    finished: Callable[[int, Cell], bool] = lambda seed, cell: False,
) -> Plan:
    """Group the trials of a request into programs, and what is not `finished` into chunks.

    `cost_of(cell, capacities)` estimates one trial of the cell's static settings at these
    capacities. Lanes and chunks follow from the whole request, finished or not, in the order of
    seeds and cells. Finished chunks are left out and the others stay as they are: a run that goes
    on after a stop repeats the same plan. Only what is left of chunks in part finished (by a
    smaller request, say) is packed anew.
    """
    programs = []
    for static, cells in _grouped(request.cells, partial(_static, request.study)).items():
        bucketed = _bucketed(request, cells, cost_of, machine)
        for capacities, members in _grouped(cells, partial(_capacities, bucketed)).items():
            cost = cost_of(members[0], dict(capacities))
            alike = [len(some) for some in _side_by_side(members).values()]
            lanes = _lanes(len(request.seeds), alike, cost, machine)
            chunks = _chunks(request.seeds, members, lanes, machine.devices, finished)
            shares = useful_shares(request.study, cells, members, capacities, cost_of)
            programs.append(
                Program(static, capacities, tuple(members), lanes, chunks, cost, shares)
            )
    return Plan(tuple(programs), machine)


def buckets(sizes: Sequence[int], seconds: Callable[[int, int], float]) -> tuple[int, ...]:
    """Capacities, ascending, that cost least in all for running these sizes.

    `seconds(capacity, count)` is the time of a bucket with `count` of the sizes in it, compile
    included. Optimal: dynamic programming over where each bucket begins.
    """
    ordered = sorted(set(sizes))
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for end in range(1, len(ordered) + 1):
        capacity = ordered[end - 1]
        options = [
            (best[start][0] + seconds(capacity, end - start), (*best[start][1], capacity))
            for start in range(end)
        ]
        best.append(min(options, key=lambda option: (option[0], len(option[1]))))
    return best[-1][1]


def halved(
    program: Program,
    seeds: Sequence[int],
    devices: int,
    finished: Callable[[int, Cell], bool] = lambda seed, cell: False,
) -> Program | None:
    """The program with half as many lanes, of seeds or settings, whichever are more.

    What is not `finished` is planned anew in these smaller blocks. None at a single lane, which
    cannot be halved.
    """
    rows, columns = program.lanes
    if rows * columns == 1:
        return None
    rows, columns = (rows, -(-columns // 2)) if columns >= rows else (-(-rows // 2), columns)
    chunks = _chunks(seeds, program.cells, (rows, columns), devices, finished)
    return replace(program, lanes=(rows, columns), chunks=chunks)


def _static(study: Study, cell: Cell) -> tuple[tuple[str, Any], ...]:
    return tuple((n, v) for n, v in cell.values if study.factors[n].kind == "static")


def _capacities(bucketed: Mapping[str, tuple[int, ...]], cell: Cell) -> tuple[tuple[str, int], ...]:
    settings = cell.settings
    return tuple(
        (name, next(c for c in capacities if c >= settings[name]))
        for name, capacities in bucketed.items()
    )


def _bucketed(
    request: Request, cells: Sequence[Cell], cost_of: CostOf, machine: Machine
) -> dict[str, tuple[int, ...]]:
    """Capacities of each sized factor, chosen with the other sized factors at their largest."""
    factors = request.study.factors
    sized = [name for name, factor in factors.items() if factor.kind == "sized"]
    work = works_along(cells, sized, cost_of)
    chosen: dict[str, tuple[int, ...]] = {}
    for name in sized:
        sizes = sorted({cell.settings[name] for cell in cells})
        if getattr(factors[name], "exact", False):
            chosen[name] = tuple(sizes)
            continue
        each = request.trials * len(cells) / len(request.cells) / len(sizes)
        each /= machine.flops_per_second * machine.devices
        chosen[name] = buckets(sizes, partial(_bucket_seconds, work[name], each, machine))
    return chosen


def _bucket_seconds(
    work: Callable[[int], float], each: float, machine: Machine, capacity: int, count: int
) -> float:
    return machine.compile_seconds + count * each * work(capacity)


def _lanes(seeds: int, alike: Sequence[int], cost: Cost, machine: Machine) -> tuple[int, int]:
    """Seeds x cells that run together on one device: of those that fit, the quickest in all.

    `alike`: numbers of cells that may run side by side, one for each length of training.
    """
    room = max(1, min(int(machine.block_bytes / max(cost.lane_bytes, 1.0)), machine.most_lanes))
    columns = set[int]().union(*map(_even_shares, alike))
    shapes = itertools.product(_even_shares(seeds), columns)

    def seconds(lanes: tuple[int, int]) -> float:
        blocks = [math.ceil(seeds / lanes[0]) * math.ceil(count / lanes[1]) for count in alike]
        chunks = sum(math.ceil(count / machine.devices) for count in blocks)
        return chunks * machine.block_seconds(lanes, cost)

    return min(sorted(lanes for lanes in shapes if math.prod(lanes) <= room), key=seconds)


def _even_shares(count: int) -> set[int]:
    """The smallest shares of `count` for each number of rounds: larger ones only idle."""
    return {math.ceil(count / rounds) for rounds in range(1, count + 1)}


def _chunks(
    seeds: Sequence[int],
    cells: Sequence[Cell],
    lanes: tuple[int, int],
    devices: int,
    finished: Callable[[int, Cell], bool],
) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    for (steps, record), members in _side_by_side(cells).items():
        blocks = _blocks(seeds, members, lanes)
        left: dict[int, tuple[int, ...]] = {}
        for part in _cut(blocks, devices):
            trials = [(seed, c) for block in part for seed in block.seeds for c in block.cells]
            missing = [(seed, c) for seed, c in trials if not finished(seed, cells[c])]
            if len(missing) == len(trials):
                chunks.append(Chunk(tuple(part), steps, record))
                continue
            for seed, c in missing:
                left[seed] = (*left.get(seed, ()), c)
        torn = [
            block
            for missing, alike in _grouped(left, left.__getitem__).items()
            for block in _blocks(alike, missing, lanes)
        ]
        chunks += [Chunk(tuple(part), steps, record) for part in _cut(torn, devices)]
    return tuple(chunks)


def _side_by_side(cells: Sequence[Cell]) -> dict[Any, list[int]]:
    """Positions of cells that take the same steps and record the same ones."""
    return _grouped(range(len(cells)), lambda c: (cells[c].steps, cells[c].record))


def _blocks(seeds: Sequence[int], cells: Sequence[int], lanes: tuple[int, int]) -> list[Block]:
    return [
        Block(tuple(rows), tuple(columns))
        for rows in _cut(seeds, lanes[0])
        for columns in _cut(cells, lanes[1])
    ]


def _cut(items: Sequence[Any], length: int) -> list[Sequence[Any]]:
    return [items[i : i + length] for i in range(0, len(items), length)]


def _grouped(items: Collection[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
