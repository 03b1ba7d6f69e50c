"""Size: an int where it is one, an explanation where it is not; Features: never plain."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import linen

from nnlab.errors import NnlabError
from nnlab.nn import MLP, Dense, Features, Size, size_of, traced_sizes

AS_INTEGER = {
    "int": int,
    "range": range,
    "np.zeros": np.zeros,
    "np.zeros_tuple": lambda size: np.zeros((2, size)),
    "jnp.zeros": jnp.zeros,
    "jnp.zeros_tuple": lambda size: jnp.zeros((2, size)),
    "repeat": lambda size: (1,) * size,
    "index": lambda size: list(range(9))[size],
    "less": lambda size: 1 if size < 3 else 2,
    "more": lambda size: 1 if size >= 3 else 2,
    "equal": lambda size: 1 if size == 3 else 2,
    "float": float,
}


@pytest.mark.parametrize("use", AS_INTEGER.values(), ids=AS_INTEGER)
def test_a_traced_size_used_as_an_int_says_to_declare_it_static(use):
    with pytest.raises(NnlabError, match=r"`width` is traced .*declare it Static"):
        jax.eval_shape(lambda n: use(Size(n, 8, "width")), jnp.int32(3))


@pytest.mark.parametrize("use", AS_INTEGER.values(), ids=AS_INTEGER)
def test_an_int_size_serves_as_an_int(use):
    np.testing.assert_array_equal(use(Size(3, 8)), use(3))


@pytest.mark.parametrize(
    "use", [lambda s: s / 2, lambda s: s * 1.5, lambda s: s + s, lambda s: s * True]
)
def test_arithmetic_that_leaves_the_whole_numbers_is_refused(use):
    with pytest.raises(NnlabError, match="size"):
        use(Size(4, 8))


@pytest.mark.parametrize("use", [jnp.sqrt, lambda s: jnp.ones(3) * s])
def test_a_size_is_not_an_array(use):
    with pytest.raises(TypeError, match=r"write \.n"):
        use(Size(4, 8))


def test_arithmetic_acts_on_both_numbers():
    size = Size(5, 8, "width")
    for result, n, capacity in (
        (size * 2, 10, 16),
        (2 * size, 10, 16),
        (size // 2, 2, 4),
        (size + 1, 6, 9),
        (1 + size, 6, 9),
        (size - 1, 4, 7),
        (size * np.int64(3), 15, 24),
    ):
        assert (result.n, result.capacity, result.name) == (n, capacity, "width")
    traced = jax.jit(lambda n: (Size(n, 8) * 2 + 1).mask)(jnp.int32(3))
    assert traced.tolist() == [True] * 7 + [False] * 10


def test_equality_counts_the_capacity():
    assert Size(300, 400) == Size(int("300"), 400) != Size(300, 500)
    assert Size(3, 8) == 3 and Size(3, 8) != 4 and Size(3, 8) != "3"
    assert len({Size(300, 400), Size(300, 400), Size(300, 500)}) == 2


@pytest.mark.parametrize("n, capacity", [(0, 8), (9, 8), (-1, 8), (0, 0)])
def test_a_size_outside_its_capacity_is_refused(n, capacity):
    with pytest.raises(NnlabError, match="size"):
        Size(n, capacity)


@pytest.mark.parametrize("x", [2.0, True, "8", None])
def test_size_of_takes_whole_numbers_only(x):
    with pytest.raises(NnlabError, match="whole number"):
        size_of(x)


def test_exactness_and_mask():
    assert size_of(8).is_exact and size_of(np.int64(8)).is_exact
    assert not Size(7, 8).is_exact and not Size(jnp.int32(8), 8).is_exact
    assert Size(2, 4).mask.tolist() == [True, True, False, False]
    assert size_of(Size(2, 4)) == Size(2, 4)


def test_division_by_a_known_count_has_the_bits_of_division_by_a_traced_one():
    x = jnp.linspace(0.1, 3, 1000)
    known = jax.jit(lambda x: x / Size(7, 7).count(jnp.float32))(x)
    traced = jax.jit(lambda x, n: x / Size(n, 9).count(jnp.float32))(x, jnp.int32(7))
    np.testing.assert_array_equal(known, traced)


def test_a_size_is_a_pytree_whose_capacity_is_static():
    masks = jax.jit(jax.vmap(lambda size: size.mask))(Size(jnp.arange(1, 4), 4))
    assert masks.sum(1).tolist() == [1, 2, 3]
    axes = jax.tree.map(lambda _: 0, Size(jnp.arange(1, 4), 4))  # n = 0: axes are not sizes
    assert jax.vmap(lambda size: size.n, in_axes=(axes,))(Size(jnp.arange(1, 4), 4)).sum() == 6


FEATURES = Features(jnp.array([[1.0, 2.0, 0.0]]), Size(2, 3))


@pytest.mark.parametrize(
    "use",
    [
        jnp.tanh,
        jax.nn.relu,
        jax.nn.softmax,
        jnp.sum,
        np.tanh,
        np.asarray,
        lambda h: jnp.ones(3) @ h,
    ],
)
def test_features_refuse_array_functions(use):
    with pytest.raises(TypeError, match=r"use nn\.activate"):
        use(FEATURES)


def test_features_have_no_shape():
    with pytest.raises(AttributeError, match=r"no 'shape': use h\.values"):
        _ = FEATURES.shape  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "use, expected",
    [
        (lambda h: h + 1, [2, 3, 0]),
        (lambda h: 1 + h, [2, 3, 0]),
        (lambda h: h - 5, [-4, -3, 0]),
        (lambda h: h + h, [2, 4, 0]),
        (lambda h: 3 * h, [3, 6, 0]),
        (lambda h: h * h, [1, 4, 0]),
        (lambda h: -h, [-1, -2, 0]),
        (lambda h: h + jnp.ones(3), [2, 3, 0]),
    ],
)
def test_arithmetic_of_features_keeps_the_padding_zero(use, expected):
    result = use(FEATURES)
    assert isinstance(result, Features)
    np.testing.assert_array_equal(result.values[0], expected)


def test_features_of_different_capacity_do_not_add():
    with pytest.raises(NnlabError, match="capacity 3 and 4"):
        FEATURES + Features(jnp.zeros((1, 4)), Size(2, 4))


class _Two(linen.Module):
    blocks: tuple[linen.Module, ...]
    options: dict[str, object]

    def __call__(self, x):
        return x


def test_traced_sizes_looks_into_submodules_and_containers():
    assert not traced_sizes(MLP((8, size_of(8)), 2))
    assert traced_sizes(MLP((8, Size(7, 8)), 2))
    assert traced_sizes(Dense(Size(jnp.int32(8), 8)))
    assert not traced_sizes(_Two((Dense(3), MLP((4,), 2)), {"width": 8}))
    assert traced_sizes(_Two((Dense(3), MLP((Size(3, 4),), 2)), {}))
    assert traced_sizes(_Two((), {"width": [Size(3, 4)]}))
