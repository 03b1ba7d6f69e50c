"""Trials that diverge are counted, told of and drawn, and can be what a study asks about."""

from __future__ import annotations

import json

import pytest

import nnlab
from nnlab.conclusions import conclude
from nnlab.study import make_request

WILD = '''"""Which rates are too large?"""
from nnlab import Claim, Preset, Sized, Study, Traced, analysis, data, learn, nn, show

def dataset(p):
    return data.iris()

def trial(key, p, d):
    optimizer = learn.optimizer("sgd", p.learning_rate)
    net = nn.MLP(hidden=(p.width,), out=d.classes)
    return learn.supervised(key, net, optimizer, d.train.x, d.train.y, batch=20)

def shares(table):
    """Share of finite trials at a sound rate, minus that at a wild one."""
    sound = analysis.by_seed(table, "finite", across="learning_rate")
    return analysis.paired_difference(sound.at(learning_rate=0.1), sound.at(learning_rate=1e38))

def when(table):
    return analysis.mean(analysis.by_seed(table, "diverged_at", learning_rate=1e38).values.ravel())

def figures(table):
    curves = analysis.curve(table, "learning_rate", "train_loss", by="width")
    series = show.series_by(curves, "width", x="learning_rate")
    return [show.Figure("losses", [show.Panel(series, "rate", "loss", log_x=True)], "Losses.")]

STUDY = Study(
    data=dataset, trial=trial, figures=figures,
    factors={"width": Sized(4), "learning_rate": Traced(0.1, 1e38)},
    presets={"quick": Preset(seeds=5, steps=20)},
    claims=[Claim("diverges", "It does.", shares, analysis.Region.above(0.5)),
            Claim("early", "At once.", when, analysis.Region.below(5))],
)
'''


@pytest.fixture
def concluded(anywhere):
    (anywhere / "studies").mkdir()
    (anywhere / "studies" / "wild.py").write_text(WILD)
    table = nnlab.run("wild", "quick", progress=False)
    request = make_request(nnlab.study.load_study("wild"), "quick")
    return table, conclude(request, table, anywhere / "drawn", "nnlab run wild"), anywhere / "drawn"


def test_divergence_is_counted_told_of_drawn_and_judged(concluded):
    table, conclusion, folder = concluded
    wild = table.learning_rate == 1e38
    assert (table[wild].diverged_at >= 0).all() and (table[~wild].diverged_at == -1).all()
    told = "5 of 10 trials diverged; means are over the others"
    assert told in conclusion.problems
    assert list(conclusion.summary.diverged) == [0, 5]
    assert json.loads((folder / "provenance.json").read_text())["diverged"] == 5
    assert told in (folder / "losses.txt").read_text()
    assert [verdict.verdict for verdict in conclusion.verdicts] == ["supported", "supported"]
