"""One trial that becomes NaN alters no other, wherever it stands among the lanes of its block."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from small_studies import irises, machine, request_of

from nnlab.engine import plan
from nnlab.engine.programs import compiled_program, load_blocks, on_all_devices
from nnlab.engine.segments import Pace, Reached, run_chunk
from nnlab.records import Store
from nnlab.study import Inputs

LANES = 16


@pytest.fixture(scope="module")
def train():
    """`train(rates)`: state and measures of a block of 16 settings that differ in their rate."""
    study = irises(seeds=1, steps=6)
    rates = tuple(round(0.01 * n, 2) for n in range(1, LANES + 1))
    request, inputs = request_of(study, learning_rate=rates, width=(5,)), Inputs(study)
    on = machine(lanes=LANES, devices=1)
    (program,) = plan(request, Store(Path("nowhere")), inputs, on).programs
    (chunk,) = program.chunks
    assert program.lanes == (1, LANES)
    data = on_all_devices(inputs.of(program.cells[0]).tree)
    compiled = compiled_program(study, program, data)

    def run(place: int | None):
        cells = list(program.cells)
        if place is not None:
            ill = {**cells[place].settings, "learning_rate": 1e38}
            cells[place] = replace(cells[place], values=tuple(ill.items()))
        loaded = load_blocks(study, replace(program, cells=tuple(cells)), chunk.blocks)
        start = Reached(0, compiled.blank())
        state, measures = run_chunk(compiled, loaded, chunk, data, start, Pace(), lambda _: None)
        return jax.tree.map(lambda leaf: np.asarray(leaf)[0, 0], (state, measures))

    return run


@pytest.fixture(scope="module")
def healthy(train):
    return train(None)


@pytest.mark.parametrize("place", range(LANES))
def test_one_failing_trial_of_sixteen_alters_no_other_at_any_place(train, healthy, place):
    ill = train(place)
    others = np.arange(LANES) != place
    diverged_at = ill[1][-1]["diverged_at"]
    assert diverged_at[place] >= 0 and (diverged_at[others] == -1).all()
    assert np.isfinite(ill[1][-1]["train_loss"][others]).all()
    jax.tree.map(lambda a, b: np.testing.assert_array_equal(a[others], b[others]), ill, healthy)
