"""How are Hugging Face's lists of papers asked for? One after another, each to its end, resumable after any page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from core.papers.formats.hf_daily import parse_daily
from core.papers.paper import Paper
from core.papers.reading.fields import read_text
from core.papers.reading.json_documents import load_json
from core.papers.source import Broken, Checkpoint, Page, Problem, SourceError, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http

Records = tuple[Paper | Problem, ...]
PAGE_SIZE = 100  # the most that the server gives at once
_DAY = timedelta(days=1)


class Listing(NamedTuple):
    """One list of /api/daily_papers.

    :param name: what it is called: a day, a week, a month.
    :param parameter: the server's name for that.
    :param day: the list day, where it is one day's list.
    """

    name: str
    parameter: str
    day: date | None = None


def days_of(window: Window, today: date) -> list[Listing]:
    """The daily lists of the window's days up to today."""
    count = (min(window.until, today) - window.since).days + 1
    days = [window.since + place * _DAY for place in range(count)]
    return [Listing(day.isoformat(), "date", day) for day in days]


def find_listings(listings: Callable[[Window, date], Sequence[Listing]], window: Window) -> Sequence[Listing]:
    """The lists of a window that there can be by now.

    :raises Broken: the window begins in the future.
    """
    today = datetime.now(UTC).date()
    found = listings(window, today)
    if not found:
        raise Broken(f"Hugging Face has no list for {window.since} yet; today is {today} (UTC)", requests=0)
    return found


def place_of(checkpoint: Checkpoint, key: str, listings: Sequence[Listing]) -> int:
    """Which of the lists a checkpoint names under `key`.

    :raises Broken: none of these.
    """
    for place, listing in enumerate(listings):
        if listing.name == checkpoint.get(key):
            return place
    raise Broken(f"the checkpoint {checkpoint} is in none of these lists; sync from the beginning", requests=0)


@contextmanager
def charged(http: Http) -> Iterator[None]:
    """Whatever goes wrong in here carries what it has cost."""
    try:
        yield
    except SourceError as error:
        error.requests, error.waited = http.take_spent()
        raise


def message_of(body: bytes) -> str | None:
    """The server's own words in the body of an error: `{"error": …}`."""
    try:
        answer = load_json(body)
    except Broken:
        return None
    return read_text(answer.get("error")) if isinstance(answer, dict) else None


def read_list(
    http: Http, endpoint: str, listing: Listing, *, start: int = 0, size: int = PAGE_SIZE, most: int, cut: bool = False
) -> Iterator[tuple[Records, bool]]:
    """The pages of one list from page `start` on, and whether each is the last one.

    A page may hold a few rows less than were asked for while more follow, so that only an emptier one ends the list.

    :param most: pages that such a list can have.
    :param cut: whether `most` is as far as one wants to read, instead of a sign that something is wrong.
    :raises SourceError: one of the named errors, with what it has cost.
    """
    before: set[str] = set()
    number, last = start, False
    while not last:
        with charged(http):
            if number >= most:
                raise Broken(f"{listing.name}: Hugging Face's list does not end")
            records = _ask(http, endpoint, listing, number, size)
            now = {record.id if isinstance(record, Paper) else record.where for record in records}
            again = number > start and now == before
            if again and len(records) >= size:
                raise Broken(f"{listing.name}: Hugging Face answered with one page again and again")
        before = now
        number += 1
        # A server that gives its short list whatever page is asked for has given all of it.
        last = again or len(records) <= size // 2 or (cut and number >= most)
        yield records, last


def _ask(http: Http, endpoint: str, listing: Listing, number: int, size: int) -> Records:
    params = {listing.parameter: listing.name, "p": str(number), "limit": str(size)}
    try:
        body = http.get(f"{endpoint}/api/daily_papers", expect="json", params=params, explain=message_of)
        return parse_daily(body, day=listing.day)
    except Broken as error:
        raise Broken(f"{listing.name}: {error}", status=error.status) from error


class ListsConnection:
    """Reads the JSON itself: the hub's own client drops votes, stars and summaries of listed papers.

    :param key: the checkpoint's name for a list.
    :param listings: the lists that a window is about, as far as they have begun on the given day (UTC).
    :param most: pages that one list can have at most; where `cut`, those that are read of it.
    """

    def __init__(
        self,
        endpoint: str,
        http: Http,
        *,
        key: str,
        listings: Callable[[Window, date], Sequence[Listing]],
        most: int,
        cut: bool = False,
        size: int = PAGE_SIZE,
    ) -> None:
        self._endpoint, self._http = endpoint.rstrip("/"), http
        self._key, self._listings = key, listings
        self._most, self._cut, self._size = most, cut, size

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The window's lists, one or more pages each; those of weekends are often empty.

        Votes settle over one to two weeks: a window that reaches back gives papers again, with newer counts.

        :raises SourceError: one of the named errors; Broken for a window that begins in the future.
        """
        listings = find_listings(self._listings, window)
        place, number = 0, 0
        if checkpoint is not None:
            place, number = place_of(checkpoint, self._key, listings), _number(checkpoint)
        while place < len(listings):
            for records, last in read_list(
                self._http,
                self._endpoint,
                listings[place],
                start=number,
                size=self._size,
                most=self._most,
                cut=self._cut,
            ):
                place, number = (place + 1, 0) if last else (place, number + 1)
                goes_on = {self._key: listings[place].name, "p": number} if place < len(listings) else None
                yield self._page(records, goes_on)

    def _page(self, records: Records, checkpoint: Checkpoint | None) -> Page:
        spent = self._http.take_spent()
        return Page(
            papers=tuple(record for record in records if isinstance(record, Paper)),
            received=len(records),
            checkpoint=checkpoint,
            problems=tuple(record for record in records if isinstance(record, Problem)),
            requests=spent.requests,
            waited=spent.waited,
        )


def _number(checkpoint: Checkpoint) -> int:
    number = checkpoint.get("p")
    if not isinstance(number, int) or number < 0:
        raise Broken(f"the checkpoint {checkpoint} names no page; sync from the beginning", requests=0)
    return number
