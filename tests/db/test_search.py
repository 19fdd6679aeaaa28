"""Does the search box find what stands in papers, the best of the newest first, within the filters?"""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db import search as searching
from db.papers import upsert
from db.records import Filters, Found
from db.search import search
from db.tags import set_tags

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, **fields: Any) -> str:
    paper = Paper(id=f"2401.{number:05d}", submitted=datetime(2024, 1, number, tzinfo=UTC), **fields)
    upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    return paper.id


def ids(found: Found) -> list[str]:
    return [stored.paper.id for stored, _ in found.hits]


def test_words_are_found_in_title_abstract_authors_keywords_and_summary(db: Database) -> None:
    wanted = [
        add(db, 1, title="Zebra models"),
        add(db, 2, title="Two", abstract="About a zebra."),
        add(db, 3, title="Three", authors=("Ada Zebra",)),
        add(db, 4, title="Four", keywords=("zebra",)),
        add(db, 5, title="Five", summary={"en": "Zebra, again."}),
    ]
    add(db, 6, title="Horses")
    assert sorted(ids(search(db, "zebra"))) == wanted


def test_a_title_counts_more_than_an_abstract_and_scores_fall(db: Database) -> None:
    title = add(db, 1, title="Zebra", abstract="Of stripes, and of much else.")
    abstract = add(db, 2, title="Stripes", abstract="Of zebra, and of much else.")
    found = search(db, "zebra")
    assert ids(found) == [title, abstract]
    assert found.hits[0][1] > found.hits[1][1]
    assert ids(search(db, "zebra", every=True)) == [title, abstract]


def test_accents_and_word_forms_do_not_matter(db: Database) -> None:
    paper = add(db, 1, title="Fine-tuned models", authors=("Jürgen Schmidhüber",))
    assert ids(search(db, "schmidhuber fine-tuning")) == [paper]


def test_korean_words_are_found_with_their_particles(db: Database) -> None:
    paper = add(db, 1, title="Attention", summary={"ko": "어텐션만으로 번역한다."})
    assert ids(search(db, "어텐션")) == [paper]


def test_filters_narrow_a_search(db: Database) -> None:
    first, second = add(db, 1, title="Zebra one"), add(db, 2, title="Zebra two")
    tags = Tagging(tags=(Tag(kind="stage", value="ask", confidence=0.9),), confidence={"ask": 0.9})
    set_tags(db, {second: tags})
    assert ids(search(db, "zebra", filters=Filters(stage="ask"))) == [second]
    assert ids(search(db, "zebra", filters=Filters(until=date(2024, 1, 1)))) == [first]


def test_blank_and_negative_searches_give_the_newest_first(db: Database) -> None:
    first, second = add(db, 1, title="Zebra"), add(db, 2, title="Horse")
    assert search(db, " ").hits[0][1] == 0.0
    assert ids(search(db, " ")) == [second, first]
    assert ids(search(db, "-horse")) == [first]


def test_the_limit_holds(db: Database) -> None:
    for number in range(1, 6):
        add(db, number, title=f"Zebra {number}")
    found = search(db, "zebra", limit=3)
    assert (len(found.hits), found.considered, found.whole, found.cut) == (3, 5, True, False)


def test_a_rare_word_in_the_title_counts_more_than_a_common_one(db: Database) -> None:
    for number in range(3, 12):
        add(db, number, title=f"Paper {number}", abstract="Of horses.")
    rare = add(db, 1, title="Zebra", abstract="And horses.")
    common = add(db, 2, title="Horses", abstract="And a zebra.")
    assert ids(search(db, "zebra horses")) == [rare, common]


def test_only_the_newest_matches_are_ranked_and_the_answer_says_so(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "NEWEST", 3)
    oldest = add(db, 1, title="Zebra")
    newer = [add(db, number, title=f"Paper {number}", abstract="A zebra.") for number in range(2, 6)]
    found = search(db, "zebra")
    assert (ids(found), found.considered, found.whole) == (newer[:0:-1], 3, False)
    assert ids(search(db, "zebra", every=True))[0] == oldest


def test_the_newest_go_first_among_equals(db: Database) -> None:
    papers = [add(db, number, title="Zebra") for number in range(1, 5)]
    assert ids(search(db, "zebra")) == papers[::-1]


@pytest.mark.parametrize("every", [False, True])
def test_a_search_that_takes_too_long_is_cut_off_and_says_so(db: Database, every: bool) -> None:
    rows = [Paper(id=f"2401.{n:05d}", title="Zebra", submitted=datetime(2024, 1, 2, tzinfo=UTC)) for n in range(6_000)]
    upsert(db, rows, source="arxiv", day=NOW.date(), seen_at=NOW)
    found = search(db, "zebra votes<3", every=every, seconds=0.0)
    assert (found.cut, found.whole) == (True, False)
    assert not search(db, "zebra").cut, "the next one has its own time"


def test_votes_and_days_narrow_a_search(db: Database) -> None:
    liked, other = add(db, 1, title="Zebra", upvotes=40), add(db, 2, title="Zebra", upvotes=3)
    assert ids(search(db, "zebra votes>10")) == [liked]
    assert ids(search(db, "zebra votes<10")) == [other]
    assert ids(search(db, "zebra after:2024-01-02")) == [other]
    assert ids(search(db, "zebra before:2024-01-02")) == [liked]


def test_an_id_finds_its_paper(db: Database) -> None:
    paper, _ = add(db, 1, title="Zebra"), add(db, 2, title="Zebra")
    assert ids(search(db, f"https://arxiv.org/abs/{paper}v3")) == [paper]
    assert ids(search(db, "2401.77777")) == []


def test_what_was_not_understood_comes_with_the_answer(db: Database) -> None:
    paper = add(db, 1, title="Zebra")
    found = search(db, "zebra is:nice")
    assert (ids(found), len(found.hints)) == ([paper], 1)
