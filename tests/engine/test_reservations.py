"""Several processes on one folder: each works on what no other does, and dead ones are replaced."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from small_studies import irises, machine, request_of, table_of

from nnlab import engine, records
from nnlab.engine import reservations, task
from nnlab.engine.reservations import Patience, Reservations
from nnlab.study import Inputs

TRIALS = ["a", "b"]


def made(folder: Path, lost: float = 60.0) -> Reservations:
    return Reservations(folder, Patience(lost, look=0.02))


def written(folder: Path) -> Path:
    """The one reservation there is."""
    (path,) = folder.glob("*.json")
    return path


def change(path: Path, age: float = 0.0, **words: object) -> None:
    """Rewrite a reservation as if another process had made it, so many seconds ago."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **words}))
    os.utime(path, (time.time() - age,) * 2)


def gone_process() -> int:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=-1)
    return int(done.stdout)


def test_one_at_a_time_and_in_any_order_of_the_trials(tmp_path):
    first, second = made(tmp_path), made(tmp_path)
    with first.of(TRIALS) as ours:
        assert ours and not second.free(TRIALS) and second.free(["a"])
        with second.of(TRIALS[::-1]) as theirs, second.of(["a"]) as another:
            assert not theirs and another
        assert not second.free(TRIALS)
    assert first.free(TRIALS)
    with second.of(TRIALS) as ours:
        assert ours


def test_it_is_given_back_where_the_work_raises(tmp_path):
    first = made(tmp_path)
    with pytest.raises(KeyboardInterrupt), first.of(TRIALS):
        raise KeyboardInterrupt
    assert made(tmp_path).free(TRIALS)
    first.tidy()
    assert not tmp_path.exists()


@pytest.mark.parametrize(
    ("words", "age", "lost"),
    [
        ({"pid": "gone"}, 0, True),
        ({"started": 1.0}, 0, True),  # another process has its number now
        ({}, 0, False),
        ({"host": "elsewhere", "pid": "gone"}, 0, False),
        ({"host": "elsewhere"}, 61, True),
        ({}, 61, True),
    ],
)
def test_the_work_of_a_lost_process_is_taken_over(tmp_path, words, age, lost):
    if words.get("pid") == "gone":
        words = {**words, "pid": gone_process()}
    first, second = made(tmp_path), made(tmp_path)
    with first.of(TRIALS):
        change(written(tmp_path), age, **words)
        assert second.free(TRIALS) == lost
        with second.of(TRIALS) as ours:
            assert ours == lost
            if ours:
                assert json.loads(written(tmp_path).read_text())["owner"] == second.owner
    first.tidy()
    second.tidy()
    assert not tmp_path.exists()


def test_an_owner_that_lost_it_does_not_touch_what_is_another_s(tmp_path):
    first, second = made(tmp_path, 0.3), made(tmp_path)
    with first.of(TRIALS):
        path = written(tmp_path)
        change(path, owner=second.owner)
        before = path.stat().st_mtime
        time.sleep(0.2)
        assert path.stat().st_mtime == before
    assert path.exists()


def test_an_owner_keeps_it_for_as_long_as_it_works(tmp_path):
    first, second = made(tmp_path, 0.3), made(tmp_path, 0.3)
    with first.of(TRIALS):
        change(written(tmp_path), host="elsewhere")
        for _ in range(10):
            time.sleep(0.06)
            assert not second.free(TRIALS)


def test_half_written_it_counts_until_it_is_old(tmp_path):
    first, second = made(tmp_path), made(tmp_path)
    with first.of(TRIALS):
        path = written(tmp_path)
        path.write_text("")
        assert not second.free(TRIALS)
        os.utime(path, (time.time() - 61,) * 2)
        assert second.free(TRIALS)


def test_one_that_became_somebody_else_s_meanwhile_is_put_back(tmp_path, monkeypatch):
    first, second = made(tmp_path), made(tmp_path)
    with first.of(TRIALS):
        path = written(tmp_path)
        monkeypatch.setattr(second, "_is_lost", lambda _: True)
        owners = iter(["who was lost", first.owner])
        monkeypatch.setattr(reservations, "_owner", lambda _: next(owners))
        assert not second._remove_lost(path)
        monkeypatch.undo()
        assert path.exists() and not list(tmp_path.glob("*.taken"))


def test_where_none_can_be_written_everybody_works(tmp_path):
    (tmp_path / "file").write_text("")
    first = made(tmp_path / "file" / "folder")
    with first.of(TRIALS) as ours:
        assert ours
    first.tidy()


def test_what_lost_processes_left_is_tidied_away_and_nothing_else(tmp_path):
    first, second = made(tmp_path), made(tmp_path)
    with first.of(["kept"]):
        kept = written(tmp_path)
        with first.of(["left"]):
            left = next(path for path in tmp_path.glob("*.json") if path != kept)
            change(left, 100)
            second.tidy()
            assert list(tmp_path.glob("*")) == [kept]


def test_a_reservation_names_its_process(tmp_path):
    with made(tmp_path).of(TRIALS):
        words = json.loads(written(tmp_path).read_text())
    assert words["pid"] == os.getpid() and words["host"] == socket.gethostname()


@pytest.mark.parametrize("lanes", [1, 2], ids=["in part", "wholly"])
def test_what_another_process_recorded_meanwhile_is_not_recorded_again(
    on, tmp_path, monkeypatch, lanes
):
    """As if another had thought this process dead, or had planned other blocks."""
    on(machine(lanes=lanes))
    request = request_of(irises())
    there = table_of(request, tmp_path / "there")
    chunks = sorted((tmp_path / "there").glob("*.json"))[: None if lanes == 2 else 2]
    here = tmp_path / "here"
    here.mkdir()
    run_, writes, write = task.run_chunk, [], records.Store.write

    def ran(*arguments):
        while chunks:
            manifest = chunks.pop()
            for path in (manifest.with_suffix(".parquet"), manifest):
                (here / path.name).write_bytes(path.read_bytes())
        return run_(*arguments)

    monkeypatch.setattr(task, "run_chunk", ran)
    monkeypatch.setattr(records.Store, "write", lambda *a: writes.append(1) or write(*a))
    on(machine(lanes=2))
    found = table_of(request, here)
    trials = [trial for chunk in records.Store(here).chunks() for trial in chunk.trials]
    assert len(trials) == len(set(trials)) == request.trials
    assert found[["trial", "step"]].equals(there[["trial", "step"]])
    # What was in other blocks than ours was recorded by nobody else.
    assert bool(writes) == (lanes == 1) and found.equals(there) >= (lanes == 2)


def test_a_chunk_that_another_process_holds_is_left_until_it_is_free(on, tmp_path, monkeypatch):
    on(machine(lanes=2))
    request = request_of(irises())
    inputs, store = Inputs(request.study), records.Store(tmp_path)
    keys = records.trial_keys(request, inputs)
    plan = engine.plan(request, store, inputs)
    first = plan.programs[0].chunks[0]
    cells = plan.programs[0].cells
    names = [keys[s, cells[c]] for b in first.blocks for s in b.seeds for c in b.cells]
    other = made(tmp_path / "reserved")
    held = other.of(names)
    assert held.__enter__()
    told: list[int] = []

    class Heard(engine.Silent):
        def waiting(self, chunks):
            told.append(chunks)
            recorded = {trial for chunk in store.chunks() for trial in chunk.trials}
            assert recorded == set(keys.values()) - set(names)
            held.__exit__(None, None, None)

    engine.run(request, store, inputs, Heard(), patience=Patience(look=0.02))
    assert told == [1]
    assert store.finished(keys.values()) == set(keys.values())


WORKER = """
import sys, time
from pathlib import Path
import jax
from nnlab import engine, records
from nnlab.engine import runner, task
from nnlab.learn import Trial
from nnlab.study import Inputs, Preset, Study, Traced, make_request

engine.configure()
runner.check_backend = lambda: None
runner.machine = lambda: engine.Machine("cpu", 1, 1e9, 1, 1e9, 1e-5, 1.0)
ran, run_chunk = [], task.run_chunk

def slowly(*arguments):
    ran.append(1)
    time.sleep(0.05)
    return run_chunk(*arguments)

def trial(key, p, d):
    return Trial(lambda: jax.random.normal(key, ()) * p.scale, lambda i, s: s,
                 lambda s: {{"drawn": s}})

task.run_chunk = slowly
study = Study(name="draws", trial=trial, factors={{"scale": Traced(*range(1, 9))}},
              presets={{"quick": Preset(seeds=8, steps=0)}})
request, inputs = make_request(study, "quick"), Inputs(study)
store = records.Store(Path({folder!r}))
print("ready", flush=True)
sys.stdin.readline()
engine.run(request, store, inputs, patience=engine.Patience(lost=20.0, look=0.05))
keys = list(records.trial_keys(request, inputs).values())
table = records.tidy(*store.read(keys), keys)
assert len(table) == table.trial.nunique() == 64
print(len(ran), hash(tuple(table.drawn)), flush=True)
"""


def four_processes(folder: Path, kill_after: int) -> list[list[str]]:
    """Run 64 chunks with four processes; one is killed when so many are recorded. What the others
    say: chunks run, and a hash of the table."""
    environment = {**os.environ, "JAX_NUM_CPU_DEVICES": "1"}
    command = [sys.executable, "-c", WORKER.format(folder=str(folder))]
    workers = [
        subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=environment) for _ in range(4)
    ]
    for worker in workers:
        assert worker.stdout and worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("\n")
        worker.stdin.flush()
    while len(list(folder.glob("*.json"))) < kill_after:
        time.sleep(0.005)
    workers[0].send_signal(signal.SIGKILL)
    told = [worker.communicate(timeout=100)[0].split() for worker in workers[1:]]
    assert workers[0].wait() == -signal.SIGKILL
    assert [worker.returncode for worker in workers[1:]] == [0, 0, 0]
    return told


def check(folder: Path, told: list[list[str]]) -> None:
    held = Counter(t for chunk in records.Store(folder).chunks() for t in chunk.trials)
    assert len(held) == 64 and set(held.values()) == {1}
    assert len({table for _, table in told}) == 1
    # The reservations saved work: no process has run nearly all.
    assert sum(int(ran) for ran, _ in told) <= 64 and max(int(ran) for ran, _ in told) < 60
    assert not (folder / "reserved").exists()


def test_four_processes_of_which_one_is_killed_lose_and_double_nothing(tmp_path):
    check(tmp_path, four_processes(tmp_path, kill_after=10))


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(20))
def test_killed_anywhere_one_of_four_processes_loses_and_doubles_nothing(tmp_path, turn):
    check(tmp_path, four_processes(tmp_path, random.Random(turn).randint(1, 45)))
