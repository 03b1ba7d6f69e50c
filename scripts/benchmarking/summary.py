"""The few figures to quote from a table of the benchmark, beside what was aimed at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd

from .contenders import OURS, TORCH
from .work import largest_rise

__all__ = ["NOISE", "Figure", "figures", "rows_of", "sentence", "summary"]

Table = Any  # a DataFrame: type checkers do not see that choosing rows of one gives one

NOISE = 0.05  # a time per trial that rises by less has not risen
# What was aimed at: times the PyTorch loop, by width; the last figure is that on a GPU.
WIDTHS, NETWORK, STUDY, ON_GPU = {16: 12.0, 64: 5.0, 200: 1.8, 400: 1.2}, 4.0, 5.0, 300.0
SHARE, OVERHEAD_MS, PLAN = 0.35, 1.0, 1.5


class Figure(NamedTuple):
    """One figure: what it is, in words what it came to and was aimed at, and whether it got there
    (None where nothing was aimed at)."""

    what: str
    found: str
    aim: str = ""
    reached: bool | None = None


def summary(table: Table, platform: str = "cpu") -> list[str]:
    """The figures, a line each, and below them the sentence that the README quotes."""
    rows = figures(table, platform)
    wide = max((len(row.what) for row in rows), default=0)
    verdict = {True: "reached", False: "not reached", None: ""}
    told = [
        f"{row.what:<{wide}}  {row.found:>9}  {row.aim:<16} {verdict[row.reached]}".rstrip()
        for row in rows
    ]
    return [*told, "", sentence(table)] if told else ["the table holds nothing to quote"]


def figures(table: Table, platform: str = "cpu") -> list[Figure]:
    """The figures of those parts that the table holds."""
    return [
        *_ratios(table, platform),
        *_flagship(table),
        *_growth(table),
        *_plans(table),
        *_lanes(table),
    ]


def sentence(table: Table) -> str:
    """The ratios to the PyTorch loop and the share of the product, as the README says them."""
    found = []
    loop = table[table.contender == TORCH]
    for number, row in enumerate(rows_of(loop[loop.part == "widths"])):
        found.append(f"{row.ratio:.1f}x at {row.width:.0f}{'' if number else ' hidden units'}")
    for row in rows_of(loop[loop.part == "cnn"]):
        found.append(f"{row.ratio:.1f}x for the MNIST-1D convolutional network")
    if not found:
        return ""
    count = loop.processes.max()
    peer = "a PyTorch loop with a process on each core"
    peer += f" ({count:.0f} of them)" if count > 1 else ""
    text = f"nnlab against {peer}: {', '.join(found)}."
    study = table[(table.part == "flagship") & (table.share_of_study > 0.999)]
    for row in rows_of(study[study.contender == OURS]):
        text += f" The whole of `double_descent` took {row.all_seconds:.0f} s"
        ratio = study.loc[study.contender == TORCH, "ratio"]
        text += f", {ratio.iloc[0]:.1f}x as fast" if len(ratio) else ""
        text += f", at {row.share_of_product:.0%} of a large matrix product's rate."
    return text


def rows_of(table: Table) -> Iterator[Any]:
    """The rows, each with its columns as attributes."""
    yield from table.itertuples()


def _ratios(table: Table, platform: str) -> list[Figure]:
    found = []
    for row in rows_of(table[table.part.isin(["widths", "cnn"]) & table.ratio.notna()]):
        network = f"{row.width:.0f} hidden units"
        aim = WIDTHS.get(int(row.width)) if platform == "cpu" else ON_GPU * (row.width <= 64)
        if row.part == "cnn":
            network, aim = "convolutional network", NETWORK if platform == "cpu" else None
        what = f"{network}, times {row.contender}"
        if row.contender != TORCH or not aim:
            found.append(Figure(what, f"{row.ratio:.2f}x"))
        else:
            found.append(_at_least(what, row.ratio, aim))
    return found


def _flagship(table: Table) -> list[Figure]:
    """Of a part of the study nothing is expected: compiling it takes as long as all of it."""
    found = []
    for row in rows_of(table[table.part == "flagship"]):
        whole = row.share_of_study > 0.999
        what = "double descent" if whole else f"{row.share_of_study:.1%} of double descent"
        if row.contender == OURS:
            found.append(Figure(f"{what}, everything included", f"{row.all_seconds:.0f} s"))
            share, name = row.share_of_product, f"{what}, share of the product's rate"
            reached, aim = bool(share >= SHARE), f"at least {SHARE:.0%}"
            if pd.notna(share):
                told = Figure(name, f"{share:.0%}")
                found.append(told._replace(aim=aim, reached=reached) if whole else told)
        elif whole:
            found.append(_at_least(f"{what}, times {row.contender}", row.ratio, STUDY))
        else:
            found.append(Figure(f"{what}, times {row.contender}", f"{row.ratio:.2f}x"))
    return found


def _growth(table: Table) -> list[Figure]:
    seeds = table[table.part == "seeds"].sort_values("networks")
    if seeds.empty:
        return []
    few, most = seeds[seeds.networks <= 64], seeds.iloc[-1]
    rise = largest_rise(list(few.seconds_per_trial))
    first = seeds.iloc[0]
    # What a run costs once is spread over its trials; the rest is what each of them adds.
    each = most.overhead_ms_per_trial
    if most.networks > first.networks:
        total = most.overhead_ms_per_trial * most.networks
        each = (total - first.overhead_ms_per_trial * first.networks) / (
            most.networks - first.networks
        )
    counts = f"{first.networks:.0f} to {few.networks.max():.0f} seeds"
    at_most = f"at most {OVERHEAD_MS:.0f} ms"
    return [
        Figure(
            f"largest rise of the time per trial, {counts}",
            f"{rise:.1%}",
            f"noise: {NOISE:.0%}",
            rise <= NOISE,
        ),
        Figure(
            f"all but training, a trial of {most.networks:.0f}",
            f"{most.overhead_ms_per_trial:.2f} ms",
            at_most,
            bool(most.overhead_ms_per_trial < OVERHEAD_MS),
        ),
        Figure(
            "all but training, a further trial", f"{each:.2f} ms", at_most, bool(each < OVERHEAD_MS)
        ),
        Figure("all but training, a run of one trial", f"{first.overhead_ms_per_trial:.0f} ms"),
    ]


def _plans(table: Table) -> list[Figure]:
    return [
        Figure(
            f"{row.part}: outcome over plan",
            f"{row.outcome_over_plan:.2f}",
            f"{1 / PLAN:.2f} to {PLAN:.2f}",
            bool(1 / PLAN <= row.outcome_over_plan <= PLAN),
        )
        for row in rows_of(table[table.outcome_over_plan.notna()])
    ]


def _lanes(table: Table) -> list[Figure]:
    """At each width the number of lanes that is quickest, and what binds there."""
    found = []
    for width, rows in table[table.part == "lanes"].groupby("width"):
        best = rows.loc[rows.steps_per_second.idxmax()]
        shares = best[["share_of_product", "share_of_bandwidth"]].max()
        what = f"{width:.0f} hidden units, {best.networks:.0f} at once: share of the {best.binds}"
        found.append(Figure(what, f"{shares:.1%}"))
    return found


def _at_least(what: str, found: float, aim: float) -> Figure:
    return Figure(what, f"{found:.2f}x", f"at least {aim:g}x", bool(found >= aim))
