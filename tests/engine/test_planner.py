"""The planner without devices: what it promises of buckets, lanes and chunks."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.engine import Cost, Machine, Plan, buckets, make_plan
from nnlab.study import Cell, Preset, Request, Sized, Static, Study, Traced, make_request

ROOM = 1000.0  # bytes on each device of the machines here


def study(**factors) -> Study:
    return Study(
        name="planned",
        trial=lambda key, p, data: None,
        factors=factors,
        presets={"quick": Preset(seeds=1, steps=10)},
    )


def requested(declared: Study, seeds: int, cells: list[Cell]) -> Request:
    return Request(declared, "quick", "quick", tuple(range(seeds)), tuple(cells))


def a_machine(devices: int = 2, most_lanes: int = 8, compile_seconds: float = 1.0) -> Machine:
    return Machine("cpu", devices, ROOM, most_lanes, 1e3, 1e-3, compile_seconds)


def cost_of(cell: Cell, capacities) -> Cost:
    width = capacities.get("width", 1)
    return Cost(10.0 * width**2 * max(cell.steps, 1), 4.0 * width, cell.steps + len(cell.record))


def trials_of(plan: Plan) -> list[tuple[int, Cell]]:
    return [
        (seed, program.cells[cell])
        for program in plan.programs
        for chunk in program.chunks
        for block in chunk.blocks
        for seed in block.seeds
        for cell in block.cells
    ]


@st.composite
def requests(draw) -> Request:
    """Any small grid: some static values, sizes and rates; steps may differ between cells."""
    exact = draw(st.booleans())
    declared = study(
        depth=Static(1, 2), width=Sized(1, exact=exact), rate=Traced(0.1), examples=Sized(10)
    )
    some = {"min_size": 1, "unique": True}
    depths = draw(st.lists(st.integers(1, 3), max_size=2, **some))
    widths = draw(st.lists(st.integers(1, 60), max_size=5, **some))
    rates = draw(st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.4]), max_size=4, **some))
    examples = draw(st.lists(st.integers(10, 99), max_size=2, **some))
    steps = draw(st.sampled_from([(0,), (10,), (10, 20), (0, 5, 7)]))
    cells = [
        Cell(tuple(zip(("depth", "width", "rate", "examples"), values, strict=True)), n, (n,))
        for place, values in enumerate(itertools.product(depths, widths, rates, examples))
        for n in [steps[place % len(steps)]]
    ]
    return requested(declared, draw(st.integers(1, 7)), cells)


machines = st.builds(
    a_machine,
    devices=st.integers(1, 4),
    most_lanes=st.sampled_from([1, 2, 5, 8, 64]),
    compile_seconds=st.sampled_from([0.0, 1.0, 1e9]),
)


@given(
    st.lists(st.integers(1, 100), min_size=1, max_size=9),
    st.floats(0, 1e4),
    st.floats(0.5, 3),
)
@settings(deadline=None)
def test_buckets_cost_as_little_as_the_best_of_all_partitions(sizes, compiling, power):
    def seconds(capacity: int, count: int) -> float:
        return compiling + count * float(capacity) ** power

    def total(capacities: tuple[int, ...]) -> float:
        bounds = zip((0, *capacities), capacities, strict=False)
        return sum(seconds(c, sum(low < size <= c for size in ordered)) for low, c in bounds)

    ordered = sorted(set(sizes))
    every = [
        (*some, ordered[-1])
        for length in range(len(ordered))
        for some in itertools.combinations(ordered[:-1], length)
    ]
    chosen = buckets(sizes, seconds)
    assert chosen in every
    assert total(chosen) <= min(map(total, every)) * (1 + 1e-12)


def test_buckets_trade_compiling_against_padding():
    sizes = [2, 4, 8, 400]
    assert buckets(sizes, lambda capacity, count: count * capacity**2) == (2, 4, 8, 400)
    assert buckets(sizes, lambda capacity, count: 1e9 + count * capacity**2) == (400,)
    assert buckets(sizes, lambda capacity, count: 1e3 + count * capacity**2) == (8, 400)


@given(requests(), machines)
@settings(deadline=None)
def test_every_trial_is_in_the_chunks_exactly_once(request_, on):
    plan = make_plan(request_, cost_of, on)
    asked = [(seed, cell) for seed in request_.seeds for cell in request_.cells]
    assert Counter(trials_of(plan)) == Counter(asked)
    assert plan.trials == len(asked)


@given(requests(), machines)
@settings(deadline=None)
def test_lanes_fit_the_room_and_blocks_fit_the_lanes(request_, on):
    for program in make_plan(request_, cost_of, on).programs:
        seeds, cells = program.lanes
        assert 1 <= seeds * cells <= on.most_lanes
        # One lane runs even where it does not fit.
        assert seeds * cells == 1 or seeds * cells * program.cost.state_bytes <= on.block_bytes
        for chunk in program.chunks:
            assert 1 <= len(chunk.blocks) <= on.devices
            for block in chunk.blocks:
                assert 1 <= len(block.seeds) <= seeds and 1 <= len(block.cells) <= cells


@given(requests(), machines)
@settings(deadline=None)
def test_what_runs_together_belongs_together(request_, on):
    factors = request_.study.factors
    for program in make_plan(request_, cost_of, on).programs:
        capacities = dict(program.capacities)
        for cell in program.cells:
            assert program.static == tuple(
                (n, v) for n, v in cell.values if factors[n].kind == "static"
            )
            assert all(cell.settings[name] <= capacity for name, capacity in capacities.items())
            if factors["width"].exact:
                assert cell.settings["width"] == capacities["width"]
        for name, capacity in capacities.items():
            same = all(cell.settings[name] == capacity for cell in program.cells)
            assert (name in program.exact) == same
        for chunk in program.chunks:
            held = {program.cells[c] for block in chunk.blocks for c in block.cells}
            assert {(c.steps, c.record) for c in held} == {(chunk.steps, chunk.record)}


@given(requests(), machines)
@settings(deadline=None, max_examples=30)
def test_the_same_request_gives_the_same_plan(request_, on):
    again = requested(request_.study, len(request_.seeds), list(request_.cells))
    assert make_plan(request_, cost_of, on) == make_plan(again, cost_of, on)


@given(requests(), machines, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_finished_chunks_are_left_out_and_the_others_stay_as_they_are(request_, on, random):
    whole = make_plan(request_, cost_of, on)
    chunks = [(n, c) for n, program in enumerate(whole.programs) for c in program.chunks]
    gone = {chunk for chunk in chunks if random.random() < 0.5}
    done = {
        (seed, whole.programs[n].cells[c])
        for n, chunk in gone
        for block in chunk.blocks
        for seed in block.seeds
        for c in block.cells
    }
    rest = make_plan(request_, cost_of, on, lambda seed, cell: (seed, cell) in done)
    left = [(n, c) for n, program in enumerate(rest.programs) for c in program.chunks]
    assert left == [chunk for chunk in chunks if chunk not in gone]
    for before, after in zip(whole.programs, rest.programs, strict=True):
        assert (before.static, before.capacities, before.cells, before.lanes) == (
            after.static,
            after.capacities,
            after.cells,
            after.lanes,
        )


@given(requests(), machines, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_finished_trials_are_left_out_wherever_they_are(request_, on, random):
    asked = [(seed, cell) for seed in request_.seeds for cell in request_.cells]
    done = {trial for trial in asked if random.random() < 0.4}
    plan = make_plan(request_, cost_of, on, lambda seed, cell: (seed, cell) in done)
    assert Counter(trials_of(plan)) == Counter(trial for trial in asked if trial not in done)


def test_a_program_that_is_all_finished_has_no_chunks_and_takes_no_time():
    declared = study(width=Sized(4), depth=Static(1, 2))
    plan = make_plan(
        make_request(declared, "quick"),
        cost_of,
        a_machine(),
        lambda seed, cell: cell.settings["depth"] == 1,
    )
    empty, full = plan.programs
    assert empty.chunks == () and empty.trials == 0 and plan.seconds(empty) == 0
    assert full.trials == 1 and plan.seconds(full) > 1


def test_more_seeds_run_only_the_new_ones_in_full_blocks():
    declared = study(rate=Traced(0.1, 0.2, 0.3, 0.4))
    request_ = make_request(declared, "quick", seeds=8)
    plan = make_plan(request_, cost_of, a_machine(most_lanes=4), lambda seed, cell: seed < 4)
    (program,) = plan.programs
    assert {seed for seed, _ in trials_of(plan)} == {4, 5, 6, 7}
    sizes = [len(b.seeds) * len(b.cells) for chunk in program.chunks for b in chunk.blocks]
    assert sizes == [4, 4, 4, 4]


def test_cells_of_different_lengths_leave_no_lane_idle():
    """Cells that train for different steps never run side by side: no lanes wait for them."""
    declared = study(rate=Traced(0.1))
    cells = [Cell((("rate", float(i)),), steps, (steps,)) for i, steps in enumerate((5, 10, 20))]
    (program,) = make_plan(requested(declared, 4, cells), cost_of, a_machine()).programs
    assert program.lanes[1] == 1
    assert math.prod(program.lanes) == 2  # 4 seeds over two devices


def test_a_large_state_gets_one_lane_and_a_small_one_many():
    declared = study(width=Sized(1), rate=Traced(*range(1, 9)))
    for width, lanes in ((1, 8), (ROOM / 4 / 2, 2), (ROOM, 1)):
        request_ = make_request(declared, "quick", 8, {"width": (int(width),)})
        (program,) = make_plan(request_, cost_of, a_machine(devices=1)).programs
        assert math.prod(program.lanes) == lanes


def test_of_what_a_step_holds_half_counts_for_the_room():
    declared = study(rate=Traced(*range(1, 9)))

    def lanes(step_bytes: float) -> int:
        def cost(cell: Cell, capacities) -> Cost:
            return replace(cost_of(cell, capacities), step_bytes=step_bytes)

        request_ = make_request(declared, "quick", 8)
        (program,) = make_plan(request_, cost, a_machine(devices=1)).programs
        return math.prod(program.lanes)

    assert (lanes(0.9 * ROOM), lanes(1.1 * ROOM)) == (2, 1)


@pytest.mark.parametrize("seeds, cells", [(1, 1), (3, 5), (7, 2), (8, 16)])
def test_lanes_are_as_quick_as_any_that_fit(seeds, cells):
    on = a_machine()
    declared = study(rate=Traced(0.0))
    request_ = make_request(declared, "quick", seeds, {"rate": tuple(map(float, range(cells)))})
    (program,) = make_plan(request_, cost_of, on).programs

    def seconds(lanes: tuple[int, int]) -> float:
        blocks = math.ceil(seeds / lanes[0]) * math.ceil(cells / lanes[1])
        return math.ceil(blocks / on.devices) * on.block_seconds(lanes, program.cost)

    every = itertools.product(range(1, seeds + 1), range(1, cells + 1))
    fitting = [lanes for lanes in every if math.prod(lanes) <= on.most_lanes]
    assert seconds(program.lanes) == pytest.approx(min(map(seconds, fitting)))
