"""Rows: from the measures of a chunk, arrays over lanes, to tidy rows of trials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from nnlab.engine.planner import Chunk, Program
from nnlab.learn import Along

__all__ = ["chunk_rows", "lanes_of"]


def chunk_rows(
    program: Program,
    chunk: Chunk,
    keys: dict[tuple[int, int], str],
    measures: list[dict[str, Any]],
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """One row per trial and recorded step, and the axes of the measures that are arrays.

    `keys[seed, cell]` are the trials' keys, `measures[k][name]` an array [device, seed,
    setting, ...] at the k-th recorded step. Lanes that only fill a block up are left out.
    """
    lanes = list(lanes_of(chunk))
    taken = tuple(np.array(axis) for axis in zip(*(place for place, _, _ in lanes), strict=True))
    cells = [program.cells[cell].settings for _, _, cell in lanes]
    axes: dict[str, list[str]] = {}
    tables = []
    for step, measured in zip(chunk.record, measures, strict=True):
        table: dict[str, Any] = {
            "trial": [keys[seed, cell] for _, seed, cell in lanes],
            "seed": np.array([seed for _, seed, _ in lanes], np.int64),
            "step": np.full(len(lanes), step, np.int64),
            **{name: [settings[name] for settings in cells] for name in cells[0]},
        }
        for name, value in measured.items():
            values, names = _named(value)
            if names:
                axes[name] = names
                table[name] = list(values[taken])
            else:
                table[name] = values[taken]
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True), axes


def lanes_of(chunk: Chunk) -> Iterator[tuple[tuple[int, int, int], int, int]]:
    """((device, seed lane, setting lane), seed, cell) of each trial in the chunk."""
    for device, block in enumerate(chunk.blocks):
        for row, seed in enumerate(block.seeds):
            for column, cell in enumerate(block.cells):
                yield (device, row, column), seed, cell


def _named(value: Any) -> tuple[Any, list[str]]:
    return (value.values, list(value.axes)) if isinstance(value, Along) else (value, [])
