"""Half the lanes, and what of the work is padding: plain arithmetic, without devices."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from small_studies import irises, machine, request_of

from nnlab.engine import Cost, Plan, Program, halved, make_plan, waste
from nnlab.study import Request


def cost(cell, capacities) -> Cost:
    """As if a trial's work were its width, squared."""
    return Cost(float(capacities["width"] ** 2), 100.0, 1)


def planned(request: Request, lanes: int = 8) -> Plan:
    return make_plan(request, cost, machine(lanes))


def trials(program: Program) -> list[tuple[int, int]]:
    blocks = [block for chunk in program.chunks for block in chunk.blocks]
    return [(seed, cell) for b in blocks for seed in b.seeds for cell in b.cells]


REQUEST = request_of(irises(seeds=5), learning_rate=(0.05, 0.1, 0.2))


@pytest.mark.parametrize(
    ("lanes", "then"),
    [((4, 2), (2, 2)), ((2, 4), (2, 2)), ((2, 2), (2, 1)), ((5, 3), (3, 3)), ((1, 2), (1, 1))],
)
def test_the_larger_axis_is_halved(lanes, then):
    (program,) = planned(REQUEST).programs
    smaller = halved(replace(program, lanes=lanes), REQUEST.seeds, 2)
    assert smaller is not None and smaller.lanes == then
    assert sorted(trials(smaller)) == sorted(trials(program)) and len(trials(program)) == 30
    assert all(len(b.seeds) <= then[0] for c in smaller.chunks for b in c.blocks)
    assert all(len(b.cells) <= then[1] for c in smaller.chunks for b in c.blocks)


def test_it_ends_at_a_single_lane():
    (program,) = planned(REQUEST).programs
    lanes = []
    while program is not None:
        lanes.append(math.prod(program.lanes))
        program = halved(program, REQUEST.seeds, 2)
    assert lanes[-1] == 1 and lanes == sorted(set(lanes), reverse=True)


def test_what_is_finished_is_left_out():
    (program,) = planned(REQUEST).programs
    smaller = halved(program, REQUEST.seeds, 2, lambda seed, cell: seed < 2)
    assert smaller is not None
    assert len(trials(smaller)) == 3 * 6 and {seed for seed, _ in trials(smaller)} == {2, 3, 4}


def test_work_is_counted_as_if_every_trial_ran_unpadded():
    """Widths 5 and 12 in a bucket of 12: the narrower ones need 25 of 144."""
    plan = planned(REQUEST)
    (program,) = plan.programs
    assert dict(program.capacities) == {"width": 12}
    assert waste.useful_work(program) == pytest.approx(15 * (25 + 144))
    assert waste.padding(program) == pytest.approx(1 - (25 + 144) / 288)
    assert waste.block_bytes(program) == 100 * math.prod(program.lanes)


def test_lanes_without_a_trial_are_idle():
    plan = planned(REQUEST)
    (program,) = plan.programs
    lanes = len(program.chunks) * 2 * math.prod(program.lanes)
    assert waste.idle_share(program, plan) == pytest.approx(1 - 30 / lanes)


def test_a_plan_with_nothing_left_wastes_nothing():
    plan = make_plan(REQUEST, cost, machine(8), lambda seed, cell: True)
    (program,) = plan.programs
    assert waste.padding(program) == waste.idle_share(program, plan) == 0
    assert waste.padding() == waste.useful_work(program) == 0
