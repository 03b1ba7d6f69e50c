"""A key whose streams are drawn anew one by one: the others keep every bit."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnlab.nn import FactoredKey, entry_normal, stream, study_key

KEY = study_key("test", 7)
GOLDEN = (223950984, 197930715)


def words(key):
    return tuple(jax.random.key_data(key).tolist())


def test_a_stream_that_is_not_drawn_anew_is_the_ordinary_one_bit_for_bit():
    for redrawn in ({}, {"init": 0.0}, {"init": 0.0, "batches": 1.0}):
        key = FactoredKey(KEY, redrawn, set())
        assert words(stream(key, "init")) == words(stream(KEY, "init"))


def test_a_stream_drawn_anew_is_no_ordinary_one():
    anew = words(stream(FactoredKey(KEY, {"init": 1.0}, set()), "init"))
    ordinary = {words(stream(study_key("test", seed), "init")) for seed in range(200)}
    assert anew not in ordinary
    # Each name, and each seed, has a new draw of its own, the same every time.
    others = FactoredKey(KEY, {"init": 1.0, "batches": 1.0}, set())
    assert words(stream(others, "init")) == anew != words(stream(others, "batches"))
    assert words(stream(FactoredKey(study_key("test", 8), {"init": 1.0}, set()), "init")) != anew


def test_what_is_drawn_anew_is_the_same_for_ever():
    # A change here makes what is recorded with factored seeds irreproducible.
    assert words(stream(FactoredKey(KEY, {"init": 1.0}, set()), "init")) == GOLDEN


def test_the_flag_may_be_traced_and_mapped():
    def draw(flag):
        return entry_normal(stream(FactoredKey(KEY, {"init": flag}, set()), "init"), 3, 2)

    both = jax.jit(jax.vmap(draw))(jnp.array([0.0, 1.0]))
    assert (both[0] == entry_normal(stream(KEY, "init"), 3, 2)).all()
    assert (both[1] == draw(1.0)).all() and (both[0] != both[1]).all()


def test_it_notes_which_streams_were_asked_for():
    asked: set[str] = set()
    key = FactoredKey(KEY, {"init": 1.0}, asked)
    stream(stream(key, "init"), "within")
    stream(key, "noise")
    assert asked == {"init", "noise"}
