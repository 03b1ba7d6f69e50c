"""Image sets that are downloaded by name, once: MNIST, Fashion-MNIST, CIFAR-10."""

from __future__ import annotations

import gzip
import io
import math
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nnlab.data.arguments import seed_of, whole
from nnlab.data.dataset import Dataset, from_splits
from nnlab.data.fetching import Remote, fetched
from nnlab.data.partition import partition
from nnlab.errors import NnlabError

__all__ = ["cifar10", "fashion_mnist", "mnist"]

Arrays = tuple[np.ndarray, np.ndarray]

_PARTS = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")


def _idx_files(hosts: tuple[str, ...], *known: tuple[int, str]) -> tuple[Remote, ...]:
    names = [f"{part}-ubyte.gz" for part in _PARTS]
    return tuple(
        Remote(name, size, sha256, tuple(f"{host}/{name}" for host in hosts))
        for name, (size, sha256) in zip(names, known, strict=True)
    )


# Lengths and SHA-256 are those of github.com/tensorflow/datasets, in its url_checksums/mnist.txt,
# fashion_mnist.txt and cifar10.txt; the SHA-256 stand also in github.com/ankane/torchvision-ruby
# (MNIST, CIFAR-10) and in torchvision/prototype/datasets of github.com/pytorch/vision (both MNIST).
_MNIST = _idx_files(
    (
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    ),
    (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)
_FASHION = _idx_files(
    (
        # The S3 site that the authors name answers http only: its bucket is asked, and their
        # repository, and the copy that Keras uses.
        "https://fashion-mnist.s3.eu-central-1.amazonaws.com",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    ),
    (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)
_CIFAR10 = Remote(
    "cifar-10-binary.tar.gz",
    170052171,
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    (
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        # The copy from which MindSpore's tutorials take it.
        "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets/"
        "cifar-10-binary.tar.gz",
    ),
)
_FOLDER = "cifar-10-batches-bin"
_RECORD = 1 + 3 * 32 * 32  # a label, then red, green and blue, each 32 x 32


def mnist(
    examples: int = 60_000,
    test_examples: int = 10_000,
    validation_examples: int = 0,
    *,
    seed: int = 0,
    standardise: bool = True,
    flat: bool = True,
    folder: str | Path | None = None,
) -> Dataset:
    """MNIST: handwritten digits of 28 x 28 pixels, ten classes; 11.6 MB, downloaded once.

    x [n, 784], or [n, 28, 28, 1] unless `flat`. `examples` of the 60,000 training images are taken
    in an order that `seed` draws, so that a smaller set is part of a larger one and every leading
    piece holds the classes in proportion; the last `validation_examples` of them are for
    validation instead. `test_examples` of the 10,000 test images are taken likewise.
    `standardise` brings each colour channel as a whole to mean 0 and standard deviation 1 by the
    training part alone (single pixels may be constant there); without it pixels lie in [0, 1].
    Files: those in `folder`, else in `NNLAB_DATA/mnist`, else downloaded into the user's cache;
    never used unless their SHA-256 is right.
    Raises NnlabError for sizes that do not fit and where a file cannot be had.
    Source: LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document
    recognition.
    """
    return _image_set(
        "mnist",
        lambda: _idx_arrays("mnist", _MNIST, folder),
        (examples, test_examples, validation_examples),
        seed,
        standardise,
        flat,
        about="28 x 28 images of handwritten digits (LeCun et al. 1998)",
    )


def fashion_mnist(
    examples: int = 60_000,
    test_examples: int = 10_000,
    validation_examples: int = 0,
    *,
    seed: int = 0,
    standardise: bool = True,
    flat: bool = True,
    folder: str | Path | None = None,
) -> Dataset:
    """Fashion-MNIST: articles of clothing, 28 x 28 pixels, ten classes; 30.9 MB, downloaded once.

    Arguments and errors as in `mnist`; the folder is `NNLAB_DATA/fashion_mnist`.
    Source: Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747.
    """
    return _image_set(
        "fashion_mnist",
        lambda: _idx_arrays("fashion_mnist", _FASHION, folder),
        (examples, test_examples, validation_examples),
        seed,
        standardise,
        flat,
        about="28 x 28 images of clothing (Xiao, Rasul and Vollgraf 2017)",
    )


def cifar10(
    examples: int = 50_000,
    test_examples: int = 10_000,
    validation_examples: int = 0,
    *,
    seed: int = 0,
    standardise: bool = True,
    flat: bool = True,
    folder: str | Path | None = None,
) -> Dataset:
    """CIFAR-10: colour photographs of 32 x 32 pixels, ten classes; 170 MB, downloaded once.

    x [n, 3072], or [n, 32, 32, 3] unless `flat`; 50,000 training and 10,000 test images. Other
    arguments and errors as in `mnist`; the folder is `NNLAB_DATA/cifar10`.
    Source: Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """
    return _image_set(
        "cifar10",
        lambda: _cifar_arrays(fetched("cifar10", _CIFAR10, folder)),
        (examples, test_examples, validation_examples),
        seed,
        standardise,
        flat,
        about="32 x 32 colour photographs of ten kinds of things (Krizhevsky 2009)",
    )


def _image_set(
    name: str,
    load: Callable[[], tuple[Arrays, Arrays]],
    counts: tuple[int, int, int],
    seed: int,
    standardise: bool,
    flat: bool,
    about: str,
) -> Dataset:
    """The parts of these sizes (training with validation, test, validation) as a Dataset."""
    examples = whole(name, "examples", counts[0], 1)
    tested = whole(name, "test_examples", counts[1], 0)
    held_out = whole(name, "validation_examples", counts[2], 0)
    seed = seed_of(name, seed)
    if held_out >= examples:
        raise NnlabError(
            f"{name}: validation_examples is {held_out}; it is taken from the {examples} training "
            "examples and must leave at least one"
        )
    train, test = load()
    x, y = _taken(name, "examples", train, examples, seed)
    test = _taken(name, "test_examples", test, tested, seed)
    trained = examples - held_out
    mean, spread = _statistics(x[:trained]) if standardise else (0.0, 255.0)

    def scaled(images: np.ndarray) -> np.ndarray:
        values = (images.astype(np.float32) - np.float32(mean)) / np.float32(spread)
        return values.reshape(len(values), math.prod(values.shape[1:])) if flat else values

    return from_splits(
        name,
        train=(scaled(x[:trained]), y[:trained]),
        validation=(scaled(x[trained:]), y[trained:]),
        test=(scaled(test[0]), test[1]),
        classes=10,
        about=about,
    )


def _taken(name: str, what: str, arrays: Arrays, count: int, seed: int) -> Arrays:
    x, y = arrays
    if count > len(x):
        raise NnlabError(f"{name}: {what} is {count}; there are {len(x)}")
    rows = partition(len(x), 0, 0, seed, y, name).train[:count]
    return x[rows], y[rows]


def _statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel, uint8 [n, height, width, channels]."""
    # From counts of the 256 values: exact, and without a float64 copy of half a gigabyte.
    channels = images.shape[-1]
    counts = np.zeros((channels, 256))
    for begin in range(0, len(images), 1000):
        for channel in range(channels):
            piece = images[begin : begin + 1000, ..., channel]
            counts[channel] += np.bincount(piece.ravel(), minlength=256)
    values, total = np.arange(256.0), counts.sum(axis=1)
    mean = counts @ values / total
    spread = np.sqrt((counts * (values - mean[:, None]) ** 2).sum(axis=1) / total)
    return mean, np.where(spread == 0, 1.0, spread)


def _idx_arrays(
    name: str, files: tuple[Remote, ...], folder: str | Path | None
) -> tuple[Arrays, Arrays]:
    parsed = [_idx(gzip.decompress(fetched(name, file, folder))) for file in files]
    images, labels, test_images, test_labels = parsed
    return (images[..., None], labels), (test_images[..., None], test_labels)


def _idx(content: bytes) -> np.ndarray:
    """The array of bytes in an IDX file: two zeros, type, number of axes, lengths, contents."""
    axes = content[3]
    if content[:3] != b"\0\0\x08":
        raise NnlabError("not an IDX file of unsigned bytes")
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _cifar_arrays(archive: bytes) -> tuple[Arrays, Arrays]:
    names = [f"{_FOLDER}/data_batch_{k}.bin" for k in range(1, 6)] + [f"{_FOLDER}/test_batch.bin"]
    contents = {}
    # By exact names and in one pass; nothing is written to disk.
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as members:
        for member in members:
            stream = members.extractfile(member) if member.name in names else None
            if stream is not None:
                contents[member.name] = stream.read()
    missing = [name for name in names if name not in contents]
    if missing:
        raise NnlabError(f"cifar10: there is no {missing[0]} in the archive")
    parts = [_cifar_records(contents[name]) for name in names]
    x, y = (np.concatenate([part[k] for part in parts[:-1]]) for k in (0, 1))
    return (x, y), parts[-1]


def _cifar_records(content: bytes) -> Arrays:
    records = np.frombuffer(content, np.uint8).reshape(-1, _RECORD)
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return images, records[:, 0]
