"""How does the catalog travel? As one file, whole and checked; and back again without losing what was there.

A backup is a copy of one moment, however much another process writes meanwhile. A backup that is restored is first
copied, checked and brought up to date beside the catalog; then its pages are written into the catalog's own file in one
transaction, so that processes that have it open see the restored papers with their next query. What was in the catalog
is copied aside under the same lock, so that no write falls between the two.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from db import trends
from db.connect import BUSY_TIMEOUT, CatalogError, open_catalog
from db.mending import Lives, close_abandoned
from db.migrations import MIGRATIONS, STEPS

_BESIDE = ("-wal", "-shm", "-journal")
# Pages that are restored in a step. The first step takes the lock and must not be the last one: a catalog has some
# fifty pages when it is empty.
_STEP = 16


class BackupError(CatalogError):
    """No backup was written, or none restored, and nothing has changed. One line: what is wrong, how to mend it."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A backup: where it is, its size in bytes, and how many papers it holds."""

    path: Path
    size: int
    papers: int


@dataclass(frozen=True, kw_only=True)
class Restored:
    """A catalog that was restored, its papers, and the file in which what was there before is kept, if anything was."""

    path: Path
    papers: int
    aside: Path | None


def write_backup(catalog: Path, target: Path, *, force: bool = False) -> Kept:
    """Copy the catalog as it is at this moment into one file that any SQLite opens; others may write meanwhile.

    :param force: replace a file that is at `target`.
    :raises BackupError: there is no catalog, it is damaged, or `target` is there, or not to be written.
    """
    if not catalog.exists():
        raise BackupError(f"{catalog}: there is no catalog to back up; sync or import papers first")
    _check_target(catalog, target, force)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with closing(sqlite3.connect(catalog, timeout=BUSY_TIMEOUT)) as live:
            _copy(live, part)
        with closing(sqlite3.connect(part)) as copy:
            if (damage := _damage(copy)) is not None:
                raise BackupError(f"{catalog}: is damaged ({damage}); no backup was written; doctor says more")
            papers = _papers(copy)
        _place(part, target, force)
    except sqlite3.Error as error:
        raise BackupError(f"{target}: could not be written ({error}); check the catalog and the free space") from error
    finally:
        _remove(part)
    return Kept(path=target, size=target.stat().st_size, papers=papers)


def restore_backup(catalog: Path, source: Path, *, lives: Lives) -> Restored:
    """Put a backup in the place of the catalog, brought up to date; what was there is kept beside it.

    :param lives: whether the process that owns a ledger row, or has this number, still runs.
    :raises BackupError: `source` is no catalog, from a newer version or damaged, or the catalog is in use by a sync, an
        import or a run; all is as it was.
    """
    _check_source(catalog, source)
    catalog.parent.mkdir(parents=True, exist_ok=True)
    staged = catalog.with_name(f"{catalog.name}.restoring-{os.getpid()}")
    try:
        papers = _stage(source, staged)
        _refuse_while_used(catalog, lives)
        aside = _swap(staged, catalog)
    except sqlite3.Error as error:
        raise BackupError(f"{source}: could not be restored ({error}); check the free space and try again") from error
    finally:
        _remove(staged)
    return Restored(path=catalog, papers=papers, aside=aside)


# --- a copy -----------------------------------------------------------------------------------------------------------


def _check_target(catalog: Path, target: Path, force: bool) -> None:
    if target.is_dir():
        raise BackupError(f"{target}: is a folder; name a file in it")
    if not target.parent.is_dir():
        raise BackupError(f"{target}: its folder does not exist; make it first")
    if target.exists():
        if target.samefile(catalog):
            raise BackupError(f"{target}: is the catalog itself; name another file")
        if not force:
            raise BackupError(f"{target}: exists already; name another file or add --force")


def _copy(source: sqlite3.Connection, path: Path) -> None:
    """All pages in one step, which is one moment; the copy needs no files beside it."""
    with closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def _place(part: Path, target: Path, force: bool) -> None:
    """Give a finished copy its name, all at once."""
    if not force:
        try:
            os.link(part, target)
        except FileExistsError:
            raise BackupError(f"{target}: exists already; name another file or add --force") from None
        except OSError:
            pass  # a file system without links
        else:
            return
    part.replace(target)


def _damage(db: sqlite3.Connection) -> str | None:
    """The first thing that is wrong with the file, in one line; None where all is well."""
    try:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else " ".join(found.split())


def _papers(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT count(*) FROM papers").fetchone()[0])


def _remove(path: Path) -> None:
    for suffix in ("", *_BESIDE):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


# --- and back ---------------------------------------------------------------------------------------------------------


def _check_source(catalog: Path, source: Path) -> None:
    if not source.is_file():
        raise BackupError(f"{source}: there is no such file; name a file that backup has written")
    if catalog.exists() and source.samefile(catalog):
        raise BackupError(f"{source}: is the catalog itself; name a backup of it")


def _stage(source: Path, staged: Path) -> int:
    """Copy a backup beside the catalog, check it and bring it up to date; gives its number of papers."""
    # Without a log beside it the file is all there is, and can be read where nothing can be written.
    how = "mode=ro" if source.with_name(f"{source.name}-wal").exists() else "immutable=1"
    try:
        with closing(sqlite3.connect(f"{source.absolute().as_uri()}?{how}", uri=True)) as backup:
            backup.execute("PRAGMA schema_version")
            _copy(backup, staged)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_NOTADB:
            raise BackupError(f"{source}: is no catalog (not a SQLite database); nothing was restored") from error
        raise BackupError(f"{source}: cannot be read ({error}); nothing was restored") from error
    with closing(sqlite3.connect(staged)) as copy:
        _check_staged(copy, source)
    db = open_catalog(staged)
    with closing(db.conn):
        # Whoever was at work when the backup was made does not work on what it is restored to.
        close_abandoned(db, lives=lambda _: False)
        trends.settle(db)
        db.conn.execute("PRAGMA journal_mode = DELETE")
        return _papers(db.conn)


def _check_staged(copy: sqlite3.Connection, source: Path) -> None:
    if (damage := _damage(copy)) is not None:
        raise BackupError(f"{source}: is damaged ({damage}); nothing was restored; try an older backup")
    applied = {step.name for step in MIGRATIONS.applied(Database(copy))}
    if not applied:
        raise BackupError(f"{source}: is no catalog; nothing was restored; name a file that backup has written")
    if unknown := sorted(applied - STEPS):
        raise BackupError(f"{source}: written by a newer version (it knows {unknown[-1]}); update TrendLab first")


def _refuse_while_used(catalog: Path, lives: Lives) -> None:
    """A sync would go on by a ledger row that is no longer there, and a run would have lost its row."""
    if not catalog.exists():
        return
    with closing(sqlite3.connect(catalog, timeout=BUSY_TIMEOUT)) as db:
        try:
            rows = db.execute("SELECT source, owner FROM ledger WHERE outcome IS NULL").fetchall()
            runs = db.execute("SELECT id, state, pid FROM runs WHERE state IN ('queued', 'running')").fetchall()
        except sqlite3.DatabaseError:
            return  # damaged, or not a catalog: nobody works with it
    for source, owner in rows:
        if lives(owner):
            raise BackupError(
                f"{catalog}: {source} is being pulled in by process {owner.partition('-')[0]}; wait for it or end it"
            )
    for run, state, pid in runs:
        if state == "queued" or lives(str(pid)):
            raise BackupError(f"{catalog}: the run {run} is {state}; wait for it, or: python -m app cancel {run}")


def _swap(staged: Path, catalog: Path) -> Path | None:
    """Write the staged copy into the catalog; gives the file in which the old one is kept."""
    aside = _free_name(catalog)
    if catalog.exists():
        try:
            with closing(sqlite3.connect(catalog, timeout=BUSY_TIMEOUT)) as live:
                _write_into(live, staged, lambda: _copy_aside(catalog, aside))
            return aside
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise
    # Nothing there that SQLite can open. A log that is left behind would be played into the new file.
    moved = False
    for suffix in ("", *_BESIDE):
        with suppress(FileNotFoundError):
            catalog.with_name(catalog.name + suffix).replace(aside.with_name(aside.name + suffix))
            moved = True
    staged.replace(catalog)
    return aside if moved else None


def _free_name(catalog: Path) -> Path:
    stem = f"{catalog.name}.before-restore-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (catalog.with_name(stem + more) for more in ("", *(f"-{number}" for number in range(2, 1000))))
    return next(path for path in names if not path.exists())


def _copy_aside(catalog: Path, aside: Path) -> None:
    try:
        with closing(sqlite3.connect(catalog, timeout=BUSY_TIMEOUT)) as live:
            _copy(live, aside)
    except BaseException:
        _remove(aside)
        raise


def _write_into(live: sqlite3.Connection, staged: Path, when_locked: Callable[[], None]) -> None:
    """Replace the content of the catalog in one transaction of its own; `when_locked` runs when no one else can write.

    :raises BackupError: another process writes all the while.
    """
    live.execute("PRAGMA journal_mode = WAL")
    deadline = time.monotonic() + BUSY_TIMEOUT
    locked: list[bool] = []

    def step(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            if time.monotonic() > deadline:
                raise BackupError("another process writes to the catalog; wait for it or end it, and try again")
        elif not locked:
            locked.append(True)
            when_locked()

    with closing(sqlite3.connect(staged, isolation_level=None)) as copy:
        (size,) = live.execute("PRAGMA page_size").fetchone()
        if copy.execute("PRAGMA page_size").fetchone() != (size,):
            copy.execute(f"PRAGMA page_size = {size}")
            copy.execute("VACUUM")
        copy.backup(live, pages=_STEP, progress=step, sleep=0.05)
    # A reader may still be in its moment; the log is emptied by whoever writes after it.
    live.execute("PRAGMA busy_timeout = 0")
    live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
