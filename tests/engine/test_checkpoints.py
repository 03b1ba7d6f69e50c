"""Checkpoints: written whole, never trusted where a byte differs, gone when they have served."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_studies import irises, machine, request_of, table_of

from nnlab.engine import Silent, checkpoints, segments
from nnlab.engine.checkpoints import Checkpoint
from nnlab.errors import NnlabError
from nnlab.records import seal, unseal

SAVED_AT = 10  # steps 6 and 12 are recorded, so segments of 4 end at 4, 6, 10 and 12


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


class Heard(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


class Scene:
    """A run of 12 steps that saves after every segment, killed when it has saved at step 10."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.reporter = folder, Heard()
        self.computed: list[int] = []
        self.request = request_of(irises(), seeds=2)
        monkeypatch.setenv("NNLAB_CHECKPOINT_SECONDS", "0")
        monkeypatch.setattr(segments.Pace, "__init__", lambda pace: setattr(pace, "steps", 4))
        monkeypatch.setattr(segments.Pace, "took", lambda _, steps, s: self.computed.append(steps))
        save = Checkpoint.save

        def killed(checkpoint, reached, compiled):
            save(checkpoint, reached, compiled)
            if reached.step == SAVED_AT:
                self.checkpoint, self.compiled = checkpoint, compiled
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(Checkpoint, "save", killed)
            with pytest.raises(Killed):
                self.run()
        assert self.computed == [4, 2, 4]
        self.computed.clear()

    def run(self):
        return table_of(self.request, self.folder, self.reporter)

    @property
    def saved(self) -> Path:
        """The JSON of what is saved."""
        (path,) = self.folder.glob("checkpoints/*/*.json")
        return path


@pytest.fixture
def scene(on, tmp_path, monkeypatch) -> Scene:
    on(machine(lanes=2))
    return Scene(tmp_path / "study", monkeypatch)


def started_again(scene: Scene) -> bool:
    """Runs to the end; whether the first chunk was computed from its beginning."""
    scene.run()
    assert not (scene.folder / "checkpoints").exists()
    return scene.computed[0] == 4


def test_what_was_saved_is_taken_up_and_then_deleted(scene):
    assert not started_again(scene)
    assert scene.computed[0] == 12 - SAVED_AT and scene.reporter.notes == []


def test_it_goes_as_soon_as_its_chunk_is_recorded(scene, monkeypatch):
    """Not only at the end: of chunks that follow one another just one is saved."""
    save, saved = Checkpoint.save, []

    def looking(checkpoint, reached, compiled):
        done = save(checkpoint, reached, compiled)
        saved.append([path.name for path in (scene.folder / "checkpoints").iterdir()])
        return done

    monkeypatch.setattr(Checkpoint, "save", looking)
    scene.run()
    assert len(saved) == 3 and all(len(names) == 1 for names in saved)


def test_a_flipped_byte_in_any_file_is_noticed(scene):
    """It is then not used, and one line says so."""
    files = [path for path in scene.saved.parent.rglob("*") if path.is_file()]
    assert len(files) > 5
    draws, notes = np.random.default_rng(5), scene.reporter.notes
    for path in files:
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[draws.integers(len(content))] ^= 1 << draws.integers(8)
        path.write_bytes(flipped)
        assert scene.checkpoint.load(scene.compiled) is None
        (note,) = notes
        assert "is not used" in note and "starts again" in note
        path.write_bytes(content)
        notes.clear()
    reached = scene.checkpoint.load(scene.compiled)
    assert reached is not None and reached.step == SAVED_AT and len(reached.measures) == 1


@pytest.mark.parametrize("damage", ["truncated", "missing file", "one file more", "no folder"])
def test_damage_of_other_kinds_is_noticed(scene, damage):
    folder = scene.saved.with_suffix("")
    data = max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    if damage == "truncated":
        data.write_bytes(data.read_bytes()[:-1])
    elif damage == "missing file":
        data.unlink()
    elif damage == "one file more":
        (folder / "more").write_bytes(b"")
    else:
        folder.rename(folder.with_name("elsewhere"))
    assert started_again(scene)
    (note,) = scene.reporter.notes
    assert "is not used" in note and "starts again" in note


@pytest.mark.parametrize("field", ["program", "format"])
def test_what_another_program_or_version_wrote_is_not_taken_up(scene, field):
    """Its checksum is right, so it is not damage."""
    fields = unseal(scene.saved.read_bytes())
    fields.pop("manifest")
    scene.saved.write_bytes(seal({**fields, field: 0}))
    assert started_again(scene)
    assert len(scene.reporter.notes) == 1


def test_a_changed_study_does_not_go_on_with_the_state_of_the_old_one(scene):
    """The author changed the trial and not the version: half of each would be neither."""
    first = scene.request.study.trial

    def changed(key, p, d):
        trial = first(key, p, d)
        return trial._replace(
            measure=lambda state: trial.measure(state) | {"more": 1.0 * p.width.n}
        )

    scene.request = request_of(irises(changed), seeds=2)
    assert started_again(scene)
    (note,) = scene.reporter.notes
    assert "another program wrote it" in note


@pytest.mark.parametrize("moment", ["write_snapshot", "write_atomically"])
def test_the_one_before_stays_until_the_next_is_whole(scene, monkeypatch, moment):
    def killed(path, content):
        raise Killed

    before, reached = scene.saved, scene.checkpoint.load(scene.compiled)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, moment, killed)
        with pytest.raises(Killed):
            scene.checkpoint.save(reached, scene.compiled)
    assert scene.saved == before
    assert scene.checkpoint.save(reached, scene.compiled)
    assert scene.saved != before and not before.with_suffix("").exists()
    assert not started_again(scene)


def test_a_full_disk_is_told_and_ends_nothing(scene, monkeypatch):
    def full(*_):
        raise NnlabError("cannot write: No space left on device")

    monkeypatch.setattr(checkpoints, "write_atomically", full)
    monkeypatch.setattr(segments.Pace, "__init__", lambda pace: setattr(pace, "steps", 2))
    scene.run()
    assert scene.reporter.notes and "No space left" in scene.reporter.notes[0]
    assert "no checkpoint could be written" in scene.reporter.notes[0]


def test_a_checkpoint_of_another_plan_goes_when_its_trials_are_recorded(scene, on):
    on(machine(lanes=4))
    scene.run()
    assert scene.reporter.notes == [] and not (scene.folder / "checkpoints").exists()


def test_they_take_a_twentieth_of_the_time_at_most(monkeypatch, tmp_path):
    now = [0.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])

    def slow(path, reached):
        now[0] += 10.0
        return {}

    monkeypatch.setattr(checkpoints, "write_snapshot", slow)
    monkeypatch.setattr(checkpoints, "_program", lambda compiled: "")
    checkpoint = Checkpoint(tmp_path, (), 60.0, print)
    for wait, due in ((59.0, False), (1.0, True)):
        now[0] += wait
        assert checkpoint.due is due
    assert checkpoint.save(segments.Reached(3, None), None)  # type: ignore[arg-type]
    for wait, due in ((60.0, False), (139.0, False), (1.0, True)):
        now[0] += wait
        assert checkpoint.due is due


@pytest.mark.parametrize("text", ["", "soon", "-1", "nan", "inf"])
def test_a_time_that_is_none_is_refused_in_one_line(monkeypatch, text):
    monkeypatch.setenv("NNLAB_CHECKPOINT_SECONDS", text)
    with pytest.raises(NnlabError, match="NNLAB_CHECKPOINT_SECONDS"):
        checkpoints._seconds()
