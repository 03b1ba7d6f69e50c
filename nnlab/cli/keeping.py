"""Commands that look after the laboratory itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnlab.cli.options import RESULTS, Device, Name, Out
from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from nnlab.records import Chunk, Stale, Store

__all__ = ["clean", "doctor", "new"]


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


def clean(
    name: Annotated[str | None, typer.Argument(metavar="[STUDY]")] = None,
    out: Out = RESULTS,
    everything: Annotated[
        bool, typer.Option("--all", help="Also trials run beyond the presets (--seeds, --set).")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
) -> None:
    """Remove recorded trials that a study no longer asks for, and what kills left behind."""
    from nnlab.records import size_of

    chunks, left = _to_remove(name, out, everything)
    if not chunks and not left:
        typer.echo("nothing to remove")
        return
    trials = sum(len(chunk.trials) for _, chunk in chunks)
    files = [path for _, chunk in chunks for path in (chunk.path, chunk.manifest)] + left
    what = [f"{_counted(trials, 'trial')} in {_counted(len(chunks), 'file')} of records"]
    what = (what if chunks else []) + ([_counted(len(left), "left-over file")] if left else [])
    told = f"remove {' and '.join(what)} ({_bytes(sum(map(size_of, files)))})"
    if not (yes or _confirmed(told)):
        typer.echo("nothing is removed")
        return
    _remove(chunks, left)
    typer.echo(f"removed {_counted(trials, 'trial')} and {_counted(len(left), 'left-over file')}")


def _to_remove(
    name: str | None, out: Path, everything: bool
) -> tuple[list[tuple[Store, Chunk]], list[Path]]:
    """Show what each study has that it need not keep; returns (store, chunk) pairs and files."""
    from nnlab.records import left_over

    recorded = sorted(path.parent.name for path in out.glob("*/records") if path.is_dir())
    chunks, left = [], []
    for each in recorded if name is None else [name]:
        try:
            folder, chosen = _stale_of(each, out, everything)
            chunks += chosen
        except NnlabError as error:
            if name is not None:
                raise
            # One study that cannot be read must not keep the others from being cleaned.
            typer.echo(f"{each}: nothing of it is called stale: {error}")
            folder = out / each
        for what, paths in left_over(folder).items():
            typer.echo(f"  left over: {_counted(len(paths), 'file')}, {what}")
            left += paths
    return chunks, left


def _stale_of(name: str, out: Path, everything: bool) -> tuple[Path, list[tuple[Store, Chunk]]]:
    from nnlab.lab import store_of
    from nnlab.records import find_stale
    from nnlab.study import load_study

    study = load_study(name)
    store = store_of(study, out)
    found = find_stale(study, store)
    _show(study.name, found, everything)
    chosen = [*found.stale, *(found.beyond if everything else ())]
    return out / study.name, [(store, chunk) for chunk in chosen]


def _show(name: str, found: Stale, everything: bool) -> None:
    from nnlab.records import BEYOND

    unwanted = sum(group.trials for group in found.groups.values())
    typer.echo(
        f"{name}: {_counted(found.wanted + unwanted, 'trial')} recorded, {unwanted} unwanted"
    )
    for why, group in sorted(found.groups.items()):
        days = f"{group.oldest / 86400:.0f} days old at most"
        note = " (kept, unless --all)" if why == BEYOND and not everything else ""
        typer.echo(f"  {group.trials}, {_bytes(group.size)}, {days}: {why}{note}")
    if found.mixed:
        typer.echo(f"  of these {found.mixed} stay, in one file with trials that are wanted")
    for error in found.damaged:
        typer.echo(f"  left alone: {error.path}: {error.reason}; see nnlab run {name} --repair")


def _confirmed(told: str) -> bool:
    if not sys.stdin.isatty():
        raise NnlabError(f"not asked, so nothing is removed: to {told}, add --yes")
    try:
        return typer.confirm(f"{told}?")
    except typer.Abort:
        typer.echo()
        return False


def _remove(chunks: list[tuple[Store, Chunk]], left: list[Path]) -> None:
    from nnlab.files import remove

    for store, chunk in chunks:
        store.remove(chunk)
    for path in left:
        remove(path)


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _bytes(size: float) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
