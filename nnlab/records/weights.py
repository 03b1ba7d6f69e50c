"""Kept weights: the final parameters of trials, beside their records.

`NAME.npz` holds arrays, never pickled objects; `NAME.json` beside it, written last, its checksum
and which array is which, under a checksum of its own. NAME is the beginning of the checksum of
the arrays. Files without their JSON do not exist.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError
from nnlab.files import checksum, write_atomically
from nnlab.records.sealed import seal, unseal

if TYPE_CHECKING:
    import numpy as np

__all__ = ["WeightStore"]

_FORMAT = 1

Arrays = Mapping[tuple[str, ...], "np.ndarray"]


class WeightStore:
    """The kept weights of one study's trials, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, weights: Mapping[str, Arrays]) -> Path:
        """Keep the arrays of these trials, by trial key and path in the tree of parameters.

        Types that NumPy does not know, such as bfloat16, are kept as float32, which holds them
        exactly.
        """
        import numpy as np

        arrays, places = [], {}
        for trial, leaves in weights.items():
            places[trial] = [[list(path), len(arrays) + n] for n, path in enumerate(leaves)]
            arrays += [_plain(array) for array in leaves.values()]
        buffer = io.BytesIO()
        np.savez(buffer, **{str(n): array for n, array in enumerate(arrays)})
        content = buffer.getvalue()
        sha256 = checksum(content)
        path = self.folder / f"{sha256[:24]}.npz"
        write_atomically(path, content)
        fields = {"format": _FORMAT, "sha256": sha256, "trials": places}
        write_atomically(path.with_suffix(".json"), seal(fields))
        return path

    def holding(self, trials: Collection[str]) -> set[str]:
        """Those of `trials` whose weights are kept."""
        return {trial for _, fields in self._files() for trial in fields["trials"]} & set(trials)

    def read(self, trial: str) -> dict[str, Any] | None:
        """The weights of a trial as nested dicts of arrays, None where they are not kept.

        Raises `NnlabError` where the file is not as it was written.
        """
        import numpy as np

        for path, fields in self._files():
            if trial not in fields["trials"]:
                continue
            try:
                content = path.read_bytes()
            except OSError as error:
                raise _damaged(path, error.strerror or "it cannot be read") from error
            if checksum(content) != fields["sha256"]:
                raise _damaged(path, "its checksum is wrong")
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return _nested(
                    {tuple(place): arrays[str(n)] for place, n in fields["trials"][trial]}
                )
        return None

    def _files(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        for manifest in sorted(self.folder.glob("*.json")):
            try:
                fields = unseal(manifest.read_bytes())
            except (OSError, ValueError) as error:
                raise _damaged(manifest, str(error)) from error
            if fields["format"] == _FORMAT:
                yield manifest.with_suffix(".npz"), fields


def _plain(array: np.ndarray) -> np.ndarray:
    return array.astype("float32") if array.dtype.kind == "V" else array


def _nested(leaves: dict[tuple[str, ...], Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, array in leaves.items():
        node = tree
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = array
    return tree


def _damaged(path: Path, reason: str) -> NnlabError:
    return NnlabError(
        f"damaged weights {path}: {reason}; delete it, and keep the weights again by running "
        "with --keep-weights and another --out"
    )
