"""What is asked of the contenders, round by round, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .contenders import OURS, PRODUCT
from .team import Failed, Team
from .work import paired_ratios, rotated, spread, step_flops

__all__ = ["Scale", "full", "growth_row", "quick", "rates", "sweep_row", "width_rows"]

Say = Callable[[str], None]
Answers = list[dict[str, Any]]


@dataclass(frozen=True)
class Scale:
    """How much is measured. `seconds`: of a contender a round; `networks`: of a width, at most."""

    seconds: float
    rounds: int
    networks: int
    seeds: tuple[int, ...]
    seeds_steps: int
    sweep_seeds: int
    sweep_steps: int
    widths: tuple[int, ...] = (16, 64, 200, 400)
    seeds_width: int = 16
    sweep_widths: tuple[int, ...] = (8, 16, 24, 36, 52, 64, 100, 150, 200, 280, 400)


def full(platform: str) -> Scale:
    """Under twelve minutes on two cores."""
    if platform == "cpu":
        return Scale(2.0, 7, 32, tuple(2**k for k in range(9)), 2000, 4, 2000)
    return Scale(2.0, 7, 1024, tuple(2**k for k in range(13)), 2000, 10, 4000)


def quick(platform: str) -> Scale:
    """One or two minutes on two cores."""
    if platform == "cpu":
        return Scale(0.4, 5, 32, (1, 16, 256), 300, 2, 300)
    return Scale(0.4, 5, 1024, (1, 64, 4096), 300, 2, 300)


def width_rows(teams: Sequence[Team], width: int, scale: Scale, say: Say) -> list[dict[str, Any]]:
    """Paired rounds at one width: a row for each contender, ours and the matrix product first."""
    prepared = {}
    for team in teams:
        each = max(1, scale.networks // len(team))
        told = _ask(team, say, "prepare", width=width, networks=each, seconds=scale.seconds)
        if told:
            prepared[team.contender.name] = (team, told)
    measured: dict[str, list[Answers]] = {name: [] for name in prepared}
    for order in rotated(list(prepared), scale.rounds):
        for name in order:
            told = _ask(prepared[name][0], say, "run", seconds=scale.seconds)
            measured[name].append(told or [])
    whole = {name: rounds for name, rounds in measured.items() if all(rounds)}
    found = {name: list(map(rates, rounds)) for name, rounds in whole.items()}
    return [_width_row(name, width, found, prepared[name][1], whole[name], scale) for name in found]


def rates(answers: Answers) -> float:
    """Model-steps per second of the processes of a contender together."""
    return sum(a["model_steps"] for a in answers) / max(a["seconds"] for a in answers)


def growth_row(team: Team, seeds: int, scale: Scale, say: Say) -> dict[str, Any] | None:
    """What a trial of the narrowest network takes when there are so many seeds."""
    told = _ask(
        team,
        say,
        "grow",
        width=scale.seeds_width,
        seeds=seeds,
        steps=scale.seeds_steps,
        rounds=scale.rounds,
    )
    if not told:
        return None
    return {
        "part": "seeds",
        "contender": team.contender.name,
        "width": scale.seeds_width,
        "networks": seeds,
        "steps": scale.seeds_steps,
        "rounds": scale.rounds,
        "compile_seconds": told[0]["compile_seconds"],
        "seconds_per_trial": told[0]["seconds_per_trial"],
        "overhead_ms_per_trial": 1e3 * told[0]["overhead_seconds_per_trial"],
    }


def sweep_row(team: Team, scale: Scale, product: float | None, say: Say) -> dict[str, Any] | None:
    """A run of many widths, once, everything included: planning, compiling, writing."""
    told = _ask(
        team,
        say,
        "sweep",
        widths=list(scale.sweep_widths),
        seeds=scale.sweep_seeds,
        steps=scale.sweep_steps,
    )
    if not told:
        return None
    answer = told[0]
    taken = ("programs", "compile_seconds", "all_seconds", "planned_seconds")
    return {
        "part": "sweep",
        "contender": team.contender.name,
        "networks": answer["networks"],
        "steps": scale.sweep_steps,
        "rounds": 1,
        "steps_per_second_all_included": answer["model_steps"] / answer["all_seconds"],
        "useful_flops": answer["useful_flops"],
        "share_of_product": answer["useful_flops"] / product if product else None,
        "padding_waste": answer["padding_waste"],
        "idle_lanes": answer["idle_lanes"],
        "peak_memory_mb": answer["peak_memory"] / 1e6,
        **{name: answer[name] for name in taken},
    }


def _width_row(
    name: str,
    width: int,
    found: Mapping[str, list[float]],
    prepared: Answers,
    answers: list[Answers],
    scale: Scale,
) -> dict[str, Any]:
    told = spread(found[name])
    row = {"part": "widths", "contender": name, "width": width, "rounds": scale.rounds}
    if name == PRODUCT:
        return row | {"useful_flops": told.median}
    row |= {
        "processes": len(prepared),
        "steps_per_second": told.median,
        "steps_per_second_low": told.low,
        "steps_per_second_high": told.high,
        "useful_flops": told.median * step_flops(width),
        "compile_seconds": max(a["compile_seconds"] for a in prepared),
        "peak_memory_mb": sum(a["peak_memory"] for a in answers[-1]) / 1e6,
    }
    if PRODUCT in found:
        shares = paired_ratios(found[name], found[PRODUCT])
        row["share_of_product"] = step_flops(width) * spread(shares).median
    if name == OURS:
        whole = [a[0]["model_steps"] / a[0]["all_seconds"] for a in answers]
        row |= {
            "networks": answers[-1][0]["networks"],
            "steps_per_second_all_included": spread(whole).median,
            "padding_waste": answers[-1][0]["padding_waste"],
            "idle_lanes": answers[-1][0]["idle_lanes"],
        }
    elif OURS in found:
        ratio = spread(paired_ratios(found[OURS], found[name]))
        row |= {"ratio": ratio.median, "ratio_low": ratio.low, "ratio_high": ratio.high}
    return row


def _ask(team: Team, say: Say, do: str, **arguments: Any) -> Answers | None:
    """The answers, or none and a line that says why."""
    try:
        return team.ask(do, **arguments)
    except Failed as error:
        width = arguments.get("width", "")
        say(f"{team.contender.name}: left out, {do} {width} failed: {error}")
        return None
