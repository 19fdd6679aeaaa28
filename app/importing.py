"""How do papers come in from files? Each file has its row in the ledger, whatever becomes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from app.syncing.storing import OWNER, leave, line_of, store
from core.papers.merge import STARTER
from core.papers.reading.files import formats, read_file, recognise_file
from core.papers.source import Broken, Refused, SourceError, Unrecognised, Window
from core.papers.sources.starter import FOLDER as STARTER_FOLDER
from db import ledger, trends
from db.ledger import COMPLETE, REFUSED, LedgerRow
from db.papers import Tagger
from db.settings import read_setting, write_setting

FILE = "file"  # the ledger's source for files whose format is not known
_STARTER_HASH = "starter-hash"


def import_files(db: Database, paths: Iterable[Path], format: str, tagger: Tagger) -> list[LedgerRow]:
    """Take papers from files, and from all files in folders; one row for each, whatever becomes of it.

    :param format: a format's id, or `auto`.
    :raises ValueError: there is no format of this id.
    """
    if format != "auto" and format not in formats():
        raise ValueError(f"unknown format {format!r}; give auto or one of {', '.join(formats())}")
    rows: list[LedgerRow] = []
    for path in paths:
        if path.is_dir():
            files = sorted(item for item in path.rglob("*") if item.is_file() and not item.name.startswith("."))
            rows += [_import_file(db, item, format, tagger, in_folder=True) for item in files]
            if not files:
                rows.append(_closed(db, path, REFUSED, "a folder without files"))
        else:
            rows.append(_import_file(db, path, format, tagger, in_folder=False))
    trends.settle(db)
    return rows


def load_starter(db: Database, *, folder: Path = STARTER_FOLDER) -> LedgerRow | None:
    """Load the starter catalog, once, and again when its content has changed; None where it is there already.

    :param folder: the catalog's JSON Lines.
    """
    content = hashlib.sha256()
    for path in sorted(folder.glob("*.jsonl")):
        content.update(path.name.encode() + b"\0" + path.read_bytes())
    if read_setting(db, _STARTER_HASH) == content.hexdigest():
        return None
    from core.papers.sources.starter import StarterConnection

    today = datetime.now(UTC).date()
    row_id = ledger.open_row(db, source=STARTER, owner=OWNER)
    try:
        for page in StarterConnection(folder).pages(Window(since=today, until=today)):
            store(db, page, row_id, STARTER, None, day=today, now=datetime.now(UTC))
        write_setting(db, _STARTER_HASH, content.hexdigest())
    except SourceError as error:
        return ledger.close(db, row_id, error.outcome, error=line_of(error))
    else:
        return ledger.close(db, row_id, COMPLETE)
    finally:
        leave(db, row_id)
        trends.settle(db)


def _import_file(db: Database, path: Path, format: str, tagger: Tagger, *, in_folder: bool) -> LedgerRow:
    """Import one file; in a folder, a file of another kind is passed over with a reason."""
    try:
        source_id = recognise_file(path).id if format == "auto" else format
        # The day on which it was said is that of the file, as far as one can know: old votes do not beat new ones.
        day = min(datetime.fromtimestamp(path.stat().st_mtime, UTC), datetime.now(UTC)).date()
    except Unrecognised as error:
        return _closed(db, path, REFUSED if in_folder else Broken.outcome, line_of(error))
    except Refused as error:
        return _closed(db, path, REFUSED, line_of(error))
    except Broken as error:
        return _closed(db, path, error.outcome, line_of(error))
    except OSError as error:
        return _closed(db, path, Broken.outcome, f"cannot be read: {error.strerror or error}")
    row_id = ledger.open_row(db, source=source_id, owner=OWNER, file=str(path))
    try:
        for page in read_file(path, source_id):
            store(db, page, row_id, source_id, tagger, day=day, now=datetime.now(UTC))
    except Refused as error:
        return ledger.close(db, row_id, REFUSED, error=line_of(error))
    except SourceError as error:
        return ledger.close(db, row_id, error.outcome, error=line_of(error))
    except OSError as error:
        return ledger.close(db, row_id, Broken.outcome, error=f"cannot be read: {error.strerror or error}")
    else:
        return _finish_file(db, ledger.get_row(db, row_id))
    finally:
        leave(db, row_id)


def _finish_file(db: Database, row: LedgerRow) -> LedgerRow:
    """Close the row of a file that was read to its end; a total in it speaks of the server's list, not of the file."""
    if row.received and row.received == row.refused:
        return ledger.close(db, row.id, REFUSED, error=f"none of its {row.received} records: {row.reasons[0].why}")
    return ledger.close(db, row.id, COMPLETE)


def _closed(db: Database, path: Path, outcome: str, why: str) -> LedgerRow:
    """The row of a path that was not read."""
    row_id = ledger.open_row(db, source=FILE, owner=OWNER, file=str(path))
    return ledger.close(db, row_id, outcome, error=why)
