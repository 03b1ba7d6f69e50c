"""Conclude: from recorded trials to summary, verdicts and figures, all written beside them.

Nothing here needs JAX or a device: what is recorded can be judged and drawn again anywhere.
"""

from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab import analysis, records, show
from nnlab.errors import NnlabError
from nnlab.files import write_atomically
from nnlab.study import Request

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Verdict

__all__ = ["Conclusion", "conclude", "verdict_table"]


@dataclass(frozen=True)
class Conclusion:
    """What came out: summary by setting, verdicts, files written, and figures that failed."""

    summary: DataFrame
    verdicts: list[Verdict]
    files: list[Path]
    problems: list[str] = field(default_factory=list)


def conclude(request: Request, table: DataFrame, folder: Path, command: str) -> Conclusion:
    """Judge every claim and draw every figure of the study from its tidy table.

    Writes summary.csv, verdicts.csv, provenance.json and each figure's files into `folder`. A
    claim that raises is a failed verdict, a figure that raises a problem; the rest is done.
    """
    study = request.study
    overview = analysis.summary(table, list(study.factors))
    verdicts = [analysis.judge(claim, table) for claim in study.claims]
    origin = records.provenance(
        study=study.name,
        study_version=study.version,
        preset=request.preset,
        seeds=len(request.seeds),
        trials=len(set(table["trial"])),
        asked=request.trials,
        command=command,
    )
    files = [
        _write_csv(folder / "summary.csv", overview),
        _write_csv(folder / "verdicts.csv", verdict_table(request, verdicts)),
    ]
    write_atomically(folder / "provenance.json", json.dumps(origin, indent=1).encode())
    drawn, problems = _draw(request, table, folder, command, origin)
    missing = request.trials - origin["trials"]
    if missing:
        problems.insert(0, f"{missing} of {request.trials} trials are not recorded yet")
    return Conclusion(overview, verdicts, [*drawn, *files], problems)


def verdict_table(request: Request, verdicts: list[Verdict]) -> DataFrame:
    """One row per claim: verdict, estimate, interval, n, region, statement, source, note."""
    import pandas as pd

    rows = []
    for claim, verdict in zip(request.study.claims, verdicts, strict=True):
        estimate = verdict.estimate
        rows.append(
            {
                "claim": verdict.name,
                "verdict": verdict.verdict,
                "estimate": math.nan if estimate is None else estimate.value,
                "low": math.nan if estimate is None else estimate.low,
                "high": math.nan if estimate is None else estimate.high,
                "n": 0 if estimate is None else estimate.n,
                "region": str(verdict.region),
                "method": "" if estimate is None else estimate.method,
                "statement": claim.statement,
                "source": claim.source,
                "why": claim.why,
                "note": verdict.note,
            }
        )
    return pd.DataFrame(rows)


def _draw(
    request: Request, table: DataFrame, folder: Path, command: str, origin: dict[str, Any]
) -> tuple[list[Path], list[str]]:
    if request.study.figures is None:
        return [], []
    shown = {
        "command": command,
        "preset": f"{request.preset}, {len(request.seeds)} seeds",
        "versions": ", ".join(f"{name} {v}" for name, v in origin["versions"].items()),
    }
    try:
        figures = list(request.study.figures(table))
    except Exception as error:
        return [], [f"figures of {request.study.name} failed: {_told(error)}"]
    files: list[Path] = []
    problems: list[str] = []
    for figure in figures:
        try:
            files += show.write_figure(figure, folder, shown)
        except Exception as error:
            problems.append(f"figure {getattr(figure, 'name', figure)!r} failed: {_told(error)}")
    return files, problems


def _write_csv(path: Path, table: DataFrame) -> Path:
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, lineterminator="\n")
    write_atomically(path, buffer.getvalue().encode())
    return path


def _told(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, NnlabError) else f"{type(error).__name__}: {text}"
