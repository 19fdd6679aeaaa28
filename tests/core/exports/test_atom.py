"""Is the feed valid Atom (RFC 4287), with ids and times that never move?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import feedparser
import lxml.etree
import pytest

from core.exports.export import exports
from core.exports.report import ListedPaper, Report
from core.papers.paper import Paper

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def content(report: Report, language: str = "en") -> bytes:
    return exports()["papers-atom"].render(report, language)


def check(feed: bytes) -> lxml.etree._Element:
    """What RFC 4287 demands of a feed and its entries (sections 4.1.1 and 4.1.2)."""
    root = lxml.etree.fromstring(feed)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    for element in (root, *root.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", ATOM)) == 1
        moment = datetime.fromisoformat(element.findtext("a:updated", None, ATOM))
        assert moment.utcoffset() is not None
        assert len(element.findall("a:published", ATOM)) <= 1 and len(element.findall("a:summary", ATOM)) <= 1
        assert all(author.findtext("a:name", None, ATOM) for author in element.findall("a:author", ATOM))
        assert all(category.get("term") for category in element.findall("a:category", ATOM))
    assert root.findall("a:author", ATOM)
    ids = [entry.findtext("a:id", None, ATOM) for entry in root.findall("a:entry", ATOM)]
    assert len(set(ids)) == len(ids)
    for entry in root.findall("a:entry", ATOM):
        # A link without `rel` is an alternate one (section 4.2.7.2).
        assert [
            link.get("href") for link in entry.findall("a:link", ATOM) if link.get("rel", "alternate") == "alternate"
        ]
    return root


def test_a_feed_reader_finds_the_papers(report: Report) -> None:
    found = feedparser.parse(content(report))
    assert not found.bozo and found.feed.title == "Agents" and found.feed.language == "en"
    first = found.entries[0]
    assert first.id == first.link == "https://arxiv.org/abs/2607.00001"
    assert first.title == "Agents that plan, O(n²) steps at 50% cost"
    assert [author.name for author in first.authors] == ["Ada One", "Ben Two", "Cho, Jr.", "Dee Four"]
    assert [tag.term for tag in first.tags] == ["cs.CL", "cs.AI", "ask", "agents", "code"]
    assert first.tags[3].label == "Agents and tools"
    assert first.summary == "We plan. Then we act."


def test_a_korean_feed_has_korean_words(report: Report) -> None:
    found = feedparser.parse(content(replace(report, name=""), "ko"))
    assert found.feed.title == "모든 논문" and found.entries[1].summary == "오래된 논문이다."
    assert found.entries[0].tags[3].label == "에이전트와 도구"


def test_the_feeds_name_is_its_search_and_nothing_else(report: Report) -> None:
    def name(given: Report, language: str = "en") -> str:
        return str(feedparser.parse(content(given, language)).feed.id)

    other_day = replace(report, generated_for=report.period.start, papers=report.papers[:1], name="Renamed")
    assert name(report) == name(other_day, "ko") and name(report).startswith("urn:uuid:")
    assert name(report) != name(replace(report, query="agents"))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"updated": datetime(2026, 7, 9, 3, tzinfo=UTC)}, "2026-07-09T03:00:00+00:00"),
        ({}, "2026-07-02T09:00:00+00:00"),
        ({"submitted": None}, "2026-07-01T00:00:00+00:00"),
        ({"submitted": None, "id": "hep-th/9901001"}, "1999-01-01T00:00:00+00:00"),
        ({"submitted": None, "id": "odd"}, "2026-07-31T00:00:00+00:00"),
    ],
)
def test_a_papers_time_is_its_own_never_the_clocks(report: Report, known: dict[str, object], expected: str) -> None:
    paper = Paper(**{"id": "2607.00001", "title": "T", "submitted": datetime(2026, 7, 2, 9, tzinfo=UTC)} | known)  # type: ignore[arg-type]
    root = check(content(replace(report, papers=(ListedPaper(paper=paper),))))
    assert [element.text for element in root.iter("{http://www.w3.org/2005/Atom}updated")] == [expected] * 2


def test_the_feed_is_as_new_as_its_newest_paper(report: Report) -> None:
    papers = [
        ListedPaper(paper=Paper(id=f"2607.0000{day}", title="T", submitted=datetime(2026, 7, day, tzinfo=UTC)))
        for day in (3, 7, 5)
    ]
    assert check(content(replace(report, papers=tuple(papers)))).findtext("a:updated", None, ATOM) == (
        "2026-07-07T00:00:00+00:00"
    )


def test_an_empty_feed_is_valid_and_says_that_it_is_empty(empty_report: Report) -> None:
    root = check(content(empty_report))
    assert root.findtext("a:updated", None, ATOM) == "2026-07-31T00:00:00+00:00"
    assert root.findtext("a:subtitle", None, ATOM) == "The list is empty."


def test_hostile_titles_keep_the_feed_valid(hostile_report: Report, hostile: list[str]) -> None:
    root = check(content(hostile_report))
    entries = root.findall("a:entry", ATOM)
    assert len(entries) == len(hostile)
    assert entries[3].findtext("a:title", None, ATOM) == hostile[3]
    found = feedparser.parse(content(hostile_report))
    assert not found.bozo and len(found.entries) == len(hostile)
