"""Inputs: the data a study's trials share, made once for all trials that see the same."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnlab.errors import NnlabError
from nnlab.study.request import Cell
from nnlab.study.settings import Settings
from nnlab.study.study import Study

__all__ = ["Inputs", "Shared"]


@dataclass(frozen=True)
class Shared:
    """What `data(p)` returned, and the fingerprint that goes into the keys of its trials."""

    tree: Any
    fingerprint: str


class Inputs:
    """The data of a study by cell; made again only where a factor that it reads differs."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._made: list[tuple[dict[str, Any], Shared]] = []

    def of(self, cell: Cell) -> Shared:
        """Data for the trials of this cell. Only its static factors can be read by `data(p)`."""
        if self._study.data is None:
            return Shared(None, "")
        static = {n: v for n, v in cell.values if self._study.factors[n].kind == "static"}
        for read, shared in self._made:
            if all(static[name] == value for name, value in read.items()):
                return shared
        p = Settings(static, hint="data(p) may read static factors only")
        tree = _made(self._study, p)
        shared = Shared(tree, _fingerprint(tree))
        self._made.append(({name: static[name] for name in p.read}, shared))
        return shared


def _made(study: Study, p: Settings) -> Any:
    if study.data is None:
        return None
    try:
        return study.data(p)
    except NnlabError:
        raise
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split())
        told = f"study {study.name}: its data fails: {type(error).__name__}: {text}"
        raise NnlabError(told) from error


def _fingerprint(tree: Any) -> str:
    known = getattr(tree, "fingerprint", None)
    if isinstance(known, str):
        return known
    digest = hashlib.sha256()
    for path, leaf in _leaves(tree, "data"):
        array = np.asarray(leaf)
        if array.dtype.hasobject:
            raise NnlabError(
                f"{path} must be numbers or arrays of numbers, not {type(leaf).__name__}"
            )
        digest.update(f"{path} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _leaves(tree: Any, path: str) -> Iterator[tuple[str, Any]]:
    if tree is None:
        return
    known = getattr(tree, "fingerprint", None)
    if isinstance(known, str):
        yield f"{path}.fingerprint", known
        return
    names = getattr(tree, "_fields", ())  # of a named tuple
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        names = tuple(field.name for field in dataclasses.fields(tree))
    if names:
        tree = {name: getattr(tree, name) for name in names}
    if isinstance(tree, Mapping):
        for name in sorted(tree, key=str):
            yield from _leaves(tree[name], f"{path}.{name}")
    elif isinstance(tree, list | tuple):
        for position, value in enumerate(tree):
            yield from _leaves(value, f"{path}[{position}]")
    else:
        yield path, tree
