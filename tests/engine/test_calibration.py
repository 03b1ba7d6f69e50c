"""Rates: fitted to known times, remembered, and measured again where what is remembered is bad."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nnlab.engine import (
    Block,
    Chunk,
    Cost,
    Machine,
    Plan,
    Program,
    Rates,
    Work,
    calibration,
    machine,
)

TRUE = Rates(kernel=2e-6, product=3e-7, flop=1e-11, entry=1e-10, compiling=2.0)
USUAL = Rates(kernel=1e-6, product=1e-6, flop=1e-11, entry=1e-10, compiling=9.0)
WORKS = [
    Work(1e5, 1e3, 1e6, 1e6),
    Work(1e3, 1e6, 1e7, 1e7),
    Work(1e3, 1e3, 1e11, 1e8),
    Work(1e3, 1e3, 1e8, 1e10),
    Work(5e4, 5e5, 5e9, 5e9),
]
MACHINE = Machine("cpu", 2, 1e6, 32, 8e10, 1e-5, 2.5)


@pytest.fixture
def measurements(anywhere, monkeypatch) -> list[Machine]:
    """Measuring is replaced; the machines that were measured, in a cache of its own."""
    asked: list[Machine] = []

    def measured(on: Machine) -> Rates:
        asked.append(on)
        return TRUE

    monkeypatch.setattr(calibration, "measured", measured)
    monkeypatch.setenv("NNLAB_CACHE", str(anywhere / "cache"))
    monkeypatch.delenv("NNLAB_CALIBRATE", raising=False)
    return asked


def test_fitted_rates_tell_the_times_they_were_fitted_to():
    rates = calibration.fitted([(work, TRUE.seconds(work)) for work in WORKS], USUAL, 2.0)
    for work in WORKS:
        assert rates.seconds(work) == pytest.approx(TRUE.seconds(work), rel=0.1)
    assert rates.compiling == 2.0


def test_rates_are_never_negative_and_stay_usual_where_nothing_is_known():
    only_flops = [Work(0, 0, 1e9, 0), Work(0, 0, 2e9, 0)]
    rates = calibration.fitted([(work, 1e-3) for work in only_flops], USUAL, 2.0)
    assert (rates.kernel, rates.product, rates.entry) == pytest.approx(
        (USUAL.kernel, USUAL.product, USUAL.entry)
    )
    assert rates.flop == pytest.approx(1e-3 / 1.5e9, rel=0.5)
    odd = [(Work(1e3, 0, 0, 0), 1.0), (Work(1e6, 0, 0, 0), 1e-9)]
    assert all(rate >= 0 for rate in vars(calibration.fitted(odd, USUAL, 2.0)).values())


def a_plan(seconds: float) -> Plan:
    """A plan of one program that takes so long on a usual machine."""
    cost = Cost(seconds * MACHINE.flops_per_second, 1.0)
    chunk = Chunk((Block((0,), (0,)),), 1, (1,))
    return Plan((Program((), (), (), (1, 1), (chunk,), cost),), MACHINE)


def test_a_machine_is_measured_once(measurements):
    notes: list[str] = []
    first = calibration.calibrated(a_plan(100.0), notes.append)
    second = calibration.calibrated(a_plan(100.0), notes.append)
    assert first.machine.rates == second.machine.rates == TRUE
    assert len(measurements) == len(notes) == 1
    assert first == a_plan(100.0)  # rates never change a plan


def test_for_a_short_run_nothing_is_measured_but_what_is_known_is_used(measurements):
    assert calibration.calibrated(a_plan(1.0)).machine.rates is None and measurements == []
    calibration.calibrated(a_plan(100.0))
    assert calibration.calibrated(a_plan(1.0)).machine.rates == TRUE


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"kernel": 1}', json.dumps(vars(TRUE) | {"flop": -1.0})]
)
def test_a_bad_memory_is_measured_anew(measurements, anywhere, content):
    calibration.calibrated(a_plan(100.0))
    (path,) = (anywhere / "cache" / "rates").iterdir()
    path.write_text(content)
    assert calibration.calibrated(a_plan(100.0)).machine.rates == TRUE and len(measurements) == 2


def test_measuring_can_be_switched_off(measurements, monkeypatch):
    monkeypatch.setenv("NNLAB_CALIBRATE", "0")
    assert calibration.calibrated(a_plan(100.0)).machine.rates is None and measurements == []


def test_times_follow_the_rates_and_choices_do_not():
    own, shared = Work(0, 1e3, 1e9, 1e7), Work(1e4, 0, 0, 1e6)
    cost = Cost(1e9, 100.0, 100, own, shared)
    measured = Machine(**{**vars(MACHINE), "rates": TRUE})
    assert MACHINE.told_seconds((2, 3), cost) == MACHINE.block_seconds((2, 3), cost)
    whole = Work(1e4, 6e3, 6e9, 2 * 1e6 + 6e7)
    assert measured.told_seconds((2, 3), cost) == pytest.approx(TRUE.seconds(whole))
    assert measured.block_seconds((2, 3), cost) == MACHINE.block_seconds((2, 3), cost)


@pytest.mark.slow
def test_measured_rates_are_of_this_world():
    rates = calibration.measured(machine())
    assert np.all(np.isfinite(list(vars(rates).values())))
    assert 1e-14 < rates.flop < 1e-9 and 0.05 < rates.compiling < 300
