"""Nothing from the network is believed before its checksum; whatever fails is told in one line."""

from __future__ import annotations

import http.server
import re
import threading
import time
import urllib.request
from hashlib import sha256
from typing import ClassVar

import pytest

from nnlab.data import fetching
from nnlab.data.fetching import Remote, fetched
from nnlab.errors import NnlabError

CONTENT = bytes(range(256)) * 3000  # several pieces
HASH = sha256(CONTENT).hexdigest()


class Answers(http.server.BaseHTTPRequestHandler):
    """/whole, /broken, /long, /wrong, /moved, /away, /slow; remembers what was asked."""

    asked: ClassVar[list[str]] = []

    def do_GET(self):
        name = self.path.strip("/")
        self.asked.append(name)
        if name in ("moved", "away"):
            self.send_response(302)
            to = "/whole" if name == "moved" else "ftp://127.0.0.1/whole"
            self.send_header("Location", to)
            self.end_headers()
            return
        if name == "slow":
            time.sleep(1)
        known = {"whole": CONTENT, "broken": CONTENT, "wrong": b"x" * len(CONTENT)}
        content = known.get(name, CONTENT + bytes(10**7) if name in ("long", "endless") else None)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        if name != "endless":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if name == "broken":
            content = content[:100_000]
        try:
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.asked.append("hung up")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Address of a server on this machine, to which plain http is allowed; an empty cache."""
    monkeypatch.setenv("NNLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NNLAB_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(fetching, "_SCHEMES", ("https", "http"))
    Answers.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        running.handle_error = lambda *about: None  # it hangs up on us, as it should
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(urllib.request, "build_opener", refuse)


def remote(*sources: str) -> Remote:
    return Remote("file.gz", len(CONTENT), HASH, sources)


def refusal(*arguments) -> str:
    with pytest.raises(NnlabError) as error:
        fetched(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def kept(tmp_path):
    return [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_file_is_downloaded_once_and_said_so(server, tmp_path, capsys):
    assert fetched("toy", remote(f"{server}/whole")) == CONTENT
    assert capsys.readouterr().err == "downloading file.gz (0.8 MB) from 127.0.0.1\n"
    assert fetched("toy", remote(f"{server}/whole")) == CONTENT
    assert Answers.asked == ["whole"] and capsys.readouterr().err == ""
    assert kept(tmp_path) == [tmp_path / "cache" / "downloads" / "toy" / "file.gz"]


def test_a_damaged_download_is_fetched_again(server, tmp_path):
    fetched("toy", remote(f"{server}/whole"))
    (file,) = kept(tmp_path)
    file.write_bytes(CONTENT[:-1] + b"?")
    assert fetched("toy", remote(f"{server}/whole")) == CONTENT
    assert Answers.asked == ["whole", "whole"] and file.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("missing", "HTTP 404 Not Found"),
        ("wrong", "wrong SHA-256"),
        ("broken", "broke off after 100000 of 768000 bytes"),
        ("long", "longer than its 768000 bytes"),
        ("endless", "longer than its 768000 bytes"),
        ("away", "ftp is not https"),
    ],
)
def test_what_is_not_the_file_is_thrown_away_and_the_next_source_asked(
    server, tmp_path, path, told
):
    line = refusal("toy", remote(f"{server}/{path}"))
    assert line.startswith(f"toy: file.gz cannot be downloaded (127.0.0.1: {told})"), line
    assert kept(tmp_path) == []
    assert fetched("toy", remote(f"{server}/{path}", f"{server}/moved")) == CONTENT


def test_a_silent_source_is_left(server, monkeypatch):
    monkeypatch.setattr(fetching, "_SILENCE", 0.2)
    assert "timed out" in refusal("toy", remote(f"{server}/slow"))


def test_a_source_that_never_ends_is_left(server, monkeypatch):
    monkeypatch.setattr(fetching, "_PATIENCE", -1.0)
    assert "too slow" in refusal("toy", remote(f"{server}/whole"))


def test_only_https_is_asked(server, monkeypatch, no_network):
    monkeypatch.setattr(fetching, "_SCHEMES", ("https",))
    for source in (f"{server}/whole", "ftp://host/file", "file:///etc/passwd", "whole"):
        assert "is not https" in refusal("toy", remote(source))


def test_a_redirect_from_https_to_http_is_refused(server, monkeypatch):
    monkeypatch.setattr(fetching, "_SCHEMES", ("https",))
    handler = fetching._SafeRedirects()
    request = urllib.request.Request("https://host/file")
    with pytest.raises(fetching._SourceFailed, match="http is not https"):
        handler.redirect_request(request, None, 302, "Found", {}, f"{server}/whole")
    moved = handler.redirect_request(request, None, 302, "Found", {}, "https://other/file")
    assert moved.full_url == "https://other/file"


def test_without_a_network_one_line_says_what_was_tried_and_where_the_file_goes(
    server, monkeypatch, tmp_path
):
    def offline(*arguments, **options):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", offline)
    line = refusal("toy", remote("https://a.example/file.gz", "https://b.example/file.gz"))
    assert "a.example: Name or service not known; b.example: Name or service" in line
    assert "NNLAB_DATA/toy/file.gz" in line and "folder=" in line and kept(tmp_path) == []


def test_a_local_file_needs_no_network(server, no_network, monkeypatch, tmp_path):
    folder = tmp_path / "shared" / "toy"
    folder.mkdir(parents=True)
    (folder / "file.gz").write_bytes(CONTENT)
    assert fetched("toy", remote(f"{server}/whole"), folder) == CONTENT
    monkeypatch.setenv("NNLAB_DATA", str(tmp_path / "shared"))
    assert fetched("toy", remote(f"{server}/whole")) == CONTENT
    (folder / "file.gz").write_bytes(CONTENT[:-1])
    for chosen in (folder, None):
        line = refusal("toy", remote(f"{server}/whole"), chosen)
        assert "is not the file meant" in line and str(folder / "file.gz") in line
    assert re.search("no file .*elsewhere", refusal("toy", remote(server), tmp_path / "elsewhere"))
    (folder / "file.gz").unlink()
    (folder / "file.gz").mkdir()
    assert "cannot read" in refusal("toy", remote(f"{server}/whole"), folder)


def test_a_cache_that_cannot_be_written_is_told(server, monkeypatch, tmp_path):
    (tmp_path / "cache").write_text("a file")
    line = refusal("toy", remote(f"{server}/whole"))
    assert "cannot" in line and str(tmp_path / "cache") in line
