"""The command line: list, info, plan, run, status, figures, export, new, doctor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from nnlab.study import Request

__all__ = ["app", "main"]

app = typer.Typer(
    help="Empirical studies of neural networks as batched sweeps, with a verdict on each claim.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="STUDY", help="A study's name, or its file.")]
Preset = Annotated[str | None, typer.Option(help="The scale: quick, standard or paper.")]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds, instead of the preset's.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FACTOR=A,B,C", help="Other values of a factor; repeatable."),
]
Out = Annotated[Path, typer.Option(help="Folder of the results.")]
Device = Annotated[str, typer.Option(help="auto, cpu, gpu or tpu.")]
RESULTS = Path("results")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 a check failed, 2 bad input, 130 interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        status = app(args=arguments or ["--help"], prog_name="nnlab", standalone_mode=False)
    except NnlabError as error:
        _fail(f"error: {error}", 2)
    except KeyboardInterrupt:
        _fail("stopped: what was finished is recorded; the same command goes on from there", 130)
    except Exception as error:
        # Bad usage, in the words of the command-line library, without its three-line frame.
        if not hasattr(error, "format_message"):
            raise
        text = " ".join(error.format_message().split())  # type: ignore[attr-defined]
        _fail(f"error: {text or 'no command'}; nnlab --help lists the commands", 2)
    sys.exit(status if isinstance(status, int) else 0)


@app.command("list")
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


@app.command()
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


@app.command()
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

    request = _request(name, preset, seeds, settings)
    engine.configure(device)
    made = engine.plan(request, store_of(request.study, out), Inputs(request.study))
    print_plan(made, request.trials - made.trials, stdout())


@app.command()
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

    request = _request(name, preset, seeds, settings)
    engine.configure(device)
    _check_writable(out)
    if repair:
        for path in store_of(request.study, out).repair():
            typer.echo(f"set aside {path}")
    reporter = Progress()
    try:
        command = _command(name, request, seeds, settings, out)
        _, conclusion = run_request(request, out, reporter, command)
    finally:
        reporter.close()
    print_conclusion(conclusion, stdout(), output_folder(request, out))


@app.command()
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


@app.command()
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

    request = _request(name, preset, seeds, settings)
    folder = output_folder(request, out)
    table = load_request(request, out)
    command = _command(name, request, seeds, settings, out)
    print_conclusion(conclude(request, table, folder, command), stdout(), folder)


@app.command()
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
    table = load_request(_request(name, preset, seeds, settings), out, along)
    buffer = io.BytesIO()
    table.to_csv(buffer, index=False) if to.suffix == ".csv" else table.to_parquet(buffer)
    write_atomically(to, buffer.getvalue())
    typer.echo(f"{to}: {len(table)} rows, {len(table.columns)} columns")


@app.command()
def new(name: Name) -> None:
    """Write studies/STUDY.py: a small study that runs as it is, to be changed."""
    from nnlab.study import new_study

    path = new_study(name)
    typer.echo(f"{path} is written; run it: nnlab run {name} --preset quick")


@app.command()
def doctor(device: Device = "auto") -> None:
    """Check versions, devices and the arithmetic of the backend."""
    from nnlab import engine, records

    engine.configure(device)
    for package, version in records.provenance()["versions"].items():
        typer.echo(f"{package} {version}")
    for line in engine.device_lines():
        typer.echo(line)
    wrong = engine.failures()
    for line in wrong:
        typer.echo(f"WRONG: {line}")
    if wrong:
        raise NnlabError("this backend computes wrong results; install another jax and jaxlib")
    typer.echo(f"arithmetic: {len(engine.CANARIES)} canaries right")


def _request(
    name: str, preset: str | None, seeds: int | None, settings: list[str] | None
) -> Request:
    from nnlab.lab import default_preset
    from nnlab.study import load_study, make_request, parse_overrides

    study = load_study(name)
    overrides = parse_overrides(study, settings or [])
    return make_request(study, preset or default_preset(study), seeds, overrides)


def _command(
    name: str, request: Request, seeds: int | None, settings: list[str] | None, out: Path
) -> str:
    """The command that makes these results again, as it stands in captions."""
    parts: list[Any] = ["nnlab run", name, "--preset", request.preset]
    parts += ["--seeds", seeds] if seeds is not None else []
    for text in settings or []:
        parts += ["--set", text]
    parts += ["--out", out] if out != RESULTS else []
    return " ".join(map(str, parts))


def _check_writable(folder: Path) -> None:
    """Find out before hours of computing, not after."""
    from nnlab.files import write_atomically

    probe = folder / ".writable"
    write_atomically(probe, b"")
    probe.unlink(missing_ok=True)


def _fail(text: str, code: int) -> None:
    typer.echo(text, err=True)
    sys.exit(code)
