from __future__ import annotations

from functools import partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import linen

from nnlab import learn, nn
from nnlab.errors import NnlabError

RANDOM = np.random.default_rng(3)
X = jnp.asarray(RANDOM.normal(size=(50, 4)), jnp.float32)
Y = jnp.asarray(RANDOM.integers(0, 3, size=50), jnp.int32)
TARGETS = jnp.asarray(RANDOM.normal(size=(50, 2)), jnp.float32)
KEY = nn.study_key("supervised", 1)
NET = nn.MLP((5,), 3)
SGD = learn.optimizer("sgd", 0.1)


def make(key=KEY, net=NET, optimizer=SGD, x=X, y=Y, **options):
    options = {"batch": 8, "evaluation_batch": 16} | options
    return learn.supervised(key, net, optimizer, x, y, **options)


def program(trial):
    """`steps -> (state, what is measured then)`, compiled once for any number of steps."""

    @jax.jit
    def run(steps):
        state = jax.lax.fori_loop(0, steps, trial.step, trial.init())
        return state, trial.measure(state)

    return run


def trained(trial, steps):
    return program(trial)(steps)[0]


def descended(steps, rows_of):
    """The parameters after plain gradient descent on the rows of each step, written out."""

    @jax.jit
    def run():
        params = NET.init(nn.stream(KEY, "init"), X[:1])

        def step(i, params):
            x, y = X[rows_of(i)], Y[rows_of(i)]
            gradient = jax.grad(lambda p: learn.cross_entropy(NET.apply(p, x), y).mean())(params)
            return jax.tree.map(lambda w, g: w - 0.1 * g, params, gradient)

        return jax.lax.fori_loop(0, steps, step, params)["params"]

    return run()


def close(a, b):
    jax.tree.map(partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-6), a, b)


def same(a, b):
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_it_is_gradient_descent_on_the_minibatches_of_the_seed():
    def rows(i):
        return learn.indices("reshuffled", nn.stream(KEY, "batches"), i, 8, 50)[0]

    state = trained(make(), 9)
    close(state.params, descended(9, rows))
    assert int(state.diverged_at) == -1


def test_full_batch_descends_on_all_examples():
    close(trained(make(batch=None), 2).params, descended(2, lambda i: jnp.arange(50)))


@pytest.mark.parametrize("evaluation_batch", [16, 1000])
def test_measures_are_plain_means_whatever_the_block(evaluation_batch):
    trial = make(
        evaluate={"train": (X, Y), "rest": (X[:37], Y[:37])}, evaluation_batch=evaluation_batch
    )
    state, recorded = program(trial)(5)
    for name, rows in (("train", 50), ("rest", 37)):
        outputs = NET.apply({"params": state.params}, X[:rows])
        loss = learn.cross_entropy(outputs, Y[:rows]).mean()
        error = 100 * (outputs.argmax(1) != Y[:rows]).mean()
        np.testing.assert_allclose(recorded[f"{name}_loss"], loss, rtol=1e-5)
        np.testing.assert_allclose(recorded[f"{name}_error"], error, rtol=1e-6)
    assert set(recorded) == {
        "train_loss", "train_error", "rest_loss", "rest_error", "diverged_at", "finite"
    }  # fmt: skip
    assert recorded["finite"] == 1.0


def test_regression_records_no_error():
    trial = make(net=nn.MLP((5,), 2), y=TARGETS, loss="squared")
    _, recorded = program(trial)(0)
    assert set(recorded) == {"train_loss", "diverged_at", "finite"}


def test_numpy_arrays_do_as_well():
    x, y = np.asarray(X, np.float64), np.asarray(Y, np.int64)
    sets = {"train": (x, y)}
    state, recorded = program(make(x=x, y=y, examples=33, evaluate=sets))(3)
    same(state, trained(make(x=X[:33], y=Y[:33]), 3))
    assert set(recorded) == {"train_loss", "train_error", "diverged_at", "finite"}


def test_a_part_of_a_data_set_is_evaluated_like_its_pair():
    part = SimpleNamespace(x=X, y=Y)
    pairs, parts = (
        program(make(examples=33, evaluate={"train": train, "rest": rest}))(3)[1]
        for train, rest in (((X, Y), (X[33:], Y[33:])), (part, SimpleNamespace(x=X[33:], y=Y[33:])))
    )
    same(parts, pairs)


def test_training_lowers_the_loss():
    run = program(make())
    before, after = (run(steps)[1]["train_loss"] for steps in (0, 200))
    assert after < 0.8 * before


def exploding(at):
    return learn.optimizer("momentum", lambda i: jnp.where(i == at, jnp.inf, 0.1))


def test_a_diverged_trial_stays_as_it_was():
    trial = make(optimizer=exploding(4))
    # The infinite rate of step 4 breaks the weights, which the loss of step 5 shows.
    (before, _), (later, _), (latest, recorded) = map(program(trial), (5, 6, 30))
    assert int(later.diverged_at) == int(latest.diverged_at) == 5
    same(later, latest)
    same(later._replace(diverged_at=jnp.int32(-1)), before)
    assert recorded["finite"] == 0.0
    assert recorded["diverged_at"] == 5
    assert recorded["train_error"] == 100.0


def test_a_loss_that_is_not_finite_changes_no_weight():
    trial = make(x=X.at[:].set(jnp.nan))
    (before, _), (state, _) = map(program(trial), (0, 3))
    assert int(state.diverged_at) == 0
    same(state.params, before.params)


def test_a_diverged_neighbour_changes_no_bit():
    def lane(rate, seed):
        trial = make(key=nn.study_key("lanes", seed), optimizer=learn.optimizer("momentum", rate))
        state = jax.lax.fori_loop(0, 30, trial.step, trial.init())
        return state, trial.measure(state)

    lanes = jax.jit(jax.vmap(jax.vmap(lane, (0, None)), (None, 0)))
    seeds = jnp.arange(2, dtype=jnp.uint32)
    calm, calm_measures = lanes(jnp.array([0.05, 0.05, 0.1]), seeds)
    wild, wild_measures = lanes(jnp.array([0.05, jnp.inf, 0.1]), seeds)
    np.testing.assert_array_equal(wild.diverged_at[:, 1], 1)
    assert np.isnan(wild_measures["train_loss"][:, 1]).all()
    for whole, other in ((calm, wild), (calm_measures, wild_measures)):
        same(*(jax.tree.map(lambda a: a[:, ::2], tree) for tree in (whole, other)))


@pytest.mark.parametrize(
    "order",
    ["reshuffled", "full"]
    + [pytest.param(order, marks=pytest.mark.slow) for order in ("systematic", "with_replacement")],
)
def test_examples_as_a_size_equal_a_smaller_data_set(order):
    def run(x, y, examples):
        trial = make(x=x, y=y, examples=examples, order=order, evaluate={"train": (x, y)})
        state = jax.lax.fori_loop(0, 40, trial.step, trial.init())
        return state, trial.measure(state)

    sized = jax.jit(lambda n: run(X, Y, nn.Size(n, 50)))(33)
    same(sized, jax.jit(lambda: run(X[:33], Y[:33], None))())
    if order == "full":
        same(sized, jax.jit(lambda: run(X, Y, 33))())


@pytest.mark.parametrize("n", [5, 33])
def test_examples_beyond_the_size_have_no_influence(n):
    def run(n, x, y, batch):
        trial = make(
            x=x,
            y=y,
            examples=nn.Size(n, 50),
            batch=batch,
            measures=(learn.gradient_norm, learn.activation_statistics),
        )
        state = jax.lax.fori_loop(0, 20, trial.step, trial.init())
        return state, trial.measure(state)

    for batch, garbage in ((8, jnp.nan), (None, 1e6)):
        compiled = jax.jit(partial(run, batch=batch))
        clean, dirty = compiled(n, X, Y), compiled(n, X.at[n:].set(garbage), Y.at[n:].set(0))
        same(clean, dirty)
        assert dirty[1]["finite"] == 1.0


def test_settings_of_a_seed_share_one_minibatch():
    def population(seeds, rates, widths, x, y):
        def step(seed, rate, width):
            net = nn.MLP((nn.Size(width, 5),), 3)
            trial = make(
                key=nn.study_key("s", seed),
                net=net,
                x=x,
                y=y,
                optimizer=learn.optimizer("adam", rate),
            )
            return jax.lax.fori_loop(0, 2, trial.step, trial.init())

        return jax.vmap(jax.vmap(step, (None, 0, 0)), (0, None, None))(seeds, rates, widths)

    arguments = jnp.arange(2, dtype=jnp.uint32), jnp.ones(3), jnp.array([2, 4, 5]), X, Y
    gathers = [
        equation.outvars[0].aval.shape
        for equation in _equations(jax.make_jaxpr(population)(*arguments).jaxpr)
        if equation.primitive.name == "gather"
    ]
    assert (2, 8, 4) in gathers  # 2 seeds, 8 examples of 4 features
    assert not any(3 in shape for shape in gathers)  # 3 settings


def _equations(program):
    for equation in program.eqns:
        yield equation
        for parameter in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda p: hasattr(p, "eqns")
        ):
            if hasattr(parameter, "eqns"):
                yield from _equations(getattr(parameter, "jaxpr", parameter))


def test_dropout_acts_in_training_alone_and_belongs_to_the_step():
    net = nn.MLP((5,), 3, dropout=0.5)
    same(program(make(net=net))(0)[1], program(make())(0)[1])

    @jax.jit
    def after_step(i, rate):
        trial = make(net=nn.MLP((5,), 3, dropout=rate), order="full")
        return trial.step(i, trial.init()).params["layer_1"]["kernel"]

    assert (after_step(0, 0.5) != after_step(1, 0.5)).any()
    np.testing.assert_array_equal(after_step(0, 0.5), after_step(0, 0.5))
    np.testing.assert_array_equal(after_step(0, 0.0), after_step(1, 0.0))


def test_a_plain_flax_module_with_a_deterministic_flag_trains_too():
    class Plain(linen.Module):
        @linen.compact
        def __call__(self, x, deterministic):
            h = linen.relu(linen.Dense(5)(x))
            return linen.Dense(3)(linen.Dropout(0.5)(h, deterministic=deterministic))

    run = program(make(net=Plain(), optimizer=optax.sgd(0.1)))
    before, after = (run(steps)[1]["train_loss"] for steps in (0, 100))
    assert after < before


def test_an_optimizer_that_is_not_width_safe_is_refused_on_traced_sizes_only():
    muon = learn.optimizer("muon", 0.1)
    make(optimizer=muon)  # widths are plain: anything goes

    def padded(width, optimizer):
        return make(net=nn.MLP((nn.Size(width, 5),), 3), optimizer=optimizer).init().params

    jax.eval_shape(partial(padded, optimizer=optax.adam(0.1)), jnp.int32(3))
    for optimizer in (muon, optax.adafactor(0.1)):
        with pytest.raises(NnlabError, match="width-safe"):
            jax.eval_shape(partial(padded, optimizer=optimizer), jnp.int32(3))


class WithStatistics(linen.Module):
    @linen.compact
    def __call__(self, x):
        return linen.BatchNorm(use_running_average=True)(linen.Dense(3)(x))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"loss": "crossentropy"}, "cross_entropy"),
        ({"order": "shuffled"}, "reshuffled"),
        ({"batch": 0}, "batch"),
        ({"batch": 2.5}, "batch"),
        ({"evaluation_batch": None}, "evaluation_batch"),
        ({"y": Y[:9]}, "training set"),
        ({"examples": 51}, "51"),
        ({"evaluate": {"test": (X[:9], Y)}}, "'test'"),
        ({"evaluate": {"test": X}}, "'test'"),
        ({"evaluate": {"test": (0.0, 1.0)}}, "'test'"),
        ({"net": WithStatistics()}, "batch_stats"),
        ({"measures": (lambda snapshot: {"train_loss": 0.0},)}, "train_loss"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(options, message):
    with pytest.raises(NnlabError, match=message):
        jax.eval_shape(lambda: (trial := make(**options)).measure(trial.init()))
