"""Does the search box find what stands in papers, the best of the newest first, within the filters?"""

from datetime import UTC, date, datetime
from typing import Any

from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db.papers import upsert
from db.records import Filters
from db.search import search
from db.tags import set_tags

NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, number: int, **fields: Any) -> str:
    paper = Paper(id=f"2401.{number:05d}", submitted=datetime(2024, 1, number, tzinfo=UTC), **fields)
    upsert(db, [paper], source="arxiv", day=NOW.date(), seen_at=NOW)
    return paper.id


def ids(found: list[tuple[Any, float]]) -> list[str]:
    return [stored.paper.id for stored, _ in found]


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
    assert found[0][1] > found[1][1]


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
    assert search(db, " ")[0][1] == 0.0
    assert ids(search(db, " ")) == [second, first]
    assert ids(search(db, "-horse")) == [first]


def test_the_limit_holds(db: Database) -> None:
    for number in range(1, 6):
        add(db, number, title=f"Zebra {number}")
    assert len(search(db, "zebra", limit=3)) == 3
