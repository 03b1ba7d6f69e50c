"""What a study no longer asks for is told from what it does, and from what lies beyond."""

from __future__ import annotations

import os
import time

import numpy as np
import pandas as pd
import pytest

from nnlab.errors import NnlabError
from nnlab.files import DAY
from nnlab.records import BEYOND, Store, find_stale, left_over, trial_keys
from nnlab.records.sealed import seal
from nnlab.records.stale import REDRAWN
from nnlab.study import Inputs, Preset, Sized, Static, Study, Traced, make_request

OTHER = "other data, factors or version"


def make_study(**parts):
    sound = {
        "trial": lambda key, p, data: None,
        "name": "small",
        "data": lambda p: np.arange(p.examples),
        "factors": {
            "width": Sized(8, 16),
            "rate": Traced(0.1, low=0),
            "examples": Static(3, 4),
            "optimizer": Static("sgd", choices=("sgd", "adam")),
            "nesterov": Static(True),
        },
        "presets": {
            "quick": Preset(seeds=2, steps=10),
            "long": Preset(seeds=3, steps=20, record=2, examples=3),
        },
    }
    return Study(**(sound | parts))


def record(store, study, preset="quick", seeds=None, chunk=4, **overrides):
    """Write the rows of a request as a run would, some trials a file; returns the keys."""
    request = make_request(study, preset, seeds, overrides)
    keys = trial_keys(request, Inputs(study))
    places = list(keys)
    for begin in range(0, len(places), chunk):
        rows = [
            {"trial": keys[seed, cell], "seed": seed, "step": step, **cell.settings, "loss": 0.5}
            for seed, cell in places[begin : begin + chunk]
            for step in cell.record
        ]
        store.write(pd.DataFrame(rows), {}, {"time": "now"})
    return list(keys.values())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "small" / "records")


def groups(found):
    return {why: group.trials for why, group in found.groups.items()}


def trials_of(chunks):
    return sorted(trial for chunk in chunks for trial in chunk.trials)


def test_what_presets_ask_for_is_wanted(store):
    study = make_study()
    keys = [*record(store, study), *record(store, study, "long")]
    found = find_stale(study, store)
    assert found.wanted == len(keys) == 14 and groups(found) == {}
    assert found.stale == found.beyond == found.damaged == [] and found.mixed == 0


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": 5},
        {"width": [32]},
        {"rate": [0.5, 1e-300, float("inf")]},
        {"examples": [5]},
        {"optimizer": ["adam"]},
        {"nesterov": [False]},
    ],
    ids=str,
)
def test_trials_beyond_the_presets_are_not_stale(store, change):
    study = make_study()
    kept = set(record(store, study))
    more = set(record(store, study, chunk=1, **change)) - kept
    found = find_stale(study, store)
    assert groups(found) == {BEYOND: len(more)} and found.wanted == len(kept)
    assert found.stale == [] and trials_of(found.beyond) == sorted(more)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"version": 3}, "version 1, now 3"),
        ({"data": lambda p: np.ones(p.examples)}, OTHER),
        ({"name": "other"}, OTHER),
        ({"presets": {"quick": Preset(seeds=2, steps=11)}}, "steps that no preset has"),
        ({"presets": {"quick": Preset(seeds=2, steps=10, record=2)}}, "steps that no preset has"),
        ({"factors": make_study().factors | {"depth": Static(1)}}, "other factors"),
        (
            {"factors": make_study().factors | {"width": Sized(4)}, "version": 2},
            "version 1, now 2",
        ),
        (
            {"factors": make_study().factors | {"rate": Traced(1.0, low=0.5)}},
            "values that the study no longer takes",
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "-".join(value),
)
def test_what_the_study_no_longer_means_is_stale_and_says_why(store, change, why):
    record(store, make_study())
    found = find_stale(make_study(**change), store)
    assert groups(found) == {why: 8} and found.wanted == 0 and found.beyond == []
    assert len(found.stale) == 2 and found.groups[why].size == pytest.approx(
        sum(path.stat().st_size for path in store.folder.iterdir())
    )


def test_trials_with_streams_drawn_anew_are_beyond_the_presets(store):
    from nnlab.engine.sources import PREFIX

    assert PREFIX == REDRAWN
    study = make_study()
    flags = {f"{REDRAWN}init": Traced(0.0, 1.0), f"{REDRAWN}others": Traced(1.0)}
    record(store, make_study(factors=study.factors | flags))
    assert groups(find_stale(study, store)) == {BEYOND: 16}
    assert groups(find_stale(make_study(version=2), store)) == {"version 1, now 2": 16}


def test_a_factor_that_is_gone_makes_its_trials_stale(store):
    factors = dict(make_study().factors)
    record(store, make_study(factors=factors | {"depth": Static(1)}))
    assert groups(find_stale(make_study(), store)) == {OTHER: 8}


def test_linked_factors_that_no_preset_joins_any_more_are_stale(store):
    def study(rows):
        linked = {("width", "rate"): rows}
        preset = Preset(seeds=1, steps=5, linked=linked, examples=3)
        return make_study(presets={"quick": preset})

    record(store, study([(8, 0.1), (16, 0.2)]))
    found = find_stale(study([(8, 0.1), (16, 0.3)]), store)
    assert found.wanted == 1 and groups(found) == {"settings that no preset links": 1}


def test_a_file_with_wanted_trials_is_kept_whole(store):
    study = make_study()
    record(store, study, chunk=8)
    narrower = make_study(factors=study.factors | {"width": Sized(8)})
    found = find_stale(narrower, store)
    assert found.wanted == 4 and found.mixed == 4 and groups(found) == {BEYOND: 4}
    assert found.stale == found.beyond == []


def test_a_file_with_stale_trials_and_some_beyond_counts_as_beyond(store):
    study = make_study()
    rows = []
    for each in (make_study(version=2), study):
        other = Store(store.folder.parent / f"of version {each.version}")
        record(other, each, seeds=9)
        rows.append(other.read()[0].query("seed > 1"))
    store.write(pd.concat(rows), {}, {})
    found = find_stale(make_study(version=2), store)
    assert groups(found) == {BEYOND: 28, "version 1, now 2": 28}
    assert found.stale == [] and len(found.beyond) == 1


def test_damaged_files_are_left_alone(store):
    record(store, make_study())
    first, second = sorted(store.folder.glob("*.parquet"))
    first.write_bytes(b"x")
    second.with_suffix(".json").write_bytes(b"x")
    found = find_stale(make_study(version=2), store)
    assert found.stale == [] and len(found.damaged) == 2


def test_data_that_cannot_be_made_call_nothing_stale(store):
    record(store, make_study())

    def offline(p):
        raise NnlabError("no network")

    with pytest.raises(NnlabError, match="no network"):
        find_stale(make_study(data=offline), store)


def test_removing_a_chunk_leaves_the_others(store):
    study = make_study()
    keys = record(store, study)
    first, *_ = store.chunks()
    store.remove(first)
    assert store.finished(keys) == set(keys) - set(first.trials)
    assert not first.path.exists() and len(list(store.folder.iterdir())) == 2


def test_left_over_files_are_found_when_old(tmp_path, store, rows_of):
    chunk = store.write(rows_of("a"), {"norms": ["layer"]}, {})
    folder = tmp_path / "small"
    passing = [store.folder / "checkpoints" / "c1", store.folder / "reserved" / "c1.json"]
    files = {
        "temporary files": [folder / "quick" / f".nnlab-{'0' * 16}.tmp"],
        "rows without a manifest": [store.folder / "ab.parquet"],
        "files set aside as damaged": [store.folder / "damaged" / "x.json"],
        "of runs that are over": passing,
    }
    (passing[0] / "deep").mkdir(parents=True)
    files["of runs that are over"] = sorted(passing)
    inside = passing[0] / "deep" / "state"
    for path in [inside, *(p for paths in files.values() for p in paths if p != passing[0])]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (folder / "quick" / "errors.png").write_text("kept")
    assert left_over(folder) == {}
    old = time.time() - 8 * DAY
    for path in [*folder.rglob("*")]:
        os.utime(path, (old, old))
    assert left_over(folder) == files
    os.utime(inside)  # one that goes on is not old
    files["of runs that are over"] = [passing[1]]
    assert left_over(folder) == files
    assert chunk.path.exists()


def test_checkpoints_of_recorded_trials_are_left_over_at_once(store, rows_of):
    store.write(rows_of("a", "b"), {"norms": ["layer"]}, {})
    for name, trials in (("done", ["a", "b"]), ("half", ["b", "c"]), ("odd", ["a"]), ("none", [])):
        folder = store.folder / "checkpoints" / name
        folder.mkdir(parents=True)
        (folder / "7.json").write_bytes(seal({"trials": trials}))
    (store.folder / "checkpoints" / "odd" / "7.json").write_bytes(b"{}")
    found = left_over(store.folder.parent)
    assert found == {"of runs that are over": [store.folder / "checkpoints" / "done"]}


def test_what_is_set_aside_counts_its_age_from_then(store, rows_of):
    chunk = store.write(rows_of("a"), {"norms": ["layer"]}, {})
    chunk.path.write_bytes(b"x")
    old = time.time() - 30 * DAY
    for path in (chunk.path, chunk.manifest):
        os.utime(path, (old, old))
    assert len(store.repair()) == 2 and left_over(store.folder.parent) == {}
