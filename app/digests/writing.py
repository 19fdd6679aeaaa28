"""How are digests and feeds written: one that is asked for, and all that are due by choice?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from app.digests import choice as chosen
from app.digests import folder as folders
from app.digests.choice import Due
from app.digests.feeds import Feeds, write_feeds
from app.digests.files import CannotWrite, writing
from app.digests.folder import Written
from app.digests.gathering import gather
from app.running.execution import Places
from core.digests.record import Digest
from core.digests.span import Span
from db.connect import transaction


def write_digest(
    db: Database, places: Places, span: Span, *, folder: Path, language: str, only_more: bool = False
) -> tuple[Digest, Written]:
    """Write the digest of these days.

    :param only_more: leave one that lies there already as it is where only votes and the like would differ.
    :raises CannotWrite: into that folder.
    """
    with writing(places.home, folder):
        digest = gather(db, span)
        return digest, folders.write(digest, folder, language, only_more=only_more)


def refresh_feeds(db: Database, places: Places, *, folder: Path, language: str) -> Feeds:
    """Write the feeds of what is followed.

    :raises CannotWrite: into that folder.
    """
    with writing(places.home, folder):
        return write_feeds(db, folder, language)


def write_due(db: Database, places: Places, *, now: datetime) -> Sequence[Written]:
    """Write all that is due by choice, and keep down how that went: a folder that cannot be written is tried again."""
    choice, before = chosen.read_choice(db, places), chosen.read_state(db)
    wanted: Due = chosen.due(db, choice, now=now)
    wrote: list[Written] = []
    still_open: list[Span] = []
    if not wanted:
        return wrote
    try:
        for span in wanted.spans:
            again = span.name in before.open
            digest, written = write_digest(
                db, places, span, folder=choice.folder, language=choice.language, only_more=again
            )
            wrote.append(written)
            if not digest.settled:
                still_open.append(span)
        if wanted.feeds:
            refresh_feeds(db, places, folder=choice.feeds_folder, language=choice.language)
    except CannotWrite as error:
        after = chosen.failed(before, str(error), now=now)
    else:
        after = chosen.done(before, wanted, still_open, now=now)
    with transaction(db):
        # Chosen anew while it was written: then nothing was written by that choice yet.
        if chosen.read_choice(db, places) == choice:
            chosen.write_state(db, after)
    return wrote
