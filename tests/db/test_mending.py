"""Is what is broken found, what can be mended mended, and the rest named and left alone?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging
from db import ledger
from db.connect import open_catalog, transaction
from db.cooldowns import Cooldown, write_cooldown
from db.mending import Finding, close_abandoned, held_cooldowns, mend
from db.notes import Pin
from db.notes import add as add_note
from db.papers import upsert
from db.series import totals
from db.tags import set_tags
from db.trends import settle

NOW = datetime(2026, 8, 3, tzinfo=UTC)
PARTS = ["pages", "references", "search index", "filing", "trend counts", "ledger"]


@pytest.fixture
def catalog(db: Database, tmp_path: Path) -> Path:
    """A closed catalog with thirty papers, ten of them on bridges."""
    papers = [
        Paper(
            id=f"2608.{number:05d}",
            title=f"{'Bridges' if number % 3 == 0 else 'Rivers'} of tokens",
            abstract="Water " * 50,
            submitted=datetime(2026, 8, 1, tzinfo=UTC) - timedelta(days=number),
        )
        for number in range(30)
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    tagging = Tagging(tags=(Tag(kind="stage", value="ask", confidence=0.9),), confidence={})
    set_tags(db, {paper.id: tagging for paper in papers})
    add_note(db, title="Monday", body="kelp", pins=[Pin("paper", "2608.00001")])
    settle(db)
    db.close()
    return tmp_path / "catalog.db"


def check(catalog: Path, *, full: bool | None = None, alive: str = "nobody") -> dict[str, Finding]:
    found = mend(catalog, bury=lambda db: None, lives=lambda owner: owner.startswith(alive), full=full)
    return {finding.part: finding for finding in found}


def outcomes(found: dict[str, Finding]) -> dict[str, str]:
    """What is not fine."""
    return {part: finding.outcome for part, finding in found.items() if finding.outcome != "fine"}


def run(catalog: Path, *statements: str) -> None:
    with closing(sqlite3.connect(catalog, isolation_level=None)) as plain:
        for statement in statements:
            plain.execute(statement)


def hits(catalog: Path, query: str) -> int:
    with closing(sqlite3.connect(catalog)) as plain:
        sql = "SELECT count(*) FROM papers_fts JOIN papers ON papers.key = papers_fts.rowid WHERE papers_fts MATCH ?"
        return int(plain.execute(sql, (query,)).fetchone()[0])


def test_a_whole_catalog_is_found_whole(catalog: Path) -> None:
    found = check(catalog)
    assert list(found) == PARTS
    assert outcomes(found) == {}


def test_a_home_without_a_catalog_gets_one(tmp_path: Path) -> None:
    assert outcomes(check(tmp_path / "new" / "catalog.db")) == {}


LOSE_THE_CONTENT = "DELETE FROM papers_fts_data WHERE id > 100"
TAKE_ONE_OUT = (
    "INSERT INTO papers_fts (papers_fts, rowid, title, abstract, authors, keywords, summary, noted, filed) "
    "SELECT 'delete', * FROM papers_text WHERE title LIKE 'Bridges%' LIMIT 1"
)
INDEX_ANOTHER_WORD = (
    "INSERT INTO papers_fts (rowid, title) SELECT key, 'meadows' FROM papers WHERE title LIKE 'Bridges%' LIMIT 1"
)
INDEX_WHAT_IS_NOT_THERE = "INSERT INTO papers_fts (rowid, title) VALUES (7, 'bridges')"


@pytest.mark.parametrize(
    "damage",
    [
        LOSE_THE_CONTENT,
        "DELETE FROM papers_fts_data",
        "DELETE FROM papers_fts_docsize",
        "DELETE FROM papers_fts_config",
        TAKE_ONE_OUT,
        INDEX_ANOTHER_WORD,
        INDEX_WHAT_IS_NOT_THERE,
    ],
)
def test_a_broken_search_index_is_rebuilt_and_search_works_again(catalog: Path, damage: str) -> None:
    run(catalog, damage)
    found = check(catalog)
    assert outcomes(found) == {"search index": "mended"}
    says = found["search index"].says
    assert says.startswith("was broken") and "rebuilt, 30 papers" in says and "\n" not in says
    assert (hits(catalog, "bridges"), hits(catalog, "rivers"), hits(catalog, "meadows")) == (10, 20, 0)
    assert (hits(catalog, "kelp"), hits(catalog, "stagexask0")) == (1, 30)
    assert outcomes(check(catalog)) == {}


def test_papers_that_never_reached_the_index_are_indexed_and_filed(catalog: Path) -> None:
    run(
        catalog,
        "INSERT INTO papers (key, id, title, categories, known, seen, changed) "
        "VALUES (20260801000077, '2608.00077', 'Meadows', '[\"cs.CL\"]', '{}', '', '')",
    )
    assert outcomes(check(catalog)) == {"search index": "mended", "filing": "mended", "trend counts": "mended"}
    assert hits(catalog, "meadows AND catxcsxcl0") == 1
    assert outcomes(check(catalog)) == {}


def test_papers_that_are_filed_wrongly_are_filed_again(catalog: Path) -> None:
    run(catalog, "UPDATE papers SET filed = 'in0 stagexbuild0' WHERE title LIKE 'Bridges%'")
    found = check(catalog)
    assert outcomes(found) == {"filing": "mended"}
    assert found["filing"].says.startswith("10 papers")
    assert (hits(catalog, "stagexbuild0"), hits(catalog, "stagexask0")) == (0, 30)


def test_wrong_trend_counts_are_counted_again(catalog: Path) -> None:
    db = open_catalog(catalog)
    days = {"since": NOW.date() - timedelta(days=60), "until": NOW.date()}
    before = totals(db, by="month", **days)
    db.execute("UPDATE trend_counts SET n = n + 3")
    db.close()
    found = check(catalog)
    assert outcomes(found) == {"trend counts": "mended"}
    assert found["trend counts"].says.startswith("60 were wrong")
    assert totals(open_catalog(catalog), by="month", **days) == before


def test_what_belongs_to_no_paper_is_removed_and_counted(catalog: Path) -> None:
    run(
        catalog,
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO versions (paper, version, seen) VALUES (5, 1, '2026'), (5, 2, '2026')",
        "INSERT INTO tags (paper, kind, value, origin, place, confidence, effective) "
        "VALUES (5, 'stage', 'ask', 'tagger', 0, 1, 1)",
        "INSERT INTO measures (run, unit, name, arm, replicate, exact) VALUES ('gone', 'u', 'n', 'a', 0, 1)",
    )
    found = check(catalog)
    assert found["references"].outcome == "mended"
    assert found["references"].says.endswith("1 measures, 1 tags, 2 versions")
    db = open_catalog(catalog)
    assert [db[table].count for table in ("versions", "tags", "measures")] == [0, 30, 0]
    assert outcomes(check(catalog)) == {}


def test_rows_left_open_by_ended_processes_are_closed_and_those_of_living_ones_are_not(catalog: Path) -> None:
    db = open_catalog(catalog)
    dead = ledger.open_row(db, source="file", owner="1-a", file="papers.jsonl")
    living = ledger.open_row(db, source="file", owner="2-b", file="more.jsonl")
    found = check(catalog, alive="2")
    assert (found["ledger"].outcome, found["ledger"].says) == (
        "mended",
        "1 rows of processes that had ended closed, 1 under way",
    )
    assert ledger.get_row(db, dead).outcome == ledger.PARTIAL
    assert ledger.get_row(db, living).outcome is None
    assert check(catalog, alive="2")["ledger"].outcome == "fine"
    assert close_abandoned(db, lives=lambda _: False) == 1


def test_an_index_of_a_table_that_lacks_a_row_is_made_anew(catalog: Path) -> None:
    name = "papers_seen"
    with closing(sqlite3.connect(catalog, isolation_level=None)) as plain:
        entry = plain.execute("SELECT * FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        plain.execute("PRAGMA writable_schema = ON")
        plain.execute("DELETE FROM sqlite_master WHERE name = ?", (name,))
    with closing(sqlite3.connect(catalog, isolation_level=None)) as plain:
        plain.execute("UPDATE papers SET seen = '2020' WHERE id = '2608.00001'")
        plain.execute("PRAGMA writable_schema = ON")
        plain.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", entry)
    found = check(catalog)
    assert outcomes(found) == {"pages": "mended"}
    assert "made anew" in found["pages"].says
    assert outcomes(check(catalog)) == {}


@pytest.mark.parametrize("table", ["tags", "papers", "papers_fts_data"])
def test_a_damaged_page_is_named_and_nothing_is_touched(catalog: Path, table: str) -> None:
    with closing(sqlite3.connect(catalog)) as plain:
        (root,) = plain.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        plain.execute("PRAGMA journal_mode = DELETE")
    with catalog.open("r+b") as stream:
        stream.seek((root - 1) * 4096)
        stream.write(b"\xa5" * 4096)
    before = catalog.read_bytes()
    found = check(catalog)
    assert list(found) == ["pages"]
    assert found["pages"].outcome == "broken"
    assert "python -m app restore" in found["pages"].says and "\n" not in found["pages"].says
    # The switch to the log of writes is in the header, and nowhere else.
    assert catalog.read_bytes()[100:] == before[100:]


def test_a_file_that_is_no_catalog_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("a letter")
    found = check(tmp_path / "catalog.db")
    assert (list(found), found["pages"].outcome) == (["pages"], "broken")
    assert (tmp_path / "catalog.db").read_text() == "a letter"


def test_a_quick_look_finds_missing_papers_and_says_what_it_did_not_read(catalog: Path) -> None:
    run(catalog, TAKE_ONE_OUT)
    found = check(catalog, full=False)
    assert outcomes(found) == {"search index": "mended", "filing": "not read"}
    assert "--full" in found["pages"].says and "--full" in found["filing"].says
    assert hits(catalog, "bridges") == 10


def test_a_part_that_another_process_writes_to_is_not_called_broken(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.connect.BUSY_TIMEOUT", 0.1)
    writer = open_catalog(catalog)
    with transaction(writer):
        writer.execute("INSERT INTO settings VALUES ('a', '1')")
        found = check(catalog)
    assert outcomes(found) == dict.fromkeys(["search index", "filing", "trend counts", "ledger"], "busy")
    assert outcomes(check(catalog)) == {}


def test_cool_downs_that_are_over_are_not_held(db: Database) -> None:
    now = datetime.now(UTC)
    for provider, hours in (("arxiv", 1), ("huggingface", -1)):
        until = now + timedelta(hours=hours)
        write_cooldown(db, Cooldown(provider=provider, until=until, why="429", times=1))
    assert [item.provider for item in held_cooldowns(db)] == ["arxiv"]
