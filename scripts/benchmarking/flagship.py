"""A whole study, everything included, and the same work in the PyTorch loop, by extrapolation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .contenders import FLAGSHIP, OURS, TORCH
from .measure import Row, Say, asked, rates, yardstick
from .networks import forward_flops, step_flops
from .scale import Scale
from .team import Team
from .work import mean, spread

__all__ = ["Pace", "Part", "flagship_rows", "torch_seconds", "useful"]


class Part(NamedTuple):
    """Networks of one width: how many, their steps, and how often each is measured."""

    width: int
    networks: int
    steps: int
    records: int

    @property
    def model_steps(self) -> int:
        """Steps of all of them."""
        return self.networks * self.steps


class Pace(NamedTuple):
    """How fast the processes of a contender are together at one width: model-steps per second,
    seconds per measurement, and the model-steps that were taken to find out."""

    steps_per_second: float
    measurement_seconds: float
    taken: float


def useful(parts: Sequence[Part], examples: int) -> float:
    """Floating-point operations of training and measuring on so many examples, unpadded."""
    return sum(
        part.model_steps * step_flops(part.width)
        + part.networks * part.records * forward_flops(part.width, examples)
        for part in parts
    )


def torch_seconds(parts: Sequence[Part], paces: Mapping[int, Pace]) -> float:
    """The time of all networks at the paces measured for each width."""
    return sum(
        part.model_steps / paces[part.width].steps_per_second
        + part.networks * part.records * paces[part.width].measurement_seconds
        for part in parts
    )


def flagship_rows(
    teams: Sequence[Team],
    start: Callable[[Any], Team],
    scale: Scale,
    say: Say,
) -> list[Row]:
    """The study of double descent at preset standard, or of it what the scale says.

    PyTorch is measured before and after; `start` starts the process that runs the study.
    """
    asked_for = {
        "widths": list(scale.flagship_widths),
        "seeds": scale.flagship_seeds,
        "steps": scale.flagship_steps,
    }
    ours = start(FLAGSHIP)
    try:
        told = asked(ours, say, "work", **asked_for)
        if not told:
            return []
        parts = [Part(*part) for part in told[0]["work"]]
        whole, sets = [Part(*part) for part in told[0]["whole"]], told[0]["sets"]
        torch = next((team for team in teams if team.contender.name == TORCH), None)
        passes = [_torch_pass(torch, parts, sets, scale, say)]
        products = [yardstick(teams, scale, say)]
        networks = sum(part.networks for part in parts)
        say(f"double descent: {networks} networks for {parts[0].steps:,} steps each")
        answered = asked(ours, say, "run", **asked_for)
        if not answered:
            return []
        products.append(yardstick(teams, scale, say))
        passes.append(_torch_pass(torch, parts, sets, scale, say))
    finally:
        ours.close()
    examples, product = sum(sets), mean(products)
    base = {
        "part": "flagship",
        "networks": networks,
        "steps": parts[0].steps,
        "share_of_study": useful(parts, examples) / useful(whole, examples),
    }
    own = base | _our_row(answered[0], parts, examples, product)
    through = [paces for paces in passes if paces]
    return [own, *([base | _torch_row(through, parts, own)] if through else [])]


def _our_row(
    answer: Mapping[str, Any], parts: Sequence[Part], examples: int, product: float | None
) -> Row:
    seconds = answer["all_seconds"]
    flops = useful(parts, examples) / seconds
    taken = ("all_seconds", "engine_seconds", "planned_seconds", "compile_seconds", "programs")
    return {
        "contender": OURS,
        "rounds": 1,
        "share_measured": 1.0,
        "steps_per_second_all_included": sum(part.model_steps for part in parts) / seconds,
        "useful_flops": flops,
        "share_of_product": flops / product if product else None,
        "outcome_over_plan": answer["engine_seconds"] / answer["planned_seconds"],
        "padding_waste": answer["padding_waste"],
        "peak_memory_mb": answer["peak_memory"] / 1e6,
        **{name: answer[name] for name in taken},
    }


def _torch_row(
    passes: Sequence[Mapping[int, Pace]], parts: Sequence[Part], ours: Mapping[str, Any]
) -> Row:
    """PyTorch's time is that at its mean pace; the range is that of the passes."""
    seconds = [torch_seconds(parts, paces) for paces in passes]
    ratio = spread(each / ours["all_seconds"] for each in seconds)
    taken = sum(pace.taken for paces in passes for pace in paces.values())
    whole, model_steps = mean(seconds), sum(part.model_steps for part in parts)
    assert whole is not None
    return {
        "contender": TORCH,
        "rounds": len(passes),
        "all_seconds": whole,
        "share_measured": taken / model_steps,
        "steps_per_second_all_included": model_steps / whole,
        "ratio": whole / ours["all_seconds"],
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
    }


def _torch_pass(
    torch: Team | None, parts: Sequence[Part], sets: Sequence[int], scale: Scale, say: Say
) -> dict[int, Pace] | None:
    """Its pace at every width; none where it does not take part or fails."""
    if torch is None:
        return None
    paces, seconds = {}, scale.flagship_seconds
    for width in sorted({part.width for part in parts}):
        ready = asked(torch, say, "prepare", width=width, networks=1, seconds=seconds)
        steps = asked(torch, say, "run", seconds=seconds) if ready else None
        measured = asked(torch, say, "evaluate", sets=list(sets)) if steps else None
        if not steps or not measured:
            return None
        each = mean(answer["seconds"] for answer in measured)
        taken = sum(answer["model_steps"] for answer in steps)
        paces[width] = Pace(rates(steps), (each or 0.0) / len(torch), taken)
    return paces
