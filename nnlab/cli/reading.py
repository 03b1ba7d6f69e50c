"""Commands that read: studies, and what is recorded. They need no device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnlab.cli.options import RESULTS, Name, Out, Preset, Seeds, Set, call, requested
from nnlab.errors import NnlabError

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
    from nnlab.records import Store, trial_keys
    from nnlab.study import Inputs, load_study, make_request

    if name is None:
        folders = sorted(path.parent for path in out.glob("*/records") if path.is_dir())
        for folder in folders:
            chunks = Store(folder / "records").chunks()
            trials = {trial for chunk in chunks for trial in chunk.trials}
            last = max((str(c.provenance.get("time", "")) for c in chunks), default="never")
            typer.echo(f"{folder.name}: {len(trials)} trials recorded, the last {last}")
        if not folders:
            typer.echo(f"nothing is recorded in {out}")
        return
    study = load_study(name)
    store, inputs = store_of(study, out), Inputs(study)
    for label in study.presets:
        keys = trial_keys(make_request(study, label), inputs).values()
        typer.echo(f"{label}: {len(store.finished(keys))} of {len(keys)} trials recorded")


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
    table = load_request(request, out)
    command = call(name, request, seeds, settings, out)
    print_conclusion(conclude(request, table, folder, command), stdout(), folder)


def export(
    name: Name,
    to: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .csv or .parquet.")],
    preset: Preset = None,
    seeds: Seeds = None,
    settings: Set = None,
    out: Out = RESULTS,
    along: Annotated[
        str | None, typer.Option(help="Spread array measures into rows along this axis.")
    ] = None,
) -> None:
    """Write the tidy table of what is recorded to a CSV or Parquet file."""
    import io

    from nnlab.files import write_atomically
    from nnlab.lab import load_request

    if to.suffix not in (".csv", ".parquet"):
        raise NnlabError(f"{to}: the file must end in .csv or .parquet")
    table = load_request(requested(name, preset, seeds, settings), out, along)
    buffer = io.BytesIO()
    table.to_csv(buffer, index=False) if to.suffix == ".csv" else table.to_parquet(buffer)
    write_atomically(to, buffer.getvalue())
    typer.echo(f"{to}: {len(table)} rows, {len(table.columns)} columns")
