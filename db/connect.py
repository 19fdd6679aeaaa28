"""How is the catalog opened? One SQLite file, safe for several processes, brought up to date, never guessed at.

A connection belongs to the thread that opened it: open one for each script run. Writers take the write lock at the
start of their transaction (`transaction`), so that two of them wait for each other and never deadlock in the middle.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from core.language import Text, Told
from db.migrations import MIGRATIONS, STEPS

BUSY_TIMEOUT = 10.0  # seconds a writer waits for another one
CACHE_KIB = 16_000  # page cache of one connection; a web process holds several


class CatalogError(Told):
    """The catalog cannot be opened. One line: which file, what is wrong, how to mend it."""


def open_catalog(path: Path) -> Database:
    """Open the catalog at `path`, making its folder and its tables where they are missing.

    :raises CatalogError: not a catalog, read-only, or written by a newer version; the file is left as it was.
    """
    _check_file(path)
    try:
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise CatalogError(
            f"{path}: cannot be opened ({error}); check that its folder can be written",
            f"{path}: 열 수 없습니다({error}). 폴더에 쓸 수 있는지 확인하세요",
        ) from error
    try:
        db = Database(connection)
        _check_schema(db, path)
        _configure(connection)
        _migrate(db)
    except sqlite3.Error as error:
        connection.close()
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise CatalogError(
                f"{path}: this file is not a SQLite database; move it away or choose another TRENDLAB_HOME",
                f"{path}: 이 파일은 SQLite 데이터베이스가 아닙니다. 다른 곳으로 옮기거나 다른 TRENDLAB_HOME을 고르세요",
            ) from error
        why = explain(error)
        raise CatalogError(f"{path}: {why.en}", f"{path}: {why.ko}") from error
    except BaseException:
        connection.close()
        raise
    return db


@contextmanager
def transaction(db: Database) -> Iterator[Database]:
    """All or nothing: the write lock from the first statement on, a savepoint inside another transaction."""
    if db.conn.in_transaction:
        with db.atomic():
            yield db
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.rollback()
        raise
    db.conn.execute("COMMIT")


def _check_file(path: Path) -> None:
    """Refuse what cannot be a catalog before SQLite could touch it.

    The file itself is left to SQLite: to close it would drop the locks of every other connection of this process, and
    the next process to end would take itself for the last one and delete the log from which they read.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        readable = not path.exists() or (path.is_file() and os.access(path, os.R_OK))
    except OSError as error:
        raise CatalogError(
            f"{path}: cannot be read ({error.strerror}); choose another TRENDLAB_HOME",
            f"{path}: 읽을 수 없습니다({error.strerror}). 다른 TRENDLAB_HOME을 고르세요",
        ) from error
    if not readable:
        raise CatalogError(
            f"{path}: cannot be read; choose another TRENDLAB_HOME",
            f"{path}: 읽을 수 없습니다. 다른 TRENDLAB_HOME을 고르세요",
        )


def _check_schema(db: Database, path: Path) -> None:
    """Refuse another program's database and a catalog that a newer version has written."""
    tables = set(db.table_names())
    if not tables:
        return
    applied = {migration.name for migration in MIGRATIONS.applied(db)}
    if not applied:
        raise CatalogError(
            f"{path}: a database of another program; choose another TRENDLAB_HOME",
            f"{path}: 다른 프로그램의 데이터베이스입니다. 다른 TRENDLAB_HOME을 고르세요",
        )
    if unknown := sorted(applied - STEPS):
        raise CatalogError(
            f"{path}: written by a newer version (it knows {unknown[-1]}); update TrendLab to open it",
            f"{path}: 더 새로운 버전이 쓴 카탈로그입니다({unknown[-1]} 단계 포함). 열려면 TrendLab을 업데이트하세요",
        )


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    # The switch to WAL needs the file for itself and does not wait: two processes that start at once take turns here.
    deadline = time.monotonic() + BUSY_TIMEOUT
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(db: Database) -> None:
    """Apply what is pending, all in one transaction; a process that comes second finds nothing left to do."""
    if not MIGRATIONS.pending(db):
        return
    with transaction(db):
        MIGRATIONS.apply(db)


def explain(error: sqlite3.Error) -> Text:
    """What a SQLite error means for the person who wants the catalog, and how to mend it; one line."""
    text = str(error)
    if "readonly" in text or "read-only" in text:
        return Text(
            "the catalog is read-only; make the file and its folder writable or choose another TRENDLAB_HOME",
            "카탈로그가 읽기 전용입니다. 파일과 폴더에 쓰기 권한을 주거나 다른 TRENDLAB_HOME을 고르세요",
        )
    if "locked" in text:
        return Text(
            "another process holds the catalog; wait for it or end it",
            "다른 프로세스가 카탈로그를 쓰고 있습니다. 끝나기를 기다리거나 그 프로세스를 종료하세요",
        )
    if isinstance(error, sqlite3.OperationalError):
        return Text(f"it cannot be used ({text})", f"카탈로그를 쓸 수 없습니다({text})")
    return Text(
        f"the file is damaged ({text}); mend it with: python -m app doctor, or restore a backup",
        f"파일이 손상되었습니다({text}). python -m app doctor로 고치거나 백업을 복원하세요",
    )
