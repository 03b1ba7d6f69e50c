"""What a data set is: three splits, the number of classes, a fingerprint, and a line about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnlab.data.fingerprint import fingerprint_of
from nnlab.data.partition import partition
from nnlab.errors import NnlabError

__all__ = ["Dataset", "Split", "from_arrays", "from_splits"]

Arrays = tuple[np.ndarray, np.ndarray]


# Both classes are bare records without checks, so that they can also hold traced arrays while they
# pass through a compiled program; `from_splits` is where arrays are checked.
@dataclass(frozen=True, eq=False)
class Split:
    """Examples `x` float32 [n, features...] and `y`: int32 labels [n] or float32 targets [n, k]."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return self.x.shape[0]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A named data set; its arrays are read-only, and a part that is not there has no examples.

    `classes` is the number of classes, or None for regression. `fingerprint` is the sha256 over
    the arrays' names, types, shapes and bytes, not over `name` and `about`.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: int | None
    fingerprint: str
    about: str


def from_splits(
    name: str,
    train: Arrays,
    test: Arrays | None = None,
    validation: Arrays | None = None,
    classes: int | None = None,
    about: str = "",
) -> Dataset:
    """A Dataset from (x, y) pairs that are split already; the arrays are copied.

    x: numbers [n, features...]. y: whole-number labels [n] in 0 .. classes - 1 (`classes` is the
    largest label plus one unless given), or floating-point targets [n] or [n, k].
    Raises NnlabError for shapes that do not fit, values that are not finite, labels out of range.
    """
    train_split = _split(f"{name} (train)", train)
    parts = {"train": train_split}
    for part, arrays in (("validation", validation), ("test", test)):
        parts[part] = (
            _empty_like(train_split)
            if arrays is None
            else _split(f"{name} ({part})", arrays, like=train_split)
        )
    arrays = {f"{p}.{field}": getattr(parts[p], field) for p in parts for field in ("x", "y")}
    classes = _classes(name, [split.y for split in parts.values()], classes)
    return Dataset(name, **parts, classes=classes, fingerprint=fingerprint_of(arrays), about=about)


def from_arrays(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    *,
    test: int | float = 0.25,
    validation: int | float = 0,
    seed: int = 0,
    standardise: bool = False,
    classes: int | None = None,
    about: str = "",
) -> Dataset:
    """A Dataset from arrays x [n, features...] and y, split at random by `seed`.

    `test` and `validation` are counts (int) or shares (float); labels are split in proportion.
    `standardise` brings every feature, and every regression target, to mean 0 and standard
    deviation 1 in the training part, whose statistics serve all three parts; what is constant
    there is only centred. Raises NnlabError as `partition` and `from_splits` do.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim < 2 or y.ndim < 1 or len(x) != len(y):
        raise NnlabError(
            f"{name}: x has shape {x.shape} and y {y.shape}; give x [n, features] and y [n]"
        )
    is_labels = y.dtype.kind in "iub"
    rows = partition(len(x), validation, test, seed, y if is_labels and y.ndim == 1 else None, name)
    if standardise:
        x = _standardised(name, x, rows.train)
        y = y if is_labels else _standardised(name, y, rows.train)
    train, held_out, tested = ((x[i], y[i]) for i in rows)
    return from_splits(name, train, tested, held_out, classes, about)


def _standardised(name: str, values: np.ndarray, reference: np.ndarray) -> np.ndarray:
    values = _numbers(name, "x and y", values).astype(np.float64)
    mean = values[reference].mean(axis=0)
    spread = values[reference].std(axis=0)
    # Rounding gives a constant column a spread near 1e-17, which would blow it up.
    constant = np.ptp(values[reference], axis=0) == 0
    return (values - mean) / np.where(constant, 1.0, spread)


def _split(where: str, arrays: Arrays, like: Split | None = None) -> Split:
    x, y = (np.asarray(a) for a in arrays)
    if x.ndim < 2 or y.ndim < 1 or len(x) != len(y) or y.ndim > 2:
        raise NnlabError(
            f"{where}: x has shape {x.shape} and y {y.shape}; "
            "give x [n, features...] and y [n] or [n, k] with the same n"
        )
    if like is None and len(x) == 0:
        raise NnlabError(f"{where}: there is no example; give at least one to train on")
    x = _finite(where, "x", _numbers(where, "x", x))
    y = _labels_or_targets(where, y)
    if like is not None and (x.shape[1:], y.shape[1:], y.dtype) != (
        like.x.shape[1:],
        like.y.shape[1:],
        like.y.dtype,
    ):
        raise NnlabError(
            f"{where}: one example is x {x.shape[1:]}, y {y.dtype} {y.shape[1:]}, but in train "
            f"x {like.x.shape[1:]}, y {like.y.dtype} {like.y.shape[1:]}; make them alike"
        )
    return Split(_frozen(x), _frozen(y))


def _labels_or_targets(where: str, y: np.ndarray) -> np.ndarray:
    y = _numbers(where, "y", y)
    if y.dtype.kind == "f":
        y = _finite(where, "y", y)
        # A column for a single target: [n] against a network's [n, 1] would broadcast to [n, n].
        return y[:, None] if y.ndim == 1 else y
    if y.ndim != 1:
        raise NnlabError(f"{where}: labels have shape {y.shape}; give one whole number an example")
    if y.size and (y.min() < 0 or y.max() >= 2**31):
        raise NnlabError(f"{where}: a label is {y.min() if y.min() < 0 else y.max()}; count from 0")
    return y.astype(np.int32)


def _numbers(where: str, what: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind not in "iufb":
        raise NnlabError(f"{where}: {what} has dtype {array.dtype}; give numbers")
    return array


def _finite(where: str, what: str, array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # an overflow is infinite, which is told below
        single = array.astype(np.float32)  # always a copy, never the caller's own array
    if not np.isfinite(single).all():
        bad = int((~np.isfinite(single)).sum())
        raise NnlabError(f"{where}: {bad} values of {what} are not finite; remove or impute them")
    return single


def _frozen(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array


def _empty_like(split: Split) -> Split:
    return Split(_frozen(split.x[:0]), _frozen(split.y[:0]))


def _classes(name: str, labels: list[np.ndarray], classes: int | None) -> int | None:
    if labels[0].dtype.kind == "f":
        if classes is not None:
            raise NnlabError(
                f"{name}: {classes} classes, but y is floating-point; give labels as integers"
            )
        return None
    needed = 1 + max(int(y.max()) for y in labels if y.size)
    if classes is not None and needed > classes:
        raise NnlabError(f"{name}: label {needed - 1}, but only {classes} classes; count from 0")
    return needed if classes is None else classes
