"""Options that several commands share, and what they come to: a request and its command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nnlab.study import Request

__all__ = [
    "RESULTS",
    "CompileCache",
    "Device",
    "FactorSeeds",
    "MaxSeeds",
    "Name",
    "Out",
    "Preset",
    "Seeds",
    "Set",
    "UntilDecided",
    "call",
    "requested",
]

Name = Annotated[str, typer.Argument(metavar="STUDY", help="A study's name, or its file.")]
Preset = Annotated[str | None, typer.Option(help="The scale: quick, standard or paper.")]
Seeds = Annotated[int | None, typer.Option(help="Number of seeds, instead of the preset's.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FACTOR=A,B,C", help="Other values of a factor; repeatable."),
]
Out = Annotated[Path, typer.Option(help="Folder of the results.")]
Device = Annotated[str, typer.Option(help="auto, cpu, gpu or tpu.")]
CompileCache = Annotated[
    bool,
    typer.Option(
        "--compile-cache/--no-compile-cache",
        help="Keep compiled programs for the next time; NNLAB_COMPILE_CACHE=0 turns it off too.",
    ),
]
UntilDecided = Annotated[
    bool, typer.Option("--until-decided", help="Add seeds until every claim is decided.")
]
MaxSeeds = Annotated[int | None, typer.Option(help="Seeds at the last look of --until-decided.")]
FactorSeeds = Annotated[
    str | None,
    typer.Option(
        metavar="all|STREAM,...",
        help="Draw each random stream anew by itself: what share of the variance is its?",
    ),
]
RESULTS = Path("results")


def requested(
    name: str, preset: str | None, seeds: int | None, settings: list[str] | None = None
) -> Request:
    """The request that these options ask for. Raises `NnlabError` for bad ones."""
    from nnlab.lab import default_preset
    from nnlab.study import load_study, make_request, parse_overrides

    study = load_study(name)
    overrides = parse_overrides(study, settings or [])
    return make_request(study, preset or default_preset(study), seeds, overrides)


def call(
    name: str, request: Request, seeds: int | None, settings: list[str] | None, out: Path
) -> str:
    """The command that makes these results again, as it stands in captions."""
    parts: list[Any] = ["nnlab run", name, "--preset", request.preset]
    parts += ["--seeds", seeds] if seeds is not None else []
    for text in settings or []:
        parts += ["--set", text]
    parts += ["--out", out] if out != RESULTS else []
    return " ".join(map(str, parts))
