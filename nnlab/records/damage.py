"""Damage: which of the trials that somebody wants are lost with files that are not as written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from nnlab.errors import NnlabError
from nnlab.records.manifest import Damaged
from nnlab.records.store import Store
from nnlab.study import Cell

__all__ = ["describe_losses", "describe_missing", "losses_named"]

Keys = Mapping[tuple[int, Cell], str]

_MOST = 6


@contextmanager
def losses_named(store: Store, keys: Keys) -> Iterator[None]:
    """Make the error of a reader that meets a damaged file name the trials of `keys` it loses."""
    try:
        yield
    except Damaged as error:
        sound, damaged = store.survey()
        held = {trial for chunk in sound for trial in chunk.trials}
        raise NnlabError(describe_losses(damaged or [error], held, keys)) from error


def describe_losses(damaged: list[Damaged], held: set[str], keys: Keys) -> str:
    """One line: the damaged files, the trials of `keys` lost with them, and what to do.

    `held` are the trials in sound files. Where a manifest is damaged nobody knows what its file
    held: the line then says how many of the trials of `keys` are in no sound file.
    """
    names = ", ".join(f"{error.path}: {error.reason}" for error in damaged[:_MOST])
    more = f" and {len(damaged) - _MOST} more" if len(damaged) > _MOST else ""
    known = {trial for error in damaged for trial in error.trials}
    lost = [place for place, key in keys.items() if key in known and key not in held]
    told = f"lost are {_counted(len(lost))}{_places(lost, keys)}" if known else ""
    if not all(error.trials for error in damaged):
        missing = sum(key not in held and key not in known for key in keys.values())
        unknown = (
            "what it held is not known" if len(damaged) == 1 else "what some held is not known"
        )
        unknown += f": {missing} of {len(keys)} trials are in no sound record"
        told = f"{told}; {unknown}" if told else unknown
    files = "damaged record" if len(damaged) == 1 else f"{len(damaged)} damaged records,"
    return (
        f"{files} {names}{more}; {told}; run again with --repair to set it aside and recompute "
        "just these"
    )


def describe_missing(held: Collection[str], keys: Keys) -> str:
    """`40 of 160 trials missing (seeds 0-9; width=300)` where `held` lacks some of `keys`, or ``.

    The settings are those in which missing trials occur, not all combinations need be missing.
    """
    missing = [place for place, key in keys.items() if key not in held]
    told = f"{len(missing)} of {len(keys)} trials missing{_places(missing, keys)}"
    return told if missing else ""


def _places(lost: list[tuple[int, Cell]], keys: Keys) -> str:
    """` (seeds 0-2; width=8, 16)`: the settings in which the trials of `keys` differ."""
    if not lost:
        return ""
    parts = [f"seeds {_ranges(seed for seed, _ in lost)}"]
    asked = [cell.settings for cell in dict.fromkeys(cell for _, cell in keys)]
    ours = [cell.settings for cell in dict.fromkeys(cell for _, cell in lost)]
    for name in asked[0]:
        if len({settings[name] for settings in asked}) > 1:
            values = list(dict.fromkeys(str(settings[name]) for settings in ours))
            shown = values if len(values) <= _MOST else [*values[: _MOST - 1], "...", values[-1]]
            parts.append(f"{name}={', '.join(shown)}")
    return f" ({'; '.join(parts)})"


def _ranges(numbers: Iterable[int]) -> str:
    """`0-2, 5` for 0, 1, 2 and 5."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in runs)


def _counted(trials: int) -> str:
    return "1 trial" if trials == 1 else f"{trials} trials"
