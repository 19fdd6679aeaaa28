"""Are the papers of one announcement found, with those who told of them?"""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db.crossing import Announced, announced
from db.papers import upsert

FIRST, LAST = datetime(2026, 8, 31, 18, tzinfo=UTC), datetime(2026, 9, 1, 18, tzinfo=UTC)
LISTED = date(2026, 9, 2)


def tell(db: Database, source: str, id_: str, **fields: Any) -> None:
    fields = {"categories": ("cs.CL",)} | fields
    seen = datetime(2026, 9, 2, 9, tzinfo=UTC)
    upsert(db, [Paper(id=id_, title=f"Paper {id_}", **fields)], source=source, day=seen.date(), seen_at=seen)


def ask(db: Database, *categories: str) -> Counter[Announced]:
    return Counter(
        announced(db, first=FIRST, last=LAST, listed=LISTED, categories=categories, sources=["arxiv", "rss"])
    )


def both(dated: bool) -> Announced:
    return Announced(dated, frozenset({"arxiv", "rss"}))


def one(source: str, *, dated: bool) -> Announced:
    return Announced(dated, frozenset({source}))


def test_a_paper_belongs_to_the_announcement_by_its_submission(db: Database) -> None:
    for number, moment in enumerate((FIRST, LAST, datetime(2026, 8, 31, 17, 59, tzinfo=UTC)), start=1):
        tell(db, "arxiv", f"2608.0000{number}", submitted=moment)
    assert ask(db) == {one("arxiv", dated=True): 1}


def test_a_paper_whose_submission_nobody_knows_belongs_by_the_day_it_was_listed_on(db: Database) -> None:
    tell(db, "rss", "2609.00001", announced=LISTED)
    tell(db, "rss", "2608.00001", announced=LISTED)
    tell(db, "rss", "2609.00002", announced=date(2026, 9, 1))
    tell(db, "rss", "2609.00003")
    assert ask(db) == {one("rss", dated=False): 2}


def test_a_known_submission_counts_before_the_day_that_another_source_gives(db: Database) -> None:
    tell(db, "rss", "2608.00001", announced=LISTED)
    tell(db, "arxiv", "2608.00001", submitted=datetime(2026, 8, 25, tzinfo=UTC))
    tell(db, "rss", "2608.00002", announced=date(2026, 9, 1))
    tell(db, "arxiv", "2608.00002", submitted=FIRST)
    assert ask(db) == {both(True): 1}


def test_other_sources_do_not_count(db: Database) -> None:
    tell(db, "huggingface", "2608.00001", submitted=FIRST)
    assert ask(db) == {}


@pytest.mark.parametrize(("categories", "found"), [((), 2), (("cs.CL",), 1), (("cs",), 1), (("cs", "math.ST"), 2)])
def test_only_the_categories_asked_for_count(db: Database, categories: tuple[str, ...], found: int) -> None:
    tell(db, "arxiv", "2608.00001", submitted=FIRST, categories=("cs.CL", "stat.ML"))
    tell(db, "arxiv", "2608.00002", submitted=FIRST, categories=("math.ST",))
    assert ask(db, *categories).total() == found
