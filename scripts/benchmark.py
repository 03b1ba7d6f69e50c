"""Speed, side by side: nnlab, PyTorch, torch.func.vmap and a plain JAX loop on one machine.

    python scripts/benchmark.py            under twelve minutes on two cores
    python scripts/benchmark.py --quick    one or two minutes

All train MLPs 40-w-w-10 with batch 100 and SGD with momentum 0.9, in float32, in turns: a round
asks each for a second or two of training, and ratios are taken within rounds. PyTorch takes part
where it is installed (`pip install '.[benchmark]'`). Writes `benchmark.csv`, `machine.json` and the
figure `speed` into results/benchmark, or results/benchmark/quick.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarking import measure, report
from benchmarking.contenders import CONTENDERS, OURS, PRODUCT, present
from benchmarking.team import Failed, Team

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Read the options, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one or two minutes")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--out", type=Path, help="folder to write to")
    options = parser.parse_args()
    default = ROOT / "results" / "benchmark"
    folder = options.out or (default / "quick" if options.quick else default)
    with tempfile.TemporaryDirectory() as cache:
        try:
            rows, about = benchmark(options.device, options.quick, Path(cache))
        except Failed as error:
            raise SystemExit(f"benchmark: {error}") from error
    for path in report.write(rows, about, folder):
        say(str(path))


def benchmark(device: str, small: bool, cache: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All rows, and the machine they come from. Raises `Failed` where nnlab itself cannot run."""
    ours = Team(next(c for c in CONTENDERS if c.name == OURS), device, cache)
    teams = [ours]
    try:
        found = ours.ask("describe")[0]
        platform = found["platform"]
        scale = (measure.quick if small else measure.full)(platform)
        there, absent = present(platform)
        about = report.machine(found, scale, absent)
        for line in absent:
            say(line)
        teams += [Team(c, platform, cache) for c in there if c.name != OURS]
        return measured(teams, scale), about
    finally:
        for team in teams:
            team.close()


def measured(teams: Sequence[Team], scale: measure.Scale) -> list[dict[str, Any]]:
    """The rows of all parts, told as they come."""
    rows: list[dict[str, Any]] = []
    for width in scale.widths:
        rows += told(measure.width_rows(teams, width, scale, say))
    for seeds in scale.seeds:
        rows += told([measure.growth_row(teams[0], seeds, scale, say)])
    products = [row["useful_flops"] for row in rows if row["contender"] == PRODUCT]
    product = max(products, default=None)
    return rows + told([measure.sweep_row(teams[0], scale, product, say)])


def told(rows: Sequence[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """The rows that there are, after saying them."""
    found = [row for row in rows if row]
    for line in report.lines(found):
        say(line)
    return found


def say(line: str) -> None:
    """To the terminal, at once."""
    print(line, flush=True)


if __name__ == "__main__":
    main()
