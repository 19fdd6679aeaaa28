"""Is every file either read or turned away with one line that says what it is?"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from core.papers.reading.files import read_file, recognise_file
from core.papers.source import Broken, Refused, Unrecognised

LISTS = Path(__file__).resolve().parent.parent / "lists"

STRANGERS = {
    "notes.txt": (b"just some words", Unrecognised, "no known format: 'just some words'"),
    "MANIFEST.md": (b"# Title\n\nText.", Refused, "Markdown"),
    "words.xml": (b"broken xml", Refused, "named .xml, but it holds plain text: 'broken xml'"),
    "rate.xml": (b"Rate exceeded.", Refused, "Rate exceeded"),
    "page.html": (b"<!doctype html><html></html>", Unrecognised, "web page"),
    "other.xml": (b"<?xml version='1.0'?><opml/>", Unrecognised, "XML that begins with <opml>"),
    "news.rss": (b"<rss><channel><title>News</title></channel></rss>", Unrecognised, "<rss>"),
    "other.json": (b'{"a": 1}', Unrecognised, "none of the keys"),
    "long.json": (b'{"a": "' + b"x" * 9000 + b'"}', Unrecognised, "none of the keys"),
    "bad.json": (b'{"a": ', Unrecognised, "bad JSON"),
    "empty-list.json": (b"[]", Refused, "an empty JSON list"),
    "empty.xml": (b"", Refused, "empty"),
    "blank.json": (b" \n ", Refused, "empty"),
    "paper.pdf": (b"%PDF-1.7\n", Unrecognised, "PDF"),
    "archive.zip": (b"PK\x03\x04rest", Unrecognised, "unpack it first"),
    "twice.gz": (gzip.compress(gzip.compress(b"[]")), Unrecognised, "gzip inside gzip"),
    "binary": (b"ab\x00\x01", Unrecognised, "binary"),
    "empty.json.gz": (gzip.compress(b""), Refused, "empty"),
    "cut.json.gz": (gzip.compress(b'[{"paper": {}}]' * 99)[:40], Broken, "damaged gzip"),
    "fake.gz": (b"\x1f\x8bnot gzip", Broken, "damaged gzip"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_is_turned_away_with_what_it_is(name, tmp_path):
    content, error, reason = STRANGERS[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((Refused, Broken)) as caught:
        list(read_file(path))
    assert type(caught.value) is error
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(Refused, match="folder"):
        list(read_file(tmp_path))
    with pytest.raises(Broken, match="No such file"):
        list(read_file(tmp_path / "gone"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_one_may_not_read_is_broken(tmp_path):
    path = tmp_path / "secret.json"
    path.write_text("[]")
    path.chmod(0)
    with pytest.raises(Broken, match="Permission denied"):
        list(read_file(path))


def test_an_unknown_format_is_refused_at_once_with_the_known_ones():
    with pytest.raises(ValueError, match="unknown format 'xls'.*arxiv-atom, .*ris"):
        read_file(LISTS / "own-export.jsonl", "xls")


def test_a_format_can_be_named_instead_of_recognised(tmp_path):
    path = tmp_path / "no-suffix"
    path.write_bytes(b'\n{"title": "T", "id": "1706.03762"}\n')
    with pytest.raises(Unrecognised):
        recognise_file(path)
    (page,) = read_file(path, "jsonl")
    assert page.papers[0].id == "1706.03762"


def test_a_named_format_that_does_not_fit_is_broken_or_refused():
    with pytest.raises(Broken, match="bad XML"):
        list(read_file(LISTS / "own-export.jsonl", "oai"))


def test_a_gzip_file_cut_in_the_middle_gives_what_came_before(tmp_path):
    lines = "".join(f'{{"id": "1706.{n:05d}", "title": "Paper {n} {os.urandom(40).hex()}"}}\n' for n in range(1, 3001))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(lines.encode())[:-5000])
    pages = read_file(path)
    assert len(next(pages).papers) == 500
    with pytest.raises(Broken, match="damaged gzip"):
        list(pages)
