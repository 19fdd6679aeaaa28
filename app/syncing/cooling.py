"""How long is a provider left alone that asked for it? As long as it said, else longer each time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from app.syncing.asking import PROVIDERS
from core.papers.source import SourceError, Throttled
from db.cooldowns import Cooldown, read_cooldown, write_cooldown

PATIENCE = 30.0  # seconds of a cool-down that a sync waits for
LONGEST_ASKED = 24 * 3600.0
LONGEST_GUESSED = 3600.0
FIRST_GUESSED = 20  # delays
RETRY_AFTER = "Retry-After"


class Cooling(Throttled):
    """Nothing was asked: the provider is left alone for longer than one waits."""


def await_end(db: Database, provider: str | None) -> float:
    """Wait until the provider's cool-down is over, and say how many seconds that took.

    :raises Cooling: it lasts longer than one waits.
    """
    found = None if provider is None else read_cooldown(db, provider)
    if found is None:
        return 0.0
    left = (found.until - datetime.now(UTC)).total_seconds()
    if left <= 0:
        return 0.0
    if left > PATIENCE:
        raise Cooling(_line(found), requests=0)
    began = time.monotonic()
    time.sleep(left)
    return time.monotonic() - began


def note_refusal(db: Database, provider: str | None, error: SourceError, *, delay: float) -> None:
    """Begin a cool-down where this error asks for one: a provider that throttles, or says when to come back.

    :param delay: seconds between two requests; what an unsaid time is measured in.
    """
    asks = isinstance(error, Throttled) or error.retry_after is not None
    if provider is None or isinstance(error, Cooling) or not asks:
        return
    before = read_cooldown(db, provider)
    times = 1 if before is None else before.times + 1
    if error.retry_after:
        seconds, why = min(error.retry_after, LONGEST_ASKED), RETRY_AFTER
    else:
        seconds, why = min(FIRST_GUESSED * delay * 2 ** min(times - 1, 30), LONGEST_GUESSED), str(error)
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    if before is not None and before.until > until:
        until, why = before.until, before.why
    write_cooldown(db, Cooldown(provider=provider, until=until, why=why, times=times))


def _line(cooldown: Cooldown) -> str:
    name = PROVIDERS.get(cooldown.provider, cooldown.provider)
    today = cooldown.until.date() == datetime.now(UTC).date()
    until = f"{cooldown.until:%H:%M}" if today else f"{cooldown.until:%Y-%m-%d %H:%M}"
    if cooldown.why == RETRY_AFTER:
        return f"{name} asked not to be asked until {until} UTC ({RETRY_AFTER}); sync again then"
    return f"{name} is left alone until {until} UTC, for {cooldown.why}; sync again then"
