"""Files are whole or absent, whatever stops the writing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.errors import NnlabError
from nnlab.files import checksum, leftovers, remove, user_cache, write_atomically, writing


def refusal(path: Path, content: bytes = b"new") -> str:
    with pytest.raises(NnlabError) as error:
        write_atomically(path, content)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
    return str(error.value)


def test_content_is_written_into_folders_made_for_it(tmp_path):
    path = tmp_path / "a" / "b" / ("é" * 120)
    write_atomically(path, b"one")
    write_atomically(path, b"two\x00")
    assert path.read_bytes() == b"two\x00" and list(path.parent.iterdir()) == [path]


def test_permissions_are_those_of_the_user(tmp_path):
    for mask, mode in ((0o022, 0o644), (0o077, 0o600)):
        old = os.umask(mask)
        try:
            write_atomically(tmp_path / "file", b"")
        finally:
            os.umask(old)
        assert (tmp_path / "file").stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("place", ["fsync", "replace"])
@pytest.mark.parametrize("old", [None, b"old"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_stop_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, place, old, error):
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(old)

    def stop(*arguments):
        assert len(list(tmp_path.glob(".nnlab-*"))) == 1  # it is under way
        raise error

    monkeypatch.setattr(os, place, stop)
    if isinstance(error, OSError):
        assert "cannot write" in refusal(path) and "No space left" in refusal(path)
    else:
        with pytest.raises(KeyboardInterrupt):
            write_atomically(path, b"new")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == ([] if old is None else [old])


def test_a_folder_that_cannot_be_synced_is_no_failure(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(22, "Invalid argument")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_file_where_a_folder_should_be_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert "a file stands where its folder should be" in refusal(tmp_path / "taken" / "x")
    assert "a file stands where its folder should be" in refusal(tmp_path / "taken" / "y" / "x")
    (tmp_path / "folder").mkdir()
    assert "Is a directory" in refusal(tmp_path / "folder")
    assert {p.name for p in tmp_path.iterdir()} == {"taken", "folder"}


def test_a_full_disk_is_told_and_leaves_the_old_file(tmp_path):
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from nnlab.errors import NnlabError\n"
        "from nnlab.files import write_atomically\n"
        "path = Path(sys.argv[1])\n"
        "write_atomically(path, b'old')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    write_atomically(path, bytes(100_000))\n"
        "except NnlabError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / "file"
    done = subprocess.run(
        [sys.executable, "-c", code, path], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith(f"cannot write {path}: ") and done.stdout.count("\n") == 1
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_block_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), writing(path) as stream:
        stream.write(b"half")
        raise KeyError
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]
    with writing(path) as stream:
        stream.write(b"in ")
        stream.write(b"pieces")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"in pieces"]


def test_what_is_removed_is_gone_whole(tmp_path, monkeypatch):
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "file").write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    for name in ("folder", "file", "link"):
        assert remove(tmp_path / name)
        assert not remove(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]

    def stop(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rmdir", stop)
        patch.setattr("shutil.rmtree", stop)
        with pytest.raises(KeyboardInterrupt):
            remove(tmp_path / "kept")
    # Stopped half-way, it has no name that anybody reads, and is swept when old.
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".nnlab-") and leftovers(tmp_path) == []
    os.utime(left, (1, 1))
    assert leftovers(tmp_path) == [left]
    write_atomically(tmp_path / "next", b"")
    assert [path.name for path in tmp_path.iterdir()] == ["next"]


def test_only_our_own_temporary_files_are_left_over(tmp_path):
    names = [".nnlab-0123456789abcdef.tmp", ".nnlab-x.tmp", "a.tmp", ".nnlab-0123456789abcdef"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (1, 1))
    assert [path.name for path in leftovers(tmp_path)] == names[:1]
    assert leftovers(tmp_path / "nowhere") == []


def test_the_checksum_is_sha256():
    assert checksum(b"abc").startswith("ba7816bf8f01cfea")


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A user without settings, at home in a folder of the test."""
    for name in ("NNLAB_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("variables", "platform", "folder"),
    [
        ({}, "linux", "~/.cache/nnlab"),
        ({}, "darwin", "~/Library/Caches/nnlab"),
        ({"LOCALAPPDATA": "/local"}, "win32", "/local/nnlab"),
        ({"LOCALAPPDATA": "/local"}, "linux", "~/.cache/nnlab"),
        ({"XDG_CACHE_HOME": "/xdg"}, "linux", "/xdg/nnlab"),
        ({"XDG_CACHE_HOME": "/xdg"}, "darwin", "/xdg/nnlab"),
        ({"XDG_CACHE_HOME": "~/xdg"}, "linux", "~/xdg/nnlab"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "~/.cache/nnlab"),
        ({"XDG_CACHE_HOME": ""}, "linux", "~/.cache/nnlab"),
        ({"NNLAB_CACHE": "/own", "XDG_CACHE_HOME": "/xdg"}, "darwin", "/own"),
        ({"NNLAB_CACHE": "~/own"}, "linux", "~/own"),
        ({"NNLAB_CACHE": ""}, "linux", "~/.cache/nnlab"),
    ],
)
def test_the_users_cache(bare, monkeypatch, variables, platform, folder):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert str(user_cache()) == folder.replace("~", str(bare))


def test_a_user_without_a_home_is_told(bare, monkeypatch):
    def no_home(*arguments):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(NnlabError, match="set NNLAB_CACHE"):
        user_cache()
