"""Watch: which trials are recorded, looked up again and again while others record too."""

from __future__ import annotations

from collections.abc import Collection

from nnlab.records.store import Chunk, Store

__all__ = ["Recorded"]


class Recorded:
    """Those of the trials `keys` that a store holds; each of its files is read and checked once."""

    def __init__(self, store: Store, keys: Collection[str]) -> None:
        self._store = store
        self._wanted = set(keys)
        self._seen: set[str] = set()
        self.trials: set[str] = set()

    def look(self) -> set[str]:
        """Those recorded by now. Raises `NnlabError` for a damaged file."""
        self.trials |= self._store.finished(self._wanted, self._seen)
        return self.trials

    def add(self, chunk: Chunk) -> None:
        """Count a chunk that this process has just written."""
        self._seen.add(chunk.manifest.name)
        self.trials |= self._wanted.intersection(chunk.trials)
