"""Method: how the results came about, in sentences made from the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .wording import and_list, counted, number, value_of

__all__ = ["caveats_of", "method_of"]

_KINDS = {
    "traced": "free within one compiled program",
    "sized": "padded and masked exactly, so that sizes share a program",
    "static": "a program of its own for each value",
}
_MOST_VALUES = 24
_NEEDED = {"preset", "seeds", "settings", "trials", "steps", "recorded", "factors"}


def method_of(study: dict[str, Any], provenance: dict[str, Any]) -> list[str]:
    """Paragraphs: design, factors, training, data, judgement; from study.json and provenance."""
    if not set(study) >= _NEEDED:
        seeds = provenance.get("seeds")
        of = f" of {counted(int(seeds), 'seed')}" if isinstance(seeds, int) else ""
        return [f"The settings of this run{of} are not stored beside its results."]
    paragraphs = [_design(study), _varied(study), _fixed(study), _training(study)]
    judged = f"{_JUDGING} {_looks(provenance)}".strip()
    return [p for p in [*paragraphs, *_data(study), judged] if p]


def caveats_of(
    study: dict[str, Any],
    provenance: dict[str, Any],
    diverged: int,
    notes: Sequence[tuple[str, str]],
) -> list[str]:
    """What weakens the results: few seeds, missing and diverged trials, notes on the verdicts."""
    told = []
    seeds = study.get("seeds", provenance.get("seeds", 0))
    if isinstance(seeds, int) and 0 < seeds < 5:
        told.append(
            f"Only {counted(seeds, 'seed')}: an interval from fewer than 5 is not to be trusted."
        )
    trials, asked = provenance.get("trials", 0), provenance.get("asked", 0)
    if isinstance(trials, int) and isinstance(asked, int) and trials < asked:
        told.append(f"{asked - trials:,} of {asked:,} trials are missing: they were not run yet.")
    if diverged:
        told.append(
            f"{counted(diverged, 'trial')} diverged. They are counted; means are over the others."
        )
    together = str(study.get("together") or "").rstrip(".")
    told += [f"{together[:1].upper()}{together[1:]}."] if together else []
    told += [f"{claim}: {note}." for claim, note in notes]
    return told


def _design(study: dict[str, Any]) -> str:
    trials, seeds = int(study["trials"]), int(study["seeds"])
    settings = int(study["settings"])
    what = "networks were trained" if _trains(study) else "trials were measured"
    repeated = f"with {counted(seeds, 'seed')} each" if seeds > 1 else "with one seed"
    return (
        f"{trials:,} {what}: {counted(settings, 'setting')} {repeated} "
        f"(preset {study['preset']}). What depends on the seed alone, such as label noise and "
        "the order of minibatches, is shared by all settings of that seed, so that settings "
        "are compared in pairs."
    )


def _varied(study: dict[str, Any]) -> str:
    varied = [f for f in study["factors"] if len(f["values"]) > 1]
    if not varied:
        return "Nothing varies but the seed."
    told = [
        f"{f['name']}{_about(f)} over {_values(f['values'])} ({_KINDS.get(f['kind'], f['kind'])})"
        for f in varied
    ]
    return f"Varied: {'; '.join(told)}."


def _fixed(study: dict[str, Any]) -> str:
    fixed = [f for f in study["factors"] if len(f["values"]) == 1]
    told = [f"{f['name']} {value_of(f['values'][0])}{_about(f)}" for f in fixed]
    return f"Held fixed: {'; '.join(told)}." if told else ""


def _training(study: dict[str, Any]) -> str:
    steps, recorded = study["steps"], study["recorded"]
    if not _trains(study):
        return "Nothing is trained: each trial is computed and measured once."
    span = f"{steps[0]:,}" if len(steps) == 1 else f"{steps[0]:,} to {steps[-1]:,}"
    optimizers = [v for f in study["factors"] if f["name"] == "optimizer" for v in f["values"]]
    by = f" by {and_list(map(str, optimizers), 'or')}" if optimizers else ""
    times = "at the end" if recorded[-1] == 1 else f"{recorded[-1]:,} times, the last at the end"
    return f"Each network was trained for {span} updates{by} and measured {times}."


def _data(study: dict[str, Any]) -> list[str]:
    told = []
    for one in study.get("data", []):
        parts = [f"{one[p]:,} {w}" for p, w in _PARTS if one.get(p)]
        sizes = f" {and_list(parts)} examples" if parts else ""
        shape = " x ".join(map(str, one.get("shape", [])))
        shape = f" of {shape} numbers" if shape and sizes else ""
        classes = f" in {one['classes']} classes" if one.get("classes") else ""
        about = str(one.get("about") or "").strip().rstrip(".")
        told.append(
            f"Data: {one['name']}{f', {about}' if about else ''}."
            + (f"{sizes}{shape}{classes}." if sizes else "")
            + f" Fingerprint {str(one['fingerprint'])[:16]}."
        )
    return told


_PARTS = (("train", "training"), ("validation", "validation"), ("test", "test"))


_JUDGING = (
    "The seed is the unit of replication: intervals are 95% intervals over seeds unless another "
    "level is named. Each claim names its estimand and its region before the run. It is supported "
    "where the whole interval lies in the region, refuted where it lies wholly outside, and "
    "otherwise inconclusive."
)


def _looks(provenance: dict[str, Any]) -> str:
    looks = provenance.get("looks")
    if not isinstance(looks, list) or len(looks) < 2:
        return ""
    return (
        f"Seeds were added until every claim was decided, at looks planned before the first: "
        f"{and_list(map(str, looks))} seeds. The level of each interval allows for all of them."
    )


def _trains(study: dict[str, Any]) -> bool:
    return max(study["steps"], default=0) > 0


def _about(factor: dict[str, Any]) -> str:
    return f" ({factor['about']})" if factor.get("about") else ""


def _values(values: Sequence[Any]) -> str:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(values) > _MOST_VALUES and len(numbers) == len(values):
        low, high = number(min(numbers)), number(max(numbers))
        return f"{len(values)} values from {low} to {high}"
    return and_list(map(value_of, values))
