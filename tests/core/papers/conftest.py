"""A real HTTP server on loopback that says what a test tells it to say, well or badly."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.loopback import Quiet, listening


@dataclass
class Seen:
    """One request as it came in."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    at: float = field(default_factory=time.monotonic)


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Loopback:
    """Gives the scripted answers in turn; the last one is repeated."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def say(self, body: bytes | str, *, status: int = 200, kind: str = "application/xml", **headers: str) -> None:
        """Add an ordinary answer; `retry_after="1"` becomes the header Retry-After."""
        content = body.encode() if isinstance(body, str) else body

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            handler.wfile.write(content)

        self.answers.append(answer)

    def say_raw(self, *pieces: bytes, pause: float = 0.0) -> None:
        """Add an answer of bare bytes, head included, and end the connection after it."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            for piece in pieces:
                handler.wfile.write(piece)
                handler.wfile.flush()
                if self.closing.wait(pause):
                    break

        self.answers.append(answer)

    def stall(self, start: bytes) -> None:
        """Add an answer that begins and never goes on."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(start)
            handler.wfile.flush()
            self.closing.wait(30)

        self.answers.append(answer)

    def reset(self) -> None:
        """Add a connection that is reset instead of answered."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            # Linger on with zero seconds makes close send RST.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()

        self.answers.append(answer)


@pytest.fixture
def server() -> Iterator[Loopback]:
    """A server for one test."""
    script = Loopback()

    class Handler(Quiet):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            script.seen.append(Seen(parts.path, query, dict(self.headers)))
            answer = script.answers[min(len(script.seen), len(script.answers)) - 1]
            try:
                answer(self)
            except OSError:
                # The client gave up first, which some tests are about.
                self.close_connection = True

    with listening(Handler) as httpd:
        script.url = f"http://127.0.0.1:{httpd.server_address[1]}"
        yield script
        script.closing.set()
