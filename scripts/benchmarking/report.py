"""What the benchmark leaves: a table, the hardware and versions, and a figure of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from nnlab import show
from nnlab.files import write_atomically
from nnlab.records import provenance

from .contenders import CONTENDERS
from .picture import figure

__all__ = ["draw", "kept", "machine", "read", "write"]

Row = dict[str, Any]
TABLE, MACHINE = "benchmark.csv", "machine.json"
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
    "engine_seconds",
    "planned_seconds",
    "outcome_over_plan",
    "share_of_study",
    "share_measured",
    "memory_bytes_per_second",
    "share_of_bandwidth",
    "binds",
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
        parts={},
    )


def write(rows: Sequence[Row], about: dict[str, Any], folder: Path) -> list[Path]:
    """Write benchmark.csv and machine.json; returns their paths."""
    table = pd.DataFrame(list(rows)).reindex(columns=list(COLUMNS))
    paths = [folder / TABLE, folder / MACHINE]
    content = table.to_csv(index=False, lineterminator="\n", float_format="%.6g")
    write_atomically(paths[0], content.encode())
    write_atomically(paths[1], (json.dumps(about, indent=2) + "\n").encode())
    return paths


def read(folder: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table and the machine in a folder. Raises OSError where they are not."""
    table = pd.read_csv(folder / TABLE).reindex(columns=list(COLUMNS))
    return table, json.loads((folder / MACHINE).read_text(encoding="utf-8"))


def draw(folder: Path) -> list[Path]:
    """Draw what is in the table as the figure `speed`; returns the paths."""
    table, about = read(folder)
    picture = figure(table)
    if picture is None:
        return []
    told = {"command": about["command"], "machine": f"{about['cores']} x {about['processor']}"}
    return show.write_figure(picture, folder, told)


def kept(folder: Path, parts: Sequence[str]) -> tuple[list[Row], dict[str, Any]]:
    """Rows of earlier runs in the folder, but for those of these parts, and the seconds that
    each part took."""
    if not (folder / TABLE).exists():
        return [], {}
    table, about = read(folder)
    rows: Any = table.loc[~table.part.isin(list(parts))]
    there = [
        {str(name): v for name, v in row.items() if pd.notna(v)} for row in rows.to_dict("records")
    ]
    return there, {name: took for name, took in about["parts"].items() if name not in parts}


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
