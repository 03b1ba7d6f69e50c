"""MNIST, Fashion-MNIST and CIFAR-10 from small files of the same make."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from hashlib import sha256

import numpy as np
import pytest

from nnlab import data
from nnlab.data import image_sets
from nnlab.data.fetching import Remote
from nnlab.errors import NnlabError

TRAIN, TEST = 300, 90


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes())


def remote(path, name: str, content: bytes) -> Remote:
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(content)
    return Remote(name, len(content), sha256(content).hexdigest(), ("https://a.example/" + name,))


def archive(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as members:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            members.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Small images and labels of each set, and the folder with their files."""
    folder, draws = tmp_path_factory.mktemp("images"), np.random.default_rng(3)
    sets, tables = {}, {}
    for name in ("mnist", "fashion_mnist"):
        arrays = [
            draws.integers(0, 256, (TRAIN, 28, 28), np.uint8),
            (np.arange(TRAIN) % 10).astype(np.uint8),
            draws.integers(0, 256, (TEST, 28, 28), np.uint8),
            (np.arange(TEST) % 10).astype(np.uint8),
        ]
        names = [f"{part}-ubyte.gz" for part in image_sets._PARTS]
        tables[name] = tuple(
            remote(folder / name, n, idx(a)) for n, a in zip(names, arrays, strict=True)
        )
        sets[name] = (arrays[0][..., None], arrays[1]), (arrays[2][..., None], arrays[3])
    labels = (np.arange(TRAIN + TEST) % 10).astype(np.uint8)
    images = draws.integers(0, 256, (TRAIN + TEST, 32, 32, 3), np.uint8)
    planes = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    records = np.concatenate([labels[:, None], planes], axis=1)
    parts = np.split(records, [60, 120, 180, 240, 300])
    files = [*(f"data_batch_{k}.bin" for k in range(1, 6)), "test_batch.bin"]
    contents = {f"cifar-10-batches-bin/{n}": p.tobytes() for n, p in zip(files, parts, strict=True)}
    harmful = {"../data_batch_1.bin": b"x", "/etc/passwd": b"x", "cifar-10-batches-bin/more": b"x"}
    tables["cifar10"] = remote(
        folder / "cifar10", "cifar-10-binary.tar.gz", archive(harmful | contents)
    )
    sets["cifar10"] = (images[:TRAIN], labels[:TRAIN]), (images[TRAIN:], labels[TRAIN:])
    return sets, tables, folder


@pytest.fixture
def load(small, monkeypatch):
    """`load(name, ...)` reads the small files."""
    _, tables, folder = small
    monkeypatch.setattr(image_sets, "_MNIST", tables["mnist"])
    monkeypatch.setattr(image_sets, "_FASHION", tables["fashion_mnist"])
    monkeypatch.setattr(image_sets, "_CIFAR10", tables["cifar10"])
    monkeypatch.setenv("NNLAB_DATA", str(folder))

    def make(name, examples=TRAIN, test_examples=TEST, validation_examples=0, **options):
        return getattr(data, name)(examples, test_examples, validation_examples, **options)

    return make


NAMES = ("mnist", "fashion_mnist", "cifar10")


@pytest.mark.parametrize("name", NAMES)
def test_every_image_keeps_its_label_and_its_pixels(small, load, name):
    made = load(name, standardise=False, flat=False)
    assert made.name == name and made.classes == 10 and made.about
    for split, (images, labels) in zip((made.train, made.test), small[0][name], strict=True):
        assert split.x.shape == images.shape and split.x.dtype == np.float32
        ours = np.column_stack([split.y, np.rint(split.x * 255).reshape(len(split), -1)])
        theirs = np.column_stack([labels, images.reshape(len(images), -1)])
        assert sorted(ours.tolist()) == sorted(theirs.tolist())
    assert made.train.x.min() >= 0 and made.train.x.max() <= 1
    flat = load(name, standardise=False)
    assert np.array_equal(flat.train.x, made.train.x.reshape(TRAIN, -1))


@pytest.mark.parametrize("name", NAMES)
def test_channels_are_standardised_by_the_training_part_alone(load, name):
    made = load(name, 200, TEST, 50, flat=False)
    assert [len(s) for s in (made.train, made.validation, made.test)] == [150, 50, TEST]
    np.testing.assert_allclose(made.train.x.mean((0, 1, 2), dtype=np.float64), 0, atol=1e-5)
    np.testing.assert_allclose(made.train.x.std((0, 1, 2), dtype=np.float64), 1, atol=1e-5)
    assert not np.allclose(made.test.x.mean((0, 1, 2)), 0, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_smaller_set_is_part_of_a_larger_one_and_stratified(load, name):
    large = load(name, 200, 50, standardise=False)
    small = load(name, 100, 50, 20, standardise=False)
    assert np.array_equal(small.train.x, large.train.x[:80])
    assert np.array_equal(small.validation.x, large.train.x[80:100])
    assert np.array_equal(small.test.x, large.test.x)
    assert np.bincount(large.train.y[:100], minlength=10).tolist() == [10] * 10
    other = load(name, 200, 50, standardise=False, seed=1)
    assert other.fingerprint != large.fingerprint
    assert load(name, 200, 0).test.x.shape == (0, large.train.x.shape[1])


def test_constant_pictures_are_only_centred():
    mean, spread = image_sets._statistics(np.full((3, 2, 2, 1), 7, np.uint8))
    assert mean.tolist() == [7] and spread.tolist() == [1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"examples": 301}, "mnist: examples is 301; there are 300"),
        ({"examples": 0}, "whole number of at least 1"),
        ({"test_examples": 91}, "mnist: test_examples is 91; there are 90"),
        ({"validation_examples": 300}, "must leave at least one"),
        ({"seed": -1}, "seed is -1"),
        ({"folder": "nowhere"}, "no file nowhere/train-images"),
    ],
)
def test_wrong_arguments_are_told(load, options, told):
    with pytest.raises(NnlabError, match=re.escape(told)):
        load("mnist", **options)


def test_nothing_is_parsed_before_the_checksum(load, small, monkeypatch):
    def parsed(*arguments, **options):
        raise AssertionError("it was parsed")

    monkeypatch.setattr(gzip, "decompress", parsed)
    monkeypatch.setattr(tarfile, "open", parsed)
    for name in NAMES:
        table = small[1][name]
        wrong = table[0] if isinstance(table, tuple) else table
        file = small[2] / name / wrong.name
        sound = file.read_bytes()
        file.write_bytes(sound[:-1])
        with pytest.raises(NnlabError, match="is not the file meant"):
            load(name)
        file.write_bytes(sound)


def test_an_archive_with_a_part_missing_is_told():
    with pytest.raises(NnlabError, match=r"there is no cifar-10-batches-bin/data_batch_1"):
        image_sets._cifar_arrays(archive({"cifar-10-batches-bin/test_batch.bin": b""}))
    with pytest.raises(NnlabError, match="not an IDX file"):
        image_sets._idx(b"\x1f\x8b\x08\x01" + bytes(20))


def test_the_tables_are_those_published():
    """Lengths, SHA-256 and sources of all nine files; sources are https and of the same name."""
    files = [*image_sets._MNIST, *image_sets._FASHION, image_sets._CIFAR10]
    assert len({file.sha256 for file in files}) == 9
    for file in files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256) and file.size > 0
        assert len(file.sources) >= 2
        assert all(s.startswith("https://") and s.endswith(file.name) for s in file.sources)
    assert [f.size for f in image_sets._MNIST] == [9912422, 28881, 1648877, 4542]
    assert [f.size for f in image_sets._FASHION] == [26421880, 29515, 4422102, 5148]
    # A value that someone changes by accident is noticed here.
    joined = "".join(file.sha256 for file in files)
    assert sha256(joined.encode()).hexdigest().startswith("17ef3ae525c3ff49")
