"""Waste: how much of a plan's work is the trials' own, how much padding and idle lanes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnlab.engine.sizes import CostOf, works_along
from nnlab.study import Cell, Study

if TYPE_CHECKING:
    from nnlab.engine.planner import Plan, Program

__all__ = ["block_bytes", "idle_share", "padding", "useful_shares", "useful_work"]


def useful_work(program: Program) -> float:
    """Floating-point operations of the trials still to run, as if each ran unpadded."""
    shares = program.shares or (1.0,) * len(program.cells)
    blocks = [block for chunk in program.chunks for block in chunk.blocks]
    return program.cost.work * sum(len(b.seeds) * sum(shares[c] for c in b.cells) for b in blocks)


def padding(*programs: Program) -> float:
    """Which part of the work of their trials still to run is padding."""
    padded = sum(program.cost.work * program.trials for program in programs)
    return 1 - sum(map(useful_work, programs)) / padded if padded else 0.0


def idle_share(program: Program, plan: Plan) -> float:
    """Which part of the lanes that a program still runs only fills blocks and devices up."""
    lanes = len(program.chunks) * plan.machine.devices * math.prod(program.lanes)
    return 1 - program.trials / lanes if lanes else 0.0


def block_bytes(program: Program) -> float:
    """Bytes of the states in a block, which are together on one device."""
    return math.prod(program.lanes) * program.cost.state_bytes


def useful_shares(
    study: Study,
    cells: Sequence[Cell],
    members: Sequence[Cell],
    capacities: tuple[tuple[str, int], ...],
    cost_of: CostOf,
) -> tuple[float, ...]:
    """How much of its padded work each member needs: a product over sizes, each estimated with
    the others at their largest among `cells`, as the buckets were."""
    padded = [pair for pair in capacities if not getattr(study.factors[pair[0]], "exact", False)]
    work = works_along(cells, [name for name, _ in capacities], cost_of)

    def share(cell: Cell) -> float:
        parts = (work[n](cell.settings[n]) / (work[n](size) or 1.0) for n, size in padded)
        return math.prod(parts)

    return tuple(map(share, members))
