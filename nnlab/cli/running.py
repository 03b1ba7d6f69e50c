"""Commands that run studies, or say what a run would do."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nnlab.cli.every import every_study
from nnlab.cli.options import (
    RESULTS,
    CompileCache,
    Device,
    FactorSeeds,
    MaxSeeds,
    Name,
    Out,
    Preset,
    Seeds,
    Set,
    UntilDecided,
    call,
    requested,
)
from nnlab.cli.resuming import resumable
from nnlab.errors import Incomplete, NnlabError

if TYPE_CHECKING:
    from nnlab.conclusions import Conclusion

__all__ = ["plan", "run"]


def plan(
    name: Name,
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
    device: Device = "auto",
    compile_cache: CompileCache = True,
) -> None:
    """Programs, lanes, padding, memory and estimated time of a run, without running it."""
    from nnlab import engine
    from nnlab.console import print_plan, stdout
    from nnlab.lab import store_of
    from nnlab.records import losses_named, trial_keys
    from nnlab.study import Inputs

    request = requested(name, preset, seeds, settings)
    engine.configure(device, compile_cache)
    store, inputs = store_of(request.study, out), Inputs(request.study)
    with losses_named(store, trial_keys(request, inputs)):
        made = engine.plan(request, store, inputs, note=partial(typer.echo, err=True))
    print_plan(made, request.trials - made.trials, stdout())


def run(
    name: Annotated[
        str | None, typer.Argument(metavar="[STUDY]", help="A study's name, or its file.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Run every study, one after another.")
    ] = False,
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
    device: Device = "auto",
    repair: Annotated[
        bool, typer.Option("--repair", help="Set damaged records aside and run them again.")
    ] = False,
    until_decided: UntilDecided = False,
    max_seeds: MaxSeeds = None,
    factor_seeds: FactorSeeds = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first program that fails.")
    ] = False,
    keep_weights: Annotated[
        bool, typer.Option("--keep-weights", help="Keep final parameters, for nnlab.weights(...).")
    ] = False,
    compile_cache: CompileCache = True,
) -> int:
    """Run a study, or all: table, verdicts and figures. What is recorded is not run again."""
    options: dict[str, Any] = {"seeds": seeds, "settings": settings, "max_seeds": max_seeds}
    options |= {"until_decided": until_decided, "factor_seeds": factor_seeds}
    options |= {"fail_fast": fail_fast, "keep_weights": keep_weights}
    _check_together(options)
    one = partial(
        _run_one,
        preset=preset,
        out=out,
        repair=repair,
        backend=(device, compile_cache),
        options=options,
    )
    if everything and (name is not None or settings):
        raise NnlabError("--all runs every study as its preset says: leave the name and --set out")
    if everything:
        _start(device, compile_cache, out)
        return every_study(partial(requested, preset=preset, seeds=seeds), one, fail_fast)
    if name is None:
        raise NnlabError("name a study (nnlab list shows them), or --all")
    one(name)
    return 0


def _run_one(
    name: str,
    preset: str | None,
    out: Path,
    repair: bool,
    backend: tuple[str, bool],
    options: dict[str, Any],
) -> Conclusion:
    """Run one study with the options of the command, and print what came of it."""
    from nnlab.console import Progress, print_conclusion, stdout
    from nnlab.engine import factored
    from nnlab.lab import output_folder, run_request, store_of
    from nnlab.study import Inputs

    seeds, settings, factor_seeds = (options[k] for k in ("seeds", "settings", "factor_seeds"))
    request = requested(name, preset, seeds, settings)
    _start(*backend, out)
    if repair:
        for path in store_of(request.study, out).repair():
            typer.echo(f"set aside {path}")
    if options["until_decided"]:
        with resumable(name, request, out, options) as how:
            return _until_decided(name, preset, out, options, how)
    command = call(name, request, seeds, settings, out)
    if factor_seeds:
        named = [] if factor_seeds == "all" else [part.strip() for part in factor_seeds.split(",")]
        request = factored(request, named, Inputs(request.study))
        command += f" --factor-seeds {factor_seeds}"
    reporter, folder = Progress(), output_folder(request, out)
    with resumable(name, request, out, options) as how:
        try:
            _, conclusion = run_request(
                request, out, reporter, command, options["fail_fast"], **how
            )
        except Incomplete as failed:
            reporter.close()
            if failed.conclusion is not None:
                print_conclusion(failed.conclusion, stdout(), folder)
            raise
        finally:
            reporter.close()
    print_conclusion(conclusion, stdout(), folder)
    return conclusion


def _until_decided(
    name: str, preset: str | None, out: Path, options: dict[str, Any], how: dict[str, Any]
) -> Conclusion:
    """Run look by look, saying at each what is still undecided."""
    from nnlab.console import Progress, print_conclusion, stdout
    from nnlab.lab import run_until_decided
    from nnlab.study import parse_overrides

    seeds, settings, max_seeds = (options[k] for k in ("seeds", "settings", "max_seeds"))
    request = requested(name, preset, seeds, settings)
    command = f"{call(name, request, seeds, settings, out)} --until-decided"
    command += "" if max_seeds is None else f" --max-seeds {max_seeds}"
    overrides = parse_overrides(request.study, settings or [])
    asked = {"seeds": seeds, "overrides": overrides, "most": max_seeds}
    _, conclusion, folder = run_until_decided(
        request, asked, out, Progress, command, lambda line: typer.echo(line, err=True), **how
    )
    print_conclusion(conclusion, stdout(), folder)
    return conclusion


def _check_together(options: dict[str, Any]) -> None:
    if options["max_seeds"] is not None and not options["until_decided"]:
        raise NnlabError("--max-seeds needs --until-decided; --seeds is the number of seeds")
    if options["factor_seeds"] and options["until_decided"]:
        raise NnlabError("a run with --factor-seeds judges no claims: leave --until-decided out")


def _start(device: str, compile_cache: bool, folder: Path) -> None:
    """Choose the devices; find out before hours of computing, not after, whether one can write."""
    from nnlab import engine
    from nnlab.files import write_atomically

    engine.configure(device, compile_cache)
    probe = folder / ".writable"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)
