"""Does a paper come back from its row as it went in?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from core.papers.merge import Sighting, first_known, merge
from core.papers.paper import Link, Paper
from db.rows import PAPER_COLUMNS, known_of, pack_was, paper_of, row_of, storable

FULL = Paper(
    id="2401.00001",
    title="Ein $\\alpha$-Titel “mit” Zeichen",
    version=2,
    abstract="Eins\nzwei",
    authors=("Łukasz K.", 'Jo "J" Li'),
    categories=("cs.CL", "68T50"),
    primary_category="cs.CL",
    submitted=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
    updated=datetime(2024, 2, 2, 3, 4, 5, tzinfo=UTC),
    announced=date(2024, 1, 3),
    listed=date(2024, 1, 4),
    comment="8 pages",
    doi="10.1/x",
    journal_ref="J. 1",
    withdrawn=False,
    links=(Link("code", "https://example.org/c"),),
    upvotes=3,
    stars=0,
    keywords=("attention", "어텐션"),
    summary={"en": "One.", "ko": "하나."},
)


def again(paper: Paper) -> Paper:
    row = dict(zip((*PAPER_COLUMNS, "known"), row_of(first_known(seen(paper))), strict=True))
    return paper_of(row, paper.links)


def seen(paper: Paper) -> Sighting:
    return Sighting(paper=paper, source="arxiv", day=date(2026, 8, 1))


def test_every_field_comes_back() -> None:
    assert again(FULL) == FULL


def test_what_is_unknown_stays_unknown() -> None:
    bare = Paper(id="2401.00001", title="T")
    assert again(bare) == bare


def test_times_are_kept_in_utc() -> None:
    local = FULL.submitted.astimezone(timezone(timedelta(hours=9))) if FULL.submitted else None
    found = again(replace(FULL, submitted=local))
    assert found.submitted == FULL.submitted
    assert found.submitted is not None and found.submitted.utcoffset() == timedelta(0)


def test_knowledge_with_a_displaced_version_comes_back() -> None:
    first = seen(replace(FULL, version=1, title="Old", updated=FULL.submitted))
    known = merge(first_known(first), seen(FULL))
    row = dict(zip((*PAPER_COLUMNS, "known"), row_of(known), strict=True))
    pairs = [(version, pack_was(known.past.get(version, {}))) for version in known.versions]
    assert known_of(paper_of(row, FULL.links), row["known"], pairs) == known


def test_a_clean_paper_is_stored_as_it_is() -> None:
    assert storable(FULL) is FULL


def test_what_sqlite_cannot_hold_is_mended() -> None:
    hostile = Paper(
        id="2401.00001",
        title="a\ud800b\0c",
        authors=("\udfff",),
        links=(Link("code", "https://example.org/\ud83d"),),
        summary={"en": "\0"},
        upvotes=10**30,
        stars=-1,
        withdrawn=True,
    )
    clean = storable(hostile)
    assert (clean.title, clean.authors, clean.links[0].url) == ("a?bc", ("?",), "https://example.org/?")
    assert (clean.summary, clean.upvotes, clean.stars, clean.withdrawn) == ({"en": ""}, None, None, True)
