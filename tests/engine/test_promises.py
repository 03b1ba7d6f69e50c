"""What a run promises: bits that neighbours, stops and segments do not touch.

Bits are promised for the same plan: the same lanes and capacities. On a CPU too the number of
settings in a block changes last bits (`test_other_lanes_agree_within_rounding`), because XLA then
compiles other products; where in a block a trial stands changes nothing.
"""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from small_studies import irises, machine, request_of, table_of

from nnlab import data, learn, nn
from nnlab.engine import plan, runner, segments, task
from nnlab.engine.lanes import Lane, cell_arrays, make_trial
from nnlab.records import Store
from nnlab.study import Inputs, Request, Static

ORDER = ["optimizer", "width", "label_noise", "learning_rate", "seed", "step"]
LANES = machine(lanes=2)  # (1 seed, 2 settings) with the studies here


def lanes_of(request: Request) -> list[tuple]:
    made = plan(request, Store(Path("nowhere")), Inputs(request.study), runner.machine())
    return [(program.static, program.capacities, program.lanes) for program in made.programs]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="trial").sort_values(ORDER, ignore_index=True)


def assert_same_bits(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(in_order(left), in_order(right), check_exact=True)


def shared(larger: pd.DataFrame, smaller: pd.DataFrame) -> pd.DataFrame:
    """The rows of `larger` whose settings, seed and step are in `smaller`; its columns."""
    return larger.merge(smaller[ORDER], on=ORDER)[list(smaller.columns)]


class Writes:
    """Counts what is recorded, and interrupts the run after so many chunks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trials: list[str] = []
        self.chunks = 0
        self.stop_after = -1
        write = Store.write

        def counting(store, rows, axes, provenance):
            done = write(store, rows, axes, provenance)
            self.chunks += 1
            self.trials += list(done.trials)
            if self.chunks == self.stop_after:
                raise KeyboardInterrupt
            return done

        monkeypatch.setattr(Store, "write", counting)


@pytest.fixture
def writes(monkeypatch) -> Writes:
    return Writes(monkeypatch)


@pytest.mark.parametrize(
    "more",
    [{"width": (5, 8, 12)}, {"learning_rate": (0.05, 0.1, 0.2)}, {"seeds": 5}],
    ids=["width", "rate", "seeds"],
)
def test_more_of_anything_leaves_all_other_rows_bitwise_unchanged(on, tmp_path, more):
    on(LANES)
    study = irises()
    few, many = request_of(study), request_of(study, **more)
    assert lanes_of(few) == lanes_of(many)
    before, after = table_of(few, tmp_path / "few"), table_of(many, tmp_path / "many")
    assert len(after) > len(before)
    assert_same_bits(shared(after, before), before)


def test_one_more_optimizer_leaves_all_other_rows_bitwise_unchanged(on, tmp_path):
    on(LANES)
    study = irises()
    before = table_of(request_of(study), tmp_path / "few")
    after = table_of(request_of(study, optimizer=("adam", "momentum")), tmp_path / "many")
    assert_same_bits(shared(after, before), before)


@pytest.mark.parametrize(
    "measure",
    [
        pytest.param(learn.weight_norm, marks=pytest.mark.slow),
        pytest.param(learn.activation_statistics, marks=pytest.mark.slow),
        learn.gradient_norm,
    ],
    ids=lambda measure: measure.__name__,
)
def test_one_more_measure_leaves_all_others_bitwise_unchanged(on, tmp_path, measure):
    on(LANES)

    def measured(key, p, d):
        labels = learn.corrupt(nn.stream(key, "label_noise"), d.train.y, p.label_noise, d.classes)
        evaluate = {"train": (d.train.x, labels), "test": (d.test.x, d.test.y)}
        return learn.supervised(
            key,
            nn.MLP(hidden=(p.width,), out=d.classes),
            learn.optimizer(p.optimizer, p.learning_rate),
            d.train.x,
            labels,
            batch=20,
            evaluate=evaluate,
            measures=[measure],
        )

    before = table_of(request_of(irises()), tmp_path / "few")
    study = irises(measured)
    after = table_of(request_of(study), tmp_path / "many")
    _, axes = Store(tmp_path / "many").read()
    assert list(axes.values()) == [["layer"]] * len(axes) and axes
    assert_same_bits(after[list(before.columns)], before)


def test_a_stop_after_any_chunk_loses_nothing_and_changes_no_bit(on, tmp_path, writes):
    on(LANES)
    request = request_of(irises())
    whole = table_of(request, tmp_path / "whole")
    chunks = writes.chunks
    assert chunks == 3
    for stop in range(1, chunks):
        writes.chunks, writes.stop_after = 0, stop
        writes.trials.clear()
        with pytest.raises(KeyboardInterrupt):
            table_of(request, tmp_path / str(stop))
        finished = list(writes.trials)
        assert 0 < len(finished) < request.trials
        resumed = table_of(request, tmp_path / str(stop))
        # What was finished was not run again: each trial is recorded once in all.
        assert len(writes.trials) == len(set(writes.trials)) == request.trials
        assert writes.trials[: len(finished)] == finished and writes.chunks == chunks
        assert_same_bits(resumed, whole)
        assert list(resumed.trial) == list(whole.trial)
    table_of(request, tmp_path / str(stop))
    assert writes.chunks == chunks


@pytest.mark.slow
def test_a_stop_in_one_program_leaves_the_next_one_whole(on, tmp_path, writes):
    on(LANES)
    request = request_of(irises(), optimizer=("momentum", "sgd"))
    whole = table_of(request, tmp_path / "whole")
    writes.chunks, writes.stop_after = 0, 4  # in the second of two programs of three chunks
    with pytest.raises(KeyboardInterrupt):
        table_of(request, tmp_path / "stopped")
    assert_same_bits(table_of(request, tmp_path / "stopped"), whole)
    assert writes.chunks == 6


def test_a_run_that_breaks_off_within_a_chunk_loses_that_chunk_only(
    on, tmp_path, writes, monkeypatch
):
    on(LANES)
    request = request_of(irises())
    whole = table_of(request, tmp_path / "whole")
    took, calls = segments.Pace.took, []

    def interrupted(pace, steps, seconds):
        calls.append(steps)
        if len(calls) == 4:
            raise KeyboardInterrupt
        took(pace, steps, seconds)

    monkeypatch.setattr(segments.Pace, "took", interrupted)
    with pytest.raises(KeyboardInterrupt):
        table_of(request, tmp_path / "stopped")
    kept = Store(tmp_path / "stopped").read()[0]["trial"].nunique()
    assert 0 < kept < request.trials
    monkeypatch.setattr(segments.Pace, "took", took)
    writes.trials.clear()
    assert_same_bits(table_of(request, tmp_path / "stopped"), whole)
    assert len(writes.trials) == request.trials - kept


def test_more_seeds_after_a_run_run_only_the_new_ones(on, tmp_path, writes):
    on(LANES)
    study = irises()
    before = table_of(request_of(study, seeds=2), tmp_path)
    recorded = len(writes.trials)
    after = table_of(request_of(study, seeds=5), tmp_path)
    assert len(writes.trials) - recorded == 3 * 4
    assert_same_bits(shared(after, before), before)
    assert_same_bits(after, table_of(request_of(study, seeds=5), tmp_path / "at once"))


class Fixed(segments.Pace):
    """Segments of always the same number of steps."""

    length = 1

    def __init__(self) -> None:
        self.steps = self.length

    def took(self, steps: int, seconds: float) -> None:
        pass


@pytest.mark.parametrize("length", [1, pytest.param(5, marks=pytest.mark.slow), 10**6])
def test_where_segments_end_changes_no_bit(on, tmp_path, monkeypatch, length):
    on(LANES)
    request = request_of(irises())
    expected = table_of(request, tmp_path / "expected")
    monkeypatch.setattr(task, "Pace", Fixed)
    monkeypatch.setattr(Fixed, "length", length)
    assert_same_bits(table_of(request, tmp_path / "cut"), expected)


def test_segments_grow_towards_the_target_and_not_beyond():
    pace = segments.Pace(seconds=1.0, first=8)
    lengths = []
    for _ in range(8):
        lengths.append(pace.steps)
        pace.took(pace.steps, pace.steps * 0.002)  # 500 steps a second
    assert lengths[0] == 8 and lengths[1] == 64 and lengths[-1] == 500
    pace.took(500, 10.0)  # the machine has become busy
    assert pace.steps == 50
    pace.took(1, 100.0)
    assert pace.steps == 1


def test_the_order_of_lanes_changes_no_bit(on, tmp_path):
    on(machine(lanes=8))
    study = irises()
    forth = request_of(study, learning_rate=(0.05, 0.2, 0.1, 0.4))
    back = Request(study, forth.preset, forth.label, forth.seeds[::-1], forth.cells[::-1])
    assert lanes_of(forth) == lanes_of(back)
    assert_same_bits(table_of(forth, tmp_path / "forth"), table_of(back, tmp_path / "back"))


@pytest.mark.parametrize(
    "place", [0, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2, 3))]
)
def test_a_diverging_lane_changes_no_other_row_at_any_place(on, tmp_path, place):
    """Rate 1e38 gives NaN within two steps; with all 4 rates of a width side by side."""
    on(machine(lanes=4, devices=1))
    study = irises(seeds=1)
    rates = [0.05, 0.1, 0.2, 0.4]
    healthy = request_of(study, learning_rate=tuple(rates), width=(5,))
    rates[place] = 1e38
    ill = request_of(study, learning_rate=tuple(rates), width=(5,))
    assert lanes_of(healthy) == lanes_of(ill)
    assert lanes_of(ill)[0][2][1] == 4
    before, after = table_of(healthy, tmp_path / "healthy"), table_of(ill, tmp_path / "ill")
    diverged = after[after.learning_rate == 1e38]
    assert (diverged.diverged_at >= 0).all() and (diverged.finite == 0).all()
    others = after[after.learning_rate != 1e38]
    assert (others.diverged_at == -1).all() and np.isfinite(others.train_loss).all()
    assert_same_bits(others, before[before.learning_rate.isin(others.learning_rate)])


def test_other_lanes_agree_within_rounding(on, tmp_path):
    tables = {}
    for lanes in (1, 2, 16):
        on(machine(lanes))
        tables[lanes] = in_order(table_of(request_of(irises()), tmp_path / str(lanes)))
    for lanes in (2, 16):
        pd.testing.assert_frame_equal(tables[lanes], tables[1], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_padded_equals_exact_within_rounding(on, tmp_path):
    study = irises(optimizer=Static("momentum", "adam"))
    tables = []
    for compile_seconds, programs in ((1e9, 2), (0.0, 4)):  # a bucket for all; one for each
        on(machine(lanes=2, compile_seconds=compile_seconds))
        assert len(lanes_of(request_of(study))) == programs
        tables.append(in_order(table_of(request_of(study), tmp_path / str(programs))))
    padded, exact = tables
    assert padded.width.nunique() == 2
    pd.testing.assert_frame_equal(padded, exact, rtol=1e-4, atol=1e-5)


def test_the_table_is_what_one_trial_after_another_gives(on, tmp_path):
    """Without the engine: the study's own trial, one seed and setting at a time."""
    on(machine(lanes=16))
    study = irises(seeds=2)
    request, d = request_of(study), jax.tree.map(jnp.asarray, data.iris())
    table = in_order(table_of(request, tmp_path))
    lane = Lane(study, (("optimizer", "momentum"),), (("width", 12),), frozenset())

    @jax.jit
    def alone(seed, values):
        trial = make_trial(lane, seed, values, np.int32(12), d)
        return trial.measure(jax.lax.fori_loop(0, 12, trial.step, trial.init()))

    for cell in request.cells:
        values = {name: array[0] for name, array in cell_arrays(study, [cell]).items()}
        for seed in request.seeds:
            rows = table[(table.seed == seed) & (table.step == 12)]
            for name, value in cell.settings.items():
                rows = rows[rows[name] == value]
            expected = alone(np.uint32(seed), values)
            assert len(rows) == 1
            for name, value in expected.items():
                assert rows[name].item() == pytest.approx(float(value), rel=1e-4, abs=1e-4)
