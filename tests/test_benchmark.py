"""The benchmark's arithmetic, who takes part in it, and a process that answers."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from benchmarking import (
    contenders,
    flagship,
    measure,
    networks,
    report,
    scale,
    summary,
    wording,
    work,
)
from benchmarking.team import Failed, Team, places


@pytest.mark.parametrize("kind, width", [("mlp", 24), ("cnn", 25)])
def test_flops_and_parameters_are_those_of_the_networks_that_are_trained(kind, width):
    jax = pytest.importorskip("jax")
    from benchmarking.nnlab_engine import _request

    from nnlab.engine.counting import work_of
    from nnlab.study import Inputs, Settings

    request = _request((width,), (0.01,), 1, 1, kind)
    data = Inputs(request.study).of(request.cells[0]).tree
    settings = Settings({"width": width, "learning_rate": 0.01, "steps": 1})
    trial = request.study.trial(jax.random.key(0), settings, data)
    state = jax.eval_shape(trial.init)
    counted = work_of(jax.make_jaxpr(trial.step)(0, state).jaxpr).flops
    assert networks.step_flops(width, kind) == pytest.approx(counted, rel=1e-3)
    leaves = jax.tree.leaves(state.params)
    assert networks.parameters(width, kind) == sum(leaf.size for leaf in leaves)


def test_a_cpu_trains_no_convolutional_network_alone():
    """One alone is half as fast: see `Cost.lane_bytes`."""
    pytest.importorskip("jax")
    from benchmarking.nnlab_engine import _request

    from nnlab.engine import Machine, make_plan
    from nnlab.engine.devices import CPU_BLOCK_BYTES
    from nnlab.engine.probe import cost_model
    from nnlab.study import Inputs

    request = _request((networks.CHANNELS,), (0.01,), 16, 400, "cnn")
    on = Machine("cpu", 2, CPU_BLOCK_BYTES, 32, 8e10, 1e-5, 2.5)
    plan = make_plan(request, cost_model(request.study, Inputs(request.study)), on)
    assert [program.lanes[0] * program.lanes[1] for program in plan.programs] == [2]


def test_the_convolutional_network_is_that_of_mnist1d():
    assert networks.parameters(networks.CHANNELS, "cnn") == 5210
    assert networks.positions() == (40, 19, 10, 5)


def test_peers_train_the_same_networks():
    pytest.importorskip("jax")
    from benchmarking.jax_loop import _NETWORKS, _weights

    for kind, width in (("mlp", 16), ("cnn", 25)):
        weights = _weights(width, kind)
        assert sum(k.size + b.size for k, b in weights) == networks.parameters(width, kind)
        x = __import__("numpy").ones((3, networks.FEATURES), "float32")
        assert _NETWORKS[kind](weights, x).shape == (3, networks.CLASSES)


def test_bytes_count_what_products_and_the_update_move():
    # Width 1: layers 40-1, 1-1, 1-10; each product moves its three operands.
    moved = 0
    for number, (fan_in, fan_out) in enumerate([(40, 1), (1, 1), (1, 10)]):
        weights = (fan_in + 1) * fan_out
        moved += (2 if number == 0 else 3) * (100 * (fan_in + fan_out) + weights) + 5 * weights
    assert networks.step_bytes(1) == 4 * moved


def test_ratios_are_taken_within_rounds():
    # The second round was slow for both: the ratio does not know.
    assert work.paired_ratios([100.0, 10.0, 90.0], [50.0, 5.0, 30.0]) == [2.0, 2.0, 3.0]
    assert work.spread([2.0, 3.0, 2.0]) == work.Spread(2.0, 2.0, 3.0)
    with pytest.raises(ValueError):
        work.paired_ratios([1.0], [1.0, 2.0])


def test_everyone_comes_first_in_turn():
    assert work.rotated(["a", "b", "c"], 4) == [
        ["a", "b", "c"],
        ["b", "c", "a"],
        ["c", "a", "b"],
        ["a", "b", "c"],
    ]


def test_as_many_seeds_as_leave_each_its_steps():
    assert work.fitting(100_000, 200, 2, 16) == (16, 6250)
    assert work.fitting(1000, 200, 2, 16) == (5, 200)
    assert work.fitting(100, 200, 2, 16) == (2, 50)


def test_a_rise_is_told_from_the_smallest_before_it():
    assert work.largest_rise([8.0, 4.0, 2.0, 2.0]) == 0
    assert work.largest_rise([8.0, 4.0, 5.0, 4.4]) == 0.25
    assert work.largest_rise([4.0]) == 0


def test_waste_tells_padding_from_idle_lanes():
    unpadded = work.waste([(64, [64, 64], 2), (16, [16], 1)])
    assert unpadded == work.Waste(0.0, 0.0)
    assert work.waste([(64, [64, 64, 64], 4)]) == work.Waste(0.0, 0.25)
    small, large = networks.step_flops(16), networks.step_flops(64)
    padded = work.waste([(64, [16, 64], 2)])
    assert padded.padding == pytest.approx((large - small) / (2 * large))
    assert padded.idle_lanes == 0


def test_processes_add_up_over_the_slowest_of_them():
    answers = [{"model_steps": 30, "seconds": 1.0}, {"model_steps": 20, "seconds": 2.0}]
    assert measure.rates(answers) == 25


def test_absent_peers_are_skipped_with_a_line():
    there, absent = contenders.present("cpu", lambda package: package != "torch")
    assert [c.name for c in there] == [
        "nnlab",
        "JAX loop",
        "JAX loop per core",
        "matrix product",
    ]
    assert absent == [
        "PyTorch loop: skipped, torch is not installed",
        "torch.func.vmap: skipped, torch is not installed",
    ]
    everyone, nobody = contenders.present("gpu", lambda package: True)
    assert "PyTorch CUDA graph" in [c.name for c in everyone]
    assert not nobody


def test_a_process_on_each_core_but_one_on_a_gpu():
    by_name = {c.name: c for c in contenders.CONTENDERS}
    assert places(by_name["PyTorch loop"], "cpu", [0, 3]) == ["0", "3"]
    assert places(by_name["PyTorch loop"], "gpu", [0, 3]) == ["all"]
    assert places(by_name["nnlab"], "cpu", [0, 3]) == ["all"]


class Scripted:
    """A team with answers known in advance."""

    def __init__(self, name: str, rates: list[float], fails: str = "") -> None:
        self.contender = next(c for c in contenders.CONTENDERS if c.name == name)
        self._rates, self._fails = iter(rates), fails

    def __len__(self) -> int:
        return 1

    def ask(self, do, **arguments):
        if do == self._fails:
            raise Failed("out of memory")
        if do == "prepare":
            return [{"compile_seconds": 2.0}]
        shares = {"networks": 2, "all_seconds": 2.0, "padding_waste": 0.0, "idle_lanes": 0.0}
        return [{"model_steps": next(self._rates), "seconds": 1.0, "peak_memory": 5e6, **shares}]


def test_rows_hold_medians_ratios_and_shares():
    flops = networks.step_flops(64)
    teams = [
        Scripted("nnlab", [10.0, 30.0, 20.0]),
        Scripted("JAX loop", [5.0, 10.0, 5.0]),
        Scripted("matrix product", [40 * flops, 60 * flops, 40 * flops]),
    ]
    said = []
    rows = measure.width_rows(teams, 64, small_scale(), said.append)
    ours, peer, product = rows
    assert ours["steps_per_second"] == 20
    assert ours["steps_per_second_all_included"] == 10
    assert ours["share_of_product"] == pytest.approx(0.5)
    assert (peer["ratio"], peer["ratio_low"], peer["ratio_high"]) == (3, 2, 4)
    assert product["useful_flops"] == pytest.approx(40 * flops)
    assert not said
    assert "3.0x" in wording.lines(rows)[1]


@pytest.mark.parametrize("fails", ["prepare", "run"])
def test_a_peer_that_fails_is_left_out_with_a_line(fails):
    teams = [Scripted("nnlab", [1.0] * 3), Scripted("JAX loop", [], fails)]
    said = []
    rows = measure.width_rows(teams, 64, small_scale(), said.append)
    assert [row["contender"] for row in rows] == ["nnlab"]
    assert said and "JAX loop: left out" in said[0] and "out of memory" in said[0]


def small_scale() -> scale.Scale:
    return scale.Scale(0.1, 3, 2, (1,), 1, 1, 1)


def test_a_process_answers_and_says_what_went_wrong(tmp_path):
    product = next(c for c in contenders.CONTENDERS if c.name == contenders.PRODUCT)
    one = contenders.Contender("one", product.module, "jax", "", shared=True)
    team = Team(one, "cpu", tmp_path)
    try:
        team.ask("prepare", width=1, networks=1, seconds=0.01)
        answer = team.ask("run", seconds=0.01)[0]
        assert answer["model_steps"] >= 2 * 2048**3
        assert answer["seconds"] > 0
        assert answer["peak_memory"] > 2048 * 2048 * 4
        with pytest.raises(Failed, match="AttributeError"):
            team.ask("nothing_of_the_kind")
    finally:
        team.close()


MACHINE = {"platform": "cpu", "device_kind": "cpu", "devices": 2}


def test_what_is_written_can_be_read_again_and_parts_are_kept(tmp_path):
    teams = [Scripted("nnlab", [10.0] * 3), Scripted("JAX loop", [5.0] * 3)]
    few = small_scale()
    rows = measure.width_rows(teams, 64, few, print)
    about = report.machine(MACHINE, few, ["PyTorch loop: skipped, torch is not installed"])
    about["parts"]["widths"] = 12
    paths = report.write(rows, about, tmp_path) + report.draw(tmp_path)
    assert {p.name for p in paths} >= {"benchmark.csv", "machine.json", "speed.png"}
    table, again = report.read(tmp_path)
    assert table.set_index("contender").loc["JAX loop", "ratio"] == 2
    assert again["left_out"] == ["PyTorch loop: skipped, torch is not installed"]
    there, took = report.kept(tmp_path, ["cnn"])
    assert [row["ratio"] for row in there if "ratio" in row] == [2]
    assert took == {"widths": 12}
    assert report.kept(tmp_path, ["widths"]) == ([], {})
    assert report.kept(tmp_path / "elsewhere", ["cnn"]) == ([], {})


def test_lanes_tell_which_rate_binds():
    few = small_scale()
    needs, moves = networks.step_flops(16), networks.step_bytes(16)
    ours, product, memory = [100.0] * 3, [400 * needs] * 3, [125 * moves] * 3
    teams = [
        Scripted("nnlab", ours),
        Scripted("matrix product", product),
        Scripted("memory", memory),
    ]
    (row,) = measure.lane_rows(teams, 16, 8, few, print)
    assert row["share_of_product"] == pytest.approx(0.25)
    assert row["share_of_bandwidth"] == pytest.approx(0.8)
    assert row["binds"] == "memory"
    assert "80.0% of the memory's rate" in wording.lines([row])[0]


def test_a_whole_study_in_pytorch_is_its_pace_at_each_width():
    parts = [flagship.Part(8, 10, 100, 1), flagship.Part(64, 2, 100, 2)]
    paces = {8: flagship.Pace(50.0, 0.5, 20), 64: flagship.Pace(10.0, 1.0, 20)}
    assert flagship.torch_seconds(parts, paces) == 1000 / 50 + 10 * 0.5 + 200 / 10 + 4 * 1.0
    training = 1000 * networks.step_flops(8) + 200 * networks.step_flops(64)
    measuring = 10 * networks.forward_flops(8, 50) + 4 * networks.forward_flops(64, 50)
    assert flagship.useful(parts, 50) == training + measuring


class Flagship(Scripted):
    """Carries out half of a study of two widths in 10 s; PyTorch takes 600 steps/s."""

    def ask(self, do, **arguments):
        if do == "work":
            part, whole = [[8, 3, 2000, 1]], [[8, 6, 2000, 1]]
            return [{"work": part, "whole": whole, "sets": [40, 10]}]
        if do == "evaluate":
            return [{"seconds": 0.0}]
        if self.contender is contenders.FLAGSHIP:
            told = {"all_seconds": 10.0, "engine_seconds": 9.0, "planned_seconds": 6.0}
            shares = {"compile_seconds": 1.0, "programs": 1, "padding_waste": 0.0}
            return [{**told, **shares, "peak_memory": 1e6}]
        return super().ask(do, **arguments)

    def close(self) -> None:
        self.closed = True


def test_the_flagship_beside_the_same_work_in_pytorch():
    needs = networks.step_flops(8)
    ours = Flagship("nnlab", [])
    ours.contender = contenders.FLAGSHIP
    torch = Flagship("PyTorch loop", [100.0, 150.0])
    product = Scripted("matrix product", [900 * needs, 1100 * needs])
    said = []
    own, peer = flagship.flagship_rows(
        [torch, product], lambda contender: ours, small_scale(), said.append
    )
    work_done = 6000 * needs + 3 * networks.forward_flops(8, 50)
    assert own["share_of_study"] == pytest.approx(0.5)
    assert own["share_of_product"] == pytest.approx(work_done / 10 / (1000 * needs))
    assert own["outcome_over_plan"] == 1.5
    assert peer["all_seconds"] == 50  # 60 s before, 40 s after
    assert (peer["ratio"], peer["ratio_low"], peer["ratio_high"]) == (5, 4, 6)
    assert peer["share_measured"] == pytest.approx(250 / 6000)
    assert ours.closed
    told = wording.lines([own, peer])
    assert "50.00% of double descent" in told[0] and "4.2% of its steps measured" in told[1]


def table_of(*rows):
    import pandas as pd

    return pd.DataFrame(rows).reindex(columns=list(report.COLUMNS))


def test_the_summary_sets_what_was_found_beside_what_was_aimed_at():
    loop = {"part": "widths", "contender": "PyTorch loop", "processes": 2}
    seeds = {"part": "seeds", "contender": "nnlab"}
    table = table_of(
        {**loop, "width": 16, "ratio": 13.0},
        {**loop, "width": 64, "ratio": 4.0},
        {**loop, "part": "cnn", "width": 25, "ratio": 4.5},
        {**seeds, "networks": 1, "seconds_per_trial": 0.4, "overhead_ms_per_trial": 50.0},
        {**seeds, "networks": 64, "seconds_per_trial": 0.1, "overhead_ms_per_trial": 2.0},
        {"part": "sweep", "contender": "nnlab", "outcome_over_plan": 1.6},
    )
    found = {row.what: row for row in summary.figures(table)}
    reached = {what: row.reached for what, row in found.items()}
    assert reached["16 hidden units, times PyTorch loop"] is True
    assert reached["64 hidden units, times PyTorch loop"] is False
    assert reached["convolutional network, times PyTorch loop"] is True
    assert reached["largest rise of the time per trial, 1 to 64 seeds"] is True
    assert reached["all but training, a trial of 64"] is False
    assert found["all but training, a further trial"].found == f"{(128 - 50) / 63:.2f} ms"
    assert reached["sweep: outcome over plan"] is False
    study = {"part": "flagship", "contender": "nnlab", "all_seconds": 9.0, "share_of_product": 0.3}
    for share, expected in ((1.0, False), (0.1, None)):
        (_, share_found) = summary.figures(table_of({**study, "share_of_study": share}))
        assert share_found.reached is expected
    assert summary.sentence(table) == (
        "nnlab against a PyTorch loop with a process on each core (2 of them): 13.0x at 16 hidden "
        "units, 4.0x at 64, 4.5x for the MNIST-1D convolutional network."
    )
    assert summary.summary(table_of())[0] == "the table holds nothing to quote"


def test_readme_quotes_the_last_run():
    root = Path(__file__).parents[1]
    folder = root / "results" / "benchmark"
    if not (folder / "benchmark.csv").exists():
        pytest.skip("the benchmark has not been run here")
    table, _ = report.read(folder)
    readme = " ".join((root / "README.md").read_text(encoding="utf-8").split())
    assert summary.sentence(table) in readme
