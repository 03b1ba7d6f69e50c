"""The rows of the benchmark in words, a line each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .contenders import OURS, PRODUCT

__all__ = ["lines"]

Row = dict[str, Any]


def lines(rows: Iterable[Row]) -> list[str]:
    """The rows in words, a line each."""
    return [_LINES[row["part"]](row) for row in rows]


def _paired_line(row: Row) -> str:
    network = f"w={row['width']}" if row["part"] == "widths" else f"conv {row['width']}"
    head = f"{network:<8}{row['contender']:<20}"
    if row["contender"] == PRODUCT:
        return f"{head}{row['useful_flops'] / 1e9:>10,.0f} GFLOP/s"
    parts = [f"{row['steps_per_second']:>10,.0f} model-steps/s", *_ratio(row)]
    if "steps_per_second_all_included" in row:
        parts.append(f"{row['steps_per_second_all_included']:,.0f} with planning and writing")
    if "share_of_product" in row:
        parts.append(f"{row['share_of_product']:.0%} of the product")
    parts.append(f"compile {row['compile_seconds']:.1f} s, {row['peak_memory_mb']:,.0f} MB")
    return head + ", ".join(parts)


def _lanes_line(row: Row) -> str:
    parts = [
        f"w={row['width']:<6}{row['networks']:>5} at once: {row['steps_per_second']:,.0f} "
        "model-steps/s"
    ]
    if "share_of_product" in row:
        parts.append(f"{row['share_of_product']:.1%} of the product")
    if "share_of_bandwidth" in row:
        parts.append(f"{row['share_of_bandwidth']:.1%} of the memory's rate")
    if row["binds"]:
        parts.append(f"the {row['binds']} binds")
    return ", ".join(parts)


def _seeds_line(row: Row) -> str:
    return (
        f"w={row['width']:<4}{row['networks']:>4} seeds: "
        f"{1e3 * row['seconds_per_trial']:.1f} ms a trial of {row['steps']} steps, "
        f"{row['overhead_ms_per_trial']:.2f} ms of it all but training, "
        f"compile {row['compile_seconds']:.1f} s"
    )


def _sweep_line(row: Row) -> str:
    return (
        f"sweep of {row['networks']} networks for {row['steps']:,} steps, everything included: "
        f"{_whole(row)}; {row['idle_lanes']:.0%} to idle lanes"
    )


def _flagship_line(row: Row) -> str:
    share = row["share_of_study"]
    what = "double descent" if share > 0.999 else f"{share:.2%} of double descent"
    head = f"{what}, {row['networks']} networks for {row['steps']:,} steps, {row['contender']}: "
    if row["contender"] == OURS:
        return head + _whole(row)
    measured = f"{row['share_measured']:.1%} of its steps measured"
    return head + ", ".join([f"{row['all_seconds']:,.1f} s", measured, *_ratio(row)])


def _whole(row: Row) -> str:
    share = row["share_of_product"]
    return (
        f"{row['all_seconds']:.1f} s, {row['engine_seconds']:.1f} s of it in the engine "
        f"(planned: {row['planned_seconds']:.1f} s), "
        f"{row['compile_seconds']:.1f} s compiling {row['programs']} programs; "
        f"useful {row['useful_flops'] / 1e9:.0f} GFLOP/s"
        + (f", {share:.0%} of the product" if share else "")
        + f"; {row['peak_memory_mb']:,.0f} MB; {row['padding_waste']:.0%} lost to padding"
    )


def _ratio(row: Row) -> list[str]:
    if "ratio" not in row:
        return []
    low, high = row["ratio_low"], row["ratio_high"]
    return [f"nnlab is {row['ratio']:.1f}x as fast ({low:.1f} to {high:.1f})"]


_LINES = {
    "widths": _paired_line,
    "cnn": _paired_line,
    "lanes": _lanes_line,
    "seeds": _seeds_line,
    "sweep": _sweep_line,
    "flagship": _flagship_line,
}
