"""A Hugging Face hub on loopback: the part of its HTTP that a download needs, well behaved or not."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from tests.loopback import Quiet, listening

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 10_000  # bytes from which on a file is one of Git LFS


@dataclass
class Hub:
    """What it serves, and what it was asked.

    :param files: of the model `repo`, name to content.
    :param card: what is laid over its answer about the model.
    :param refuse: the beginning of a path to the status and headers that it is answered with.
    :param cut: bytes of a weight file after which the connection is reset; None: it comes whole.
    :param hold: bytes of a weight file after which it waits for `go`.
    :param deaf: it does not heed `Range`.
    :param seen: method, path and `Range` of every request.
    :param tokens: with which it was asked.
    """

    url: str = ""
    repo: str = "tiny/gpt2"
    files: dict[str, bytes] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)
    refuse: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    cut: int | None = None
    hold: int | None = None
    deaf: bool = False
    go: threading.Event = field(default_factory=threading.Event)
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)

    def fetched(self, name: str) -> list[str | None]:
        """The ranges in which a file was asked for."""
        return [span for method, path, span in self.seen if method == "GET" and path.endswith(f"/{name}")]

    def about(self) -> dict[str, Any]:
        """The answer about the model."""
        return {
            "id": self.repo,
            "sha": COMMIT,
            "gated": False,
            "cardData": {"license": "mit"},
            "config": {"model_type": "gpt2"},
            "siblings": [self.sibling(name, content) for name, content in self.files.items()],
        } | self.card

    @staticmethod
    def sibling(name: str, content: bytes) -> dict[str, Any]:
        about: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git_blob(content)}
        if len(content) >= LARGE:
            about["lfs"] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "pointerSize": 134}
        return about


def git_blob(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[Hub]:
    """A hub with one model of these files."""
    hub = Hub(files=files)

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            hub.seen.append((self.command, path, self.headers.get("Range")))
            hub.tokens.add(self.headers.get("Authorization"))
            refused = next((answer for start, answer in hub.refuse.items() if path.startswith(start)), None)
            if refused is not None:
                self._answer(refused[0], b"<html>", **refused[1])
            elif path.startswith("/api/models/"):
                self._answer(200, json.dumps(hub.about()).encode(), Content_Type="application/json")
            else:
                self._file(hub.files[path.rpartition("/")[2]])

        def _file(self, content: bytes) -> None:
            etag = hashlib.sha256(content).hexdigest() if len(content) >= LARGE else git_blob(content)
            span = None if hub.deaf else self.headers.get("Range")
            first = int(span.removeprefix("bytes=").partition("-")[0]) if span else 0
            head = {"ETag": f'"{etag}"', "X_Repo_Commit": COMMIT, "Accept_Ranges": "bytes"}
            if span:
                head["Content_Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
            self._answer(206 if span else 200, content[first:], first=first, **head)

        def _answer(self, status: int, body: bytes, *, first: int = 0, **head: str) -> None:
            self.send_response(status)
            for name, value in head.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if hub.cut is not None and len(body) >= LARGE:
                # What is asked for after the cut gets nothing at all.
                self.wfile.write(body[: max(0, hub.cut - first)])
                self._reset()
            elif hub.hold is not None and len(body) >= LARGE:
                self.wfile.write(body[: hub.hold])
                hub.go.wait(30)
                self.wfile.write(body[hub.hold :])
            else:
                self.wfile.write(body)

        def _reset(self) -> None:
            self.wfile.flush()
            # Time for the bytes to be read: a reset throws away what still waits at the other end.
            hub.go.wait(0.05)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

    with listening(Handler) as httpd:
        hub.url = f"http://127.0.0.1:{httpd.server_address[1]}"
        yield hub
        hub.go.set()


@contextmanager
def asked_here(files: dict[str, bytes], folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that this process and those that it starts ask, with a cache of its own in `folder`."""
    patch.setattr(constants, "HF_HUB_CACHE", str(folder / "hf" / "hub"))
    patch.setattr(constants, "HF_HUB_OFFLINE", False)
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN"):
        patch.delenv(name, raising=False)
    patch.setenv("HF_HOME", str(folder / "hf"))
    with served(files) as found:
        patch.setenv("TRENDLAB_HF_URL", found.url)
        yield found
