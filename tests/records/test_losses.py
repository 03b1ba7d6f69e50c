"""A damaged file is told with the trials that are lost with it, by seed and setting."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab.errors import NnlabError
from nnlab.records import Store, losses_named, trial_keys
from nnlab.study import Inputs, Preset, Sized, Static, Study, Traced, make_request


@pytest.fixture
def recorded(tmp_path):
    """A store with a file for each of the widths 2, 4 and 8, by width, and the keys asked for."""
    study = Study(
        trial=lambda key, p, data: None,
        name="small",
        factors={"width": Sized(2, 4, 8), "rate": Traced(0.1, 0.2), "depth": Static(1)},
        presets={"quick": Preset(seeds=5, steps=1)},
    )
    keys = trial_keys(make_request(study, "quick"), Inputs(study))
    store = Store(tmp_path / "records")
    chunks = {}
    for width in (2, 4, 8):
        trials = [k for (_, cell), k in keys.items() if cell.settings["width"] == width]
        rows = pd.DataFrame({"trial": trials, "step": 1, "loss": 0.5})
        chunks[width] = store.write(rows, {}, {})
    return store, chunks, keys


def line(store, keys, read=None):
    with pytest.raises(NnlabError) as error, losses_named(store, keys):
        (read or store.read)(keys.values())
    text = str(error.value)
    assert "\n" not in text and "--repair" in text
    return text


def test_seeds_and_settings_of_lost_trials_are_named(recorded):
    store, chunks, keys = recorded
    chunks[4].path.write_bytes(b"x")
    told = "lost are 10 trials (seeds 0-4; width=4; rate=0.1, 0.2); run again with --repair"
    for read in (store.read, store.finished):
        text = line(store, keys, read)
        assert text.startswith(f"damaged record {chunks[4].path}: its checksum is wrong; {told}")
    chunks[8].path.unlink()
    text = line(store, keys)
    assert text.startswith("2 damaged records, ") and "No such file" in text
    assert "lost are 20 trials (seeds 0-4; width=4, 8; rate=0.1, 0.2)" in text


def test_only_trials_that_are_asked_for_count(recorded):
    store, chunks, keys = recorded
    chunks[4].path.write_bytes(b"x")
    odd = {(seed, cell): key for (seed, cell), key in keys.items() if seed in (0, 1, 3)}
    assert "lost are 6 trials (seeds 0-1, 3; width=4; rate=0.1, 0.2)" in line(store, odd)
    one = {place: key for place, key in keys.items() if key == chunks[4].trials[0]}
    assert "lost are 1 trial (seeds 0)" in line(store, one)


def test_trials_that_another_file_holds_are_not_lost(recorded):
    store, chunks, keys = recorded
    rows = pd.DataFrame({"trial": list(chunks[4].trials), "step": 1, "loss": 0.25})
    store.write(rows, {}, {})
    chunks[4].path.write_bytes(b"x")
    assert "lost are 0 trials; run again" in line(store, keys)


def test_where_the_manifest_is_damaged_the_trials_without_a_record_are_counted(recorded):
    store, chunks, keys = recorded
    chunks[2].manifest.write_bytes(b"{")
    text = line(store, keys)
    assert "what it held is not known: 10 of 30 trials are in no sound record" in text
    chunks[8].path.write_bytes(b"x")
    text = line(store, keys)
    assert "lost are 10 trials (seeds 0-4; width=8" in text
    assert "what some held is not known: 10 of 30 trials are in no sound record" in text


def test_repair_loses_just_what_was_told(recorded):
    store, chunks, keys = recorded
    chunks[4].path.write_bytes(b"x")
    store.repair()
    with losses_named(store, keys):
        assert set(store.read(keys.values())[0]["trial"]) == {*chunks[2].trials, *chunks[8].trials}


def test_other_errors_pass(recorded):
    with pytest.raises(NnlabError, match="something else"), losses_named(recorded[0], {}):
        raise NnlabError("something else")
