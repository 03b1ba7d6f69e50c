from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from nnlab.errors import NnlabError
from nnlab.theory import published, published_sets


@pytest.mark.parametrize("name", published_sets)
def test_every_set_says_where_it_is_from_and_what_its_columns_are(name):
    points, documented = published(name), published_sets[name]
    assert documented.source
    assert documented.taken
    assert list(points.columns) == list(documented.columns)
    assert len(points) > 0
    errors = points[["train_error", "test_error"]]
    assert errors.notna().any(axis=1).all(), "each row holds at least one error"
    assert (errors.isna() | ((errors >= 0) & (errors <= 100))).all().all()
    assert points.drop(columns=list(errors)).notna().all().all()


def test_every_file_is_documented():
    files = (resources.files("nnlab.theory") / "published").iterdir()
    assert {f.name for f in files} == {f"{name}.csv" for name in published_sets}


def test_the_notebooks_printed_errors():
    points = published("mnist1d_double_descent")
    noisy = points[points.label_noise == 0.15].set_index("width")
    expected = {9: 49.0, 16: 47.2, 27: 50.7, 36: 52.8, 47: 54.05, 61: 54.0, 104: 50.2, 300: 45.5}
    for width, error in expected.items():
        assert noisy.test_error[width] == pytest.approx(error, abs=0.051)
    assert noisy.test_loss.idxmax() == 61
    assert noisy.train_error[noisy.train_error == 0].index.min() == 61
    clean = points[points.label_noise == 0.0].set_index("width")
    assert clean.test_loss.idxmax() == 47
    assert clean.test_error[300] == 37.25


def test_the_books_digitised_curve():
    points = published("udl_fig_8_10")
    curve = points[points.label_noise == 0.15].dropna(subset="test_error").sort_values("width")
    expected = {10: 46.5, 20: 41.7, 40: 43.4, 70: 49.7, 100: 46.0, 200: 40.8, 400: 35.4}
    found = np.interp(list(expected), curve.width, curve.test_error)
    np.testing.assert_allclose(found, list(expected.values()), atol=0.6)
    assert set(points.label_noise) == {0.0, 0.15}


def test_the_classification_notebooks_last_errors():
    last = published("mnist1d_benchmark").query("step == 6000")
    expected = {
        "in_order": {"logistic": 31.5, "mlp": 65.1, "cnn": 92.3, "gru": 89.1},
        "notebook": {"logistic": 31.5, "mlp": 66.0, "cnn": 58.7, "gru": 53.3},
    }
    for positions, accuracies in expected.items():
        errors = last[last.positions == positions].set_index("network").test_error
        for network, accuracy in accuracies.items():
            assert 100 - errors[network] == pytest.approx(accuracy)


def test_each_call_gives_a_frame_of_its_own():
    first = published("udl_fig_8_10")
    first["test_error"] = 0.0
    assert published("udl_fig_8_10").test_error.max() > 50


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(NnlabError, match="did you mean 'udl_fig_8_10'"):
        published("udl_fig_8_11")
    with pytest.raises(NnlabError, match="choose from"):
        published("../../secrets")
