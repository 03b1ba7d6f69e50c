"""Settings: the values of all factors of one trial, read like attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnlab.errors import NnlabError
from nnlab.study.names import nearest

__all__ = ["Settings"]


class Settings(Mapping[str, Any]):
    """Values by factor name: `p.width`, or `p["width"]`. Remembers which names were read."""

    def __init__(self, values: Mapping[str, Any], hint: str = "") -> None:
        self._values = dict(values)
        self._hint = f" ({hint})" if hint else ""
        self._read: set[str] = set()

    @property
    def read(self) -> frozenset[str]:
        """The names that were asked for so far."""
        return frozenset(self._read)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._values:
            close = nearest(name, self._values)
            raise NnlabError(f"there is no factor {name!r} here{self._hint}{close}")
        self._read.add(name)
        return self._values[name]

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            raise KeyError(name)
        return self.__getattr__(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{k}={v!r}' for k, v in self._values.items())})"
