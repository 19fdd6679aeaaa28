"""Is the catalog whole, and what can be made whole again? What is derived from papers is made anew; the rest is named.

Pages of the file, references between tables, the full-text index, what papers are filed under, the trend counts, and
the ledger, in this order: each builds on those before it. Nothing is touched in a file with damaged pages.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from db import ledger, trends
from db.connect import CatalogError, open_catalog, transaction
from db.cooldowns import Cooldown, read_cooldown
from db.filing import EVERY, refile
from db.rows import marks

LARGE = 1_000_000_000  # bytes from which on the slow checks are made on demand only
_SLOW = "a large catalog: doctor --full reads everything"
_MOST_SHOWN = 3
_CHUNK = 500
# What `integrity_check` says of an index; REINDEX makes it anew from its table.
_OF_AN_INDEX = ("missing from index", "wrong # of entries in index", "non-unique entry in index")

Outcome = Literal["fine", "mended", "broken", "not read", "busy"]
Lives = Callable[[str], bool]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What became of one part of the catalog.

    :param outcome: `not read` where the part is looked at on demand only, `busy` where another process wrote meanwhile.
    :param says: a few words: what was wrong, what was done, or what to do.
    :param seconds: how long the look, and the mending, took.
    """

    part: str
    outcome: Outcome
    says: str
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """The finding as `doctor --json` prints it."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def mend(
    catalog: Path, *, bury: Callable[[Database], None], lives: Lives, full: bool | None = None
) -> Iterator[Finding]:
    """Look at one part of the catalog after the other, and mend it at once where it can be.

    Writers wait while the index is checked or rebuilt: seconds, minutes where the catalog is very large.

    :param bury: closes the ledger rows of syncs whose process has ended.
    :param lives: whether the process that owns another ledger row still runs.
    :param full: read everything; by default only where the catalog is smaller than `LARGE`.
    """
    begun = time.monotonic()
    try:
        db = open_catalog(catalog)
    except CatalogError as error:
        yield Finding(part="pages", outcome="broken", says=str(error), seconds=time.monotonic() - begun)
        return
    whole = catalog.stat().st_size < LARGE if full is None else full
    looks: tuple[tuple[str, Callable[[], tuple[Outcome, str]]], ...] = (
        ("pages", lambda: _mend_pages(db, whole)),
        ("references", lambda: _mend_references(db)),
        ("search index", lambda: _mend_index(db, whole)),
        ("filing", lambda: _mend_filing(db, whole)),
        ("trend counts", lambda: _mend_trends(db, whole)),
        ("ledger", lambda: _mend_ledger(db, bury, lives)),
    )
    with closing(db.conn):
        for part, look in looks:
            begun = time.monotonic()
            try:
                outcome, says = look()
            except sqlite3.DatabaseError as error:
                outcome, says = ("busy" if _is_busy(error) else "broken"), _line(error)
            yield Finding(part=part, outcome=outcome, says=says, seconds=time.monotonic() - begun)
            if part == "pages" and outcome == "broken":
                return


def close_abandoned(db: Database, *, lives: Lives) -> int:
    """Close the ledger rows whose process has ended; the next sync goes on where they stopped. Says how many."""
    with transaction(db):
        rows = db.conn.execute("SELECT id, owner FROM ledger WHERE outcome IS NULL").fetchall()
        dead = [row_id for row_id, owner in rows if not lives(owner)]
        for row_id in dead:
            ledger.close(db, row_id, ledger.PARTIAL, error="its process ended before it was done")
    return len(dead)


def held_cooldowns(db: Database) -> list[Cooldown]:
    """The providers that asked to be left alone for some time that is not over yet."""
    providers = [provider for (provider,) in db.conn.execute("SELECT provider FROM cooldowns ORDER BY provider")]
    found = [read_cooldown(db, provider) for provider in providers]
    return [item for item in found if item is not None and item.until > datetime.now(UTC)]


# --- pages and references ---------------------------------------------------------------------------------------------


def _mend_pages(db: Database, whole: bool) -> tuple[Outcome, str]:
    faults = _page_faults(db, whole)
    if not faults:
        return "fine", "whole" if whole else f"whole as far as was read ({_SLOW})"
    if all(any(words in fault for words in _OF_AN_INDEX) for fault in faults):
        db.conn.execute("REINDEX")
        if not _page_faults(db, whole):
            return "mended", f"an index was wrong, made anew ({faults[0]})"
    shown = "; ".join(faults[:_MOST_SHOWN])
    return "broken", f"damaged ({shown}); nothing can be mended: restore a backup with: python -m app restore PATH"


def _page_faults(db: Database, whole: bool) -> list[str]:
    try:
        rows = db.conn.execute(f"PRAGMA {'integrity_check' if whole else 'quick_check'}(20)").fetchall()
    except sqlite3.DatabaseError as error:
        return [_line(error)]
    # Newer versions of SQLite look into the full-text index here too; it has its own turn.
    return [_line(row) for (row,) in rows if row != "ok" and "FTS5" not in row]


def _mend_references(db: Database) -> tuple[Outcome, str]:
    tables = sorted({row[0] for row in db.conn.execute("PRAGMA foreign_key_check")})
    if not tables:
        return "fine", "whole"
    with transaction(db):
        removed = {table: sum(_remove_orphans(db, table)) for table in tables}
    what = ", ".join(f"{n:,} {table}" for table, n in removed.items())
    return "mended", f"rows of no paper or run removed: {what}"


def _remove_orphans(db: Database, table: str) -> Iterator[int]:
    for key in db.table(table).foreign_keys:
        parents = f"SELECT {key.other_column} FROM {key.other_table}"
        yield db.conn.execute(f"DELETE FROM {table} WHERE {key.column} NOT IN ({parents})").rowcount


# --- what is derived --------------------------------------------------------------------------------------------------


def _mend_index(db: Database, whole: bool) -> tuple[Outcome, str]:
    fault = _index_fault(db, whole)
    if fault is None:
        return "fine", "whole" if whole else f"whole as far as was read ({_SLOW})"
    try:
        _rebuild(db)
    except sqlite3.DatabaseError as error:
        if _is_busy(error):
            raise
        # FTS5 lets itself be rebuilt only where it finds its format, totals and an index, if one of no segments.
        with transaction(db):
            db.conn.execute("INSERT OR REPLACE INTO papers_fts_config (k, v) VALUES ('version', 4), ('automerge', 8)")
            db.conn.execute("INSERT OR REPLACE INTO papers_fts_data (id, block) VALUES (1, x''), (10, zeroblob(7))")
        _rebuild(db)
    if (left := _index_fault(db, whole)) is not None:
        return "broken", f"{fault}; still so after a rebuild ({left}): restore a backup"
    return "mended", f"was broken ({fault}), rebuilt, {_indexed(db):,} papers"


def _rebuild(db: Database) -> None:
    with transaction(db):
        # The words of these are brought up to date with the filing; here they need to count as indexed.
        db.conn.execute("UPDATE papers SET filed = ? WHERE filed = ''", (EVERY,))
        db.conn.execute("INSERT INTO papers_fts (papers_fts) VALUES ('rebuild')")


def _index_fault(db: Database, whole: bool) -> str | None:
    """What is wrong with the full-text index, if anything."""
    try:
        counted = "SELECT count(*) FROM"
        (missing,) = db.conn.execute(
            f"{counted} papers INDEXED BY papers_id WHERE key NOT IN (SELECT id FROM papers_fts_docsize)"
        ).fetchone()
        (extra,) = db.conn.execute(f"{counted} papers_fts_docsize WHERE id NOT IN (SELECT key FROM papers)").fetchone()
        if missing or extra:
            return f"{missing:,} papers missing, {extra:,} too many"
        # Rank 1 reads every paper again and compares; 0 looks whether the index agrees with itself.
        db.conn.execute("INSERT INTO papers_fts (papers_fts, rank) VALUES ('integrity-check', ?)", (int(whole),))
    except sqlite3.DatabaseError as error:
        if _is_busy(error):
            raise
        return _line(error)
    return None


def _indexed(db: Database) -> int:
    return int(db.conn.execute("SELECT count(*) FROM papers_fts_docsize").fetchone()[0])


def _mend_filing(db: Database, whole: bool) -> tuple[Outcome, str]:
    if not whole:
        return "not read", _SLOW
    keys = sorted(key for (key,) in db.conn.execute("SELECT key FROM papers INDEXED BY papers_id"))
    wrong = sum(_refile(db, keys[start : start + _CHUNK]) for start in range(0, len(keys), _CHUNK))
    if wrong:
        return "mended", f"{wrong:,} papers were filed wrongly, filed again"
    return "fine", "whole"


def _refile(db: Database, keys: list[int]) -> int:
    """Bring the words of some papers up to date; says how many had others."""
    sql = f"SELECT key, filed FROM papers WHERE key IN ({marks(keys)})"
    with transaction(db):
        before = set(db.conn.execute(sql, keys))
        refile(db, keys)
        return len(before - set(db.conn.execute(sql, keys)))


def _mend_trends(db: Database, whole: bool) -> tuple[Outcome, str]:
    wrong = trends.recount(db, titles=whole)
    return ("mended", f"{wrong:,} were wrong, counted again") if wrong else ("fine", "whole")


def _mend_ledger(db: Database, bury: Callable[[Database], None], lives: Lives) -> tuple[Outcome, str]:
    still_open = "SELECT count(*) FROM ledger WHERE outcome IS NULL"
    (before,) = db.conn.execute(still_open).fetchone()
    bury(db)
    close_abandoned(db, lives=lives)
    (after,) = db.conn.execute(still_open).fetchone()
    under_way = f"{after:,} under way" if after else "nothing under way"
    if after < before:
        return "mended", f"{before - after:,} rows of processes that had ended closed, {under_way}"
    return "fine", under_way


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _line(what: object) -> str:
    return " ".join(str(what).split())
