"""Unfinished: which runs were begun and not completed, so that they can be resumed together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nnlab.errors import Incomplete, NnlabError
from nnlab.files import remove, write_atomically
from nnlab.records.sealed import seal, unseal
from nnlab.study import find_studies

__all__ = ["Begun", "as_settings", "begun", "unfinished_runs"]

_FOLDER = "unfinished"


@dataclass(frozen=True)
class Begun:
    """A run as it was asked for: the study's name as given, its file (absolute), and the options
    of the command `run` by name, as JSON knows them."""

    name: str
    file: str
    options: dict[str, Any]

    @staticmethod
    def of(name: str, options: Mapping[str, Any]) -> Begun:
        """A run of the study of that name, or in that file, wherever one will stand later."""
        given = {key: value for key, value in options.items() if value not in (None, False, [])}
        return Begun(name, str(_file_of(name) or ""), given)

    @property
    def study(self) -> str:
        """What to load now: the name as it was given, while it means the same file, or the file.

        Raises `NnlabError` where there is neither.
        """
        if _file_of(self.name) == Path(self.file):
            return self.name
        if not Path(self.file).is_file():
            raise NnlabError(f"the study file {self.file} is gone; put it back to resume its run")
        return self.file

    def __str__(self) -> str:
        told = [f"{key.replace('_', '-')} {_told(value)}" for key, value in self.options.items()]
        return ", ".join([Path(self.name).stem, *told])


@contextlib.contextmanager
def begun(records: Path, label: str, run: Begun | None) -> Iterator[None]:
    """Have it on disk, in the folder of the study's records, that this run is not complete.

    It stays there when the run breaks off in any way, unless it failed before anything was
    recorded: then it is the request that is wrong. None for a run that cannot be resumed by name.
    """
    if run is None:
        yield
        return
    path = (
        records
        / _FOLDER
        / f"{label}{'+until_decided' * bool(run.options.get('until_decided'))}.json"
    )
    write_atomically(path, seal(asdict(run)))
    try:
        yield
    except Incomplete:
        raise
    except NnlabError:
        if not any(file != path for file in records.rglob("*") if file.is_file()):
            _forget(path)
        raise
    _forget(path)


def unfinished_runs(out: Path) -> list[tuple[Path, Begun | None]]:
    """The marks of the runs below the folder of results that were begun and not completed.

    None for a mark that is not as it was written, or was written by another version of nnlab.
    """
    return [(path, _read(path)) for path in sorted(out.glob(f"*/records/{_FOLDER}/*.json"))]


def as_settings(factors: Mapping[str, Any] | None) -> list[str] | None:
    """Values of factors as the command line takes them; None where it could not tell them."""
    texts = []
    for name, values in (factors or {}).items():
        several = [values] if isinstance(values, str) or not hasattr(values, "__iter__") else values
        words = [str(value) for value in several]
        if any("," in word or word != word.strip() or not word for word in words):
            return None
        texts.append(f"{name}={','.join(words)}")
    return texts


def _read(path: Path) -> Begun | None:
    try:
        fields = unseal(path.read_bytes())
        return Begun(fields["name"], fields["file"], dict(fields["options"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _file_of(name: str) -> Path | None:
    if Path(name).suffix == ".py":
        return Path(name).absolute()
    return {study.name: study.path for study in find_studies()}.get(name)


def _told(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _forget(path: Path) -> None:
    remove(path)
    for folder in path.parents[:3]:
        with contextlib.suppress(OSError):
            folder.rmdir()  # where nothing else is in it
