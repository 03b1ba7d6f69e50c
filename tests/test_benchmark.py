"""The benchmark's arithmetic, who takes part in it, and a process that answers."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from benchmarking import contenders, measure, report, work
from benchmarking.team import Failed, Team, places


def test_flops_are_those_that_the_engine_counts():
    jax = pytest.importorskip("jax")
    from nnlab.engine.probe import operations

    sizes = (work.FEATURES, 24, 24, work.CLASSES)
    shapes = [(jax.numpy.zeros(pair), jax.numpy.zeros(pair[1])) for pair in pairs(sizes)]

    def loss(weights, x):
        for kernel, _ in weights:
            x = x @ kernel
        return x.sum()

    x = jax.numpy.zeros((work.BATCH, work.FEATURES))
    counted = operations(jax.make_jaxpr(jax.grad(loss))(shapes, x).jaxpr)
    # The rest is one an entry: less than a hundredth of the products.
    assert work.step_flops(24) == pytest.approx(counted, rel=0.02)
    assert work.parameters(24) == sum(k.size + b.size for k, b in shapes)


def pairs(sizes):
    return list(itertools.pairwise(sizes))


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


def test_waste_tells_padding_from_idle_lanes():
    unpadded = work.waste([(64, [64, 64], 2), (16, [16], 1)])
    assert unpadded == work.Waste(0.0, 0.0)
    assert work.waste([(64, [64, 64, 64], 4)]) == work.Waste(0.0, 0.25)
    small, large = work.step_flops(16), work.step_flops(64)
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
    flops = work.step_flops(64)
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
    assert "3.0x" in report.lines(rows)[1]


@pytest.mark.parametrize("fails", ["prepare", "run"])
def test_a_peer_that_fails_is_left_out_with_a_line(fails):
    teams = [Scripted("nnlab", [1.0] * 3), Scripted("JAX loop", [], fails)]
    said = []
    rows = measure.width_rows(teams, 64, small_scale(), said.append)
    assert [row["contender"] for row in rows] == ["nnlab"]
    assert said and "JAX loop: left out" in said[0] and "out of memory" in said[0]


def small_scale() -> measure.Scale:
    return measure.Scale(0.1, 3, 2, (1,), 1, 1, 1)


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


def test_what_is_written_can_be_read_again(tmp_path):
    teams = [Scripted("nnlab", [10.0] * 3), Scripted("JAX loop", [5.0] * 3)]
    scale = small_scale()
    rows = measure.width_rows(teams, 64, scale, print)
    device = {"platform": "cpu", "device_kind": "cpu", "devices": 2}
    about = report.machine(device, scale, ["PyTorch loop: skipped, torch is not installed"])
    paths = report.write(rows, about, tmp_path)
    assert {p.name for p in paths} >= {"benchmark.csv", "machine.json", "speed.png"}
    import pandas as pd

    table = pd.read_csv(tmp_path / "benchmark.csv").set_index("contender")
    assert table.loc["JAX loop", "ratio"] == 2
    assert '"left_out"' in (tmp_path / "machine.json").read_text()
