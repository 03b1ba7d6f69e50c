"""The real data sets that come with scikit-learn: nothing is downloaded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlab.data.dataset import Dataset, from_arrays

__all__ = ["breast_cancer", "diabetes", "digits", "iris", "wine"]


def digits(
    *,
    test: int | float = 0.25,
    validation: int | float = 0,
    seed: int = 0,
    standardise: bool = True,
) -> Dataset:
    """Handwritten digits: 1797 images of 8 x 8 pixels, x [n, 64], ten classes.

    As in all sets of this file, `test` and `validation` are counts (int) or shares (float) that
    `seed` draws at random, in proportion to the classes, and `standardise` brings each feature to
    mean 0 and standard deviation 1 by the statistics of the training part alone. Without it the
    pixels lie in [0, 1]. Raises NnlabError for sizes that leave nothing to train on.
    Source: UCI, Optical Recognition of Handwritten Digits (Alpaydin and Kaynak 1998), test part.
    """
    x, y = _load("digits")
    return from_arrays(
        "digits",
        x / 16.0,
        y,
        test=test,
        validation=validation,
        seed=seed,
        standardise=standardise,
        classes=10,
        about="8 x 8 images of handwritten digits (UCI, Alpaydin and Kaynak 1998)",
    )


def breast_cancer(
    *,
    test: int | float = 0.25,
    validation: int | float = 0,
    seed: int = 0,
    standardise: bool = True,
) -> Dataset:
    """Breast cancer, Wisconsin diagnostic: 569 tumours, x [n, 30]; 0 malignant, 1 benign.

    Arguments as in `digits`. Source: UCI (Wolberg, Street and Mangasarian 1995).
    """
    x, y = _load("breast_cancer")
    return from_arrays(
        "breast_cancer",
        x,
        y,
        test=test,
        validation=validation,
        seed=seed,
        standardise=standardise,
        classes=2,
        about="measurements of breast tumours, malignant or benign (UCI, Wolberg et al. 1995)",
    )


def wine(
    *,
    test: int | float = 0.25,
    validation: int | float = 0,
    seed: int = 0,
    standardise: bool = True,
) -> Dataset:
    """Wine: 178 chemical analyses, x [n, 13], three cultivars.

    Arguments as in `digits`. Source: UCI (Aeberhard and Forina 1991).
    """
    x, y = _load("wine")
    return from_arrays(
        "wine",
        x,
        y,
        test=test,
        validation=validation,
        seed=seed,
        standardise=standardise,
        classes=3,
        about="chemical analyses of wines of three cultivars (UCI, Aeberhard and Forina 1991)",
    )


def iris(
    *,
    test: int | float = 0.25,
    validation: int | float = 0,
    seed: int = 0,
    standardise: bool = True,
) -> Dataset:
    """Iris: 150 flowers, x [n, 4] (lengths and widths of sepal and petal), three species.

    Arguments as in `digits`. Source: Fisher 1936.
    """
    x, y = _load("iris")
    return from_arrays(
        "iris",
        x,
        y,
        test=test,
        validation=validation,
        seed=seed,
        standardise=standardise,
        classes=3,
        about="lengths and widths of iris flowers of three species (Fisher 1936)",
    )


def diabetes(
    *,
    test: int | float = 0.25,
    validation: int | float = 0,
    seed: int = 0,
    standardise: bool = True,
) -> Dataset:
    """Diabetes: 442 patients, x [n, 10], y [n, 1] the progression a year later (25 to 346).

    Regression: `standardise` scales the target too, so that always answering the training mean
    has squared error 1 on the training part. Other arguments as in `digits`.
    Source: Efron, Hastie, Johnstone and Tibshirani 2004, Least Angle Regression; raw units.
    """
    # scaled=False: scikit-learn's own scaling uses all rows, test part included.
    x, y = _load("diabetes", scaled=False)
    return from_arrays(
        "diabetes",
        x,
        y.astype(np.float64),
        test=test,
        validation=validation,
        seed=seed,
        standardise=standardise,
        about="progression of diabetes in a year from ten measurements (Efron et al. 2004)",
    )


def _load(name: str, **options: object) -> tuple[np.ndarray, np.ndarray]:
    import sklearn.datasets  # takes a second to import

    load: Callable[..., tuple[np.ndarray, np.ndarray]] = getattr(sklearn.datasets, f"load_{name}")
    return load(return_X_y=True, **options)
