"""A trial that breaks its contract is told in one line, before anything runs."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from small_studies import irises, machine, table_of
from small_studies import request_of as requested

from nnlab import data, learn, nn
from nnlab.engine import plan
from nnlab.errors import NnlabError
from nnlab.learn import Trial
from nnlab.records import Store
from nnlab.study import Inputs, Preset, Sized, Static, Study, Traced


def refusal(trial, steps: int = 5, **factors) -> str:
    """The error of planning this trial, which must be one line."""
    study = Study(
        name="faulty",
        trial=trial,
        data=lambda p: data.iris(),
        factors=factors or {"rate": Traced(0.5)},
        presets={"quick": Preset(seeds=2, steps=steps)},
    )
    with pytest.raises(NnlabError) as caught:
        plan(requested(study), Store(Path("nowhere")), Inputs(study), machine())
    text = str(caught.value)
    assert "\n" not in text
    return text


def counter(init=lambda: jnp.float32(0), step=lambda i, s: s, measure=lambda s: {"m": s}):
    return Trial(init, step, measure)


def test_a_sized_factor_used_as_a_number_of_layers_is_named():
    def trial(key, p, d):
        return counter(lambda: [jnp.zeros(2) for _ in range(p.depth)])

    told = refusal(trial, depth=Sized(2), rate=Traced(0.1))
    assert told.startswith("`depth` is traced but used as a Python integer: declare it Static")


def test_a_sized_factor_used_as_a_shape_is_named():
    told = refusal(lambda key, p, d: counter(lambda: jnp.zeros(p.depth)), depth=Sized(2))
    assert told.startswith("`depth` is traced but used as a Python integer: declare it Static")


def test_a_sized_factor_looked_up_in_a_table_is_named():
    def trial(key, p, d):
        return counter(lambda: jnp.float32({2: 0.1}[p.depth]))

    told = refusal(trial, rate=Traced(0.1), depth=Sized(2))
    assert "`depth` is used as a Python number or shape: declare it Static" in told


@pytest.mark.parametrize(
    "use",
    [
        lambda p: jnp.zeros(len((1,) * p.depth)),
        lambda p: jnp.zeros(p.depth),
        lambda p: jnp.stack([jnp.float32(i) for i in range(p.depth)]),
    ],
)
def test_a_traced_factor_used_as_a_whole_number_is_named(use):
    told = refusal(
        lambda key, p, d: counter(lambda: use(p).sum()), rate=Traced(0.5), depth=Traced(3)
    )
    assert told == "study faulty: `depth` is used as a Python number or shape: declare it Static"


@pytest.mark.parametrize(
    "use",
    [
        lambda p: 1.0 if p.rate > 0.3 else 2.0,
        lambda p: float(p.rate),
        lambda p: jnp.zeros(int(p.rate)).sum(),
        lambda p: [10.0, 20.0][p.rate == 0.5],
        lambda p: {0.5: 1.0}[p.rate],
    ],
)
def test_a_traced_factor_used_as_a_python_value_is_named_and_its_neighbours_are_not(use):
    def trial(key, p, d):
        return counter(lambda: jnp.float32(use(p)) + p.gain)

    told = refusal(trial, gain=Traced(1.0), rate=Traced(0.5), width=Sized(4))
    assert told == "study faulty: `rate` is used as a Python number or shape: declare it Static"


def test_use_in_a_step_or_a_measure_is_found_too():
    def stepping(key, p, d):
        return counter(step=lambda i, s: s + 1 if p.rate else s)

    def measuring(key, p, d):
        return counter(measure=lambda s: {"m": s if p.rate else -s})

    for trial in (stepping, measuring):
        assert "`rate` is used as a Python number" in refusal(trial)


def test_two_factors_of_the_wrong_kind_are_both_named():
    def trial(key, p, d):
        return counter(lambda: jnp.zeros(int(p.depth)) if p.rate > 0 else jnp.zeros(1))

    told = refusal(trial, gain=Traced(1.0), rate=Traced(0.5), depth=Traced(2))
    assert told.startswith("study faulty: `rate` and `depth` are each used as a Python number")
    assert "gain" not in told


@pytest.mark.parametrize(
    "step",
    [
        lambda i, s: (s, s),
        lambda i, s: jnp.stack([s, s]),
        lambda i, s: s.astype(jnp.int32),
        lambda i, s: None,
    ],
    ids=["structure", "shape", "type", "nothing"],
)
def test_a_step_that_returns_another_state_is_explained(step):
    told = refusal(lambda key, p, d: counter(step=step))
    assert "step() must return a state of the same structure, shapes and types" in told
    assert "it got float32[]" in told


def test_a_key_in_the_state_is_refused_with_a_way_out():
    def trial(key, p, d):
        return counter(lambda: key, lambda i, s: s, lambda s: {"m": jnp.float32(0)})

    assert "the state holds a random key; draw from the trial's own key" in refusal(trial)


@pytest.mark.parametrize(
    "measures, told",
    [
        (lambda s: s, "measure() must return a dict of measures"),
        (lambda s: {3: s}, "measure() must return a dict of measures"),
        (lambda s: {"m": jnp.zeros(3)}, "measure 'm' is an array of shape (3,): return a scalar"),
        (lambda s: {"m": (s, s)}, "measure 'm' is no scalar"),
        (lambda s: {"rate": s}, "measure 'rate' has the name of a factor"),
        (lambda s: {"seed": s}, "measure 'seed' has the name of a factor or of nnlab's own"),
    ],
)
def test_measures_that_make_no_table_are_refused_before_the_run(measures, told):
    assert told in refusal(lambda key, p, d: counter(measure=measures))


def test_a_trial_must_be_a_trial():
    assert "must return a learn.Trial(init, step, measure), not NoneType" in refusal(
        lambda key, p, d: None
    )


def test_a_step_is_checked_even_where_no_step_is_taken():
    assert "its trial fails: TypeError" in refusal(lambda key, p, d: counter(step=None), steps=0)


def test_any_other_exception_gives_one_line_with_its_type():
    def divides(key, p, d):
        raise ZeroDivisionError("first line\nsecond line\n\nfar below")

    told = refusal(divides)
    assert "its trial fails: ZeroDivisionError: first line second line" in told
    assert "far below" not in told

    def multiplies(key, p, d):
        return counter(lambda: d.train.x @ d.train.x)

    assert "its trial fails: TypeError: dot_general" in refusal(multiplies)


def test_a_misspelt_factor_is_told_as_the_study_room_tells_it():
    with pytest.raises(NnlabError, match="there is no factor 'rat' here"):
        study = irises(lambda key, p, d: counter(lambda: p.rat))
        plan(requested(study), Store(Path("nowhere")), Inputs(study), machine())


def test_a_trial_needs_neither_factors_nor_state(on, tmp_path):
    on(machine())

    def trial(key, p, d):
        return Trial(lambda: (), lambda i, s: s, lambda s: {"m": jax.random.normal(key)})

    study = Study(name="bare", trial=trial, presets={"quick": Preset(seeds=5)})
    table = table_of(requested(study), tmp_path)
    assert list(table.seed) == [0, 1, 2, 3, 4] and table.m.nunique() == 5


def test_an_exact_size_may_have_what_cannot_be_padded(on, tmp_path):
    """Sized(exact=True) never meets a padded network, not in the probe either."""
    on(machine())

    def trial(key, p, d):
        assert p.width.is_exact
        net = nn.MLP(hidden=(p.width,), out=d.classes, kernel_init="orthogonal")
        muon = learn.optimizer("muon", 0.01)
        return learn.supervised(key, net, muon, d.train.x, d.train.y, batch=20)

    study = irises(trial, seeds=1, steps=3, width=Sized(4, 6, exact=True), optimizer=Static("muon"))
    assert set(table_of(requested(study), tmp_path).width) == {4, 6}
