"""Are the announcements of a day read, and told from replacements and from an error feed?"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.papers.formats.arxiv_feed import parse_announcements
from core.papers.source import Broken

LISTS = Path(__file__).resolve().parent.parent / "lists"


def feed(name: str):
    return parse_announcements((LISTS / name).read_bytes())


def test_a_new_paper_carries_its_announcement_day_and_a_clean_abstract():
    paper = feed("feed-announcements.xml").records[0]
    assert (paper.id, paper.version) == ("2508.14001", 1)
    assert paper.announced == date(2025, 8, 20)
    assert paper.abstract == "Written for a test."
    assert paper.authors == ("Alice Smith", "Bob Jones", "Carol M. White")
    assert paper.categories == ("cs.AI", "cs.LG")
    assert paper.submitted is None


def test_a_replacement_is_no_announcement_of_the_paper():
    feed_ = feed("feed-announcements.xml")
    paper = feed_.records[1]
    assert (paper.version, paper.announced) == (4, None)
    assert feed_.types == {"2508.14001": "new", "2407.00002": "replace-cross"}


def test_rss_says_the_same_as_atom():
    paper = feed("feed-rss.xml").records[0]
    assert (paper.id, paper.version, paper.announced) == ("2508.14003", 1, date(2025, 8, 20))
    assert (paper.abstract, paper.authors, paper.categories) == ("Written for a test.", ("Dave Brown",), ("cs.CL",))


def test_the_feeds_day_is_that_of_its_entries_and_not_of_its_making():
    body = (LISTS / "feed-announcements.xml").read_text()
    assert "<updated>2025-08-20" in body
    late = body.replace("<updated>2025-08-20", "<updated>2025-08-22").encode()
    assert parse_announcements(late).day == date(2025, 8, 20)
    assert feed("feed-rss.xml").day == date(2025, 8, 20)
    assert feed("feed-holiday.xml").day is None


def test_a_day_that_lies_ahead_is_not_believed():
    body = (LISTS / "feed-announcements.xml").read_text().replace("<published>2025", "<published>2999")
    parsed = parse_announcements(body.encode())
    assert (parsed.day, parsed.records[0].announced) == (None, None)


def test_the_error_feed_is_an_error():
    assert feed("feed-error.xml").error == "Feed error for query: cs.XX"


def test_other_xml_is_broken():
    with pytest.raises(Broken, match="<html>"):
        parse_announcements(b"<html/>")
