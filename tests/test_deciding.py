"""Seeds are added look by look until every claim is decided, at a level fixed beforehand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab import analysis
from nnlab.deciding import decide
from nnlab.errors import NnlabError
from nnlab.study import Claim, Preset, Study, Traced


def study(*claims: Claim) -> Study:
    return Study(
        trial=lambda key, p, data: None,
        name="small",
        factors={"rate": Traced(0.1, 0.2)},
        presets={"quick": Preset(seeds=2), "standard": Preset(seeds=6)},
        claims=claims,
    )


def above(shift: float, name: str) -> Claim:
    return Claim(
        name,
        "It is above zero.",
        lambda table: analysis.mean(analysis.by_seed(table, "error", rate=0.1).values + shift),
        analysis.Region.above(0),
    )


class Lab:
    """Trials with normal errors, which notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.told: list[str] = []

    def tabulate(self, request) -> pd.DataFrame:
        self.asked.append(len(request.seeds))
        errors = np.random.default_rng(1).normal(size=200)[list(request.seeds)]
        frame = pd.DataFrame({"seed": request.seeds, "step": 0, "error": errors})
        frame = pd.concat([frame.assign(rate=c.settings["rate"]) for c in request.cells])
        return frame.assign(trial=frame.seed.astype(str) + "-" + frame.rate.astype(str))

    def decide(self, *claims: Claim, preset: str = "quick", **asked):
        return decide(study(*claims), preset, self.tabulate, self.told.append, **asked)


def test_it_stops_at_the_first_look_that_decides_all():
    lab = Lab()
    found = lab.decide(above(5.0, "clear"), above(-5.0, "clearly_not"), most=40)
    assert lab.asked == [5] and len(found.request.seeds) == 5
    assert found.looks.seeds == (5, 10, 20, 40)
    assert "4 looks, at 5, 10, 20, 40 seeds, each with intervals at 98.8%" in lab.told[0]
    assert lab.told[1] == "look 1 of 4, 5 seeds: no claim is left undecided"


def test_it_goes_on_while_one_is_undecided_and_ends_at_the_most():
    lab = Lab()
    found = lab.decide(above(5.0, "clear"), above(0.0, "on_the_edge"), most=20)
    assert lab.asked == [5, 10, 20] and len(found.request.seeds) == 20
    assert lab.told[1:] == [
        f"look {k} of 3, {n} seeds: undecided on_the_edge" for k, n in ((1, 5), (2, 10), (3, 20))
    ]


def test_the_level_of_the_looks_is_that_of_the_judge():
    """Decided at 95% and not at 98.3%: one more look is taken."""
    lab = Lab()
    draws = np.random.default_rng(1).normal(size=5)
    shift = float(np.std(draws, ddof=1)) / np.sqrt(5) * 3.2 - draws.mean()  # t(4): 2.78 and 4.1
    lab.decide(above(shift, "between"), most=5)
    assert lab.told[-1] == "look 1 of 1, 5 seeds: no claim is left undecided"
    lab.decide(above(shift, "between"), most=20)
    assert "look 1 of 3, 5 seeds: undecided between" in lab.told


def test_claims_that_fail_or_do_not_apply_are_not_waited_for():
    def absent(table):
        raise analysis.NotApplicable("nothing to see")

    lab = Lab()
    claims = [
        Claim("broken", "", lambda table: 1 / 0, analysis.Region.above(0)),
        Claim("absent", "", absent, analysis.Region.above(0)),
        above(5.0, "clear"),
    ]
    lab.decide(*claims, most=40)
    assert lab.asked == [5]


def test_the_folder_has_a_name_of_its_own_wherever_it_stops():
    label = Lab().decide(above(5.0, "clear"), most=40).request.label
    assert label == "quick+until-decided=40"
    assert Lab().decide(above(0.0, "c"), most=40).request.label == label
    changed = Lab().decide(above(5.0, "c"), preset="standard", overrides={"rate": [0.1]})
    assert changed.request.label == "standard+rate=0.1+until-decided=48"
    assert len(changed.request.cells) == 1
    more = Lab().decide(above(5.0, "c"), seeds=7, most=7)
    assert more.request.label == "quick+seeds=7+until-decided=7" and len(more.request.seeds) == 7


def test_a_study_without_claims_is_refused():
    with pytest.raises(NnlabError, match="makes no claims"):
        Lab().decide()
