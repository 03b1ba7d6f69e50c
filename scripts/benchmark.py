"""Speed, side by side: nnlab, PyTorch, torch.func.vmap and a plain JAX loop on one machine.

    python scripts/benchmark.py            a quarter of an hour on two cores
    python scripts/benchmark.py --quick    two or three minutes
    python scripts/benchmark.py --summary  the figures to quote, from the table of the last run

All train the same networks with batch 100 and SGD with momentum 0.9, in float32, in turns: a round
asks each for a second or two of training, and ratios are taken within rounds. Parts: widths (MLPs
40-w-w-10), cnn (the convolutional network of MNIST-1D), lanes (how many networks at once; on a
GPU), seeds (what a trial costs by their number), sweep (many widths), flagship (the whole study of
double descent). PyTorch takes part where it is installed (`pip install '.[benchmark]'`). Writes
`benchmark.csv`, `machine.json` and the figure `speed` into results/benchmark, or
results/benchmark/quick; every part as soon as it is finished.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarking import flagship, measure, report, scale, summary, wording
from benchmarking.contenders import CONTENDERS, OURS, Contender, present
from benchmarking.team import Failed, Team

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("widths", "cnn", "lanes", "seeds", "sweep", "flagship")

Row = dict[str, Any]


def main() -> None:
    """Read the options; measure and write, or tell what was written."""
    options = _options()
    default = ROOT / "results" / "benchmark"
    folder = options.out or (default / "quick" if options.quick else default)
    if options.summary:
        tell(folder)
        return
    parts = [part for part in PARTS if part in options.parts]
    with tempfile.TemporaryDirectory() as cache:
        try:
            benchmark(options.device, options.quick, parts, folder, Path(cache))
        except Failed as error:
            raise SystemExit(f"benchmark: {error}") from error
        except KeyboardInterrupt:
            raise SystemExit(f"benchmark: stopped; finished parts are in {folder}") from None
    tell(folder)


def benchmark(device: str, small: bool, parts: Sequence[str], folder: Path, cache: Path) -> None:
    """Measure these parts and write them into the folder, beside the other parts that are there
    if not all are asked for. Raises `Failed` where nnlab itself cannot run."""
    ours = Team(next(c for c in CONTENDERS if c.name == OURS), device, cache)
    teams = [ours]
    try:
        found = ours.ask("describe")[0]
        platform = found["platform"]
        how_much = (scale.quick if small else scale.full)(platform)
        there, absent = present(platform)
        about = report.machine(found, how_much, absent)
        for line in absent:
            say(line)
        say(f"measuring this machine, for plans: {ours.ask('calibrate')[0]['seconds']:.0f} s")
        start = partial(Team, platform=platform, cache=cache)
        teams += [start(c) for c in there if c.name != OURS]
        rows: list[Row] = []
        if set(parts) < set(PARTS):
            rows, about["parts"] = report.kept(folder, parts)
        for part in parts:
            began = time.perf_counter()
            rows += measured(part, teams, start, how_much)
            about["parts"][part] = round(time.perf_counter() - began)
            report.write(sorted(rows, key=lambda row: PARTS.index(row["part"])), about, folder)
    finally:
        for team in teams:
            team.close()
        if (folder / report.TABLE).exists():
            report.draw(folder)


def measured(
    part: str,
    teams: Sequence[Team],
    start: Callable[[Contender], Team],
    how_much: scale.Scale,
) -> list[Row]:
    """The rows of a part, told as they come."""
    say(f"-- {part}")
    calls: dict[str, list[Callable[[], list[Row]]]] = {
        "widths": [
            partial(measure.width_rows, teams, width, how_much, say) for width in how_much.widths
        ],
        "cnn": [partial(measure.cnn_rows, teams, how_much, say)],
        "lanes": [
            partial(measure.lane_rows, teams, width, lanes, how_much, say)
            for width in how_much.lanes_widths
            for lanes in how_much.lanes
        ],
        "seeds": [partial(measure.seed_rows, teams[0], how_much, say)],
        "sweep": [partial(measure.sweep_rows, teams, how_much, say)],
        "flagship": [partial(flagship.flagship_rows, teams, start, how_much, say)],
    }
    rows = []
    for call in calls[part]:
        found = call()
        for line in wording.lines(found):
            say(line)
        rows += found
    return rows


def tell(folder: Path) -> None:
    """Say what the table of a folder comes to. Ends with a line where there is none."""
    try:
        table, about = report.read(folder)
    except (OSError, ValueError) as error:
        raise SystemExit(f"benchmark: no results in {folder}: {error}") from error
    for line in summary.summary(table, about["device"]["platform"]):
        say(line)


def say(line: str) -> None:
    """To the terminal, at once."""
    print(line, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="two or three minutes")
    parser.add_argument("--summary", action="store_true", help="tell the last run; run nothing")
    parser.add_argument("--device", choices=("auto", "cpu", "gpu"), default="auto")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--out", type=Path, help="folder to write to")
    return parser.parse_args()


if __name__ == "__main__":
    main()
