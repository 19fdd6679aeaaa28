"""A list of papers as an Atom feed (RFC 4287): a saved search that a feed reader follows."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from core.exports import words
from core.exports.escape import one_line, url_of
from core.exports.export import Export
from core.exports.report import ListedPaper, Report
from core.exports.sections import tag_names
from core.language import Text
from core.papers.ids import month_of
from core.papers.latex import readable

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

_ARXIV = "http://arxiv.org/schemas/atom"


def feed_id(query: str) -> str:
    """The feed's name for ever: the same search has the same one on every machine."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"trendlab:papers:{query}").urn


def moment(listed: ListedPaper, otherwise: date) -> datetime:
    """When the paper was last changed: its version's time, its first, or the beginning of the month in its id."""
    paper = listed.paper
    if known := paper.updated or paper.submitted:
        return known.astimezone(UTC)
    try:
        return datetime(*month_of(paper.id), 1, tzinfo=UTC)
    except ValueError:
        return datetime.combine(otherwise, time.min, UTC)


def _add(feed: FeedGenerator, listed: ListedPaper, report: Report, language: str) -> None:
    paper, summary = listed.paper, listed.paper.summary or {}
    entry = feed.add_entry(order="append")
    entry.id(url_of(paper.id))
    entry.title(readable(one_line(paper.title)) or paper.id)
    entry.updated(moment(listed, report.period.end))
    if paper.submitted:
        entry.published(paper.submitted.astimezone(UTC))
    entry.link(href=url_of(paper.id), rel="alternate")
    for name in map(one_line, paper.authors):
        if name and name.lower().rstrip(".") != "et al":
            entry.author(name=name)
    for term in map(one_line, paper.categories):
        if term:
            entry.category(term=term, scheme=_ARXIV)
    filed = (*listed.stages, *listed.topics, *listed.applications)
    for term, label in zip(filed, tag_names(listed, language), strict=True):
        entry.category(term=one_line(term), label=one_line(label))
    if text := one_line(summary.get(language) or paper.abstract or summary.get("en") or ""):
        entry.summary(readable(text))


def _render(report: Report, language: str) -> bytes:
    from feedgen.feed import FeedGenerator

    feed = FeedGenerator()
    feed.id(feed_id(report.query))
    feed.title(one_line(report.name) or words.ALL_PAPERS.to(language))
    feed.author(name="TrendLab")
    feed.generator("TrendLab")
    feed.language(language)
    dates = [moment(listed, report.period.end) for listed in report.papers]
    feed.updated(max(dates, default=datetime.combine(report.period.end, time.min, UTC)))
    if not report.papers:
        feed.subtitle(words.NO_LIST.to(language))
    for listed in report.papers:
        _add(feed, listed, report, language)
    return bytes(feed.atom_str(pretty=True))


EXPORT = Export(
    id="papers-atom",
    suffix=".atom",
    mime="application/atom+xml",
    kind="papers",
    name=Text("Atom feed", "Atom 피드"),
    help=Text(
        "For a feed reader or a website; entries keep their ids, so that nothing shows up twice.",
        "피드 리더나 웹 사이트를 위한 목록. 항목의 식별자가 변하지 않아 같은 논문이 두 번 나오지 않는다.",
    ),
    render=_render,
)
