"""How do papers come in? Whom to ask, for which days, how that went: a sync of one source, and of several.

A sync that stops, for whatever reason, keeps every page it had; the next one of the same source and window goes on
after the last of them. The ledger says what happened, and never calls a failure an empty day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from sqlite_utils import Database

from app.syncing import cooling
from app.syncing.asking import delay_of, endpoint_of, http_for
from app.syncing.crossing import cross
from app.syncing.storing import OWNER, leave, line_of, store
from app.syncing.windows import asked_window, next_window
from core.papers.calendar.emptiness import judge_emptiness
from core.papers.source import Broken, Connection, Page, Source, SourceError, Window
from core.registry import discover
from db import ledger, trends
from db.connect import transaction
from db.ledger import COMPLETE, PARTIAL, LedgerRow
from db.memories import read_memory
from db.papers import Tagger

if TYPE_CHECKING:
    from app.settings import Settings

OnPage = Callable[[LedgerRow], None]


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


def sync_sources(
    db: Database,
    sources: Sequence[Source],
    settings: Settings,
    *,
    since: date | None = None,
    until: date | None = None,
    categories: Sequence[str] | None = None,
    on_page: OnPage | None = None,
) -> list[LedgerRow]:
    """Sync these sources one after another, and see whether one of arXiv's shows less than another.

    A source whose last sync was left unfinished is asked twice: for the rest of that window, and for what came since.

    :param since, until: exactly these days; without both, each source's own default window.
    :param categories: those of the settings where None.
    :param on_page: called with the row as it stands after each page.
    :returns: a row for each window of each source, whatever became of it.
    :raises ValueError: a window that ends before it begins, or a category that is none.
    """
    wanted = settings.category_list if categories is None else tuple(categories)
    asked = asked_window(since, until, wanted, today=_today())
    rows: list[LedgerRow] = []
    for source in sources:
        row = sync_source(db, source, asked, settings, categories=wanted, on_page=on_page)
        rows.append(row)
        if asked is None and row.outcome in ledger.GOOD and not str(row.window).endswith(f"..{_today()}"):
            rows.append(sync_source(db, source, None, settings, categories=wanted, on_page=on_page))
    return cross(db, rows, categories=wanted)


def sync_source(
    db: Database,
    source: Source,
    window: Window | None,
    settings: Settings,
    *,
    categories: Sequence[str] | None = None,
    on_page: OnPage | None = None,
) -> LedgerRow:
    """Sync one source with the address and delay of the settings, and the catalog's tagger.

    Where another process syncs it already, that one is waited for; if it asked for the same and all went well, its row
    is the answer to both.

    :param window: the days to ask for; None for the source's default window.
    :param categories: those of a default window; the settings' where None.
    """
    from app.tagger import CatalogTagger

    wanted = settings.category_list if categories is None else tuple(categories)
    began = datetime.now(UTC)
    foreseen = window or next_window(db, source, wanted, today=_today())
    with _lock_of(source.id, settings):
        done = ledger.good_since(
            db, source=source.id, window=str(foreseen), categories=",".join(foreseen.categories), moment=began
        )
        if done is not None:
            return done
        _bury(db, source.id)
        chosen = window or next_window(db, source, wanted, today=_today())
        connection = source.open(
            endpoint=endpoint_of(source, settings),
            http=http_for(source, settings),
            memory=read_memory(db, source.id),
        )
        delay = delay_of(source, settings)
        return sync(db, source, connection, chosen, tagger=CatalogTagger(db), delay=delay, on_page=on_page)


def bury_dead(db: Database, settings: Settings) -> None:
    """Close the rows of syncs whose process was killed, as a later sync of the same source would."""
    for source_id in {row.source for row in ledger.open_syncs(db)}:
        try:
            with _lock_of(source_id, settings).acquire(timeout=0):
                _bury(db, source_id)
        except Timeout:
            continue


def sync(
    db: Database,
    source: Source,
    connection: Connection,
    window: Window,
    *,
    tagger: Tagger,
    delay: float,
    on_page: OnPage | None = None,
) -> LedgerRow:
    """Pull the papers of a window and write down how that went; a failure is an outcome, not an exception.

    The caller sees to it that no other sync of this source is under way.

    :param delay: seconds between two requests to the provider.
    """
    with transaction(db):
        row_id, resume = _begin(db, source.id, window)

    def take(pages: Iterator[Page], *, anew: bool = False) -> None:
        for page in _asked(db, pages, source.about.provider, row_id):
            now = datetime.now(UTC)
            store(
                db, page, row_id, source.id, tagger, day=now.date(), now=now, provider=source.about.provider, anew=anew
            )
            anew = False
            if on_page is not None:
                on_page(ledger.get_row(db, row_id))

    try:
        try:
            take(connection.pages(window, resume))
        except Broken as error:
            # A checkpoint that no longer holds (an expired token) must not stop this window for ever.
            if resume is None or ledger.get_row(db, row_id).requests:
                raise
            ledger.spend(db, row_id, requests=error.requests, waited=error.waited)
            take(connection.pages(window), anew=True)
    except SourceError as error:
        with transaction(db):
            cooling.note_refusal(db, source.about.provider, error, delay=delay)
            return ledger.close(
                db, row_id, error.outcome, error=line_of(error), requests=error.requests, waited=error.waited
            )
    else:
        return _finish(db, ledger.get_row(db, row_id), source, window)
    finally:
        leave(db, row_id)
        trends.settle(db)  # now, so that no reader waits for it


def _asked(db: Database, pages: Iterator[Page], provider: str | None, row_id: int) -> Iterator[Page]:
    """The pages, each asked for when the provider may be asked.

    :raises Cooling: it may not, for longer than one waits.
    """
    more = True
    while True:
        # Looked at before each request: another process may have been told to slow down in the meantime.
        if more and (waited := cooling.await_end(db, provider)):
            ledger.spend(db, row_id, waited=waited)
        page = next(pages, None)
        if page is None:
            return
        more = page.checkpoint is not None
        yield page


def _begin(db: Database, source_id: str, window: Window) -> tuple[int, dict[str, Any] | None]:
    """Open a row: at the checkpoint of the last one of this window, where that one did not reach its end."""
    categories = ",".join(window.categories)
    last = ledger.last_of_window(db, source=source_id, window=str(window), categories=categories)
    before = None if last is None or last.resume is None else last
    row_id = ledger.open_row(
        db, source=source_id, owner=OWNER, window=str(window), categories=categories, continues=before
    )
    return row_id, None if before is None else before.resume


def _bury(db: Database, source_id: str) -> None:
    """Close what a killed process left open; the caller holds the source's lock, so that no living one is at work."""
    for row in ledger.open_syncs(db, source=source_id):
        ledger.close(db, row.id, PARTIAL, error="its process ended before it was done; sync again to go on from there")


def _finish(db: Database, row: LedgerRow, source: Source, window: Window) -> LedgerRow:
    """Close a row whose source came to its end: did everything come that was said, and may none be right?"""
    if row.expected is not None and row.received < row.expected:
        why = f"{row.received} of {row.expected} papers came before the pages ended; sync again"
        return ledger.close(db, row.id, PARTIAL, error=why)
    if row.received:
        return ledger.close(db, row.id, COMPLETE)
    found = judge_emptiness(source.about.days, window, now=datetime.now(UTC))
    return ledger.close(db, row.id, found.outcome, error=found.why)


def _lock_of(source_id: str, settings: Settings) -> FileLock:
    path = settings.home / "locks" / f"sync-{source_id}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    return FileLock(path)


def _today() -> date:
    return datetime.now(UTC).date()
