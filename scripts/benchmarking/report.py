"""What the benchmark leaves: a table, a figure, the hardware and versions, and lines to read."""

from __future__ import annotations

import json
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from nnlab import show
from nnlab.files import write_atomically
from nnlab.records import provenance

from .contenders import CONTENDERS, PRODUCT

__all__ = ["lines", "machine", "write"]

COLUMNS = (
    "part",
    "contender",
    "width",
    "networks",
    "steps",
    "rounds",
    "processes",
    "steps_per_second",
    "steps_per_second_low",
    "steps_per_second_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "useful_flops",
    "share_of_product",
    "steps_per_second_all_included",
    "compile_seconds",
    "seconds_per_trial",
    "overhead_ms_per_trial",
    "padding_waste",
    "idle_lanes",
    "programs",
    "all_seconds",
    "planned_seconds",
    "peak_memory_mb",
)


def machine(device: dict[str, Any], scale: Any, absent: list[str]) -> dict[str, Any]:
    """Hardware, versions, and what was asked for; JSON values only."""
    return provenance(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        memory_gb=_memory_gb(),
        load_before=list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        device={k: device[k] for k in ("platform", "device_kind", "devices")},
        torch=_version("torch"),
        contenders={c.name: c.about for c in CONTENDERS if device["platform"] in c.platforms},
        left_out=absent,
        scale=vars(scale),
    )


def write(rows: list[dict[str, Any]], about: dict[str, Any], folder: Path) -> list[Path]:
    """Write benchmark.csv, machine.json and the figure `speed`; returns the paths."""
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    paths = [folder / "benchmark.csv", folder / "machine.json"]
    content = table.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    write_atomically(paths[0], content.encode())
    write_atomically(paths[1], (json.dumps(about, indent=2) + "\n").encode())
    told = {"command": about["command"], "machine": f"{about['cores']} x {about['processor']}"}
    return [*paths, *show.write_figure(figure(table), folder, told)]


def figure(table: pd.DataFrame) -> show.Figure:
    """Rates, ratios and shares against width, and what a trial takes against seeds."""
    widths = table.loc[(table.part == "widths") & (table.contender != PRODUCT)]
    seeds = table.loc[table.part == "seeds"]
    across = "hidden units per layer"
    rates = _by_contender(widths, "steps_per_second")
    panels = [show.Panel(rates, across, "model-steps/s", "rate", log_x=True, log_y=True)]
    ratios = _by_contender(widths, "ratio")
    if ratios:
        title, notes = "nnlab's rate over the peer's", [show.HLine(1, "as fast")]
        panels.append(
            show.Panel(ratios, across, "ratio", title, log_x=True, log_y=True, notes=notes)
        )
    shares = _by_contender(widths, "share_of_product")
    if shares:
        title = "useful FLOP/s over a large product's"
        panels.append(show.Panel(shares, across, "share", title, log_x=True, y_limits=(0, None)))
    if len(seeds):
        took = show.table(x=seeds.networks, y=1e3 * seeds.seconds_per_trial)
        extra = show.table(x=seeds.networks, y=seeds.overhead_ms_per_trial)
        series = [show.Series(took, "a trial"), show.Series(extra, "of it, all but training")]
        title = f"nnlab, {seeds.width.iloc[0]:.0f} hidden units, {seeds.steps.iloc[0]:,.0f} steps"
        panels.append(
            show.Panel(series, "seeds", "time per trial (ms)", title, log_x=True, log_y=True)
        )
    caption = (
        "Speed of training MLPs 40-w-w-10 (batch 100, SGD with momentum 0.9, float32) with nnlab "
        "and its peers on the same machine, in turns: medians and ranges over the rounds."
    )
    return show.Figure("speed", panels, caption, interval="range over rounds")


def lines(rows: list[dict[str, Any]]) -> list[str]:
    """The rows in words, a line each."""
    return [_LINES[row["part"]](row) for row in rows]


def _width_line(row: dict[str, Any]) -> str:
    head = f"w={row['width']:<4}{row['contender']:<20}"
    if row["contender"] == PRODUCT:
        return f"{head}{row['useful_flops'] / 1e9:>10,.0f} GFLOP/s"
    parts = [f"{row['steps_per_second']:>10,.0f} model-steps/s"]
    if "ratio" in row:
        low, high = row["ratio_low"], row["ratio_high"]
        parts.append(f"nnlab is {row['ratio']:.1f}x as fast ({low:.1f} to {high:.1f})")
    if "steps_per_second_all_included" in row:
        parts.append(f"{row['steps_per_second_all_included']:,.0f} with planning and writing")
    if "share_of_product" in row:
        parts.append(f"{row['share_of_product']:.0%} of the product")
    parts.append(f"compile {row['compile_seconds']:.1f} s, {row['peak_memory_mb']:,.0f} MB")
    return head + ", ".join(parts)


def _seeds_line(row: dict[str, Any]) -> str:
    return (
        f"w={row['width']:<4}{row['networks']:>4} seeds: "
        f"{1e3 * row['seconds_per_trial']:.1f} ms a trial of {row['steps']} steps, "
        f"{row['overhead_ms_per_trial']:.2f} ms of it all but training, "
        f"compile {row['compile_seconds']:.1f} s"
    )


def _sweep_line(row: dict[str, Any]) -> str:
    share = row["share_of_product"]
    return (
        f"sweep of {row['networks']} networks for {row['steps']} steps, everything included: "
        f"{row['all_seconds']:.1f} s ({row['planned_seconds']:.1f} planned), "
        f"{row['compile_seconds']:.1f} s of it compiling {row['programs']} programs; "
        f"useful {row['useful_flops'] / 1e9:.0f} GFLOP/s"
        + (f", {share:.0%} of the product" if share else "")
        + f"; {row['padding_waste']:.0%} lost to padding, {row['idle_lanes']:.0%} to idle lanes; "
        f"{row['peak_memory_mb']:,.0f} MB"
    )


_LINES = {"widths": _width_line, "seeds": _seeds_line, "sweep": _sweep_line}


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


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):
        return None
