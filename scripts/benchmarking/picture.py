"""The figure of the benchmark: rates, ratios and shares by width, and how times grow."""

from __future__ import annotations

import pandas as pd

from nnlab import show

from .contenders import CONTENDERS, OURS, PRODUCT, TORCH
from .summary import rows_of

__all__ = ["figure"]

ACROSS = "hidden units per layer"


def figure(table: pd.DataFrame) -> show.Figure | None:
    """The panels that the table has rows for; none where it has none."""
    panels = [*_widths(table), *_lanes(table), *_seeds(table)]
    if not panels:
        return None
    caption = (
        "Speed of training MLPs 40-w-w-10 (batch 100, SGD with momentum 0.9, float32) with nnlab "
        "and its peers on the same machine, in turns: medians and ranges over the rounds."
        + _told(table)
    )
    return show.Figure("speed", panels, caption, interval="range over rounds")


def _widths(table: pd.DataFrame) -> list[show.Panel]:
    widths = table.loc[(table.part == "widths") & (table.contender != PRODUCT)]
    panels = []
    rates = _by_contender(widths, "steps_per_second")
    if rates:
        panels.append(show.Panel(rates, ACROSS, "model-steps/s", "rate", log_x=True, log_y=True))
    ratios = _by_contender(widths, "ratio")
    if ratios:
        title, notes = "nnlab's rate over the peer's", [show.HLine(1, "as fast")]
        panels.append(
            show.Panel(ratios, ACROSS, "ratio", title, log_x=True, log_y=True, notes=notes)
        )
    shares = _by_contender(widths, "share_of_product")
    if shares:
        title = "useful FLOP/s over a large product's"
        panels.append(show.Panel(shares, ACROSS, "share", title, log_x=True, y_limits=(0, None)))
    return panels


def _lanes(table: pd.DataFrame) -> list[show.Panel]:
    lanes = table.loc[table.part == "lanes"]
    if lanes.empty:
        return []
    series = []
    for column, of in (("share_of_product", "product"), ("share_of_bandwidth", "memory")):
        for width, rows in lanes.loc[lanes[column].notna()].groupby("width"):
            curve = show.table(x=rows.networks, y=rows[column])
            series.append(show.Series(curve, f"{width:.0f} hidden units, of the {of}"))
    title = "nnlab's share of the machine's rates"
    return [show.Panel(series, "networks at once", "share", title, log_x=True, log_y=True)]


def _seeds(table: pd.DataFrame) -> list[show.Panel]:
    seeds = table.loc[table.part == "seeds"]
    if seeds.empty:
        return []
    took = show.table(x=seeds.networks, y=1e3 * seeds.seconds_per_trial)
    extra = show.table(x=seeds.networks, y=seeds.overhead_ms_per_trial)
    series = [show.Series(took, "a trial"), show.Series(extra, "of it, all but training")]
    title = f"nnlab, {seeds.width.iloc[0]:.0f} hidden units, {seeds.steps.iloc[0]:,.0f} steps"
    return [show.Panel(series, "seeds", "time per trial (ms)", title, log_x=True, log_y=True)]


def _told(table: pd.DataFrame) -> str:
    """What has no place on the axes: the convolutional network and the whole study."""
    text = ""
    cnn = table.loc[(table.part == "cnn") & table.ratio.notna()]
    if len(cnn):
        found = [f"{row.ratio:.1f} times {row.contender}" for row in rows_of(cnn)]
        text += f" On MNIST-1D's convolutional network nnlab reaches {', '.join(found)}."
    study = table.loc[table.part == "flagship"]
    for row in rows_of(study.loc[study.contender == OURS]):
        share = row.share_of_study
        what = "the study of double descent" if share > 0.999 else f"{share:.2%} of a study"
        text += f" Everything included, {what} took {row.all_seconds:.0f} s"
        torch = study.loc[study.contender == TORCH]
        for peer in rows_of(torch):
            text += (
                f"; the {TORCH} would take {peer.all_seconds:,.0f} s, measured on "
                f"{peer.share_measured:.1%} of its steps"
            )
        text += "."
    return text


def _by_contender(table: pd.DataFrame, measure: str) -> list[show.Series]:
    """A curve for each contender, with its range where the table has one."""
    series = []
    names = [c.name for c in CONTENDERS if c.name in set(table.contender)]
    for name in names:
        rows = table.loc[(table.contender == name) & table[measure].notna()]
        if rows.empty:
            continue
        curve = show.table(x=rows.width, y=rows[measure])
        if f"{measure}_low" in table:
            ranges = {"low": rows[f"{measure}_low"], "high": rows[f"{measure}_high"]}
            curve = show.table(x=rows.width, mean=rows[measure], n=rows.rounds, **ranges)
        place = [c.name for c in CONTENDERS].index(name)
        series.append(show.Series(curve, name, color=place))
    return series
