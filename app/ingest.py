"""How do papers come in? Source, merge, tags, catalog: each page with its checkpoint in one transaction.

A sync that stops, for whatever reason, keeps every page it had; the next one of the same source and window goes on
after the last of them. The ledger says what happened, and never calls a failure an empty day.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from core.papers.files import formats, read_file, recognise_file
from core.papers.ids import parse_arxiv_id
from core.papers.merge import STARTER
from core.papers.paper import Paper
from core.papers.source import (
    Broken,
    Connection,
    Page,
    Problem,
    Refused,
    Source,
    SourceError,
    Unrecognised,
    Window,
)
from core.papers.sources.starter import FOLDER as STARTER_FOLDER
from core.papers.tags import Tagging, TagKind
from core.registry import discover
from db import ledger
from db.connect import transaction
from db.ledger import COMPLETE, PARTIAL, QUIET, REFUSED, LedgerRow
from db.papers import upsert
from db.records import Counts
from db.settings import read_setting, write_setting
from db.tags import set_curated, set_tags

if TYPE_CHECKING:
    from app.settings import Settings

Tagger = Callable[[Sequence[Paper]], Sequence[Tagging]]
OnPage = Callable[[LedgerRow], None]

FILE = "file"  # the ledger's source for files whose format is not known
_STARTER_HASH = "starter-hash"
_CURATED: dict[TagKind, str] = {"stage": "stages", "topic": "topics", "application": "applications"}
# A process id alone is not enough: in a container every process may be number 1.
_OWNER = f"{os.getpid()}-{uuid.uuid4().hex}"


class UnknownSource(ValueError):
    """No source has this id; the message lists those there are."""


def choose_sources(names: Sequence[str] | None) -> list[Source]:
    """The sources of these names, or those that are asked by default.

    :raises UnknownSource: a name that no source has.
    """
    known: dict[str, Source] = dict(discover("core.papers.sources", "SOURCE"))
    if not names:
        return [source for source in known.values() if source.about.default]
    for name in names:
        if name not in known:
            raise UnknownSource(f"unknown source {name!r}; there are: {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)]


def sync_source(
    db: Database, source: Source, window: Window, settings: Settings, *, on_page: OnPage | None = None
) -> LedgerRow:
    """Sync one source with the address and delay of the settings, and the project's tagger."""
    from core.papers.tagging import tag_papers

    endpoint = getattr(settings, source.about.setting) if source.about.setting else ""
    connection = source.open(endpoint=endpoint, delay=settings.arxiv_delay)
    return sync(db, connection, source.id, window, tagger=tag_papers, on_page=on_page)


def sync(
    db: Database,
    connection: Connection,
    source_id: str,
    window: Window,
    *,
    tagger: Tagger,
    on_page: OnPage | None = None,
) -> LedgerRow:
    """Pull the papers of a window and write down how that went; a failure is an outcome, not an exception.

    :param on_page: called with the row as it stands after each page.
    """
    with transaction(db):
        row_id, resume = _begin(db, source_id, window)
    try:
        try:
            _take(db, connection.pages(window, resume), row_id, source_id, tagger, on_page)
        except Broken as error:
            # A checkpoint that no longer holds (an expired token) must not stop this window for ever.
            if resume is None or ledger.get_row(db, row_id).requests:
                raise
            ledger.restart(db, row_id, requests=error.requests)
            _take(db, connection.pages(window), row_id, source_id, tagger, on_page)
    except SourceError as error:
        return ledger.close(db, row_id, error.outcome, error=_line(error), requests=error.requests)
    else:
        return _finish(db, ledger.get_row(db, row_id))
    finally:
        _leave(db, row_id)


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
    row_id = ledger.open_row(db, source=STARTER, owner=_OWNER)
    try:
        _take(db, StarterConnection(folder).pages(Window(since=today, until=today)), row_id, STARTER, None, None)
        write_setting(db, _STARTER_HASH, content.hexdigest())
    except SourceError as error:
        return ledger.close(db, row_id, error.outcome, error=_line(error))
    else:
        return _finish(db, ledger.get_row(db, row_id))
    finally:
        _leave(db, row_id)


# --- one sync ---------------------------------------------------------------------------------------------------------


def _begin(db: Database, source_id: str, window: Window) -> tuple[int, dict[str, Any] | None]:
    """Open a row: at the checkpoint of the last one of this window, where that one did not reach its end."""
    categories = ",".join(window.categories)
    last = ledger.last_of_window(db, source=source_id, window=str(window), categories=categories)
    if last is not None and last.outcome is None and not _alive(last.owner):
        last = ledger.close(db, last.id, PARTIAL, error="its process ended before it was done")
    goes_on = last is not None and last.outcome is not None and last.resume is not None
    row_id = ledger.open_row(
        db,
        source=source_id,
        owner=_OWNER,
        window=str(window),
        categories=categories,
        continues=last if goes_on else None,
    )
    return row_id, last.resume if last is not None and goes_on else None


def _alive(owner: str) -> bool:
    """Whether the process that opened a row still runs on this machine."""
    if owner == _OWNER:
        return True
    number = int(owner.partition("-")[0])
    if number == os.getpid():
        return False
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _take(
    db: Database, pages: Iterable[Page], row_id: int, source_id: str, tagger: Tagger | None, on_page: OnPage | None
) -> None:
    """Store page after page, each in one transaction with its checkpoint and its tags."""
    for page in pages:
        now = datetime.now(UTC)
        _store(db, page, row_id, source_id, tagger, day=now.date(), now=now)
        if on_page is not None:
            on_page(ledger.get_row(db, row_id))


def _store(
    db: Database, page: Page, row_id: int, source_id: str, tagger: Tagger | None, *, day: date, now: datetime
) -> None:
    papers, problems = _storable(page)
    with transaction(db):
        counts = upsert(db, papers, source=source_id, day=day, seen_at=now)
        if tagger is not None and counts.fresh:
            taggings = tagger(counts.fresh)
            set_tags(db, {paper.id: tagging for paper, tagging in zip(counts.fresh, taggings, strict=True)})
        curated = {paper.id: _curated(paper) for paper in papers}
        set_curated(db, {paper_id: kinds for paper_id, kinds in curated.items() if kinds})
        _advance(db, row_id, page, counts, problems)


def _advance(db: Database, row_id: int, page: Page, counts: Counts, problems: Sequence[Problem]) -> None:
    ledger.advance(
        db,
        row_id,
        expected=page.said,
        received=page.received,
        counts=counts,
        problems=problems,
        requests=page.requests,
        resume=page.checkpoint,
    )


def _storable(page: Page) -> tuple[list[Paper], list[Problem]]:
    """The papers that can be a row, and the problems of the page with those that cannot."""
    papers, problems = [], list(page.problems)
    for paper in page.papers:
        try:
            base = parse_arxiv_id(paper.id)
        except ValueError as error:
            problems.append(Problem(paper.id, str(error)))
            continue
        if base.base != paper.id:
            problems.append(Problem(paper.id, f"is not the base id of a paper; that is {base.base}"))
        elif not paper.title.strip():
            problems.append(Problem(paper.id, "has no title"))
        else:
            papers.append(paper)
    return papers, problems


def _curated(paper: Paper) -> dict[TagKind, tuple[str, ...]]:
    return {kind: values for kind, name in _CURATED.items() if (values := getattr(paper, name)) is not None}


def _finish(db: Database, row: LedgerRow) -> LedgerRow:
    """Close a row whose source came to its end: did everything come that was said?"""
    if row.expected is not None and row.received < row.expected:
        why = f"{row.received} of {row.expected} papers came before the pages ended; sync again"
        return ledger.close(db, row.id, PARTIAL, error=why)
    return ledger.close(db, row.id, COMPLETE if row.received else QUIET)


def _leave(db: Database, row_id: int) -> None:
    """No row stays open behind an interrupt or a fault that is on its way up."""
    if ledger.get_row(db, row_id).outcome is None:
        ledger.close(db, row_id, PARTIAL, error="stopped before its end; the next one goes on from here")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


# --- files ------------------------------------------------------------------------------------------------------------


def _import_file(db: Database, path: Path, format: str, tagger: Tagger, *, in_folder: bool) -> LedgerRow:
    """Import one file; in a folder, a file of another kind is passed over with a reason."""
    try:
        source_id = recognise_file(path).id if format == "auto" else format
        # The day on which it was said is that of the file, as far as one can know: old votes do not beat new ones.
        day = min(datetime.fromtimestamp(path.stat().st_mtime, UTC), datetime.now(UTC)).date()
    except Unrecognised as error:
        return _closed(db, path, REFUSED if in_folder else Broken.outcome, _line(error))
    except Refused as error:
        return _closed(db, path, REFUSED, _line(error))
    except Broken as error:
        return _closed(db, path, error.outcome, _line(error))
    except OSError as error:
        return _closed(db, path, Broken.outcome, f"cannot be read: {error.strerror or error}")
    row_id = ledger.open_row(db, source=source_id, owner=_OWNER, file=str(path))
    try:
        for page in read_file(path, source_id):
            _store(db, page, row_id, source_id, tagger, day=day, now=datetime.now(UTC))
    except Refused as error:
        return ledger.close(db, row_id, REFUSED, error=_line(error))
    except SourceError as error:
        return ledger.close(db, row_id, error.outcome, error=_line(error))
    except OSError as error:
        return ledger.close(db, row_id, Broken.outcome, error=f"cannot be read: {error.strerror or error}")
    else:
        return _finish_file(db, ledger.get_row(db, row_id))
    finally:
        _leave(db, row_id)


def _finish_file(db: Database, row: LedgerRow) -> LedgerRow:
    """Close the row of a file that was read to its end; a total in it speaks of the server's list, not of the file."""
    if row.received and row.received == row.refused:
        return ledger.close(db, row.id, REFUSED, error=f"none of its {row.received} records: {row.reasons[0].why}")
    return ledger.close(db, row.id, COMPLETE)


def _closed(db: Database, path: Path, outcome: str, why: str) -> LedgerRow:
    """The row of a path that was not read."""
    row_id = ledger.open_row(db, source=FILE, owner=_OWNER, file=str(path))
    return ledger.close(db, row_id, outcome, error=why)
