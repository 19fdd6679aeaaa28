"""Is a list read piece by piece the same as one read whole, and is damage named instead of swallowed?"""

from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.reading import json_documents
from core.papers.reading.json_documents import iterate_values, load_json, read_lines
from core.papers.reading.streams import open_unpacked
from core.papers.source import Broken

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Drops(io.BytesIO):
    """Gives at most `size` bytes at a time, whatever is asked for."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def read1(self, size: int | None = -1) -> bytes:
        return super().read1(self._size)


@given(st.lists(VALUES, max_size=6), st.integers(1, 7), st.sampled_from([None, 1]), st.booleans())
def test_a_stream_gives_the_elements_of_the_whole_however_it_is_cut(values, size, indent, ascii_only):
    try:
        content = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        content = json.dumps(values, indent=indent).encode()
    assert list(iterate_values(Drops(content, size))) == values


def test_a_file_of_one_value_gives_that_value():
    assert list(iterate_values(Drops(b' {"a": 12} \n', 3))) == [{"a": 12}]
    assert list(iterate_values(Drops(b"123", 1))) == [123]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[1, 2",
        b"[1, 2,",
        b"[1 2]",
        b'["abc',
        b"[{]",
        b"[nope]",
        b'{"a": 1} x',
        b"[" * 100_000,
        b"[" + b"9" * 9999 + b"]",
        b'["\xff"]',
    ],
)
def test_damage_is_broken_in_one_line(content):
    with pytest.raises(Broken) as caught:
        list(iterate_values(Drops(content, 4096)))
    assert "\n" not in str(caught.value)


def test_elements_before_the_damage_are_given():
    values = iterate_values(io.BytesIO(b"[1, 2, oops]"))
    assert [next(values), next(values)] == [1, 2]
    with pytest.raises(Broken, match="near character 7"):
        next(values)


def test_a_record_without_end_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(json_documents, "MOST_RECORD", 1 << 20)
    content = io.BytesIO(b'["' + b"a" * (8 << 20))
    with pytest.raises(Broken, match="longer than"):
        list(iterate_values(content))
    assert content.tell() < 5 << 20


def test_lines_are_numbered_and_blank_ones_skipped():
    assert list(read_lines(io.BytesIO(b"\xef\xbb\xbfone\n\n three \r\nfour"))) == [
        (1, "one"),
        (3, "three"),
        (4, "four"),
    ]


def test_a_line_that_is_not_utf_8_is_named():
    with pytest.raises(Broken, match="line 2 is not UTF-8"):
        list(read_lines(io.BytesIO(b"one\n\xe9\n")))


def test_an_endless_line_is_broken(monkeypatch):
    monkeypatch.setattr(json_documents, "MOST_RECORD", 1000)
    with pytest.raises(Broken, match="line 1 is longer"):
        list(read_lines(io.BytesIO(b"a" * 2000)))


def test_whole_json_may_come_in_any_unicode_encoding():
    for encoding in ("utf-8", "utf-16", "utf-32", "utf-8-sig"):
        assert load_json('{"a": "é"}'.encode(encoding)) == {"a": "é"}


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"9" * 9999, b"nul"])
def test_whole_json_that_is_damaged_is_broken(body):
    with pytest.raises(Broken):
        load_json(body)


def test_elements_before_damaged_gzip_are_given(tmp_path):
    path = tmp_path / "list.json.gz"
    # Letters that look random do not pack well: the packed bytes then follow the elements closely.
    content = json.dumps([f"{number * 2654435761 % 2**31:x}" * 20 for number in range(2000)]).encode()
    packed = gzip.compress(content)
    path.write_bytes(packed[: len(packed) // 2])
    given = 0
    with open_unpacked(path) as stream, pytest.raises(EOFError):
        for _ in iterate_values(stream):
            given += 1
    assert 900 < given < 1100
