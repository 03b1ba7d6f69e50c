"""Factors: what varies between the trials of a study, and at what cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nnlab.errors import NnlabError

__all__ = ["Factor", "Sized", "Static", "Traced", "Value", "plain", "plain_tuple"]

Value = bool | int | float | str

# What a traced int32 holds.
_LARGEST = 2**31 - 1


@dataclass(frozen=True, init=False)
class Factor:
    """One thing that varies: its default values, and how it is run.

    Use one of `Traced`, `Sized`, `Static`.
    """

    values: tuple[Value, ...]
    about: str = ""

    kind = ""

    def __init__(self, *values: Value, about: str = "", **more: Any) -> None:
        for value in values:
            if isinstance(plain(value), list | tuple | range | set | dict):
                raise NnlabError(
                    f"a factor takes its values one by one, as in {type(self).__name__}(1, 2), "
                    f"not {value!r}"
                )
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
        number = _real(name, value)
        if not self.low <= number <= self.high:
            raise NnlabError(f"{name}={number:g} is out of range: {_range(self.low, self.high)}")
        return number

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
        value = plain(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise NnlabError(f"{name} takes whole numbers, not {value!r}")
        if value < 1:
            raise NnlabError(f"{name}={value} is out of range: at least 1")
        if value > _LARGEST:
            raise NnlabError(f"{name} is out of range: at most {_LARGEST}")
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
        super().__init__(*values, about=about, choices=plain_tuple(choices))

    @property
    def type(self) -> type:
        """The common type of the default values; float if they mix whole and real numbers."""
        kinds = {type(value) for value in self.values}
        if kinds == {int, float}:
            return float
        if len(kinds) > 1 or not kinds <= set(_NAMES):
            raise NnlabError(
                "a static factor's values must be all text, all numbers or all true or false, "
                f"not {', '.join(map(repr, self.values))}"
            )
        return kinds.pop()

    def check(self, name: str, value: Any) -> Value:
        wanted, value = self.type, plain(value)
        if wanted is float:
            value = _real(name, value)
        if type(value) is not wanted or (wanted is str and not _is_text(value)):
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


def plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's own; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def plain_tuple(value: Any) -> tuple[Any, ...]:
    """One value, or a sequence of them, as a tuple; text is one value."""
    value = plain(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(map(plain, value))
    return (value,)


def _real(name: str, value: Any) -> float:
    value = plain(value)
    try:
        number = math.nan if isinstance(value, bool | str | bytes) else float(value)
    except OverflowError:
        raise NnlabError(f"{name} takes numbers of 64 bits, not one so large") from None
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise NnlabError(f"{name} takes numbers, not {value!r}")
    return number + 0.0  # -0.0 would be a trial of its own


def _is_text(value: str) -> bool:
    """Whether a file can hold it: not so for the stray bytes a terminal may pass on."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _distinct(values: tuple[Value, ...]) -> tuple[Value, ...]:
    # By type too: 1, 1.0 and True are equal in Python.
    return tuple({(type(value), value): value for value in map(plain, values)}.values())
