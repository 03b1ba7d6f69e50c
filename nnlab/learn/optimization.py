"""Optimizers by name: those of optax, with the one more fact that a padded network needs.

An optimizer is **width-safe** when every entry's update depends on that entry alone and is zero
for an entry whose weight and gradient have always been zero: then the padding of a sized layer
stays zero, and a padded network walks exactly the path of the unpadded one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import optax

from nnlab.errors import NnlabError
from nnlab.nn.choose import choose

from .elementwise import is_elementwise

__all__ = ["Optimizer", "Transformation", "is_width_safe", "optimizer", "optimizers"]


class Optimizer(NamedTuple):
    """One row of the table `optimizers`.

    Attributes:
      make: `(learning_rate, **options) -> optax.GradientTransformation`.
      width_safe: whether it may train padded networks.
      about: one line: the rule and its defaults, or why it is not width-safe.
    """

    make: Callable[..., optax.GradientTransformation]
    width_safe: bool
    about: str


class Transformation(NamedTuple):
    """An `optax.GradientTransformation` that says whether it is width-safe.

    To vouch for an optimizer of your own: `Transformation(own.init, own.update, width_safe=True)`.
    """

    init: Callable[[Any], Any]
    update: Callable[..., tuple[Any, Any]]
    width_safe: bool


def optimizer(name: str, learning_rate: Any, **options: Any) -> Transformation:
    """Makes the named optimizer.

    Args:
      name: a name in `optimizers`.
      learning_rate: a number, traced or not, or a schedule `step -> rate` (see `scheduled`).
      **options: those of the optax function of the same name; numbers may be traced.

    Raises:
      NnlabError: for an unknown name or option.
    """
    row = choose(optimizers, "optimizer", name)
    try:
        made = row.make(learning_rate, **options)
    except TypeError as error:
        raise NnlabError(f"optimizer '{name}' refuses its options: {error}") from error
    return Transformation(made.init, made.update, row.width_safe)


def is_width_safe(transformation: Any) -> bool:
    """Whether an optimizer may train padded networks: as declared, else read off its program."""
    declared = getattr(transformation, "width_safe", None)
    return is_elementwise(transformation) if declared is None else declared


def _momentum(learning_rate, momentum=0.9):
    return optax.sgd(learning_rate, momentum=momentum)


def _nesterov(learning_rate, momentum=0.9):
    return optax.sgd(learning_rate, momentum=momentum, nesterov=True)


def _noisy_sgd(learning_rate, key=None, **options):
    if key is None:
        raise NnlabError("optimizer 'noisy_sgd' draws noise: give key=nn.stream(key, 'noise')")
    return optax.noisy_sgd(learning_rate, key=key, **options)


def _muon(learning_rate, **options):
    return optax.contrib.muon(learning_rate, **options)


optimizers: dict[str, Optimizer] = {
    "sgd": Optimizer(optax.sgd, True, "w - rate * gradient"),
    "momentum": Optimizer(_momentum, True, "heavy ball (Polyak 1964), momentum 0.9"),
    "nesterov": Optimizer(_nesterov, True, "Nesterov's momentum (1983), 0.9"),
    "adagrad": Optimizer(optax.adagrad, True, "rate / sqrt(sum of squares) (Duchi et al. 2011)"),
    "rmsprop": Optimizer(optax.rmsprop, True, "rate / sqrt(running mean square), decay 0.9"),
    "adam": Optimizer(optax.adam, True, "Kingma and Ba 2015, b1 0.9, b2 0.999"),
    "adamw": Optimizer(
        optax.adamw, True, "Adam with decoupled weight decay 1e-4 (Loshchilov and Hutter 2019)"
    ),
    "lion": Optimizer(
        optax.lion, True, "sign of an interpolated momentum (Chen et al. 2023), weight decay 1e-3"
    ),
    "adafactor": Optimizer(
        optax.adafactor, False, "Shazeer and Stern 2018; scales by statistics of the whole matrix"
    ),
    "muon": Optimizer(_muon, False, "Jordan et al. 2024; orthogonalises the whole matrix"),
    "noisy_sgd": Optimizer(
        _noisy_sgd, False, "Neelakantan et al. 2015; noise fills the padding; needs key="
    ),
}
