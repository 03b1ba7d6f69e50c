"""Checkpoints: the state of a chunk under way, on disk, so that a stop loses seconds, not hours.

`FOLDER/TRIALS/NAME/` is what orbax writes, `NAME.json` beside it, written last, what is in it: the
step, the program and the SHA-256 of each file. A checkpoint without its JSON does not exist, and
the one before is deleted only when the next one does. TRIALS names the trials in their lanes;
keys and orders are not saved, being derived from identity.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import jax

from nnlab.engine.devices import arithmetic
from nnlab.engine.planner import Chunk
from nnlab.engine.programs import Compiled
from nnlab.engine.segments import Reached
from nnlab.engine.snapshots import read_snapshot, write_snapshot
from nnlab.errors import NnlabError
from nnlab.files import checksum, remove, write_atomically
from nnlab.records import seal, unseal

__all__ = ["Checkpoint", "Checkpoints"]

_FORMAT = 1

# Of the time of a run at most a twentieth goes into checkpoints, however large they are.
_SHARE = 20


@dataclass(frozen=True)
class Checkpoints:
    """All checkpoints of one store, in `folder`, one every so many `seconds` of running.

    0 seconds means after every segment. `NNLAB_CHECKPOINT_SECONDS` changes the default, for
    machines that are taken away at short notice. `say` is told, in one line, of a checkpoint that
    cannot be used or written.
    """

    folder: Path
    say: Callable[[str], None] = lambda line: None
    seconds: float | None = None

    def of(self, chunk: Chunk, names: Mapping[tuple[int, int], str]) -> Checkpoint:
        """That of one chunk; `names` are its trials' keys by seed and cell, in their lanes."""
        blocks = [[len(block.seeds), len(block.cells)] for block in chunk.blocks]
        identity = checksum(json.dumps([blocks, list(names.values())]).encode())[:24]
        every = _seconds() if self.seconds is None else self.seconds
        return Checkpoint(self.folder / identity, tuple(names.values()), every, self.say)

    def sweep(self, recorded: Collection[str]) -> None:
        """Delete the checkpoints, of other plans too, whose trials are all recorded."""
        known = set(recorded)
        for folder in self.folder.glob("*"):
            manifests = [_manifest(path) for path in folder.glob("*.json")]
            if any(fields and known.issuperset(fields["trials"]) for fields in manifests):
                _forget(folder)
        with contextlib.suppress(OSError):
            self.folder.rmdir()


class Checkpoint:
    """The checkpoint of one chunk: where it was left, and when it is due to be saved again."""

    def __init__(
        self, folder: Path, trials: tuple[str, ...], every: float, say: Callable[[str], None]
    ) -> None:
        self._folder, self._trials, self._every, self._say = folder, trials, every, say
        self._wait, self._last = every, time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to save."""
        return time.monotonic() - self._last >= self._wait

    @property
    def exists(self) -> bool:
        """Whether anything was saved, usable or not."""
        return self._folder.exists()

    def load(self, compiled: Compiled) -> Reached | None:
        """Where the chunk was left, the farthest that is as it was written; None if nowhere.

        One that another program wrote (the study, nnlab or JAX have changed since, or the devices
        are others) is not taken up: its bits would not be those of a run without a stop.
        """
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            fields = _manifest(path)
            if fields is None:
                self._ignored(path, "it is not as it was written")
            elif fields["program"] != _program(compiled):
                self._ignored(path, "another program wrote it")
            else:
                try:
                    return read_snapshot(path.with_suffix(""), fields["snapshot"], compiled.state)
                except Exception as error:  # a library's, of whatever kind, about what it reads
                    self._ignored(path, " ".join(str(error).split())[:200])
        return None

    def save(self, reached: Reached, compiled: Compiled) -> bool:
        """Write where the chunk stands, then delete what was saved before; False where it fails.

        A full disk does not end a run that can still be recorded: it is told, and tried again.
        """
        began = time.monotonic()
        name = f"{reached.step:012}-{secrets.token_hex(4)}"
        path = self._folder / name
        try:
            fields = {
                "format": _FORMAT,
                "program": _program(compiled),
                "trials": list(self._trials),
                "snapshot": write_snapshot(path, reached),
            }
            write_atomically(path.with_suffix(".json"), seal(fields))
        except Exception as error:  # orbax's errors of writing are of many kinds
            self._say(f"no checkpoint could be written to {self._folder}: {_line(error)}")
            _forget(path)
            saved = False
        else:
            self._forget_but(name)
            saved = True
        self._last = time.monotonic()
        self._wait = self._every and max(self._every, _SHARE * (self._last - began))
        return saved

    def drop(self) -> None:
        """Delete it: its chunk is recorded."""
        if self._folder.exists():
            _forget(self._folder)

    def _forget_but(self, name: str) -> None:
        # The JSON first: stopped in between, the checkpoint no longer exists.
        for path in sorted(self._folder.glob("*.json")):
            if path.stem != name:
                _forget(path)
                _forget(path.with_suffix(""))

    def _ignored(self, path: Path, why: str) -> None:
        self._say(f"checkpoint {path.with_suffix('')} is not used: {why}; its chunk starts again")


def _seconds() -> float:
    text = os.environ.get("NNLAB_CHECKPOINT_SECONDS", "60")
    with contextlib.suppress(ValueError):
        if 0 <= float(text) < math.inf:
            return float(text)
    raise NnlabError(f"NNLAB_CHECKPOINT_SECONDS={text} is no number of seconds from 0")


def _program(compiled: Compiled) -> str:
    """What decides the bits of the steps to come, besides the trials and the state."""
    device = jax.local_devices()[0]
    identity = {
        "program": compiled.fingerprint,
        "jaxlib": metadata.version("jaxlib"),
        "device": [device.platform, device.device_kind, len(jax.local_devices())],
        "flags": os.environ.get("XLA_FLAGS", ""),
        **arithmetic(),
    }
    return checksum(json.dumps(identity, sort_keys=True).encode())


def _manifest(path: Path) -> dict[str, Any] | None:
    """Its fields; None where it cannot be read, or another version of nnlab wrote it."""
    try:
        fields = unseal(path.read_bytes())
    except (OSError, ValueError):
        return None
    return fields if fields.get("format") == _FORMAT else None


def _forget(path: Path) -> None:
    with contextlib.suppress(NnlabError):  # what cannot be deleted is ignored all the same
        remove(path)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
