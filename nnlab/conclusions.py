"""Conclude: from recorded trials to summary, verdicts and figures, all written beside them.

Nothing here needs JAX or a device: what is recorded can be judged and drawn again anywhere.
"""

from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab import analysis, records, show
from nnlab.errors import NnlabError
from nnlab.files import CannotWrite, write_atomically
from nnlab.study import Inputs, Request, describe

if TYPE_CHECKING:
    from pandas import DataFrame

    from nnlab.analysis import Verdict

__all__ = ["Conclusion", "conclude", "verdict_table"]


@dataclass(frozen=True)
class Conclusion:
    """What came out: summary by setting, verdicts, files written, what is missing or failed, and
    what to know of all claims tested together."""

    summary: DataFrame
    verdicts: list[Verdict]
    files: list[Path]
    problems: list[str] = field(default_factory=list)
    together: str = ""
    sources: DataFrame | None = None


def conclude(
    request: Request,
    table: DataFrame,
    folder: Path,
    command: str,
    inputs: Inputs | None = None,
    looks: analysis.Looks | None = None,
) -> Conclusion:
    """Judge every claim and draw every figure of the study from its tidy table.

    Writes summary.csv, verdicts.csv, targets.csv (known numbers beside ours, where the study has
    any), study.json (what was asked for), provenance.json and each figure's files into `folder`. A
    claim that raises is a failed verdict, a figure that raises a problem; the rest is done. Where
    trials are missing, every verdict and caption says so; where some diverged, every caption. The
    `looks` planned decide the level of the verdicts' intervals, 95% for a single one.
    """
    study = request.study
    overview = analysis.summary(table, list(study.factors))
    looks = looks or analysis.Looks((len(request.seeds),))
    verdicts = analysis.judge_all(study.claims, table, looks.level, looks.reason)
    missing = _missing(request, table, inputs)
    verdicts = [_noted(verdict, missing) for verdict in verdicts]
    origin = records.provenance(
        study=study.name,
        study_version=study.version,
        preset=request.preset,
        seeds=len(request.seeds),
        trials=len(set(table["trial"])),
        asked=request.trials,
        looks=list(looks.seeds),
        diverged=_diverged(table),
        command=command,
        devices=_devices(folder, set(table["trial"])),
    )
    files = [
        _write_csv(folder / "summary.csv", overview),
        _write_csv(folder / "verdicts.csv", verdict_table(request, verdicts)),
    ]
    if study.targets:
        known = analysis.beside(study.targets, table)
        files.append(_write_csv(folder / "targets.csv", known))
    sources = analysis.shares_by_setting(table, list(study.factors))
    if sources is not None:
        files.append(_write_csv(folder / "sources.csv", sources))
    write_atomically(folder / "provenance.json", json.dumps(origin, indent=1).encode())
    notes = [note for note in (missing, _told_diverged(origin)) if note]
    drawn, problems = _draw(request, table, folder, command, origin, notes)
    figures = [path.stem for path in drawn if path.suffix == ".png"]
    together = analysis.together_note(verdicts, looks.level)
    told = {**describe(request, inputs), "figures": figures, "together": together}
    write_atomically(folder / "study.json", json.dumps(told, indent=1).encode())
    return Conclusion(overview, verdicts, [*drawn, *files], [*notes, *problems], together, sources)


def verdict_table(request: Request, verdicts: list[Verdict]) -> DataFrame:
    """One row per claim: verdict, estimate, interval and its level, n, region, effect, whether it
    holds with all claims tested together, statement, source, note.

    `effect` is in standard deviations over seeds (`analysis.effect_size`).
    """
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
                "level": math.nan if estimate is None else estimate.level,
                "effect": verdict.effect,
                "together": {True: "yes", False: "no", None: ""}[verdict.together],
            }
        )
    return pd.DataFrame(rows)


def _draw(
    request: Request,
    table: DataFrame,
    folder: Path,
    command: str,
    origin: dict[str, Any],
    notes: list[str],
) -> tuple[list[Path], list[str]]:
    shown = {
        "command": command,
        "preset": f"{request.preset}, {len(request.seeds)} seeds",
        "versions": ", ".join(f"{name} {v}" for name, v in origin["versions"].items()),
    }
    declared = request.study.figures
    try:
        figures = list(declared(table) if callable(declared) else declared)
    except (Exception, SystemExit) as error:
        return [], [f"figures of {request.study.name} failed: {_told(error)}"]
    files: list[Path] = []
    problems: list[str] = []
    for figure in figures:
        try:
            figure = show.made(figure, table, (analysis.NotApplicable,))
            if figure is None:
                continue  # the claims say what this run does not ask
            for note in notes:
                caption = f"{figure.caption} {note[0].upper()}{note[1:]}.".strip()
                figure = replace(figure, caption=caption)
            files += show.write_figure(figure, folder, shown)
        except CannotWrite:
            raise  # a full disk is no fault of the figure
        except (Exception, SystemExit) as error:
            problems.append(f"figure {getattr(figure, 'name', figure)!r} failed: {_told(error)}")
    return files, problems


def _missing(request: Request, table: DataFrame, inputs: Inputs | None) -> str:
    """Which of the trials asked for are not in the table, in words; empty if all are."""
    held = set(table["trial"])
    if len(held) == request.trials:
        return ""
    keys = records.trial_keys(request, inputs or Inputs(request.study))
    return records.describe_missing(held, keys)


def _diverged(table: DataFrame) -> int:
    """Trials whose training diverged."""
    if "diverged_at" not in table:
        return 0
    return table.loc[table["diverged_at"] >= 0, "trial"].nunique()


def _told_diverged(origin: dict[str, Any]) -> str:
    count, trials = origin["diverged"], origin["trials"]
    return f"{count} of {trials} trials diverged; means are over the others" if count else ""


def _noted(verdict: Verdict, missing: str) -> Verdict:
    short = missing.partition(" (")[0]  # which ones is told once, not beside every claim
    return replace(verdict, note="; ".join(filter(None, [verdict.note, short])))


def _devices(folder: Path, trials: set[str]) -> list[str]:
    """What the trials ran on, as their records say; nothing where the records are elsewhere."""
    chunks = records.Store(folder.parent / "records").chunks()
    return sorted(
        {
            str(chunk.provenance["device"])
            for chunk in chunks
            if "device" in chunk.provenance and not trials.isdisjoint(chunk.trials)
        }
    )


def _write_csv(path: Path, table: DataFrame) -> Path:
    buffer = io.StringIO()
    table.to_csv(buffer, index=False, lineterminator="\n")
    write_atomically(path, buffer.getvalue().encode())
    return path


def _told(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, NnlabError) else f"{type(error).__name__}: {text}"
