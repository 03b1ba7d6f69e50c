"""Factored seeds: each stream drawn anew by itself, the others to the last bit as they were."""

from __future__ import annotations

import jax
import numpy as np
import pandas as pd
import pytest
from small_studies import irises, request_of, table_of

from nnlab import engine, learn, nn, records
from nnlab.analysis import shares, variance_shares
from nnlab.engine import sources
from nnlab.errors import NnlabError
from nnlab.study import Inputs, Preset, Static, Study, Traced


def draws(key, p, d):
    """A trial without training: one number from each of two streams."""
    one = nn.entry_normal(nn.stream(key, "one"), 1, 1)[0, 0]
    two = nn.entry_normal(nn.stream(key, "two"), 1, 1)[0, 0]
    measures = {"one": p.scale * one, "two": two, "sum": one + two}
    return learn.Trial(lambda: (), lambda i, state: state, lambda _: measures)


def study_of(trial=draws, **factors) -> Study:
    factors = {"scale": Traced(1.0), **factors}
    return Study(name="drawn", trial=trial, factors=factors, presets={"quick": Preset(seeds=4)})


def factored(study, named=()):
    request = request_of(study)
    return engine.factored(request, named, Inputs(study))


def test_the_streams_of_a_trial_are_found():
    study = irises()
    found = engine.streams_of(request_of(study), Inputs(study))
    assert found == ("batches", "dropout", "init", "label_noise")


def test_streams_of_every_static_setting_are_found():
    def trial(key, p, d):
        value = nn.entry_normal(nn.stream(key, p.which), 1, 1)[0, 0] * p.scale
        return learn.Trial(lambda: (), lambda i, state: state, lambda _: {"value": value})

    study = study_of(trial, which=Static("one", "two"))
    assert engine.streams_of(request_of(study), Inputs(study)) == ("one", "two")


def test_one_version_as_it_is_one_all_anew_and_one_for_each_source():
    request = factored(study_of())
    flags = [(c.settings["redrawn_one"], c.settings["redrawn_two"]) for c in request.cells]
    assert flags == [(0, 0), (1, 1), (1, 0), (0, 1)]
    assert request.label == "quick+factor-seeds" and request.trials == 16
    assert request.study.claims == () and request.study.figures == ()


def test_a_source_moves_what_it_feeds_and_nothing_else(tmp_path):
    ordinary = table_of(request_of(study_of()), tmp_path / "a").set_index("seed")
    table = table_of(factored(study_of()), tmp_path / "b").set_index("seed")
    flags = table.groupby(["redrawn_one", "redrawn_two"])
    as_it_is, only_one = flags.get_group((0, 0)), flags.get_group((1, 0))
    only_two, both = flags.get_group((0, 1)), flags.get_group((1, 1))
    pd.testing.assert_frame_equal(as_it_is[["one", "two", "sum"]], ordinary[["one", "two", "sum"]])
    assert (only_one.two == ordinary.two).all() and (only_one.one != ordinary.one).all()
    assert (only_two.one == ordinary.one).all() and (only_two.two != ordinary.two).all()
    assert (both.one == only_one.one).all() and (both.two == only_two.two).all()


def test_a_trained_network_as_it_is_is_that_of_an_ordinary_run(tmp_path):
    study = irises()
    ordinary = table_of(request_of(study), tmp_path / "a")
    table = table_of(factored(study), tmp_path / "b")
    flags = [name for name in table if name.startswith("redrawn_")]
    same = table[(table[flags] == 0).all(axis=1)]
    keys = ["width", "learning_rate", "seed", "step"]
    measured = ["train_loss", "test_loss", "train_error"]
    one, other = (t.sort_values(keys, ignore_index=True)[measured] for t in (ordinary, same))
    # Another program, so the last bits may differ.
    np.testing.assert_allclose(one, other, rtol=1e-5)
    # No dropout is used: drawing it anew changes nothing, to the last bit.
    idle = table[(table.redrawn_dropout == 1) & (table.redrawn_init == 0)]
    idle = idle.sort_values(keys, ignore_index=True)[measured]
    pd.testing.assert_frame_equal(idle, other)
    moved = table[(table.redrawn_init == 1) & (table.redrawn_dropout == 0)]
    moved = moved.sort_values(keys, ignore_index=True)
    assert (moved[measured[:2]] != other[measured[:2]]).all().all()


def test_what_is_not_named_is_one_source_more():
    study = irises()
    request = engine.factored(request_of(study), ["init", "label_noise"], Inputs(study))
    flags = [name for name in request.study.factors if name.startswith("redrawn_")]
    assert flags == ["redrawn_init", "redrawn_label_noise", "redrawn_others"]
    assert "batches, dropout" in request.study.factors["redrawn_others"].about
    assert request.label == "quick+factor-seeds=init,label_noise"


def test_the_flags_are_part_of_a_trials_identity_and_ordinary_keys_stay():
    study = study_of()
    ordinary = records.trial_keys(request_of(study), Inputs(study))
    request = factored(study)
    keys = set(records.trial_keys(request, Inputs(request.study)).values())
    assert len(keys) == request.trials and keys.isdisjoint(ordinary.values())


def test_shares_of_a_run(tmp_path):
    study = study_of()
    request = request_of(study, seeds=300)
    table = table_of(engine.factored(request, (), Inputs(study)), tmp_path)
    found = variance_shares(table, "sum").set_index("source")
    assert found.share["one"] == pytest.approx(0.5, abs=0.15)
    assert found.total["two"] == pytest.approx(0.5, abs=0.15)
    alone = variance_shares(table, "one").set_index("source")
    assert alone.share["one"] == 1 and alone.total["two"] == 0


def test_the_flags_have_one_name_in_both_rooms():
    assert sources.PREFIX == shares._PREFIX


def test_a_stream_that_is_not_drawn_is_refused():
    with pytest.raises(NnlabError, match="no stream 'three'; it draws from one, two"):
        factored(study_of(), ["three"])


def test_one_stream_alone_has_nothing_to_tell_apart():
    def trial(key, p, d):
        value = p.scale * nn.entry_normal(nn.stream(key, "one"), 1, 1)[0, 0]
        return learn.Trial(lambda: (), lambda i, state: state, lambda _: {"value": value})

    with pytest.raises(NnlabError, match="draws from one only"):
        factored(study_of(trial))


def test_a_trial_that_draws_from_its_key_itself_is_explained():
    def trial(key, p, d):
        value = p.scale * jax.random.normal(key)
        return learn.Trial(lambda: (), lambda i, state: state, lambda _: {"value": value})

    with pytest.raises(NnlabError, match="uses its key in another way"):
        factored(study_of(trial))


def test_a_study_that_is_broken_itself_says_how():
    with pytest.raises(NnlabError, match="its trial fails: ZeroDivisionError"):
        factored(study_of(lambda key, p, d: 1 / 0))
