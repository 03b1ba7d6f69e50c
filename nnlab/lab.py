"""The lab from Python: run a study, load what is recorded, draw it again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab import records
from nnlab.errors import Incomplete, NnlabError
from nnlab.study import Inputs, Request, Study, load_study, make_request

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.conclusions import Conclusion
    from nnlab.engine import Reporter
    from nnlab.report import Shown

__all__ = [
    "default_preset",
    "load",
    "main",
    "output_folder",
    "request_of",
    "run",
    "run_request",
    "run_until_decided",
    "show_results",
    "store_of",
]

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
    until_decided: bool = False,
    max_seeds: int | None = None,
    factor_seeds: bool | Sequence[str] = False,
    fail_fast: bool = False,
    keep_weights: bool = False,
) -> DataFrame:
    """Run a study and return its tidy table: one row per trial and recorded step.

    `study` is a name, a file or a `Study`; `preset` its scale (`standard` where there is one);
    `seeds` and `factors` (lists of values by name) change it. Trials that are recorded under
    `out` are not run again. Figures, summary and verdicts are written beside the records.
    With `until_decided`, seeds are added at looks planned beforehand until every claim is decided
    or `max_seeds` are used (see `analysis.planned_looks`). With `factor_seeds`, every trial runs
    again with each of its random streams (or those named) drawn anew by itself, and sources.csv
    says what share of the variance each causes (see `analysis.variance_shares`). With
    `keep_weights` the final parameters are kept, for `nnlab.weights`. The first Ctrl-C lets what
    runs be saved, and raises `KeyboardInterrupt`; the same call goes on from there.

    Raises `NnlabError` for bad input. A program that fails does not keep the others from running,
    unless `fail_fast`; in the end `Incomplete` is raised, an `NnlabError` with the table, the
    conclusion and what is missing.
    """
    from nnlab import engine
    from nnlab.console import Progress

    request = request_of(study, preset, seeds, factors)
    engine.configure(device)
    if factor_seeds:
        if until_decided:
            raise NnlabError("a run with factor_seeds judges no claims: leave until_decided out")
        named = () if factor_seeds is True else factor_seeds
        request = engine.factored(request, named, Inputs(request.study))
    options: dict[str, Any] = {"seeds": seeds, "fail_fast": fail_fast, "keep_weights": keep_weights}
    options |= {"until_decided": until_decided, "max_seeds": max_seeds}
    options |= {"factor_seeds": _streams(factor_seeds)}
    begun = _begun(study, request.preset, factors, options)
    folder = store_of(request.study, Path(out)).folder
    with engine.Stopping() as stopping, records.begun(folder, request.label, begun):
        how = {"keep_weights": keep_weights, "stopping": stopping}
        if until_decided:
            asked = {"seeds": seeds, "overrides": factors, "most": max_seeds}
            command = f"{_call(request)[:-1]}, until_decided=True, max_seeds={max_seeds})"
            reporters = Progress if progress else engine.Silent
            table, _, _ = run_until_decided(request, asked, Path(out), reporters, command, **how)
            return table
        reporter = Progress() if progress else engine.Silent()
        try:
            table, _ = run_request(request, Path(out), reporter, _call(request), fail_fast, **how)
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
    request = request_of(study, preset, seeds, factors)
    return load_request(request, Path(out), along)


def show_results(
    study: str | Study,
    preset: str | None = None,
    *,
    seeds: int | None = None,
    factors: Factors | None = None,
    out: str | Path = "results",
) -> Shown:
    """The judged claims and the figures of a run, for a notebook to show; runs nothing.

    `preset`, `seeds` and `factors` choose as in `run`. Raises `NnlabError` where nothing is
    judged yet.
    """
    from nnlab.report import Shown

    return Shown.of(output_folder(request_of(study, preset, seeds, factors), Path(out)))


def run_request(
    request: Request,
    out: Path,
    reporter: Reporter,
    command: str,
    fail_fast: bool = False,
    **how: Any,
) -> tuple[DataFrame, Conclusion]:
    """Run what is missing, then judge and draw; returns the table and the conclusion.

    `how` goes to `engine.run`. Where programs failed it judges and draws what there is, and raises
    `Incomplete` with it. With `fail_fast` nothing is judged or drawn after a failure.
    """
    from nnlab.conclusions import conclude

    inputs = Inputs(request.study)
    failed = _run_missing(request, out, inputs, reporter, fail_fast=fail_fast, **how)
    if failed and (fail_fast or not failed.missing):
        raise failed
    table = load_request(request, out, inputs=inputs, arrays=True)
    concluded = conclude(request, table, output_folder(request, out), command, inputs)
    table = records.without_arrays(table)
    if failed:
        raise Incomplete(failed.failures, failed.missing, table, concluded)
    return table, concluded


def run_until_decided(
    request: Request,
    asked: Mapping[str, Any],
    out: Path,
    reporters: Callable[[], Reporter],
    command: str,
    told: Callable[[str], object] = lambda line: None,
    **how: Any,
) -> tuple[DataFrame, Conclusion, Path]:
    """As `run_request`, adding seeds look by look; returns the folder of the conclusion too.

    `asked` goes to `deciding.decide`, `how` to `engine.run`; every look has a reporter of its own.
    """
    from nnlab.conclusions import conclude
    from nnlab.deciding import decide

    inputs = Inputs(request.study)

    def tabulate(each: Request) -> DataFrame:
        reporter = reporters()
        try:
            failed = _run_missing(each, out, inputs, reporter, **how)
        finally:
            reporter.close()
        if failed:
            raise failed  # seeds could not decide a claim that lacks settings
        return load_request(each, out, inputs=inputs, arrays=True)

    found = decide(request.study, request.preset, tabulate, told, **asked)
    folder = output_folder(found.request, out)
    concluded = conclude(found.request, found.table, folder, command, inputs, found.looks)
    return records.without_arrays(found.table), concluded, folder


def load_request(
    request: Request,
    out: Path,
    along: str | None = None,
    inputs: Inputs | None = None,
    arrays: bool = False,
) -> DataFrame:
    """The tidy table of the trials of a request that are recorded under `out`.

    Claims and figures get it with `arrays`: measures that are arrays as columns of arrays.
    """
    store = store_of(request.study, out)
    asked = records.trial_keys(request, inputs or Inputs(request.study))
    keys = list(asked.values())
    with records.losses_named(store, asked):
        rows, axes = store.read(keys)
    if rows.empty:
        raise NnlabError(
            f"nothing is recorded of {request.study.name} ({request.label}) in {out}; "
            f"run it first: nnlab run {request.study.name} --preset {request.preset}"
        )
    return records.tidy(rows, axes, keys, along, arrays)


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


def _run_missing(
    request: Request, out: Path, inputs: Inputs, reporter: Reporter, **how: Any
) -> Incomplete | None:
    """Run what is not recorded; what failed, with what is missing if anything is recorded."""
    from nnlab import engine

    store = store_of(request.study, out)
    with records.losses_named(store, records.trial_keys(request, inputs)):
        outcome = engine.run(request, store, inputs, reporter, **how)
    if not outcome.failures:
        return None
    keys = records.trial_keys(request, inputs)
    held = store.finished(keys.values())
    missing = records.describe_missing(held, keys) if held else ""
    if held and not missing:
        return None  # another process has done what failed here
    return Incomplete([str(failure) for failure in outcome.failures], missing)


def request_of(
    study: str | Study, preset: str | None, seeds: int | None, factors: Factors | None
) -> Request:
    """The request that these arguments, as of `run`, come to."""
    if isinstance(study, str):
        study = load_study(study)
    if not study.name.isidentifier():
        raise NnlabError("give the study a name: Study(name='my_study', ...)")
    return make_request(study, preset or default_preset(study), seeds, factors)


def _begun(
    study: str | Study, preset: str, factors: Factors | None, options: dict[str, Any]
) -> records.Begun | None:
    """How `nnlab resume` would run it; None where it could not."""
    settings = records.as_settings(factors)
    if not isinstance(study, str) or settings is None:
        return None
    return records.Begun.of(study, {**options, "preset": preset, "settings": settings})


def _streams(factor_seeds: bool | Sequence[str]) -> str | None:
    if not factor_seeds:
        return None
    return "all" if factor_seeds is True else ",".join(factor_seeds)


def _call(request: Request) -> str:
    return f"nnlab.run({request.study.name!r}, {request.preset!r})"
