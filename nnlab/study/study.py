"""Study: a trial, what varies, what is claimed and what is drawn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nnlab.errors import NnlabError
from nnlab.study.claims import Claim
from nnlab.study.factors import Factor
from nnlab.study.names import RESERVED, is_plain_name, nearest
from nnlab.study.presets import Preset
from nnlab.study.targets import Target

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.show import Figure

__all__ = ["Study"]


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question put to a population of networks.

    `trial(key, p, data)` describes one trial as a `learn.Trial` of pure JAX functions; `p` holds
    the value of each factor. `data(p)` returns what all seeds share (a `data.Dataset` or any
    tree of arrays); only static factors may be read there. `claims` are judged and `figures` drawn
    from the tidy table of the run: a list of `show.Figure` whose panels are functions of the table,
    or one function `figures(table)` that makes the list; `targets` are known numbers to be printed
    beside ours.
    `version` is raised by the author whenever the meaning of the results changes: older records
    are then no longer used. `name` and `card` are filled in from the file that holds the study.

    Raises `NnlabError`, one line, for every malformed part.
    """

    # Without a default Python itself would complain of a missing trial, in words of its own.
    trial: Callable[..., Any] = None  # type: ignore[assignment]
    factors: Mapping[str, Factor] = field(default_factory=dict)
    presets: Mapping[str, Preset] = field(default_factory=dict)
    data: Callable[[Any], Any] | None = None
    claims: Sequence[Claim] = ()
    targets: Sequence[Target] = ()
    figures: Callable[[DataFrame], Sequence[Figure]] | Sequence[Figure] = ()
    version: int = 1
    topic: str = ""
    name: str = ""
    card: str = ""

    def __post_init__(self) -> None:
        _check_trial(self.trial)
        _check_factors(self.factors)
        _check_presets(self.presets, self.factors)
        _check_claims(self.claims)
        _check_targets(self.targets)
        if self.data is not None and not callable(self.data):
            raise NnlabError("the study's data must be a function of the settings p")
        _check_figures(self.figures)
        if isinstance(self.version, bool) or not isinstance(self.version, int) or self.version < 1:
            raise NnlabError(f"the study's version must be a whole number from 1: {self.version!r}")
        for part in ("topic", "name", "card"):
            if not isinstance(getattr(self, part), str):
                raise NnlabError(f"the study's {part} must be text, not {getattr(self, part)!r}")

    def preset(self, name: str) -> Preset:
        """The preset of that name; `NnlabError` names the nearest."""
        if name not in self.presets:
            raise NnlabError(f"unknown preset {name!r}{nearest(name, self.presets)}")
        return self.presets[name]

    def factor(self, name: str) -> Factor:
        """The factor of that name; `NnlabError` names the nearest."""
        if name not in self.factors:
            raise NnlabError(f"unknown factor {name!r}{nearest(name, self.factors)}")
        return self.factors[name]


def _check_trial(trial: Any) -> None:
    if not callable(trial):
        raise NnlabError("the study's trial must be a function trial(key, p, data)")
    try:
        inspect.signature(trial).bind(None, None, None)
    except TypeError:
        raise NnlabError("the study's trial must take three arguments: key, p, data") from None
    except ValueError:
        return  # some compiled functions do not tell their arguments


def _check_factors(factors: Any) -> None:
    if not isinstance(factors, Mapping):
        raise NnlabError("the study's factors must be a dict of name: Traced, Sized or Static")
    for name, factor in factors.items():
        if not is_plain_name(name):
            raise NnlabError(f"a factor's name must be a plain identifier, not {name!r}")
        if name in RESERVED:
            raise NnlabError(f"factor {name!r}: nnlab uses this name itself; choose another")
        if not isinstance(factor, Factor) or not factor.kind:
            raise NnlabError(
                f"factor {name!r} must be declared Traced, Sized or Static, not {factor!r}"
            )
        if not factor.values:
            raise NnlabError(f"factor {name!r} needs at least one default value")
        try:
            for value in factor.values:
                factor.check(name, value)
        except NnlabError as error:
            raise NnlabError(f"factor {name!r}: {error}") from None


def _check_presets(presets: Any, factors: Mapping[str, Factor]) -> None:
    if not isinstance(presets, Mapping) or not presets:
        raise NnlabError("the study needs presets, such as {'quick': Preset(seeds=2, steps=100)}")
    for label, preset in presets.items():
        # It names a folder of results, beside that of the records.
        if not is_plain_name(label) or label.lower() == "records":
            raise NnlabError(f"a preset's name must be a plain identifier, not {label!r}")
        if not isinstance(preset, Preset):
            raise NnlabError(f"preset {label!r} must be a Preset(...), not {preset!r}")
        try:
            _check_values(preset, factors)
        except NnlabError as error:
            raise NnlabError(f"preset {label!r}: {error}") from None


def _check_values(preset: Preset, factors: Mapping[str, Factor]) -> None:
    linked = [name for names in preset.linked for name in names]
    for name in (*preset.factors, *linked):
        if name not in factors:
            raise NnlabError(f"unknown factor {name!r}{nearest(name, factors)}")
    twice = sorted({n for n in linked if linked.count(n) > 1 or n in preset.factors})
    if twice:
        raise NnlabError(f"factor {twice[0]!r} is given twice")
    for name, values in preset.factors.items():
        if not values:
            raise NnlabError(f"factor {name!r} has no values")
        for value in values:
            factors[name].check(name, value)
    for names, cells in preset.linked.items():
        for cell in cells:
            for name, value in zip(names, cell, strict=True):
                factors[name].check(name, value)


def _check_claims(claims: Any) -> None:
    if not isinstance(claims, Sequence) or not all(isinstance(c, Claim) for c in claims):
        raise NnlabError("the study's claims must be a list of Claim(...)")
    names = [claim.name for claim in claims]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NnlabError(f"claim {twice[0]!r} stands twice in the study")


def _check_figures(figures: Any) -> None:
    # Duck-typed, since drawing is a room behind this one.
    if callable(figures):
        return
    if not isinstance(figures, list | tuple) or not all(hasattr(f, "panels") for f in figures):
        raise NnlabError("the study's figures must be a list of Figures or a function of the table")
    names = [figure.name for figure in figures]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NnlabError(f"figure {twice[0]!r} stands twice in the study")


def _check_targets(targets: Any) -> None:
    if not isinstance(targets, Sequence) or not all(isinstance(t, Target) for t in targets):
        raise NnlabError("the study's targets must be a list of Target(...)")
    names = [target.name for target in targets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise NnlabError(f"target {twice[0]!r} stands twice in the study")
