"""Arrays that are costly to make, kept in the user's cache folder with their checksum."""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from nnlab.data.fingerprint import fingerprint_of
from nnlab.errors import NnlabError
from nnlab.files import user_cache, write_atomically

__all__ = ["cached"]

Arrays = dict[str, np.ndarray]

_CHECKSUM = "sha256"


def cached(name: str, settings: Mapping[str, object], make: Callable[[], Arrays]) -> Arrays:
    """The arrays of `make()`, made once for each (name, settings) and then read from the cache.

    `settings` must be plain JSON values and name everything that the arrays depend on, versions of
    generators included. A file whose contents do not have the checksum stored with them is made
    again, with a warning. Where the folder cannot be written a warning says so, and the arrays are
    returned all the same.
    """
    identity = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    key = hashlib.sha256(identity.encode()).hexdigest()[:16]
    path = user_cache() / "data" / f"{name}-{key}.npz"
    arrays = _read(path)
    if arrays is None:
        arrays = make()
        try:
            _write(path, arrays)
        except NnlabError as error:
            warnings.warn(
                f"{path}: not cached ({error.__cause__}); set NNLAB_CACHE to a folder that can be "
                "written",
                stacklevel=2,
            )
    return arrays


def _read(path: Path) -> Arrays | None:
    """The arrays in `path`, or None where there is no sound file."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        found = str(arrays.pop(_CHECKSUM, ""))
    except FileNotFoundError:
        return None
    except Exception as error:  # damaged bytes surface as almost any exception
        reason = f"cannot be read ({type(error).__name__})"
    else:
        if found == fingerprint_of(arrays):
            return arrays
        reason = "has the wrong checksum"
    warnings.warn(f"{path}: {reason}; it is made again", stacklevel=3)
    return None


def _write(path: Path, arrays: Arrays) -> None:
    content = io.BytesIO()
    checksum = np.array(fingerprint_of(arrays))
    np.savez(content, allow_pickle=False, **arrays, **{_CHECKSUM: checksum})
    write_atomically(path, content.getvalue())
