"""Trial keys: what makes two trials the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nnlab.study import Cell, Inputs, Request

__all__ = ["trial_key", "trial_keys"]


def trial_key(
    *,
    study: str,
    version: int,
    settings: Mapping[str, Any],
    steps: int,
    record: Sequence[int],
    seed: int,
    fingerprint: str,
) -> str:
    """32 hexadecimal digits that name one trial.

    A hash of everything that decides its result and of nothing else: the study and its semantic
    version, every factor fully resolved (defaults too, so that a changed default is a new trial),
    the steps, the seed and the fingerprint of the data. Commit, versions of packages, device and
    strategy are provenance and stand beside the record.
    """
    identity = {
        "study": study,
        "version": version,
        "settings": {name: _plain(value) for name, value in settings.items()},
        "steps": steps,
        "record": list(record),
        "seed": seed,
        "data": fingerprint,
    }
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def trial_keys(request: Request, inputs: Inputs) -> dict[tuple[int, Cell], str]:
    """The record key of every trial of a request, by seed and cell, in the order of the table."""
    return {
        (seed, cell): trial_key(
            study=request.study.name,
            version=request.study.version,
            settings=cell.settings,
            steps=cell.steps,
            record=cell.record,
            seed=seed,
            fingerprint=inputs.of(cell).fingerprint,
        )
        for cell in request.cells
        for seed in request.seeds
    }


def _plain(value: Any) -> Any:
    # JSON tells 1, 1.0, true and "1.0" apart, and keeps every bit of a float.
    return value if isinstance(value, str | bool | int) else float(value)
