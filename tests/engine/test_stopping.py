"""The first signal waits for work that would be lost, the second one does not."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading

import pytest

from nnlab.engine import Stopped, Stopping

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


@pytest.fixture(autouse=True)
def own_handlers():
    """What these tests install and leave is theirs."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield before
    now = {number: signal.getsignal(number) for number in before}
    for number, handler in before.items():
        signal.signal(number, handler)
    assert now == before


@SIGNALS
def test_where_nothing_is_lost_it_stops_at_once(number):
    with pytest.raises(Stopped) as stop, Stopping():
        signal.raise_signal(number)
        pytest.fail("it went on")
    assert stop.value.code == 128 + number
    assert isinstance(stop.value, KeyboardInterrupt)


@SIGNALS
def test_deferred_work_is_finished_first(number):
    done = []
    with pytest.raises(Stopped), Stopping() as stopping, stopping.deferred():
        signal.raise_signal(number)
        assert stopping.asked == number
        done.append("finished")
    assert done


def test_the_second_signal_does_what_it_did_before():
    heard = []
    signal.signal(signal.SIGTERM, lambda *_: heard.append("again"))
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(KeyboardInterrupt) as stop, Stopping() as stopping, stopping.deferred():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGTERM)
            assert heard == ["again"]
            signal.raise_signal(signal.SIGINT)
            pytest.fail("it went on")
        assert not isinstance(stop.value, Stopped)
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def test_with_at_once_the_second_ends_the_process():
    script = (
        "import signal\nfrom nnlab.engine import Stopping\n"
        "with Stopping(at_once=True) as stopping, stopping.deferred():\n"
        "    signal.raise_signal(signal.SIGINT)\n    print('goes on', flush=True)\n"
        "    signal.raise_signal(signal.SIGINT)\n    print('too far', flush=True)\n"
    )
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60)
    assert child.returncode == -signal.SIGINT and child.stdout == b"goes on\n"
    assert child.stderr == b"", "Python heard it and raised KeyboardInterrupt"


def test_what_is_ignored_stays_so():
    """A job that a shell put into the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Stopping() as stopping:
            signal.raise_signal(signal.SIGINT)
            assert stopping.asked is None
    finally:
        signal.signal(signal.SIGINT, before)


def test_other_threads_change_no_handler():
    seen = []

    def look():
        with Stopping() as stopping, stopping.deferred():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
