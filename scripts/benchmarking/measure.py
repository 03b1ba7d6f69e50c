"""What is asked of the contenders, round by round, and the rows that come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .contenders import MEMORY, OURS, PRODUCT
from .networks import CHANNELS, step_bytes, step_flops
from .scale import Scale
from .team import Failed, Team
from .work import mean, paired_ratios, rotated, spread

__all__ = [
    "Answers",
    "Row",
    "Say",
    "asked",
    "cnn_rows",
    "lane_rows",
    "rates",
    "seed_rows",
    "sweep_rows",
    "width_rows",
    "yardstick",
]

Say = Callable[[str], None]
Answers = list[dict[str, Any]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Rounds:
    """What the contenders that came through all rounds answered, by name."""

    prepared: Mapping[str, Answers]
    answers: Mapping[str, list[Answers]]

    @property
    def rates(self) -> dict[str, list[float]]:
        """Model-steps per second, round by round."""
        return {name: list(map(rates, told)) for name, told in self.answers.items()}


def rates(answers: Answers) -> float:
    """Model-steps per second of the processes of a contender together."""
    return sum(a["model_steps"] for a in answers) / max(a["seconds"] for a in answers)


def width_rows(
    teams: Sequence[Team], width: int, scale: Scale, say: Say, kind: str = "mlp"
) -> list[Row]:
    """Paired rounds at one width: a row for each contender, ours first; of kind "cnn" the width
    is that of the channels."""
    involved = [team for team in teams if team.contender.name != MEMORY]
    found = _rounds(involved, scale, say, width=width, kind=kind, networks=scale.networks)
    part = "widths" if kind == "mlp" else "cnn"
    return [_row(part, name, width, kind, found, scale) for name in found.answers]


def cnn_rows(teams: Sequence[Team], scale: Scale, say: Say) -> list[Row]:
    """Paired rounds with the convolutional network of MNIST-1D."""
    return width_rows(teams, CHANNELS, scale, say, kind="cnn")


def lane_rows(teams: Sequence[Team], width: int, lanes: int, scale: Scale, say: Say) -> list[Row]:
    """So many networks at once, beside the product and the memory: which of them binds."""
    involved = [team for team in teams if team.contender.name in (OURS, PRODUCT, MEMORY)]
    found = _rounds(involved, scale, say, width=width, networks=lanes, exact=True)
    if OURS not in found.answers:
        return []
    row = _row("lanes", OURS, width, "mlp", found, scale)
    if MEMORY in found.rates:
        shares = paired_ratios(found.rates[OURS], found.rates[MEMORY])
        row["share_of_bandwidth"] = step_bytes(width) * spread(shares).median
        row["memory_bytes_per_second"] = spread(found.rates[MEMORY]).median
    shares = {
        name: row[column]
        for name, column in (("product", "share_of_product"), ("memory", "share_of_bandwidth"))
        if column in row
    }
    return [row | {"binds": max(shares, key=shares.__getitem__) if shares else None}]


def seed_rows(team: Team, scale: Scale, say: Say) -> list[Row]:
    """What a trial of the narrowest network takes, by the number of seeds."""
    about = {"width": scale.seeds_width, "steps": scale.seeds_steps, "rounds": scale.rounds}
    told = asked(team, say, "grow", seeds=list(scale.seeds), **about)
    return [
        {
            "part": "seeds",
            "contender": team.contender.name,
            **about,
            "networks": run["seeds"],
            "compile_seconds": run["compile_seconds"],
            "seconds_per_trial": run["seconds_per_trial"],
            "overhead_ms_per_trial": 1e3 * run["overhead_seconds_per_trial"],
        }
        for run in (told[0]["runs"] if told else [])
    ]


def sweep_rows(teams: Sequence[Team], scale: Scale, say: Say) -> list[Row]:
    """A run of many widths, once, everything included: planning, compiling, writing."""
    widths, seeds, steps = list(scale.sweep_widths), scale.sweep_seeds, scale.sweep_steps
    before = yardstick(teams, scale, say)
    told = asked(teams[0], say, "sweep", widths=widths, seeds=seeds, steps=steps)
    if not told:
        return []
    product = mean([before, yardstick(teams, scale, say)])
    answer = told[0]
    taken = ("programs", "compile_seconds", "all_seconds", "planned_seconds", "networks")
    return [
        {
            "part": "sweep",
            "contender": teams[0].contender.name,
            "steps": scale.sweep_steps,
            "rounds": 1,
            "steps_per_second_all_included": answer["model_steps"] / answer["all_seconds"],
            "useful_flops": answer["useful_flops"],
            "share_of_product": answer["useful_flops"] / product if product else None,
            "engine_seconds": answer["all_seconds"],
            "outcome_over_plan": answer["all_seconds"] / answer["planned_seconds"],
            "padding_waste": answer["padding_waste"],
            "idle_lanes": answer["idle_lanes"],
            "peak_memory_mb": answer["peak_memory"] / 1e6,
            **{name: answer[name] for name in taken},
        }
    ]


def yardstick(teams: Sequence[Team], scale: Scale, say: Say) -> float | None:
    """The rate of the large matrix product now, FLOP/s; none where it does not take part."""
    for team in teams:
        if team.contender.name == PRODUCT and asked(team, say, "prepare"):
            told = asked(team, say, "run", seconds=scale.seconds)
            return rates(told) if told else None
    return None


def asked(team: Team, say: Say, do: str, **arguments: Any) -> Answers | None:
    """The answers, or none and a line that says why."""
    try:
        return team.ask(do, **arguments)
    except Failed as error:
        width = arguments.get("width", "")
        say(f"{team.contender.name}: left out, {do} {width} failed: {error}")
        return None


def _rounds(teams: Sequence[Team], scale: Scale, say: Say, networks: int, **what: Any) -> Rounds:
    prepared, by_name = {}, {team.contender.name: team for team in teams}
    for name, team in by_name.items():
        each = {"networks": max(1, networks // len(team)), "seconds": scale.seconds, **what}
        told = asked(team, say, "prepare", **each)
        if told:
            prepared[name] = told
    measured: dict[str, list[Answers]] = {name: [] for name in prepared}
    for order in rotated(list(prepared), scale.rounds):
        for name in order:
            told = asked(by_name[name], say, "run", seconds=scale.seconds)
            measured[name].append(told or [])
    return Rounds(prepared, {name: told for name, told in measured.items() if all(told)})


def _row(part: str, name: str, width: int, kind: str, found: Rounds, scale: Scale) -> Row:
    all_rates = found.rates
    told, flops = spread(all_rates[name]), step_flops(width, kind)
    row: Row = {"part": part, "contender": name, "width": width, "rounds": scale.rounds}
    if name == PRODUCT:
        return row | {"useful_flops": told.median}
    prepared, answers = found.prepared[name], found.answers[name]
    row |= {
        "processes": len(prepared),
        "steps_per_second": told.median,
        "steps_per_second_low": told.low,
        "steps_per_second_high": told.high,
        "useful_flops": told.median * flops,
        "compile_seconds": max(a["compile_seconds"] for a in prepared),
        "peak_memory_mb": sum(a["peak_memory"] for a in answers[-1]) / 1e6,
    }
    if PRODUCT in all_rates:
        shares = paired_ratios(all_rates[name], all_rates[PRODUCT])
        row["share_of_product"] = flops * spread(shares).median
    if name == OURS:
        whole = [a[0]["model_steps"] / a[0]["all_seconds"] for a in answers]
        row |= {
            "networks": answers[-1][0]["networks"],
            "steps_per_second_all_included": spread(whole).median,
            "padding_waste": answers[-1][0]["padding_waste"],
            "idle_lanes": answers[-1][0]["idle_lanes"],
        }
    elif OURS in all_rates:
        ratio = spread(paired_ratios(all_rates[OURS], all_rates[name]))
        row |= {"ratio": ratio.median, "ratio_low": ratio.low, "ratio_high": ratio.high}
    return row
