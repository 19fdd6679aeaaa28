"""How are the bytes of a file reached, packed with gzip or not, without falling for a bomb?"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.papers.source import Broken

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

GZIP_MAGIC = b"\x1f\x8b"
# The largest dump there is (Papers with Code's abstracts) has about 2 GB.
MOST_UNPACKED = 16 << 30
# Paper lists shrink 3 to 30 times; gzip can reach 1,000 times on nothing but repeats.
MOST_RATIO = 200
_RATIO_FROM = 32 << 20
# Documents that are parsed as a whole; arXiv's fullest answer (2,000 records) has about 6 MB.
MOST_WHOLE = 128 << 20


class _Guarded(io.RawIOBase):
    """Unpacked bytes of a gzip file, counted."""

    def __init__(self, packed: IO[bytes], most: int, ratio: int, ratio_from: int) -> None:
        self._packed = packed
        self._unpacked = gzip.GzipFile(fileobj=packed)
        self._most, self._ratio, self._ratio_from = most, ratio, ratio_from
        self._out = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        # GzipFile unpacks no more than it is asked for, so that the bound is met before the memory is filled; in one
        # step, what comes before damage is given before the error is.
        count = self._unpacked.readinto1(buffer)
        self._out += count
        packed = max(self._packed.tell(), 1)
        if self._out > self._most or (self._out > self._ratio_from and self._out > self._ratio * packed):
            raise Broken(
                f"a gzip bomb? {packed:,} packed bytes made {self._out >> 20} MiB or more; unpack it yourself if not",
                requests=0,
            )
        return count

    def close(self) -> None:
        self._unpacked.close()
        self._packed.close()
        super().close()


def open_unpacked(
    path: Path, *, most: int = MOST_UNPACKED, ratio: int = MOST_RATIO, ratio_from: int = _RATIO_FROM
) -> IO[bytes]:
    """The file's content; gzip is known by its first bytes, not by its name.

    :param most: bytes a gzip file may unpack to.
    :param ratio: how many times its size, once it is past `ratio_from` bytes.
    :raises OSError: the file cannot be opened. Reading on raises Broken (a bomb), `gzip.BadGzipFile`, EOFError or
        `zlib.error` (damage).
    """
    raw = path.open("rb")
    if raw.peek(2)[:2] != GZIP_MAGIC:
        return raw
    return io.BufferedReader(_Guarded(raw, most, ratio, ratio_from), buffer_size=1 << 16)


def read_whole(stream: IO[bytes], *, most: int = MOST_WHOLE) -> bytes:
    """All the bytes of a document that is parsed as a whole.

    :raises Broken: it is larger than `most`.
    """
    body = stream.read(most + 1)
    if len(body) > most:
        raise Broken(f"it is larger than {most >> 20} MiB; split it", requests=0)
    return body
