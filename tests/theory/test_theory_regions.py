"""Region counts: the numbers in print, planes counted by hand, networks that have as many."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.theory import deep_parameters, deep_regions, folding_network, zaslavsky


def kinks(layers, low=0.0, high=1.0):
    """Where a ReLU network of one input bends: layer by layer, in float64, by cutting pieces."""
    places = np.array([low, high])
    for depth in range(1, len(layers)):
        value, _ = values(layers[:depth], places)
        new = [places]
        for unit in value.T:
            left, right = unit[:-1], unit[1:]
            cut = np.flatnonzero((left * right < 0) & (np.abs(left - right) > 0))
            share = left[cut] / (left[cut] - right[cut])
            new.append(places[cut] + share * (places[cut + 1] - places[cut]))
        places = np.unique(np.concatenate(new))
    return places


def values(layers, places):
    """The last layer's values before any ReLU at each place, and the layer's input."""
    h = places[:, None]
    for place, (kernel, bias) in enumerate(layers):
        z = h @ kernel.astype(np.float64) + bias
        h, before = (np.maximum(z, 0), h) if place < len(layers) - 1 else (z, h)
    return z, before


def pieces(layers):
    places = kinks(layers)
    middle = (places[1:] + places[:-1]) / 2
    step = (places[1:] - places[:-1]) / 4
    ahead, behind = (values(layers, middle + sign * step)[0][:, 0] for sign in (1, -1))
    slopes = (ahead - behind) / (2 * step)
    return 1 + int((np.abs(np.diff(slopes)) > 1e-3 * np.abs(slopes[:-1])).sum())


def test_the_numbers_in_print():
    assert zaslavsky(2, 3) == 7
    assert zaslavsky(10, 50) == 13_432_735_556
    assert zaslavsky(1, 8) == 9
    assert zaslavsky(5, 3) == 8, "fewer planes than dimensions: every pattern"
    assert deep_regions(10, 5) == 161_051 and deep_parameters(10, 5) == 471


def test_parameters_are_those_of_the_network():
    for units, layers in itertools.product((3, 5), (1, 2, 4)):
        network = folding_network(units, layers)
        assert sum(k.size + b.size for k, b in network) == deep_parameters(units, layers)


def test_zaslavsky_counts_the_sign_patterns_of_random_planes():
    random = np.random.default_rng(0)
    normals, offsets = random.standard_normal((5, 2)), 0.3 * random.standard_normal(5)
    points = 8 * random.standard_normal((200_000, 2)) ** 3
    patterns = np.unique(points @ normals.T + offsets > 0, axis=0)
    assert len(patterns) == zaslavsky(2, 5) == 16


@pytest.mark.parametrize("layers", [1, 2, 3, 6])
def test_tent_maps_double_with_every_layer(layers):
    assert pieces(folding_network(2, layers)) == 2**layers


@pytest.mark.parametrize(("units", "layers"), [(3, 1), (3, 4), (4, 3), (5, 3), (10, 2), (10, 4)])
def test_folds_reach_the_most_regions(units, layers):
    assert pieces(folding_network(units, layers)) == deep_regions(units, layers)


def test_a_fold_maps_the_interval_onto_itself():
    x = np.linspace(0, 1, 10_001)
    for units in (2, 3, 4, 7):
        y, _ = values(folding_network(units, 1), x)
        assert y.min() == pytest.approx(0, abs=1e-2) and y.max() == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: zaslavsky(0, 3), "zaslavsky: inputs is 0"),
        (lambda: deep_regions(3, 1.5), "deep_regions: layers is 1.5"),
        (lambda: folding_network(1, 2), "one unit cannot fold"),
        (lambda: deep_parameters(True, 2), "deep_parameters: units is True"),
    ],
)
def test_bad_input(call, told):
    with pytest.raises(NnlabError, match=told):
        call()
