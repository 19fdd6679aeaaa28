"""Are the facts of a daily list read from where they sit, and odd rows named instead of crashing?"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.papers.formats.hf_daily import parse_daily
from core.papers.paper import Link, Paper
from core.papers.source import Broken, Problem

LISTS = Path(__file__).resolve().parent.parent / "lists"


def test_a_row_gives_every_field_of_its_paper():
    (paper,) = parse_daily(gzip.decompress((LISTS / "hf-day.json.gz").read_bytes()))
    assert paper == Paper(
        id="2503.07677",
        title="PLADIS: Pushing the Limits of Attention",
        abstract="Written for a test.",
        authors=("Kwanyoung Kim", "Byeongsu Sim"),
        submitted=datetime(2025, 3, 10, 7, 23, 19, tzinfo=UTC),
        listed=date(2025, 3, 17),
        links=(Link("code", "https://github.com/x/y"), Link("thumbnail", "https://example.org/t.png")),
        upvotes=0,
        stars=12,
        keywords=("sparse attention",),
        summary={"en": "A line."},
    )


def test_rows_that_are_no_papers_are_named_by_their_place():
    records = parse_daily((LISTS / "hf-odd-rows.json").read_bytes())
    assert [record.where for record in records if isinstance(record, Problem)] == [
        *(f"row {place}" for place in range(1, 8)),
        "2605.30001",
    ]


def test_null_and_mistyped_fields_are_unknown():
    paper = next(item for item in parse_daily((LISTS / "hf-odd-rows.json").read_bytes()) if isinstance(item, Paper))
    assert paper == Paper(id="2601.07525", title="The title outside")


def test_text_that_no_database_takes_is_cleaned():
    paper = parse_daily((LISTS / "hf-odd-rows.json").read_bytes())[-1]
    assert (paper.title, paper.authors) == ("Lone surrogate and nul", ("A B",))


def test_one_row_alone_is_a_list_of_one():
    assert len(parse_daily(b'{"paper": {"id": "2503.07677", "title": "x"}}')) == 1


def test_an_empty_list_is_an_empty_day():
    assert parse_daily(b"[]") == ()


def test_the_servers_own_error_is_repeated():
    with pytest.raises(Broken, match="too far ahead"):
        parse_daily(json.dumps({"error": "too far ahead"}).encode())


@pytest.mark.parametrize("body", [b"{}", b"3", b"null", b'"text"', b"[", b"<html>", b""])
def test_another_shape_is_broken(body):
    with pytest.raises(Broken):
        parse_daily(body)
