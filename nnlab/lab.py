"""The lab from Python: run a study, load what is recorded, draw it again."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab import records
from nnlab.errors import NnlabError
from nnlab.study import Inputs, Request, Study, load_study, make_request

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.conclusions import Conclusion
    from nnlab.engine import Reporter

__all__ = ["default_preset", "load", "main", "output_folder", "run", "run_request", "store_of"]

Factors = Mapping[str, Sequence[Any]]


def run(
    study: str | Study,
    preset: str | None = None,
    *,
    seeds: int | None = None,
    factors: Factors | None = None,
    out: str | Path = "results",
    device: str = "auto",
    progress: bool = True,
) -> DataFrame:
    """Run a study and return its tidy table: one row per trial and recorded step.

    `study` is a name, a file or a `Study`; `preset` its scale (`standard` where there is one);
    `seeds` and `factors` (lists of values by name) change it. Trials that are recorded under
    `out` are not run again. Figures, summary and verdicts are written beside the records.
    Raises `NnlabError` for bad input.
    """
    from nnlab import engine
    from nnlab.console import Progress

    request = _request(study, preset, seeds, factors)
    engine.configure(device)
    reporter = Progress() if progress else engine.Silent()
    try:
        table, _ = run_request(request, Path(out), reporter, _call(request))
    finally:
        reporter.close()
    return table


def load(
    study: str | Study,
    preset: str | None = None,
    *,
    seeds: int | None = None,
    factors: Factors | None = None,
    out: str | Path = "results",
    along: str | None = None,
) -> DataFrame:
    """The tidy table of the recorded trials of a study; runs nothing and needs no device.

    `preset`, `seeds` and `factors` choose as in `run`. Measures that are arrays are left out, or
    spread into rows with `along="layer"`. Raises `NnlabError` where nothing is recorded.
    """
    request = _request(study, preset, seeds, factors)
    return load_request(request, Path(out), along)


def run_request(
    request: Request, out: Path, reporter: Reporter, command: str
) -> tuple[DataFrame, Conclusion]:
    """Run what is missing, then judge and draw; returns the table and the conclusion."""
    from nnlab import engine
    from nnlab.conclusions import conclude

    inputs = Inputs(request.study)
    engine.run(request, store_of(request.study, out), inputs, reporter)
    table = load_request(request, out, inputs=inputs)
    return table, conclude(request, table, output_folder(request, out), command)


def load_request(
    request: Request, out: Path, along: str | None = None, inputs: Inputs | None = None
) -> DataFrame:
    """The tidy table of the trials of a request that are recorded under `out`."""
    keys = list(records.trial_keys(request, inputs or Inputs(request.study)).values())
    rows, axes = store_of(request.study, out).read(keys)
    if rows.empty:
        raise NnlabError(
            f"nothing is recorded of {request.study.name} ({request.label}) in {out}; "
            f"run it first: nnlab run {request.study.name} --preset {request.preset}"
        )
    return records.tidy(rows, axes, keys, along)


def store_of(study: Study, out: Path) -> records.Store:
    """Where the trials of a study are recorded."""
    return records.Store(out / study.name / "records")


def output_folder(request: Request, out: Path) -> Path:
    """Where what is drawn and judged from a request goes."""
    return out / request.study.name / request.label


def default_preset(study: Study) -> str:
    """`standard` where the study has it, else the preset it names first."""
    return "standard" if "standard" in study.presets else next(iter(study.presets))


def main(study_file: str) -> None:
    """Make a study file a program: `nnlab run` of that file with the arguments given to it.

    Called where the file is imported, as nnlab itself does, it does nothing.
    """
    from nnlab.cli import main as command_line

    if sys._getframe(1).f_globals.get("__name__") != "__main__":
        return

    command_line(["run", study_file, *sys.argv[1:]])


def _request(
    study: str | Study, preset: str | None, seeds: int | None, factors: Factors | None
) -> Request:
    if isinstance(study, str):
        study = load_study(study)
    if not study.name.isidentifier():
        raise NnlabError("give the study a name: Study(name='my_study', ...)")
    return make_request(study, preset or default_preset(study), seeds, factors)


def _call(request: Request) -> str:
    return f"nnlab.run({request.study.name!r}, {request.preset!r})"
