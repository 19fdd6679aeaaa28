"""Is one paper one row, whatever told of it and in whatever order?"""

import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from core.papers.paper import Link, Paper
from core.papers.tags import Tag, Tagging
from db import notes
from db.connect import open_catalog
from db.papers import browse, count, get, get_many, sources, upsert
from db.reading import set_state
from db.records import Counts, Filters
from db.tags import set_tags

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 8, 3)
NOW = datetime(2026, 8, 3, 9, tzinfo=UTC)


def paper(number: int = 1, **fields: Any) -> Paper:
    known: dict[str, Any] = {"title": f"Paper {number}", "version": 1}
    return Paper(id=f"2401.{number:05d}", **(known | fields))


def put(db: Database, *papers: Paper, source: str = "arxiv", day: date = DAY) -> Counts:
    return upsert(db, papers, source=source, day=day, seen_at=NOW)


def ids(db: Database, limit: int = 50, offset: int = 0, **filters: Any) -> list[str]:
    return [stored.paper.id for stored in browse(db, filters=Filters(**filters), limit=limit, offset=offset)]


def index_is_whole(db: Database) -> bool:
    db.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)")
    return True


def test_a_paper_is_new_then_known_then_changed(db: Database) -> None:
    assert put(db, paper()) == Counts(new=1, new_ids=("2401.00001",), fresh=(paper(),))
    assert put(db, paper()) == Counts(duplicate=1)
    changed = put(db, paper(doi="10.1/x"))
    assert (changed.changed, changed.changed_ids) == (1, ("2401.00001",))
    assert changed.fresh[0].doi == "10.1/x"


def test_a_newer_day_of_the_same_words_is_no_change(db: Database) -> None:
    put(db, paper())
    assert put(db, paper(), day=DAY + timedelta(days=3)) == Counts(duplicate=1)


def test_a_paper_that_comes_twice_at_once_is_one_row(db: Database) -> None:
    counts = put(db, paper(), paper(), paper(doi="10.1/x"))
    assert (counts.new, counts.duplicate, counts.changed) == (1, 1, 1)
    assert (counts.new_ids, counts.changed_ids) == (("2401.00001",), ())
    assert count(db, Filters()) == 1


def test_more_papers_than_one_batch_holds_are_all_counted(db: Database) -> None:
    many = [paper(number) for number in range(1, 1202)]
    assert put(db, *many, many[0]).new == 1201
    assert count(db, Filters()) == 1201
    assert put(db, *many).duplicate == 1201


def test_a_paper_comes_back_with_all_around_it(db: Database) -> None:
    full = paper(
        submitted=datetime(2024, 1, 5, tzinfo=UTC),
        links=(Link("code", "https://example.org"),),
        upvotes=4,
        summary={"en": "One."},
    )
    put(db, full)
    put(db, replace(full, version=2, title="Renamed", updated=NOW), source="rss")
    stored = get(db, full.id)
    assert stored is not None
    assert stored.paper == replace(full, version=2, title="Renamed", updated=NOW)
    assert stored.sources == ("arxiv", "rss")
    assert [(item.version, item.submitted, item.changed) for item in stored.versions] == [
        (1, full.submitted, ()),
        (2, NOW, ("title",)),
    ]
    assert (stored.seen, stored.state, stored.star, stored.note_count) == (NOW, None, False, 0)


def test_notes_that_pin_a_paper_are_counted(db: Database) -> None:
    put(db, paper())
    notes.add(db, title="A", pins=[notes.Pin("paper", "2401.00001"), notes.Pin("run", "2401.00001")])
    notes.add(db, title="B", pins=[notes.Pin("chart", "2401.00001")])
    stored = get(db, "2401.00001")
    assert stored is not None and stored.note_count == 1


def test_an_unknown_paper_is_none(db: Database) -> None:
    assert get(db, "2401.99999") is None


def test_many_come_in_the_order_asked_for(db: Database) -> None:
    put(db, paper(1), paper(2), paper(3))
    found = get_many(db, ["2401.00003", "2401.77777", "2401.00001", "2401.00003"])
    assert [stored.paper.id for stored in found] == ["2401.00003", "2401.00001"]


def test_the_newest_first_submission_comes_first_whatever_came_in_first(db: Database) -> None:
    put(db, paper(3, submitted=datetime(2024, 1, 3, tzinfo=UTC)))
    put(db, paper(9, submitted=datetime(2024, 1, 1, tzinfo=UTC), updated=NOW))
    put(db, paper(4, submitted=datetime(2024, 1, 3, tzinfo=UTC)))
    assert ids(db) == ["2401.00004", "2401.00003", "2401.00009"]
    assert ids(db, limit=1, offset=1) == ["2401.00003"]


def test_papers_that_want_one_place_all_find_one(db: Database) -> None:
    # The same number in two months, submitted on the same day, and twice within one batch.
    day = datetime(2024, 1, 31, tzinfo=UTC)
    same = [Paper(id=f"{month}.00007", title="T", submitted=day) for month in ("2401", "2402", "2403")]
    put(db, same[0])
    put(db, *same[1:])
    assert count(db, Filters()) == 3
    assert index_is_whole(db)


def test_a_paper_moves_when_its_day_becomes_known_and_all_that_hangs_on_it_follows(db: Database) -> None:
    put(db, paper(1, title="Zebra", links=(Link("code", "https://example.org"),)), source="huggingface")
    tagging = Tagging(tags=(Tag(kind="stage", value="ask", confidence=0.9),), confidence={"ask": 0.9})
    set_tags(db, {"2401.00001": tagging})
    set_state(db, "2401.00001", "saved")
    put(db, paper(2, submitted=datetime(2024, 1, 2, tzinfo=UTC)))
    assert ids(db) == ["2401.00002", "2401.00001"]
    put(db, paper(1, title="Zebra", submitted=datetime(2024, 1, 9, tzinfo=UTC)))
    assert ids(db) == ["2401.00001", "2401.00002"]
    assert ids(db, text="zebra", stage="ask", state="saved", source="huggingface") == ["2401.00001"]
    assert index_is_whole(db)
    stored = get(db, "2401.00001")
    assert stored is not None and stored.links and stored.versions and stored.confidence == {"ask": 0.9}


def test_the_index_follows_new_words_and_deleted_papers(db: Database) -> None:
    put(db, paper(title="Zebra"), paper(2, title="Zebra too"))
    put(db, paper(version=2, title="Horse"))
    assert ids(db, text="zebra") == ["2401.00002"]
    assert ids(db, text="horse") == ["2401.00001"]
    db.execute("DELETE FROM papers WHERE id = '2401.00002'")
    assert ids(db, text="zebra") == []
    assert index_is_whole(db)


def test_the_index_can_be_built_anew(db: Database) -> None:
    put(db, paper(title="Zebra", summary={"en": "stripes", "ko": "줄무늬"}))
    db.execute("INSERT INTO papers_fts (papers_fts) VALUES ('rebuild')")
    assert ids(db, text="zebra stripes 줄무늬") == ["2401.00001"]
    assert index_is_whole(db)


def tagged(db: Database, number: int, **values: str) -> None:
    tags = tuple(Tag(kind=kind, value=value, confidence=0.9) for kind, value in values.items())  # type: ignore[arg-type]
    set_tags(db, {f"2401.{number:05d}": Tagging(tags=tags, confidence={})})


def test_each_filter_leaves_what_it_should(db: Database) -> None:
    for number in range(1, 6):
        put(db, paper(number, submitted=datetime(2024, 1, number, tzinfo=UTC)))
    put(db, paper(2), source="huggingface")
    put(db, paper(2), source="huggingface", day=DAY + timedelta(days=1))
    tagged(db, 1, stage="build", topic="attention")
    tagged(db, 2, stage="build", application="code")
    tagged(db, 3, stage="ask", topic="attention")
    set_state(db, "2401.00003", "read")
    set_state(db, "2401.00002", "saved")
    expected: list[tuple[dict[str, Any], list[int]]] = [
        ({"stage": "build"}, [2, 1]),
        ({"stage": "build", "topic": "attention"}, [1]),
        ({"topic": "attention"}, [3, 1]),
        ({"application": "code", "source": "huggingface"}, [2]),
        ({"source": "huggingface"}, [2]),
        ({"source": "huggingface", "stage": "ask"}, []),
        ({"since": date(2024, 1, 4)}, [5, 4]),
        ({"until": date(2024, 1, 2)}, [2, 1]),
        ({"since": date(2024, 1, 2), "until": date(2024, 1, 3), "state": "unread"}, []),
        ({"state": "unread"}, [5, 4, 1]),
        ({"state": "saved"}, [2]),
        ({"state": "read", "stage": "ask", "text": "paper"}, [3]),
        ({"text": "paper -3"}, [5, 4, 2, 1]),
        ({"text": "-3"}, [5, 4, 2, 1]),
        ({"text": "?!"}, []),
    ]
    for filters, numbers in expected:
        assert ids(db, **filters) == [f"2401.{number:05d}" for number in numbers], filters
        assert count(db, Filters(**filters)) == len(numbers), filters


def test_browsing_sorts_nothing(db: Database) -> None:
    from db.filters import selection

    for filters in (
        Filters(),
        Filters(stage="ask"),
        Filters(state="unread"),
        Filters(source="arxiv"),
        Filters(text="x"),
    ):
        chosen = selection(filters)
        assert chosen is not None
        plan = db.execute(f"EXPLAIN QUERY PLAN {chosen.keys_sql()} LIMIT 50", chosen.values).fetchall()
        assert not any("TEMP B-TREE" in str(step) for step in plan), (filters, plan)


def test_a_state_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="'seen' does not exist; use unread, new, starred, read, skip, saved"):
        Filters(state="seen")


def test_the_sources_are_listed(db: Database) -> None:
    assert sources(db) == []
    put(db, paper(1), source="rss")
    put(db, paper(1), source="arxiv")
    assert sources(db) == ["arxiv", "rss"]


def test_hostile_values_are_stored_as_far_as_they_can_be(db: Database) -> None:
    put(db, paper(title="a\ud800'; DROP TABLE papers;--", upvotes=10**40, authors=("\0",)))
    stored = get(db, "2401.00001")
    assert stored is not None and stored.paper.upvotes is None and "DROP TABLE" in stored.paper.title


def test_an_id_that_is_none_is_an_error_and_nothing_of_its_batch_stays(db: Database) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        put(db, paper(), Paper(id="nonsense", title="T"))
    assert count(db, Filters()) == 0


# --- any order --------------------------------------------------------------------------------------------------------

sightings = st.tuples(
    st.builds(
        Paper,
        id=st.sampled_from(["2401.00001", "2401.00002"]),
        title=st.sampled_from(["One", "Two"]),
        version=st.none() | st.integers(1, 3),
        abstract=st.none() | st.sampled_from(["alpha", "beta"]),
        submitted=st.none() | st.sampled_from([datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2)]),
        updated=st.none() | st.sampled_from([datetime(2024, 2, day, tzinfo=UTC) for day in (1, 2)]),
        upvotes=st.none() | st.integers(0, 2),
        links=st.lists(st.sampled_from([Link("code", "a"), Link("model", "b")]), max_size=2).map(tuple),
    ),
    st.sampled_from(["arxiv", "huggingface", "bibtex"]),
    st.dates(date(2024, 3, 1), date(2024, 3, 2)),
)


def contents(path: Path, heard: Sequence[tuple[Paper, str, date]]) -> list[Any]:
    path.unlink(missing_ok=True)
    db = open_catalog(path)
    for told, source, day in heard:
        upsert(db, [told], source=source, day=day, seen_at=NOW)
    tables = ("papers", "versions", "sightings", "links", "papers_fts")
    rows = [db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in tables]
    assert index_is_whole(db)
    db.close()
    return rows


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(sightings, min_size=2, max_size=6), st.integers(0, 10**6))
def test_any_order_of_sources_and_versions_gives_the_same_catalog(
    tmp_path: Path, heard: list[tuple[Paper, str, date]], seed: int
) -> None:
    shuffled = list(heard)
    random.Random(seed).shuffle(shuffled)
    assert contents(tmp_path / "a.db", heard) == contents(tmp_path / "a.db", shuffled)


# --- two at once ------------------------------------------------------------------------------------------------------

WRITER = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from core.papers.paper import Paper
from db.connect import open_catalog, transaction
from db.papers import upsert
db = open_catalog(Path(sys.argv[1]))
sys.stdin.read(1)
for start in range(0, 2000, 50):
    day = datetime(2024, 1, 2, tzinfo=UTC)
    numbers = range(start + 1, start + 51)
    papers = [Paper(id=f"2401.{number:05d}", title=f"Paper {number}", version=1, submitted=day) for number in numbers]
    with transaction(db):
        upsert(db, papers, source=sys.argv[2], day=date(2026, 8, 3), seen_at=datetime.now(UTC))
"""


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), source], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for source in ("arxiv", "huggingface")
    ]
    assert [process.communicate(b"x", timeout=120)[1] for process in started] == [b"", b""]
    db = open_catalog(path)
    assert count(db, Filters()) == 2000
    assert db["sightings"].count == 4000
    assert index_is_whole(db)
