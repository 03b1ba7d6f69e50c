"""A laboratory of three small studies, one of them with markup in every text."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_results import EVIL, row, write_study


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A folder of results: `calm` (supported), `doubtful` (refuted, open), `evil` (markup)."""
    out = tmp_path / "results"
    write_study(
        out, "calm", "A calm study", "optimisation", [row("falls", "supported", "It falls.", "A 1")]
    )
    write_study(
        out,
        "doubtful",
        "Beware of doubt",
        "generalisation",
        [
            row("peaks", "refuted", "It peaks.", "A 1; B 2"),
            row("ends", "inconclusive", "It ends.", note="about 20 seeds would decide"),
        ],
        trials=16,
        time="2026-02-01T00:00:00+00:00",
    )
    write_study(out, "evil", EVIL, EVIL, [row(EVIL, "supported", EVIL, EVIL, EVIL)], command=EVIL)
    return out
