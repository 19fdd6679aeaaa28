"""Is the catalog opened safely, by several processes at once, and is what is no catalog left alone?"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from db.connect import CatalogError, open_catalog, transaction

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534


def test_opening_makes_the_folder_and_the_tables(tmp_path: Path) -> None:
    db = open_catalog(tmp_path / "new" / "deep" / "catalog.db")
    assert {"papers", "papers_fts", "tags", "ledger", "runs"} <= set(db.table_names())


def test_the_catalog_keeps_a_log_of_writes_waits_and_checks_its_references(tmp_path: Path) -> None:
    db = open_catalog(tmp_path / "catalog.db")
    pragmas = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "foreign_keys")}
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
    assert db.execute("PRAGMA synchronous").fetchone()[0] == 1
    assert db.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000


@pytest.mark.parametrize("content", [b"this is a letter, not a database", b"SQLite format 3\x00" + b"\x07" * 4096])
def test_a_file_that_is_no_database_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "catalog.db"
    path.write_bytes(content)
    with pytest.raises(CatalogError, match=r"catalog\.db") as raised:
        open_catalog(path)
    assert "\n" not in str(raised.value)
    assert path.read_bytes() == content
    assert [item.name for item in tmp_path.iterdir()] == ["catalog.db"]


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE recipes (id)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(CatalogError, match="another program"):
        open_catalog(path)
    assert path.read_bytes() == before


def test_a_catalog_from_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    db = open_catalog(path)
    db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('trendlab', 'm999_future', '')"
    )
    db.execute("PRAGMA journal_mode = DELETE")
    db.close()
    before = path.read_bytes()
    with pytest.raises(CatalogError, match=r"newer version.*m999_future"):
        open_catalog(path)
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_the_catalog_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be read"):
        open_catalog(tmp_path)


def test_a_file_in_the_place_of_the_folder_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(CatalogError, match="TRENDLAB_HOME"):
        open_catalog(tmp_path / "home" / "catalog.db")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_catalog_is_named(tmp_path: Path) -> None:
    # A new empty file: nothing but its permissions keeps the tables out. Root may write anywhere, so root steps down.
    home = tmp_path / "home"
    home.mkdir()
    path = home / "catalog.db"
    path.touch(0o444)
    home.chmod(0o555)
    code = "import os, sys; from pathlib import Path; from db.connect import CatalogError, open_catalog\n"
    if os.getuid() == 0:
        code += f"os.setuid({NOBODY})\n"
        for folder in (tmp_path, *tmp_path.parents):
            if folder == Path(tempfile.gettempdir()):
                break
            folder.chmod(0o711)
    code += "try: open_catalog(Path(sys.argv[1]))\nexcept CatalogError as error: print(error)"
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    home.chmod(0o755)
    assert "read-only" in done.stdout, done.stdout + done.stderr
    assert path.read_bytes() == b""


def test_many_processes_that_start_at_once_all_get_the_catalog(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    code = (
        "import sys; from pathlib import Path; from db.connect import open_catalog\n"
        "sys.stdin.read(1); print(len(open_catalog(Path(sys.argv[1])).table_names()))"
    )
    command = [sys.executable, "-c", code, str(path)]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    answers = [process.communicate(b"x", timeout=60) for process in started]
    assert [stderr for _, stderr in answers] == [b""] * 3
    assert {int(stdout) for stdout, _ in answers} == {len(open_catalog(path).table_names())}


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    db = open_catalog(tmp_path / "catalog.db")
    with pytest.raises(ZeroDivisionError), transaction(db):
        db.execute("INSERT INTO settings VALUES ('a', '1')")
        raise ZeroDivisionError
    assert db["settings"].count == 0


def test_a_part_of_a_transaction_can_fail_alone(tmp_path: Path) -> None:
    db = open_catalog(tmp_path / "catalog.db")
    with transaction(db):
        db.execute("INSERT INTO settings VALUES ('kept', '1')")
        with pytest.raises(ZeroDivisionError), transaction(db):
            db.execute("INSERT INTO settings VALUES ('lost', '1')")
            raise ZeroDivisionError
    assert [row["key"] for row in db["settings"].rows] == ["kept"]


def test_a_copy_opens_in_plain_sqlite_and_can_be_read_and_checked(tmp_path: Path) -> None:
    open_catalog(tmp_path / "catalog.db").close()
    shutil.copy(tmp_path / "catalog.db", tmp_path / "copy.db")
    plain = sqlite3.connect(tmp_path / "copy.db")
    assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert plain.execute("SELECT count(*) FROM papers_fts").fetchone() == (0,)


def test_opening_again_takes_no_lock_from_who_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"

    def elsewhere(statement: str) -> str:
        code = (
            "from pathlib import Path; from db.connect import open_catalog; "
            f"db = open_catalog(Path({str(path)!r})); print(db.conn.execute({statement!r}).fetchall()); db.close()"
        )
        return subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True).stdout

    with closing(open_catalog(path)) as first:
        open_catalog(path).close()  # as every script run of the web process does
        elsewhere("SELECT 1")  # who must not take itself for the last one, and delete the log
        first.conn.execute("INSERT INTO settings (key, value) VALUES ('said', 'after')")
        assert "after" in elsewhere("SELECT value FROM settings WHERE key = 'said'")
