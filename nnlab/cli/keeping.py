"""Commands that look after the laboratory itself."""

from __future__ import annotations

import typer

from nnlab.cli.options import Device, Name
from nnlab.errors import NnlabError

__all__ = ["doctor", "new"]


def new(name: Name) -> None:
    """Write studies/STUDY.py: a small study that runs as it is, to be changed."""
    from nnlab.study import new_study

    path = new_study(name)
    typer.echo(f"{path} is written; run it: nnlab run {name} --preset quick")


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
