"""Gaussian linear teachers: y = w . x + noise, with x and noise Gaussian."""

from __future__ import annotations

import numpy as np

from nnlab.data.arguments import real, seed_of, whole
from nnlab.data.dataset import Dataset, from_splits
from nnlab.data.randomness import generator

__all__ = ["linear_teacher", "teacher_weights"]


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
