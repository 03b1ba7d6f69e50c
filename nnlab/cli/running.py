"""Commands that run studies, or say what a run would do."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnlab.cli.options import RESULTS, Device, Name, Out, Preset, Seeds, Set, call, requested

__all__ = ["plan", "run"]


def plan(
    name: Name,
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
    device: Device = "auto",
) -> None:
    """Programs, lanes and estimated time of a run, without running it."""
    from nnlab import engine
    from nnlab.console import print_plan, stdout
    from nnlab.lab import store_of
    from nnlab.study import Inputs

    request = requested(name, preset, seeds, settings)
    engine.configure(device)
    made = engine.plan(request, store_of(request.study, out), Inputs(request.study))
    print_plan(made, request.trials - made.trials, stdout())


def run(
    name: Name,
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
    device: Device = "auto",
    repair: Annotated[
        bool, typer.Option("--repair", help="Set damaged records aside and run them again.")
    ] = False,
) -> None:
    """Run a study: table, verdicts and figures. What is recorded is not run again."""
    from nnlab import engine
    from nnlab.console import Progress, print_conclusion, stdout
    from nnlab.lab import output_folder, run_request, store_of

    request = requested(name, preset, seeds, settings)
    engine.configure(device)
    _check_writable(out)
    if repair:
        for path in store_of(request.study, out).repair():
            typer.echo(f"set aside {path}")
    reporter = Progress()
    try:
        command = call(name, request, seeds, settings, out)
        _, conclusion = run_request(request, out, reporter, command)
    finally:
        reporter.close()
    print_conclusion(conclusion, stdout(), output_folder(request, out))


def _check_writable(folder: Path) -> None:
    """Find out before hours of computing, not after."""
    from nnlab.files import write_atomically

    probe = folder / ".writable"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)
