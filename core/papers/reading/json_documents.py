"""How is JSON from a stranger read? Damage becomes one line, and a dump need not fit in memory."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import IO, Any

from core.papers.source import DAMAGE, Broken

_CHUNK = 1 << 18
# No paper's record comes near this; without a bound one endless string would fill the memory.
MOST_RECORD = 16 << 20
# `-Infinity` and a pair of \u escapes are the longest things that the decoder takes in one bite, strings aside.
_LONGEST_TOKEN = 16
_LONGEST_JOINT = 3
_BLANK = " \t\r\n"


def is_json_lines(name: str) -> bool:
    """Whether a file's name says that each of its lines is a JSON value."""
    return name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def starts_json(name: str, head: bytes) -> bool:
    """Whether a file looks like one JSON list or object."""
    return head.lstrip()[:1] in (b"[", b"{") and not is_json_lines(name)


def load_json(body: bytes | str) -> Any:
    """One JSON value.

    :raises Broken: not JSON, not in a Unicode encoding, or nested too deeply.
    """
    try:
        return json.loads(body)
    except UnicodeDecodeError as error:
        raise Broken(f"not UTF-8 text: {error.reason} at byte {error.start}", requests=0) from error
    except RecursionError as error:
        raise Broken("bad JSON: nested too deeply", requests=0) from error
    except ValueError as error:
        raise Broken(f"bad JSON: {error}", requests=0) from error


def read_lines(stream: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Numbered lines, from 1, blank ones left out.

    :raises Broken: not UTF-8, or a line of more than `MOST_RECORD` bytes.
    """
    number = 0
    while line := stream.readline(MOST_RECORD):
        number += 1
        if len(line) == MOST_RECORD:
            raise Broken(f"line {number} is longer than {MOST_RECORD >> 20} MiB", requests=0)
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise Broken(f"line {number} is not UTF-8 text; save the file as UTF-8", requests=0) from error
        if text:
            yield number, text


class _Window:
    """The part of the text that has been read and not yet used up."""

    def __init__(self, stream: IO[bytes]) -> None:
        # Other than read, read1 returns with what is there, so that damage behind it does not swallow it.
        self._read = getattr(stream, "read1", stream.read)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._damage: Exception | None = None
        self.text = ""
        self.at = 0
        self.used = 0

    def grow(self) -> bool:
        """Read on; False at the end of the file. Reads as much again as is pending, so that retries stay few."""
        pending = len(self.text) - self.at
        if pending > MOST_RECORD:
            raise Broken(f"one record is longer than {MOST_RECORD >> 20} MiB", requests=0)
        chunk = self._bytes(max(_CHUNK, pending))
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise Broken("not UTF-8 text; save the file as UTF-8", requests=0) from error
        self.used += self.at
        self.text, self.at = self.text[self.at :] + text, 0
        return bool(chunk)

    def _bytes(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end of the file. Damage is told of after the bytes before it."""
        if self._damage is not None:
            raise self._damage
        chunk = bytearray()
        try:
            while len(chunk) < size and (piece := self._read(size - len(chunk))):
                chunk += piece
        except DAMAGE as error:
            if not chunk:
                raise
            self._damage = error
        return bytes(chunk)

    def peek(self) -> str:
        """The next character that is not blank, or "" at the end of the file."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _BLANK:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.grow():
                return ""

    def value(self, decoder: json.JSONDecoder) -> Any:
        """The JSON value that begins here."""
        while True:
            try:
                value, end = decoder.raw_decode(self.text, self.at)
            except RecursionError as error:
                raise Broken("bad JSON: nested too deeply", requests=0) from error
            except ValueError as error:
                place = self.used + getattr(error, "pos", self.at)
                if self._may_go_on(error) and self.grow():
                    continue
                raise Broken(f"bad JSON near character {place}: {getattr(error, 'msg', error)}", requests=0) from error
            length = end - self.at
            # A number may go on behind the window's edge, as `0.` and `1e-` do.
            if len(self.text) - end < _LONGEST_JOINT:
                if self.grow():
                    continue
                end = length
            self.at = end
            return value

    def _may_go_on(self, error: ValueError) -> bool:
        """Whether the value is only cut off by the window's edge, not damaged before it."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated string") or len(self.text) - error.pos < _LONGEST_TOKEN


def iterate_values(stream: IO[bytes]) -> Iterator[Any]:
    """The elements of the one large list a file consists of, one at a time; or the file's one value, if it is no list.

    :raises Broken: the file ends early, or is damaged; the message says near which character.
    """
    decoder = json.JSONDecoder()
    window = _Window(stream)
    if window.peek() != "[":
        yield window.value(decoder)
        if window.peek():
            raise Broken(f"bad JSON near character {window.used + window.at}: more after its end", requests=0)
        return
    window.at += 1
    if window.peek() == "]":
        return
    while True:
        if not window.peek():
            raise Broken("bad JSON: the file ends in the middle of its list", requests=0)
        yield window.value(decoder)
        mark = window.peek()
        window.at += 1
        if mark == "]":
            return
        if mark != ",":
            what = "the file ends in the middle of its list" if not mark else f"{mark!r} where a comma should be"
            raise Broken(f"bad JSON near character {window.used + window.at}: {what}", requests=0)
