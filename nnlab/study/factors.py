"""Factors: what varies between the trials of a study, and at what cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from nnlab.errors import NnlabError

__all__ = ["Factor", "Sized", "Static", "Traced", "Value"]

Value = bool | int | float | str


@dataclass(frozen=True, init=False)
class Factor:
    """One thing that varies: its default values, and how it is run.

    Use one of `Traced`, `Sized`, `Static`.
    """

    values: tuple[Value, ...]
    about: str = ""

    kind = ""

    def __init__(self, *values: Value, about: str = "", **more: Any) -> None:
        object.__setattr__(self, "values", _distinct(values))
        object.__setattr__(self, "about", about)
        for name, value in more.items():
            object.__setattr__(self, name, value)

    def check(self, name: str, value: Any) -> Value:
        """The value in this factor's own type; `NnlabError` if it does not fit."""
        raise NotImplementedError

    def parse(self, name: str, text: str) -> Value:
        """A value typed on the command line, checked."""
        raise NotImplementedError


@dataclass(frozen=True, init=False)
class Traced(Factor):
    """A number that changes no shape (learning rate, gain, noise level): vmapped, free.

    `low` and `high` bound what may be asked for, ends included.
    """

    low: float = -math.inf
    high: float = math.inf

    kind = "traced"

    def __init__(
        self, *values: float, low: float = -math.inf, high: float = math.inf, about: str = ""
    ) -> None:
        super().__init__(*values, about=about, low=low, high=high)

    def check(self, name: str, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise NnlabError(f"{name} takes numbers, not {value!r}")
        if not self.low <= value <= self.high:
            raise NnlabError(f"{name}={value:g} is out of range: {_range(self.low, self.high)}")
        return float(value)

    def parse(self, name: str, text: str) -> float:
        try:
            return self.check(name, float(text))
        except ValueError:
            raise NnlabError(f"{name} takes numbers, not {text!r}") from None


@dataclass(frozen=True, init=False)
class Sized(Factor):
    """A size of arrays (width, number of examples): padded to a bucket's capacity and masked.

    `exact=True` gives every value a program of its own, without padding: for what cannot be
    padded exactly (orthogonal initialisation, Adafactor, Muon).
    """

    exact: bool = False

    kind = "sized"

    def __init__(self, *values: int, exact: bool = False, about: str = "") -> None:
        super().__init__(*values, about=about, exact=exact)

    def check(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise NnlabError(f"{name} takes whole numbers, not {value!r}")
        if value < 1:
            raise NnlabError(f"{name}={value} is out of range: at least 1")
        return value

    def parse(self, name: str, text: str) -> int:
        try:
            return self.check(name, int(text))
        except ValueError:
            raise NnlabError(f"{name} takes whole numbers, not {text!r}") from None


@dataclass(frozen=True, init=False)
class Static(Factor):
    """What changes the program itself (depth, activation, optimizer): one compile a value.

    `choices` bounds what may be asked for; without it any value of the same type may.
    """

    choices: tuple[Value, ...] = field(default=())

    kind = "static"

    def __init__(self, *values: Value, choices: tuple[Value, ...] = (), about: str = "") -> None:
        super().__init__(*values, about=about, choices=tuple(choices))

    @property
    def type(self) -> type:
        """The common type of the default values; float if they mix whole and real numbers."""
        kinds = {type(value) for value in self.values}
        return float if kinds == {int, float} else kinds.pop()

    def check(self, name: str, value: Any) -> Value:
        wanted = self.type
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not wanted:
            raise NnlabError(f"{name} takes {_NAMES[wanted]}, not {value!r}")
        if self.choices and value not in self.choices:
            offered = ", ".join(map(str, self.choices))
            raise NnlabError(f"{name}={value} is not offered: choose from {offered}")
        return value

    def parse(self, name: str, text: str) -> Value:
        if self.type is bool:
            if text.lower() not in ("true", "false"):
                raise NnlabError(f"{name} takes true or false, not {text!r}")
            return self.check(name, text.lower() == "true")
        try:
            return self.check(name, self.type(text))
        except ValueError:
            raise NnlabError(f"{name} takes {_NAMES[self.type]}, not {text!r}") from None


_NAMES = {bool: "true or false", int: "whole numbers", float: "numbers", str: "text"}


def _range(low: float, high: float) -> str:
    if math.isinf(high):
        return f"at least {low:g}"
    if math.isinf(low):
        return f"at most {high:g}"
    return f"from {low:g} to {high:g}"


def _distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(values))
