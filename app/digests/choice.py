"""Are digests written by themselves, how often and where, and which is due? A choice, and a state that survives a kill.

A digest is due as soon as a sync has ended that its days can be told from, however it ended; one that nobody synced for
is written all the same some hours later, and says so. A digest that something may still come for is written again after
the next sync. Which syncs there were is read off the ledger: it does not matter who began them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from sqlite_utils import Database

from app.running.execution import Places
from core.digests.span import Every, Span, last_ready, pending
from core.language import LANGUAGES
from db import arrivals
from db.connect import transaction
from db.settings import read_setting, write_setting

Often = Literal["never"] | Every
OFTEN: tuple[Often, ...] = ("never", *get_args(Every))
FOLDER, FEEDS = "digests", "feeds"
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)
PATIENCE = timedelta(hours=6)  # that one waits for a sync
MOST = 5  # digests that are made up for
HOPE = timedelta(days=7)  # that something may still come for a digest
_CHOICE, _STATE = "digest-choice", "digest-state"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is written by itself.

    :param folder: for the digests; the feeds lie in a folder in it.
    :param language: of the files.
    :param feeds: whether the feeds of what is followed are written too.
    """

    often: Often = "never"
    folder: Path
    language: str = "en"
    feeds: bool = False

    def __post_init__(self) -> None:
        if self.often not in OFTEN:
            raise ValueError(f"a digest cannot be written {self.often!r}; choose {', '.join(OFTEN)}")
        if self.language not in LANGUAGES:
            raise ValueError(f"unknown language {self.language!r}; there are: {', '.join(LANGUAGES)}")
        if not self.folder.is_absolute():
            raise ValueError(f"{str(self.folder)!r} is no whole path; write it as {Path.home() / FOLDER}")

    @property
    def is_on(self) -> bool:
        """Whether anything is written by itself."""
        return self.often != "never" or self.feeds

    @property
    def feeds_folder(self) -> Path:
        """Where the feeds lie."""
        return self.folder / FEEDS


@dataclass(frozen=True, kw_only=True)
class State:
    """What was written by itself so far; moments are in UTC.

    :param upto: the newest digest; None before the first one.
    :param open: digests for which something may still come.
    :param told: the end of the newest sync that they tell of.
    :param written: when the last one was written.
    :param tries, again, error: how often the folder could not be written since then, when it is tried again, and why.
    """

    upto: str | None = None
    open: tuple[str, ...] = ()
    told: datetime | None = None
    written: datetime | None = None
    tries: int = 0
    again: datetime | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is to be written now.

    :param told: the end of the newest sync that it will tell of.
    """

    spans: tuple[Span, ...]
    feeds: bool
    told: datetime | None

    def __bool__(self) -> bool:
        return bool(self.spans) or self.feeds


def default_folder(places: Places) -> Path:
    """Where digests are written if nobody says where."""
    return places.home / FOLDER


def read_folder(words: str) -> Path:
    """The folder that a person means; `~` is their home.

    :raises ValueError: it is no whole path.
    """
    try:
        folder = Path(words.strip()).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{words!r}: {error}") from error
    if not folder.is_absolute() or "\0" in words:
        raise ValueError(f"{words.strip()!r} is no whole path; write it as {Path.home() / FOLDER}")
    return folder


def read_choice(db: Database, places: Places, *, language: str = "en") -> Choice:
    """The choice; nothing is written by itself where nobody has chosen yet.

    :param language: of the person, for that case.
    """
    kept = json.loads(read_setting(db, _CHOICE) or "null")
    if kept is None:
        return Choice(folder=default_folder(places), language=language)
    return Choice(**{**kept, "folder": Path(kept["folder"])})


def choose(db: Database, choice: Choice) -> None:
    """Keep a choice; a change of what is written where begins anew, with the newest digest."""
    with transaction(db):
        write_setting(db, _CHOICE, json.dumps(asdict(choice), default=str))
        write_state(db, State())


def read_state(db: Database) -> State:
    """What was written by itself so far."""
    kept = json.loads(read_setting(db, _STATE) or "{}")
    moments = {name: kept[name] and datetime.fromisoformat(kept[name]) for name in ("told", "written", "again") if kept}
    return State(**{**kept, **moments, **({"open": tuple(kept["open"])} if kept else {})})


def write_state(db: Database, state: State) -> None:
    """Put a state in the place of the one before."""
    write_setting(db, _STATE, json.dumps(asdict(state), default=_text))


def due(db: Database, choice: Choice, *, now: datetime) -> Due:
    """What is to be written at `now`; false where that is nothing."""
    state = read_state(db)
    nothing = Due(spans=(), feeds=False, told=None)
    if not choice.is_on or (state.again is not None and now < state.again):
        return nothing
    ended = arrivals.last_finished(db)
    is_newer = ended is not None and (state.told is None or ended > state.told)
    spans: list[Span] = []
    if choice.often != "never":
        newest = last_ready(choice.often, now)
        fresh = [newest] if state.upto is None else pending(choice.often, Span.parse(state.upto), now, most=MOST)
        spans += [span for span in fresh if _is_told(span, ended, now) or state.upto is None]
        held = [Span.parse(name) for name in state.open]
        spans += [span for span in held if is_newer and now - span.ready_at < HOPE and span not in spans]
    return Due(
        spans=tuple(sorted(spans, key=lambda span: span.day)),
        feeds=choice.feeds and (is_newer or state.written is None),
        told=ended,
    )


def done(state: State, wrote: Due, still_open: list[Span], *, now: datetime) -> State:
    """The state after all that was due was written.

    :param still_open: those of them that something may still come for.
    """
    left = set(state.open) - {span.name for span in wrote.spans}
    left |= {span.name for span in still_open}
    kept = [span for span in map(Span.parse, sorted(left)) if now - span.ready_at < HOPE]
    newest = max((span for span in wrote.spans), key=lambda span: span.day, default=None)
    upto = state.upto
    if newest is not None and (upto is None or newest.day > Span.parse(upto).day):
        upto = newest.name
    return State(upto=upto, open=tuple(span.name for span in kept), told=wrote.told, written=now)


def failed(state: State, why: str, *, now: datetime) -> State:
    """The state after a folder could not be written: tried again after 1, 2, 4 … minutes, an hour at most."""
    wait = min(FIRST_RETRY * 2 ** min(state.tries, 16), LAST_RETRY)
    return replace(state, tries=state.tries + 1, again=now + wait, error=why)


def _is_told(span: Span, ended: datetime | None, now: datetime) -> bool:
    """Whether a sync has ended since it could be told, or none seems to come."""
    return now >= span.ready_at + PATIENCE or (ended is not None and ended >= span.ready_at)


def _text(value: Any) -> str:
    moment: datetime = value
    return moment.astimezone(UTC).isoformat()
