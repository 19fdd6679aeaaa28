"""Is a backup whole, whoever writes meanwhile, and does a restored one reach everybody and lose nothing?"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import ledger
from db.backup import BackupError, Restored, restore_backup, write_backup
from db.connect import open_catalog, transaction
from db.migrations import MIGRATIONS
from db.papers import upsert
from db.series import totals

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 8, 3, tzinfo=UTC)


def add(db: Database, *numbers: int) -> None:
    submitted = datetime(2026, 8, 1, tzinfo=UTC)
    papers = [
        Paper(id=f"2608.{number:05d}", title=f"Rivers of tokens {number}", submitted=submitted) for number in numbers
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)


def ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as plain:
        return [name[5:].lstrip("0") for (name,) in plain.execute("SELECT id FROM papers ORDER BY id")]


def restore(catalog: Path, source: Path, alive: str = "nobody") -> Restored:
    return restore_backup(catalog, source, lives=lambda owner: owner.startswith(alive))


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', 1)")
        return plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def catalog(db: Database, tmp_path: Path) -> Path:
    """A catalog with three papers."""
    add(db, 1, 2, 3)
    return tmp_path / "catalog.db"


@pytest.fixture
def kept(catalog: Path, tmp_path: Path) -> Path:
    """A backup of it, in another folder."""
    (tmp_path / "away").mkdir()
    return write_backup(catalog, tmp_path / "away" / "kept.db").path


# --- backup -----------------------------------------------------------------------------------------------------------


def test_a_backup_is_one_file_with_all_papers(catalog: Path, kept: Path) -> None:
    assert ids(kept) == ["1", "2", "3"]
    with closing(sqlite3.connect(kept)) as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert [item.name for item in kept.parent.iterdir()] == ["kept.db"]
    assert is_whole(kept)


def test_it_says_how_large_it_is_and_how_many_papers_it_has(catalog: Path, tmp_path: Path) -> None:
    done = write_backup(catalog, tmp_path / "kept.db")
    assert (done.papers, done.size) == (3, (tmp_path / "kept.db").stat().st_size)


def test_a_backup_is_of_one_moment_while_another_process_writes(catalog: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from tests.db.test_backup import add; from db.connect import open_catalog, transaction\n"
        "db = open_catalog(Path(sys.argv[1]))\n"
        "for number in range(1000, 99000, 5):\n"
        "    with transaction(db): [add(db, number + more) for more in range(5)]\n"
        "    print(number, flush=True)"
    )
    command = [sys.executable, "-c", code, str(catalog), str(ROOT)]
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    counts = []
    try:
        for number in range(4):
            writer.stdout.readline()
            done = write_backup(catalog, tmp_path / f"kept-{number}.db")
            counts.append(done.papers)
            assert is_whole(done.path)
    finally:
        writer.kill()
        writer.communicate()
    assert all((count - 3) % 5 == 0 for count in counts)
    assert counts == sorted(counts) and counts[-1] > counts[0] >= 8


def test_a_file_that_is_there_is_replaced_only_where_asked(catalog: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept.db"
    target.write_bytes(b"dear to somebody")
    with pytest.raises(BackupError, match="--force"):
        write_backup(catalog, target)
    assert target.read_bytes() == b"dear to somebody"
    write_backup(catalog, target, force=True)
    assert ids(target) == ["1", "2", "3"]


def test_a_place_where_no_backup_can_be_is_named(catalog: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    for target, says in (
        (catalog, "catalog itself"),
        (tmp_path, "folder"),
        (tmp_path / "nowhere" / "kept.db", "make it first"),
    ):
        with pytest.raises(BackupError, match=says):
            write_backup(catalog, target, force=True)
    with pytest.raises(BackupError, match="no catalog"):
        write_backup(tmp_path / "missing.db", tmp_path / "kept.db")
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_catalog_makes_no_backup(db: Database, catalog: Path, tmp_path: Path) -> None:
    spoil(db, catalog)
    with pytest.raises(BackupError, match="damaged"):
        write_backup(catalog, tmp_path / "kept.db")
    assert not [item for item in tmp_path.iterdir() if "kept" in item.name]


def spoil(db: Database, path: Path) -> None:
    """Write over the first page of the tags."""
    (root,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'tags'").fetchone()
    db.close()
    with path.open("r+b") as stream:
        stream.seek((root - 1) * 4096)
        stream.write(b"\xa5" * 4096)


# --- restore ----------------------------------------------------------------------------------------------------------


def test_a_backup_is_restored_where_there_is_no_catalog(kept: Path, tmp_path: Path) -> None:
    done = restore(tmp_path / "new" / "catalog.db", kept)
    assert (done.papers, done.aside) == (3, None)
    db = open_catalog(tmp_path / "new" / "catalog.db")
    assert totals(db, by="month", since=NOW.date(), until=NOW.date()) == {}
    assert db["papers"].count == 3
    assert ids(kept) == ["1", "2", "3"]


def test_what_was_there_before_is_kept_beside(db: Database, catalog: Path, kept: Path) -> None:
    add(db, 4)
    done = restore(catalog, kept)
    assert ids(catalog) == ["1", "2", "3"]
    assert done.aside is not None and done.aside.name.startswith("catalog.db.before-restore-")
    assert ids(done.aside) == ["1", "2", "3", "4"]
    again = restore(catalog, done.aside)
    assert again.aside != done.aside
    assert ids(catalog) == ["1", "2", "3", "4"]
    assert is_whole(catalog)


_HOLDER = """
import sys; from pathlib import Path; from db.connect import open_catalog
db = open_catalog(Path(sys.argv[1]))
seen = lambda: print(len(db.execute("SELECT id FROM papers").fetchall()), flush=True)
for line in sys.stdin:
    word = line.strip()
    if word == "see": seen()
    elif word == "write": db.execute("INSERT INTO settings VALUES ('held', '1')"); print("written", flush=True)
    else: db.conn.execute(word); print("done", flush=True)
"""


@contextmanager
def holder(catalog: Path) -> Iterator[Callable[[str], str]]:
    """Another process that has the catalog open, and does what it is told."""
    command = [sys.executable, "-c", _HOLDER, str(catalog)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    told, heard = process.stdin, process.stdout

    def tell(word: str) -> str:
        told.write(word + "\n")
        told.flush()
        return heard.readline().strip()

    yield tell
    process.kill()
    process.communicate()


def test_a_process_that_has_the_catalog_open_sees_the_restored_papers_and_writes_to_them(
    db: Database, catalog: Path, kept: Path
) -> None:
    add(db, 4, 5)
    with holder(catalog) as tell:
        assert tell("see") == "5"
        assert tell("BEGIN") == "done" and tell("see") == "5"
        restore(catalog, kept)
        assert tell("see") == "5", "a reader stays in its moment until it ends"
        assert tell("COMMIT") == "done" and tell("see") == "3"
        assert tell("write") == "written"
    assert open_catalog(catalog)["settings"].count == 1
    assert db["papers"].count == 3
    assert is_whole(catalog)


def test_a_restore_waits_for_a_writer_but_not_for_ever(
    db: Database, catalog: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.backup.BUSY_TIMEOUT", 0.3)
    add(db, 4)
    with holder(catalog) as tell:
        assert tell("BEGIN IMMEDIATE") == "done"
        with pytest.raises(BackupError, match="another process writes"):
            restore(catalog, kept)
        assert tell("COMMIT") == "done"
    assert ids(catalog) == ["1", "2", "3", "4"]
    assert sorted(path.name for path in catalog.parent.glob("catalog.db*") if "-" not in path.name) == ["catalog.db"]


def not_sqlite(path: Path) -> None:
    path.write_text("a letter")


def another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("CREATE TABLE recipes (id)")


def newer(path: Path) -> None:
    db = Database(path)
    MIGRATIONS.apply(db)
    db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('trendlab', 'm999_x', '')")
    db.close()


def spoilt(path: Path) -> None:
    db = Database(path)
    MIGRATIONS.apply(db)
    spoil(db, path)


def cut_short(path: Path) -> None:
    newer(path)
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (not_sqlite, "no catalog"),
        (empty, "no catalog"),
        (another_program, "no catalog"),
        (newer, r"newer version.*m999_x"),
        (spoilt, "is damaged"),
        (cut_short, "nothing was restored"),
        (lambda path: None, "no such file"),
    ],
)
def test_what_is_no_backup_is_refused_and_nothing_changes(
    catalog: Path, tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    source = tmp_path / "away" / "source.db"
    source.parent.mkdir()
    make(source)
    before = {path.name for path in tmp_path.rglob("*")}
    with pytest.raises(BackupError, match=says) as raised:
        restore(catalog, source)
    assert "\n" not in str(raised.value)
    assert ids(catalog) == ["1", "2", "3"]
    assert {path.name for path in tmp_path.rglob("*")} == before


def test_the_catalog_is_not_restored_from_itself(catalog: Path) -> None:
    with pytest.raises(BackupError, match="itself"):
        restore(catalog, catalog)


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(catalog: Path, tmp_path: Path) -> None:
    old = Database(tmp_path / "old.db")
    MIGRATIONS.apply(old, stop_before="m006_filing")
    old.execute(
        "INSERT INTO papers (key, id, title, known, seen, changed) "
        "VALUES (20260801000077, '2608.00077', 'Meadows', '{}', '', '')"
    )
    old.close()
    assert restore(catalog, tmp_path / "old.db").papers == 1
    db = open_catalog(catalog)
    assert db.execute("SELECT rowid FROM papers_fts WHERE papers_fts MATCH 'meadows'").fetchall() == [(20260801000077,)]
    assert [step.name for step in MIGRATIONS.pending(db)] == []
    assert "m006_filing" not in {step.name for step in MIGRATIONS.applied(Database(tmp_path / "old.db"))}


def test_a_catalog_into_which_papers_come_is_not_replaced(db: Database, catalog: Path, kept: Path) -> None:
    ledger.open_row(db, source="arxiv", owner="4711-abc", window="today")
    with pytest.raises(BackupError, match="4711"):
        restore(catalog, kept, alive="4711")
    assert restore(catalog, kept, alive="1").papers == 3


@pytest.mark.parametrize(
    ("state", "pid", "refused"), [("queued", None, True), ("running", 12, True), ("running", 9, False)]
)
def test_a_catalog_whose_runs_are_under_way_is_not_replaced(
    db: Database, catalog: Path, kept: Path, state: str, pid: int | None, refused: bool
) -> None:
    db["runs"].insert({"id": "r1", "experiment": "toy", "stage": "ask", "state": state, "created": "2026", "pid": pid})
    if refused:
        with pytest.raises(BackupError, match="app cancel r1"):
            restore(catalog, kept, alive="12")
    else:
        assert restore(catalog, kept, alive="12").papers == 3


def test_a_sync_that_was_at_work_when_the_backup_was_made_is_at_work_no_more(
    db: Database, catalog: Path, tmp_path: Path
) -> None:
    ledger.open_row(db, source="arxiv", owner="4711-abc", window="today")
    write_backup(catalog, tmp_path / "kept.db")
    restore(tmp_path / "new.db", tmp_path / "kept.db", alive="4711")
    (row,) = ledger.newest(open_catalog(tmp_path / "new.db"))
    assert row.outcome == ledger.PARTIAL


def test_a_damaged_catalog_is_replaced_and_kept(db: Database, catalog: Path, kept: Path) -> None:
    spoil(db, catalog)
    before = catalog.read_bytes()
    done = restore(catalog, kept)
    assert is_whole(catalog) and ids(catalog) == ["1", "2", "3"]
    assert done.aside is not None and len(done.aside.read_bytes()) == len(before)


def test_a_catalog_that_nobody_can_open_is_moved_away(db: Database, catalog: Path, kept: Path) -> None:
    db.close()
    catalog.write_bytes(b"no database at all" * 1000)
    done = restore(catalog, kept)
    assert is_whole(catalog) and ids(catalog) == ["1", "2", "3"]
    assert done.aside is not None and done.aside.read_bytes() == b"no database at all" * 1000


def test_a_log_without_its_catalog_is_not_played_into_the_restored_one(db: Database, catalog: Path, kept: Path) -> None:
    add(db, 4)
    log = catalog.with_name("catalog.db-wal")
    shutil.copy(log, log.with_name("log"))
    db.close()
    catalog.unlink()
    log.with_name("log").replace(log)
    restore(catalog, kept)
    assert is_whole(catalog) and ids(catalog) == ["1", "2", "3"]


def test_a_backup_with_pages_of_another_size_is_restored(catalog: Path, kept: Path) -> None:
    with closing(sqlite3.connect(kept, isolation_level=None)) as plain:
        plain.execute("PRAGMA page_size = 8192")
        plain.execute("VACUUM")
    with holder(catalog) as tell:
        restore(catalog, kept)
        assert tell("see") == "3"
    assert is_whole(catalog)


def test_the_catalog_of_another_home_is_restored_as_it_is_while_in_use(catalog: Path, tmp_path: Path) -> None:
    other = open_catalog(tmp_path / "other" / "catalog.db")
    with transaction(other):
        add(other, 7)
    assert (tmp_path / "other" / "catalog.db-wal").exists()
    restore(catalog, tmp_path / "other" / "catalog.db")
    assert ids(catalog) == ["7"]
