"""Shares of the variance: right on known sources, paired by seed, and refused where unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.analysis import shares_by_setting, variance_shares
from nnlab.errors import NnlabError

SOURCES = ("init", "noise", "order")
DEVIATIONS = np.sqrt([0.6, 0.3, 0.1])


def table(n: int, seed: int = 0, interaction: float = 0.0) -> pd.DataFrame:
    """A measure that is a sum of three sources, and perhaps a product of two."""
    rng = np.random.default_rng(seed)
    own, anew = rng.normal(size=(2, n, 3))
    parts = []
    for version in (np.zeros(3), np.ones(3), *np.eye(3)):
        x = np.where(version > 0, anew, own)
        error = 50 + (x * DEVIATIONS).sum(1) + interaction * x[:, 0] * x[:, 1]
        flags = {f"redrawn_{name}": flag for name, flag in zip(SOURCES, version, strict=True)}
        trial = [f"{version}-{seed}" for seed in range(n)]
        parts.append(
            pd.DataFrame({"trial": trial, "seed": range(n), "step": 9, **flags, "error": error})
        )
    return pd.concat(parts, ignore_index=True)


def test_known_sources_get_their_shares():
    found = variance_shares(table(1200), "error").set_index("source")
    assert list(found.index) == [*SOURCES, "interactions"]
    assert found.share[list(SOURCES)].to_numpy() == pytest.approx([0.6, 0.3, 0.1], abs=0.09)
    assert found.total[list(SOURCES)].to_numpy() == pytest.approx([0.6, 0.3, 0.1], abs=0.09)
    assert found.share.sum() == pytest.approx(1)
    assert abs(found.share["interactions"]) < 0.15
    assert found.deviation.iloc[0] == pytest.approx(1, abs=0.06)
    assert (found.share_low < found.share).all() and (found.share < found.share_high).all()


def test_an_interaction_is_nobodys_own_share():
    found = variance_shares(table(1200, 3, interaction=1.0), "error").set_index("source")
    assert found.share["interactions"] == pytest.approx(0.5, abs=0.13)
    assert found.share["init"] == pytest.approx(0.3, abs=0.12)
    assert found.total["init"] == pytest.approx(0.8, abs=0.12)
    assert found.total["order"] == pytest.approx(0.05, abs=0.03)


def test_a_source_without_effect_has_none_exactly():
    known = table(8)
    drawn_anew = known[[f"redrawn_{name}" for name in SOURCES]].sum(axis=1)
    known["redrawn_dropout"] = (drawn_anew == 3).astype(float)
    both = pd.concat([known, known[drawn_anew == 0].assign(redrawn_dropout=1.0)])
    row = variance_shares(both, "error").set_index("source").loc["dropout"]
    assert (row[["share", "share_low", "share_high", "total", "total_high"]] == 0).all()


def test_the_seeds_stay_paired_in_any_order_of_the_rows():
    known = table(10)
    mixed = known.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(variance_shares(known, "error"), variance_shares(mixed, "error"))
    # Broken pairs look as if every source caused everything.
    broken = known.copy()
    alone = broken.redrawn_order.eq(1) & broken.redrawn_init.eq(0)
    broken.loc[alone, "error"] = broken.loc[alone, "error"].to_numpy()[::-1]
    assert variance_shares(broken, "error").total[2] > 3 * variance_shares(known, "error").total[2]


def test_every_setting_and_measure_has_its_own():
    wide = pd.concat([table(6).assign(width=w) for w in (2, 8)], ignore_index=True)
    wide["trial"] += wide.width.astype(str)
    wide["loss"] = wide.error * wide.width
    factors = ["width", *(f"redrawn_{name}" for name in SOURCES)]
    found = shares_by_setting(wide, factors)
    assert found is not None and len(found) == 2 * 2 * 4
    assert list(found.columns[:3]) == ["width", "measure", "source"]
    assert found.share[:4].tolist() == pytest.approx(found.share[4:8].tolist())
    assert shares_by_setting(wide.drop(columns=factors[1:]), ["width"]) is None


def test_nothing_that_varies_has_no_shares():
    assert variance_shares(table(6).assign(error=1.0), "error").share.isna().all()


def test_an_ordinary_run_is_refused():
    with pytest.raises(NnlabError, match="--factor-seeds"):
        variance_shares(pd.DataFrame({"seed": [0], "step": [0], "error": [1.0]}), "error")


@pytest.mark.slow
@pytest.mark.parametrize("n", [10, 30])
def test_the_intervals_cover(n):
    truth = np.array([0.6, 0.3, 0.1, 0.0])
    found = [variance_shares(table(n, seed), "error") for seed in range(500)]
    shares = [(f.share_low <= truth) & (truth <= f.share_high) for f in found]
    totals = [(f.total_low[:3] <= truth[:3]) & (truth[:3] <= f.total_high[:3]) for f in found]
    assert np.mean(shares, axis=0).min() > 0.88 and np.mean(totals, axis=0).min() > 0.88
