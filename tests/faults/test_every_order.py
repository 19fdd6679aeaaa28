"""Does the catalog end the same in whatever order, and in whatever portions, its sources tell of the papers?"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count, groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.papers.paper import Link, Paper, Version
from core.papers.tagging import tag_papers
from db.connect import open_catalog
from db.papers import upsert
from tests.faults.catalog_contents import Contents, contents_of

NOW = datetime(2024, 9, 1, tzinfo=UTC)
IDS = ("2408.00001", "2408.00002", "cs/0408003")
Heard = tuple[Paper, str, date]


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def some_of(*values: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def moments(first: int) -> st.SearchStrategy[datetime]:
    return st.integers(first, first + 2).map(lambda day: datetime(2024, 8, day, tzinfo=UTC))


histories = st.dictionaries(st.integers(1, 4), maybe(moments(10)), max_size=3).map(
    lambda dates: tuple(Version(number, dates[number]) for number in sorted(dates))
)
papers = st.builds(
    Paper,
    id=st.sampled_from(IDS),
    title=st.sampled_from(["Low-rank adaptation", "Preference optimization", "On lichens"]),
    version=maybe(st.integers(1, 3)),
    abstract=maybe(st.sampled_from(["We fine-tune a language model.", "We prompt a language model for medicine."])),
    authors=some_of("Ada", "Bo"),
    categories=some_of("cs.CL", "I.2.7"),
    primary_category=maybe(st.just("cs.CL")),
    submitted=maybe(moments(1)),
    updated=maybe(moments(10)),
    announced=maybe(st.dates(date(2024, 8, 2), date(2024, 8, 3))),
    listed=maybe(st.dates(date(2024, 8, 2), date(2024, 8, 3))),
    comment=maybe(st.sampled_from(["12 pages", "withdrawn"])),
    withdrawn=maybe(st.booleans()),
    links=some_of(Link("code", "https://example.org/a"), Link("model", "https://example.org/b")),
    upvotes=maybe(st.integers(0, 12)),
    stars=maybe(st.integers(0, 3)),
    keywords=some_of("LoRA", "lichens"),
    summary=maybe(st.dictionaries(st.sampled_from(["en", "ko"]), st.sampled_from(["One.", "Two."]), max_size=2)),
    history=histories,
)
# A curated source says the same of a paper's tags whenever it speaks of it.
curated = papers.map(
    lambda paper: Paper(id=paper.id, title=paper.title, summary=paper.summary, stages=("ask",), topics=())
)
days = st.dates(date(2024, 8, 20), date(2024, 8, 21))
heard = st.one_of(
    st.tuples(papers, st.sampled_from(["arxiv", "oai", "rss", "huggingface", "bibtex"]), days),
    st.tuples(curated, st.just("starter"), days),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty catalog to copy, for making one takes as long as filling it."""
    path = tmp_path_factory.mktemp("empty") / "catalog.db"
    db = open_catalog(path)
    db.conn.execute("PRAGMA journal_mode = DELETE")
    db.close()
    return path


NUMBERS = count()


def told(empty: Path, sightings: Sequence[Heard], cuts: set[int]) -> Contents:
    """The catalog after these sightings; a page is what one source said on one day up to the next cut."""
    path = empty.with_name(f"{next(NUMBERS)}.db")
    shutil.copyfile(empty, path)
    db = open_catalog(path)
    numbered = [(sum(cut <= place for cut in cuts), *it) for place, it in enumerate(sightings)]
    for (_, source, day), page in groupby(numbered, key=lambda it: (it[0], it[2], it[3])):
        upsert(db, [it[1] for it in page], source=source, day=day, seen_at=NOW, tagger=tag_papers)
    db.close()
    contents = contents_of(path)
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    return contents


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(heard, min_size=2, max_size=8),
    st.randoms(use_true_random=False),
    st.sets(st.integers(1, 7)),
    st.sets(st.integers(1, 7)),
)
def test_any_order_in_any_portions_gives_the_same_catalog(
    empty: Path, sightings: list[Heard], chance: Any, cuts: set[int], other_cuts: set[int]
) -> None:
    shuffled = list(sightings)
    chance.shuffle(shuffled)
    assert told(empty, sightings, cuts) == told(empty, shuffled, other_cuts)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(heard, min_size=1, max_size=6), st.sets(st.integers(1, 5)))
def test_hearing_it_all_again_changes_nothing(empty: Path, sightings: list[Heard], cuts: set[int]) -> None:
    assert told(empty, sightings, cuts) == told(empty, [*sightings, *sightings], cuts)
