"""Commands that read: studies, and what is recorded. They need no device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnlab.cli.options import RESULTS, Name, Out, Preset, Seeds, Set, call, requested
from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["export", "figures", "info", "list_studies", "status"]


def list_studies() -> None:
    """All studies, with their titles."""
    from nnlab.study import find_studies, study_folders

    found = find_studies()
    width = max((len(study.name) for study in found), default=0)
    for study in found:
        told = f"cannot run: {study.path}: {study.problem}" if study.problem else study.title
        typer.echo(f"{study.name:<{width}}  {told}")
    if not found:
        folders = ", ".join(map(str, study_folders())) or "./studies"
        typer.echo(f"no studies in {folders}; write one with: nnlab new NAME")


def info(name: Name) -> None:
    """A study's question, factors, presets and claims."""
    from nnlab.study import load_study, make_request

    study = load_study(name)
    typer.echo(f"{study.card}\n\nfactors")
    for factor_name, factor in study.factors.items():
        values = ", ".join(map(str, factor.values))
        about = f"  ({factor.about})" if factor.about else ""
        typer.echo(f"  {factor_name}: {factor.kind}, by default {values}{about}")
    typer.echo("presets")
    for label, preset in study.presets.items():
        request = make_request(study, label)
        steps = sorted({cell.steps for cell in request.cells})
        span = f"{steps[0]}" if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
        typer.echo(f"  {label}: {request.trials} trials, {preset.seeds} seeds, {span} steps")
    typer.echo("claims")
    for claim in study.claims:
        source = f" [{claim.source}]" if claim.source else ""
        typer.echo(f"  {claim.name}: {claim.statement} {claim.region}{source}")


def status(
    name: Annotated[str | None, typer.Argument(metavar="[STUDY]")] = None, out: Out = RESULTS
) -> None:
    """What is recorded: of one study by preset, or of all."""
    from nnlab.lab import store_of
    from nnlab.records import describe_losses, trial_keys
    from nnlab.study import Inputs, load_study, make_request

    if name is None:
        _status_of_all(out)
        return
    study = load_study(name)
    sound, damaged = store_of(study, out).survey()
    held = {trial for chunk in sound for trial in chunk.trials}
    inputs, asked = Inputs(study), {}
    for label in study.presets:
        keys = trial_keys(make_request(study, label), inputs)
        asked |= keys
        typer.echo(f"{label}: {len(held & set(keys.values()))} of {len(keys)} trials recorded")
    if damaged:
        raise NnlabError(describe_losses(damaged, held, asked))


def _status_of_all(out: Path) -> None:
    from nnlab.records import Store

    folders = sorted(path.parent for path in out.glob("*/records") if path.is_dir())
    harmed = []
    for folder in folders:
        sound, damaged = Store(folder / "records").survey()
        trials = {trial for chunk in sound for trial in chunk.trials}
        last = max((str(c.provenance.get("time", "")) for c in sound), default="never")
        typer.echo(f"{folder.name}: {len(trials)} trials recorded, the last {last}")
        harmed += [folder.name] if damaged else []
    if not folders:
        typer.echo(f"nothing is recorded in {out}")
    if harmed:
        raise NnlabError(
            f"damaged records of {', '.join(harmed)}: nnlab status STUDY names the lost trials, "
            "nnlab run STUDY --repair recomputes just these"
        )


def figures(
    name: Name,
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
) -> None:
    """Judge and draw again from what is recorded; runs nothing, needs no device."""
    from nnlab.conclusions import conclude
    from nnlab.console import print_conclusion, stdout
    from nnlab.lab import load_request, output_folder

    request = requested(name, preset, seeds, settings)
    folder = output_folder(request, out)
    table = load_request(request, out, arrays=True)
    command = call(name, request, seeds, settings, out)
    print_conclusion(conclude(request, table, folder, command), stdout(), folder)


def export(
    name: Name,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .csv, .parquet or .tex.")],
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
    along: Annotated[
        str | None, typer.Option(help="Spread array measures into rows along this axis.")
    ] = None,
    what: Annotated[
        str | None,
        typer.Option("--table", help="trials, summary or verdicts; verdicts for .tex, else trials"),
    ] = None,
) -> None:
    """Write what is recorded as a table: all trials, their summary, or the verdicts on them."""
    from nnlab import analysis
    from nnlab.conclusions import verdict_table
    from nnlab.files import write_atomically
    from nnlab.lab import load_request

    what = what or ("verdicts" if to.suffix == ".tex" else "trials")
    if to.suffix not in (".csv", ".parquet", ".tex"):
        raise NnlabError(f"{to}: the file must end in .csv, .parquet or .tex")
    if what not in ("trials", "summary", "verdicts"):
        raise NnlabError(f"unknown table {what!r}: choose from trials, summary, verdicts")
    if what == "trials" and to.suffix == ".tex":
        raise NnlabError("a table of all trials is no table for a paper: --table summary")
    request = requested(name, preset, seeds, settings)
    table = load_request(request, out, along if what == "trials" else None)
    if what == "summary":
        table = analysis.summary(table, list(request.study.factors))
    elif what == "verdicts":
        table = verdict_table(request, analysis.judge_all(request.study.claims, table))
    write_atomically(to, _rendered(table, to.suffix, what))
    typer.echo(f"{to}: {len(table)} rows, {len(table.columns)} columns")


def _rendered(table: DataFrame, suffix: str, what: str) -> bytes:
    if suffix == ".tex":
        from nnlab.latex import summary_latex, verdicts_latex

        return (summary_latex if what == "summary" else verdicts_latex)(table).encode()
    if suffix == ".csv":
        return table.to_csv(index=False).encode()
    from nnlab.records import parquet_bytes

    return parquet_bytes(table)
