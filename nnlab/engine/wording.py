"""Wording: programs in few words, by the settings that tell them apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nnlab.engine.planner import Plan, Program

__all__ = ["describe", "describe_static"]


def describe(program: Program, plan: Plan) -> str:
    """A program in few words: its capacities and static settings that not all programs share."""
    parts = [f"{name} ≤ {capacity}" for name, capacity in program.capacities]
    parts += describe_static(program.static, (each.static for each in plan.programs))
    return ", ".join(parts) or "all trials"


def describe_static(
    static: tuple[tuple[str, Any], ...], among: Iterable[tuple[tuple[str, Any], ...]]
) -> list[str]:
    """Those static settings, each in words, that not all of `among` share."""
    fields = [dict(each) for each in among]
    return [
        f"{name} {value}"
        for name, value in static
        if len({str(values[name]) for values in fields}) > 1
    ]
