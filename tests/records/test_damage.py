"""Every changed byte of a record is noticed; repair sets aside what is damaged and no more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnlab.errors import NnlabError
from nnlab.files import checksum
from nnlab.records import Store, manifest
from nnlab.records.manifest import Chunk, render_manifest

AXES = {"norms": ["layer"]}


@pytest.fixture(scope="module")
def sound(tmp_path_factory, rows_of):
    """A store of three chunks, and all its files as they were; repaired after each case."""
    store = Store(tmp_path_factory.mktemp("damage") / "records")
    chunks = [store.write(rows_of(*trials), AXES, {"time": "now"}) for trials in ("ab", "cd", "e")]
    return store, chunks, {path: path.read_bytes() for path in store.folder.iterdir()}


def restore(store, files):
    for path in store.folder.rglob("*.*"):
        path.unlink()
    for path, content in files.items():
        path.write_bytes(content)


def assert_detected(store, files, chunk):
    """One line from every reader, and a repair that gives the other chunks back untouched."""
    for read in (store.read, lambda: store.read(["a"]), lambda: store.finished(["a"])):
        with pytest.raises(NnlabError, match=r"damaged record .* --repair") as error:
            read()
        assert "\n" not in str(error.value)
    damaged = {path: path.read_bytes() for path in (chunk.manifest, chunk.path)}
    aside = store.repair()
    assert [path.read_bytes() for path in aside] == list(damaged.values())
    assert set(store.read()[0]["trial"]) == {"c", "d", "e"}
    assert store.finished("abcde") == {"c", "d", "e"}
    assert all(p.read_bytes() == c for p, c in files.items() if p not in damaged)
    assert store.repair() == []
    restore(store, files)


CASES = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("part", ["path", "manifest"])
@CASES
@given(data=st.data())
def test_every_flipped_byte_is_noticed(sound, part, data):
    store, chunks, files = sound
    path = getattr(chunks[0], part)
    content = bytearray(files[path])
    place = data.draw(st.integers(0, len(content) - 1), label="place")
    content[place] ^= data.draw(st.integers(1, 255), label="bits")
    path.write_bytes(content)
    assert_detected(store, files, chunks[0])


@pytest.mark.parametrize("part", ["path", "manifest"])
@CASES
@given(data=st.data())
def test_every_truncation_and_addition_is_noticed(sound, part, data):
    store, chunks, files = sound
    path = getattr(chunks[0], part)
    content = files[path]
    length = data.draw(st.integers(0, len(content) - 1), label="length")
    more = data.draw(st.binary(min_size=1, max_size=5), label="more")
    path.write_bytes(data.draw(st.sampled_from([content[:length], content + more])))
    assert_detected(store, files, chunks[0])


def test_missing_rows_are_noticed(sound):
    store, chunks, files = sound
    chunks[0].path.unlink()
    with pytest.raises(NnlabError, match=r"damaged record .*No such file"):
        store.finished(["a"])
    assert [path.name for path in store.repair()] == [chunks[0].manifest.name]
    assert store.finished("abcde") == {"c", "d", "e"}
    restore(store, files)


def test_rows_that_belong_to_another_chunk_are_noticed(sound):
    store, chunks, files = sound
    chunks[0].path.write_bytes(files[chunks[1].path])
    assert_detected(store, files, chunks[0])
    chunks[0].manifest.write_bytes(files[chunks[1].manifest])
    chunks[0].path.write_bytes(files[chunks[1].path])
    assert_detected(store, files, chunks[0])


def test_chunks_that_have_changed_places_are_noticed(sound):
    """Both files of each pair, or the manifests alone: each file is whole, under another's name."""
    store, chunks, files = sound
    for parts in (("path", "manifest"), ("manifest",), ("path",)):
        for one, other in ((0, 1), (1, 0)):
            for part in parts:
                getattr(chunks[one], part).write_bytes(files[getattr(chunks[other], part)])
        for read in (store.read, lambda: store.finished(["a"]), lambda: store.read(["c"])):
            with pytest.raises(NnlabError, match=r"damaged record .* --repair"):
                read()
        assert len(store.survey()[1]) == 2 and len(store.repair()) == 4
        assert store.finished("abcde") == {"e"}
        restore(store, files)


def test_a_chunk_that_is_gone_is_not_recorded(sound):
    """Its trials run again: nobody is told that they are there."""
    store, chunks, files = sound
    chunks[0].manifest.unlink()
    assert store.finished("abcde") == {"c", "d", "e"} == set(store.read()[0]["trial"])
    chunks[0].path.unlink()
    assert store.finished("abcde") == {"c", "d", "e"} and store.survey()[1] == []
    restore(store, files)


@CASES
@given(data=st.data())
def test_a_survey_finds_every_change_of_every_file(sound, data):
    """Flips, truncations, deletions and exchanges, several at once; sound ones are not accused."""
    store, chunks, files = sound
    restore(store, files)  # a case before may have failed
    harmed = set()
    for path in data.draw(st.sets(st.sampled_from(sorted(files)), min_size=1), label="files"):
        content = bytearray(files[path])
        kind = data.draw(st.sampled_from(["flip", "cut", "exchange", "delete"]), label="kind")
        if kind == "flip":
            place = data.draw(st.integers(0, len(content) - 1))
            content[place] ^= data.draw(st.integers(1, 255))
        elif kind == "cut":
            del content[data.draw(st.integers(0, len(content) - 1)) :]
        elif kind == "exchange":
            content = files[data.draw(st.sampled_from(sorted(files.keys() - {path})))]
        path.write_bytes(content)
        if kind == "delete":
            path.unlink()
        harmed.add(path)
    survey, damaged = store.survey()
    # A chunk whose manifest is gone does not exist; all others are sound or damaged.
    there = {c.manifest for c in chunks if c.manifest.exists()}
    expected = {m for m in there if {m, m.with_suffix(".parquet")} & harmed}
    assert {error.path.with_suffix(".json") for error in damaged} == expected
    assert {chunk.manifest for chunk in survey} == there - expected
    assert bool(store.repair()) == bool(expected)
    assert set(store.read()[0]["trial"] if survey else ()) == {t for c in survey for t in c.trials}
    assert store.finished("abcde") == {t for c in survey for t in c.trials}
    restore(store, files)


def test_what_is_not_parquet_is_noticed_although_its_checksum_is_right(sound):
    store, _, files = sound
    sha256 = checksum(b"text")
    chunk = Chunk(store.folder / f"{sha256[:24]}.parquet", sha256, ("x",), {}, {})
    chunk.path.write_bytes(b"text")
    chunk.manifest.write_bytes(render_manifest(chunk))
    with pytest.raises(NnlabError, match="it is not a Parquet file"):
        store.read(["x"])
    assert len(store.repair()) == 2 and store.finished("abcdex") == set("abcde")
    restore(store, files)


def test_damage_twice_over_is_kept_twice(sound):
    store, chunks, files = sound
    kept = []
    for content in (b"one", b"two"):
        chunks[0].path.write_bytes(content)
        kept += store.repair()
        restored = {p: c for p, c in files.items() if p in (chunks[0].path, chunks[0].manifest)}
        for path, whole in restored.items():
            path.write_bytes(whole)
    assert len(set(kept)) == 4 and [p.read_bytes() for p in kept[1::2]] == [b"one", b"two"]
    assert store.finished("abcde") == set("abcde")
    restore(store, files)


def test_records_of_another_version_are_not_damaged(sound, monkeypatch):
    store, chunks, files = sound
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "_FORMAT", 2)
        chunks[0].manifest.write_bytes(render_manifest(chunks[0]))
    for read in (store.read, store.repair):
        with pytest.raises(NnlabError, match="written by another version of nnlab"):
            read()
    assert chunks[0].path.exists() and chunks[0].manifest.exists()
    restore(store, files)


def test_records_that_may_not_be_read_are_not_damaged(sound, monkeypatch):
    store, _, files = sound
    real = Path.read_bytes
    for ending in (".json", ".parquet"):

        def refuse(path, ending=ending):
            if path.suffix == ending:
                raise PermissionError(13, "Permission denied")
            return real(path)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", refuse)
            for read in (store.read, store.repair):
                with pytest.raises(NnlabError, match=r"cannot read .*Permission denied"):
                    read()
    assert {path: path.read_bytes() for path in store.folder.glob("*.*")} == files


def test_a_repair_that_cannot_move_is_told(sound):
    store, chunks, files = sound
    shutil.rmtree(store.folder / "damaged", ignore_errors=True)
    (store.folder / "damaged").write_text("a file")
    chunks[0].path.write_bytes(b"x")
    with pytest.raises(NnlabError, match="cannot move"):
        store.repair()
    assert chunks[0].path.exists() and chunks[0].manifest.exists()
    (store.folder / "damaged").unlink()
    restore(store, files)
