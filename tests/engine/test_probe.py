"""What a trial costs, read off its trace; hand counts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_studies import irises, request_of

from nnlab import data
from nnlab.engine.counting import work_of
from nnlab.engine.probe import cost_model
from nnlab.learn import Trial
from nnlab.study import Inputs, Preset, Static, Study, Traced

A, B = jnp.ones((3, 4)), jnp.ones((4, 5))


def counted(function, *arguments) -> float:
    return work_of(jax.make_jaxpr(function)(*arguments).jaxpr).operations


def test_a_matrix_product_is_two_operations_a_term():
    assert counted(lambda a, b: a @ b, A, B) == 2 * 3 * 5 * 4


def test_a_batch_of_products_is_so_many_products():
    batch = jnp.ones((7, 3, 4))
    assert counted(jax.vmap(lambda a, b: a @ b, (0, None)), batch, B) == 7 * 2 * 3 * 5 * 4
    both = jax.vmap(lambda a, b: a @ b)
    assert counted(both, batch, jnp.ones((7, 4, 5))) == 7 * 2 * 3 * 5 * 4
    assert counted(jax.vmap(jnp.negative), batch) == 7 * 3 * 4


def test_elementwise_is_one_operation_an_entry():
    assert counted(lambda a: -a * a, A) == 12 + 12
    assert counted(jnp.tanh, A) > 5 * 12  # a function that takes many
    assert counted(lambda a: a.reshape(12), A) == 0


def test_a_scan_is_its_body_so_many_times():
    def looped(a, b):
        return jax.lax.scan(lambda c, _: (c, c @ b), a, None, length=11)

    assert counted(looped, A, B) == 11 * 2 * 3 * 5 * 4


def test_loops_with_known_bounds_count_their_trips_and_others_one():
    def known(a):
        return jax.lax.fori_loop(0, 9, lambda i, c: c @ jnp.ones((4, 4)), a)

    # A scan: the product, one entry a constant and a counter; the products dominate.
    product = 2 * 3 * 4 * 4
    assert 9 * product <= counted(known, A) <= 9 * (product + 20)

    def unknown(a, n):
        return jax.lax.fori_loop(0, n, lambda i, c: c @ jnp.ones((4, 4)), a)

    assert product <= counted(unknown, A, 9) <= product + 20


def test_of_branches_the_dearest_counts():
    def branches(flag, a, b):
        return jax.lax.cond(flag, lambda: a @ b, lambda: jnp.zeros((3, 5)))

    one = counted(branches, True, A, B)
    assert 120 <= one <= 130


def test_what_is_inside_jit_and_checkpoint_counts():
    assert counted(jax.jit(lambda a, b: a @ b), A, B) == 120
    assert counted(jax.checkpoint(lambda a, b: a @ b), A, B) == 120


def test_a_convolution_is_two_operations_a_term():
    x, kernel = jnp.ones((2, 3, 10)), jnp.ones((6, 3, 5))

    def convolved(x, kernel):
        return jax.lax.conv_general_dilated(x, kernel, (1,), "VALID")

    assert counted(convolved, x, kernel) == 2 * (2 * 6 * 6) * (3 * 5)


def test_the_cost_of_a_trial_is_its_steps_its_measurements_and_its_state():
    n = 20

    def trial(key, p, d):
        return Trial(
            lambda: jnp.ones((n, n)),
            lambda i, s: s @ s,
            lambda s: {"trace": jnp.trace(s @ s @ s)},
        )

    study = Study(name="products", trial=trial, presets={"quick": Preset(1, 50, record=5)})
    (cell,) = request_of(study).cells
    cost = cost_model(study, Inputs(study))(cell, {})
    products = 2 * n**3 * (50 + 5 * 2)
    assert products < cost.work < 1.1 * products
    assert cost.state_bytes == 4 * n * n
    assert cost.rounds == 55


def test_cost_grows_with_capacity_and_each_program_is_traced_once():
    traces = []
    study = irises()

    def trial(key, p, d):
        traces.append(p.width.capacity)
        return study.trial(key, p, d)

    counting = irises(trial)
    cost_of = cost_model(counting, Inputs(counting))
    cells = request_of(counting).cells
    costs = [cost_of(cell, {"width": width}) for width in (5, 12) for cell in cells]
    assert costs[0].work < costs[-1].work and costs[0].state_bytes < costs[-1].state_bytes
    # init, step and measure of each of the two programs
    assert sorted(traces) == [5, 5, 5, 12, 12, 12]


def test_probing_computes_nothing(compiles):
    study = irises()
    for cell in request_of(study).cells:
        cost_model(study, Inputs(study))(cell, {"width": 12})
    assert compiles == []


@pytest.mark.parametrize("number", [2.0, np.float64(2.0), np.arange(3.0)])
def test_data_may_hold_plain_numbers_and_double_precision(number):
    def trial(key, p, d):
        return Trial(lambda: jnp.sum(d["number"]) * p.rate, lambda i, s: s, lambda s: {"m": s})

    study = Study(
        name="numbers",
        trial=trial,
        data=lambda p: {"number": number},
        factors={"rate": Traced(1.0)},
        presets={"quick": Preset(1, 5)},
    )
    (cell,) = request_of(study).cells
    assert cost_model(study, Inputs(study))(cell, {}).state_bytes == 4


def test_the_data_come_from_the_cell_that_is_probed():
    seen = []

    def trial(key, p, d):
        seen.append(d.train.x.shape)
        return Trial(lambda: jnp.float32(0), lambda i, s: s, lambda s: {"m": s})

    study = Study(
        name="sets",
        trial=trial,
        data=lambda p: getattr(data, p.set)(),
        factors={"set": Static("iris", "wine")},
        presets={"quick": Preset(1, 5)},
    )
    cost_of = cost_model(study, Inputs(study))
    for cell in request_of(study).cells:
        cost_of(cell, {})
    assert {shape[1] for shape in seen} == {4, 13}


def test_a_branch_taken_every_so_many_steps_counts_by_its_share():
    def step(i, x, name):
        with jax.named_scope(name):
            return jax.lax.cond(i % 10 == 0, lambda x: jnp.sum(jnp.sin(x @ x)), jnp.sum, x)

    x = jnp.ones((30, 30))
    dear, seldom = (counted(lambda i, x, n=n: step(i, x, n), 0, x) for n in ("here", "every_10"))
    assert dear > 50_000
    assert seldom == pytest.approx(dear / 10, rel=0.01)
    lanes = jax.vmap(lambda x: step(3, x, "every_10"))
    assert counted(lanes, x[None]) == pytest.approx(seldom, rel=0.1)
