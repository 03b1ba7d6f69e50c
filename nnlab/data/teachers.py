"""Teachers: a random linear function with noise, and the classes of a random ReLU network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from nnlab.data.arguments import real, seed_of, whole
from nnlab.data.dataset import Dataset, from_splits
from nnlab.data.randomness import generator

__all__ = ["linear_teacher", "relu_teacher", "relu_teacher_layers", "teacher_weights"]

# Inputs on which a ReLU teacher's units are centred: means to a hundredth of a standard deviation.
_REFERENCE = 10_000


def linear_teacher(
    examples: int,
    test_examples: int,
    features: int,
    noise: float = 0.0,
    norm: float = 1.0,
    seed: int = 0,
    validation_examples: int = 0,
) -> Dataset:
    """Examples of a random linear function; x [n, features] standard normal, y [n, 1].

    The weights are `teacher_weights(features, norm, seed)`; `noise` is the standard deviation of
    the Gaussian noise on the targets of all three parts, so the best possible squared test error is
    noise**2, as in Belkin, Hsu and Xu 2019. Each part, weights, inputs and noise are streams of
    their own: more test examples or other noise change no training input.
    Raises NnlabError for counts below 1 and negative noise or norm.
    """
    counts = {
        "train": whole("linear_teacher", "examples", examples, 1),
        "validation": whole("linear_teacher", "validation_examples", validation_examples, 0),
        "test": whole("linear_teacher", "test_examples", test_examples, 0),
    }
    weights = teacher_weights(features, norm, seed)
    noise, seed = real("linear_teacher", "noise", noise, 0.0), seed_of("linear_teacher", seed)

    def drawn(part: str) -> tuple[np.ndarray, np.ndarray]:
        shape = counts[part], weights.size
        x = generator(seed, f"linear_teacher.{part}.x").standard_normal(shape)
        deviations = generator(seed, f"linear_teacher.{part}.noise").standard_normal(shape[0])
        return x, (x @ weights + noise * deviations)[:, None]

    return from_splits(
        "linear_teacher",
        train=drawn("train"),
        validation=drawn("validation"),
        test=drawn("test"),
        about=f"y = w . x + noise, {weights.size} standard normal features, |w| = {norm:g}, "
        f"noise s.d. {noise:g}, seed {seed}",
    )


def teacher_weights(features: int, norm: float = 1.0, seed: int = 0) -> np.ndarray:
    """The weights [features] (float64) of the teacher: a random direction of length `norm`."""
    features = whole("linear_teacher", "features", features, 1)
    norm = real("linear_teacher", "norm", norm, 0.0)
    stream = generator(seed_of("linear_teacher", seed), "linear_teacher.weights")
    direction = stream.standard_normal(features)
    return norm * direction / np.linalg.norm(direction)


def relu_teacher(
    examples: int,
    test_examples: int,
    features: int = 40,
    hidden: Sequence[int] = (8, 8, 8, 8),
    classes: int = 10,
    seed: int = 0,
    validation_examples: int = 0,
) -> Dataset:
    """Examples labelled by a random ReLU network; x [n, features] standard normal, y [n].

    The label is the largest output of the network `relu_teacher_layers(features, hidden, classes,
    seed)`: no label is noisy, and a student of at least these widths and layers can have all right.
    Each part and the network are streams of their own: more test examples change no training input.
    Raises NnlabError for counts below 1, and fewer than two classes.
    """
    counts = {
        "train": whole("relu_teacher", "examples", examples, 1),
        "validation": whole("relu_teacher", "validation_examples", validation_examples, 0),
        "test": whole("relu_teacher", "test_examples", test_examples, 0),
    }
    layers = relu_teacher_layers(features, hidden, classes, seed)

    def drawn(part: str) -> tuple[np.ndarray, np.ndarray]:
        stream = generator(seed, f"relu_teacher.{part}.x")
        x = stream.standard_normal((counts[part], features)).astype(np.float32)
        return x, _outputs(layers, x).argmax(axis=1)

    return from_splits(
        "relu_teacher",
        train=drawn("train"),
        validation=drawn("validation"),
        test=drawn("test"),
        classes=classes,
        about=f"{classes} classes by a random ReLU network with hidden layers of "
        f"{', '.join(map(str, hidden))} units, {features} standard normal features, seed {seed}",
    )


def relu_teacher_layers(
    features: int = 40, hidden: Sequence[int] = (8, 8, 8, 8), classes: int = 10, seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """(kernel [in, out], bias [out]), float64, of each layer of the teacher; the last is linear.

    Weights are Gaussian; then every unit and output is shifted and scaled to mean 0 and variance 1
    over standard normal inputs. Without that a deep random network is nearly constant (the
    outputs of two inputs grow alike from layer to layer) and one class has nearly all examples.
    """
    sizes = [whole("relu_teacher", "features", features, 1)]
    sizes += [whole("relu_teacher", "hidden", units, 1) for units in hidden]
    sizes += [whole("relu_teacher", "classes", classes, 2)]
    seed = seed_of("relu_teacher", seed)
    h = generator(seed, "relu_teacher.reference").standard_normal((_REFERENCE, features))
    layers = []
    for place, shape in enumerate(itertools.pairwise(sizes)):
        kernel = generator(seed, f"relu_teacher.layer_{place}").standard_normal(shape)
        signal = h @ kernel
        # A unit whose inputs are never on has nothing to be scaled.
        scale = np.maximum(signal.std(axis=0), 1e-12)
        layers.append((kernel / scale, -signal.mean(axis=0) / scale))
        h = np.maximum(signal / scale + layers[-1][1], 0.0)
    return layers


def _outputs(layers: list[tuple[np.ndarray, np.ndarray]], x: np.ndarray) -> np.ndarray:
    """Outputs [n, classes] of the teacher at x [n, features]."""
    *inner, (kernel, bias) = layers
    h = np.asarray(x, dtype=np.float64)
    for weights, shift in inner:
        h = np.maximum(h @ weights + shift, 0.0)
    return h @ kernel + bias
