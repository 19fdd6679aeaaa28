"""Are the facts of a daily list read from where they sit, and odd rows named instead of crashing?"""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

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


def row(**facts: Any) -> Paper:
    """The paper of a row with these facts."""
    (record,) = parse_daily(json.dumps([{"paper": {"id": "2503.07677", "title": "T"} | facts}]).encode())
    assert isinstance(record, Paper), record
    return record


@pytest.mark.parametrize("name", ["upvotes", "githubStars"])
@pytest.mark.parametrize("value", [None, "12", "many", -1, 12.5, True, 10**12, [12], {"count": 12}])
def test_a_count_that_cannot_be_is_unknown(name, value):
    paper = row(**{name: value})
    assert (paper.upvotes, paper.stars) == (None, None)


def test_no_votes_are_votes_that_were_counted():
    assert row(upvotes=0).upvotes == 0


@pytest.mark.parametrize(
    "id_", [None, "", 2503.07677, "not-arxiv", "2513.00001", "x" * 5000, "10.1000/182", ["2503.1"]]
)
def test_a_row_without_an_arxiv_id_is_a_problem(id_):
    (record,) = parse_daily(json.dumps([{"paper": {"id": id_, "title": "T"}}]).encode())
    assert isinstance(record, Problem)
    assert (record.where, "arXiv id" in record.why) == ("row 1", True)
    assert len(record.why) < 200


def test_a_submission_in_the_future_is_unknown():
    now = datetime.now(UTC)
    base = f"{now:%y%m}.00001"
    later = now + timedelta(days=2)
    (paper,) = parse_daily(
        json.dumps([{"paper": {"id": base, "title": "T", "publishedAt": later.isoformat()}}]).encode()
    )
    assert isinstance(paper, Paper)
    assert paper.submitted is None
    assert row(publishedAt="2099-01-01T00:00:00.000Z").submitted is None


@pytest.mark.parametrize("value", [None, 5, "soon", "2099-01-01T00:00:00.000Z", "1999-01-01", "2023-02-30"])
def test_a_list_day_that_cannot_be_is_that_of_the_list_or_unknown(value):
    assert row(submittedOnDailyAt=value).listed is None
    body = json.dumps([{"paper": {"id": "2503.07677", "title": "T", "submittedOnDailyAt": value}}]).encode()
    assert [record.listed for record in parse_daily(body, day=date(2025, 3, 17))] == [date(2025, 3, 17)]


def test_only_web_addresses_become_links():
    hostile = "javascript:alert(1)"
    paper = row(githubRepo=hostile, projectPage="data:text/html,x")
    assert paper.links == ()
    (record,) = parse_daily(
        json.dumps({"paper": {"id": "2503.07677", "title": "T"}, "thumbnail": " JAVASCRIPT:alert(1)"}).encode()
    )
    assert record.links == ()


def test_latex_and_html_stay_as_they_are():
    raw = "$\\mathcal{O}(n)$ <b>attention</b> & {\\bf more}"
    paper = row(title=raw, summary=raw, ai_summary=raw)
    assert (paper.title, paper.abstract, paper.summary) == (raw, raw, {"en": raw})


@pytest.mark.parametrize("authors", [None, "A. One", {"name": "A. One"}, [None, 5, "A. One", {}, {"name": []}], []])
def test_authors_of_another_shape_are_unknown(authors):
    assert row(authors=authors).authors == ()


def test_an_error_among_the_rows_is_a_problem_and_the_others_are_kept():
    records = parse_daily(json.dumps([{"error": "x"}, {"paper": {"id": "2503.07677", "title": "T"}}]).encode())
    assert [type(record) for record in records] == [Problem, Paper]
