"""Is gzip unpacked by its content, as far as is safe and no further?"""

from __future__ import annotations

import gzip
import io

import pytest

from core.papers.reading.streams import open_unpacked, read_whole
from core.papers.source import Broken


def test_gzip_is_known_by_its_first_bytes_not_its_name(tmp_path):
    packed, plain = tmp_path / "a.txt", tmp_path / "b.gz"
    packed.write_bytes(gzip.compress(b"text"))
    plain.write_bytes(b"text")
    for path in (packed, plain):
        with open_unpacked(path) as stream:
            assert stream.read() == b"text"


def test_a_bomb_stops_before_it_fills_the_memory(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(b"\0" * (80 << 20)))
    taken = 0
    with open_unpacked(path) as stream, pytest.raises(Broken, match="gzip bomb"):
        while piece := stream.read(1 << 16):
            taken += len(piece)
    assert 30 << 20 < taken < 40 << 20


def test_a_file_of_honest_ratio_but_too_large_stops(tmp_path):
    path = tmp_path / "large.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 4096))
    with open_unpacked(path, most=1 << 18) as stream, pytest.raises(Broken, match="gzip bomb"):
        stream.read()


def test_lines_can_be_read_from_a_packed_file(tmp_path):
    path = tmp_path / "lines.gz"
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    with open_unpacked(path) as stream:
        assert [stream.readline(), stream.readline(), stream.readline()] == [b"one\n", b"two\n", b""]


def test_a_document_larger_than_the_bound_is_broken():
    assert read_whole(io.BytesIO(b"1234"), most=4) == b"1234"
    with pytest.raises(Broken, match="split it"):
        read_whole(io.BytesIO(b"12345"), most=4)
