"""What did arXiv announce last? One feed a category, of one evening's announcements (info.arxiv.org/help/rss)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from core.language import Text
from core.papers.calendar.announcements import EASTERN, latest
from core.papers.formats.arxiv_feed import Announcements, parse_announcements
from core.papers.paper import Paper
from core.papers.source import About, Broken, Checkpoint, Page, Problem, SourceError, Stale, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Answer, Http

# Feeds are made at midnight in New York, after the evening's announcement; they may be late by this much.
_MADE_AT = time(1)
_DAY = timedelta(days=1)
# A new paper is new once. If so large a share of a feed's new ones was new on an earlier day, it has been dated anew.
_REPEATED = 0.5
_REMEMBERED = 50


def expected_day(now: datetime) -> date:
    """The day that arXiv's feeds must carry by now: that of the last announcement whose feeds are made.

    :param now: aware.
    """
    batch = latest(now)
    if datetime.combine(batch.feed_day, _MADE_AT, EASTERN) > now:
        batch = latest(batch.announced_at - _DAY / 2)
    return batch.feed_day


class RssConnection:
    """Asks for the feeds of the window's categories, each only where it has changed.

    :param memory: for each category the ETag, the day and the first new ids of the feed that was read last.
    """

    # The server cuts a feed here, and the new papers stand last.
    MOST_ENTRIES = 2_000

    def __init__(
        self, endpoint: str, http: Http, memory: Checkpoint | None, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._endpoint, self._http = endpoint, http
        self._memory: dict[str, Any] = dict(memory or {})
        self._clock = clock or _now

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """One page a category; one without papers where the feed has not changed, or where nothing was announced.

        The papers of a feed that turns out to be old are given all the same, before Stale is raised at the end.

        :raises SourceError: one of the named errors; Broken for a window that no feed can answer.
        """
        now = self._clock()
        expected = expected_day(now)
        _check(window, now.astimezone(UTC).date(), expected)
        if checkpoint is not None and checkpoint["day"] != expected.isoformat():
            checkpoint = None  # the feeds before it have changed since
        received = int(checkpoint["received"]) if checkpoint else 0
        stale: list[str] = list(checkpoint["stale"]) if checkpoint else []
        first = int(checkpoint["next"]) if checkpoint else 0
        for number, category in enumerate(window.categories[first:], start=first + 1):
            try:
                feed, answer = self._ask(category)
            except SourceError as error:
                error.requests, error.waited = self._http.take_spent()
                raise
            feed, why = self._judge(category, feed, expected, quiet=now.astimezone(EASTERN).date() != expected)
            if why is None:
                self._remember(category, feed, answer, now)
            else:
                stale.append(why)
            records = () if feed is None else feed.records
            received += len(records)
            state = {"day": expected.isoformat(), "next": number, "received": received, "stale": [*stale]}
            requests, waited = self._http.take_spent()
            yield Page(
                papers=tuple(record for record in records if isinstance(record, Paper)),
                said=received,
                received=len(records),
                checkpoint=state if number < len(window.categories) else None,
                problems=(*(record for record in records if isinstance(record, Problem)), *self._cut(category, feed)),
                remember=dict(self._memory),
                requests=requests,
                waited=waited,
            )
        if stale:
            raise Stale(
                f"arXiv's feeds must be of {expected} by now, but {'; '.join(stale)}; sync again later", requests=0
            )

    def _ask(self, category: str) -> tuple[Announcements | None, Answer]:
        """The feed, or None where it is still the one that was read last, and the answer it came in."""
        etag = self._memory.get(category, {}).get("etag")
        url = f"{self._endpoint}/atom/{category}"
        answer = self._http.fetch(url, expect="xml", explain=_message_of, etag=etag)
        feed = parse_announcements(answer.body) if answer.modified else None
        if feed is not None and feed.error:
            raise Broken(f"arXiv says of {category}: {feed.error}")
        return feed, answer

    def _judge(
        self, category: str, feed: Announcements | None, expected: date, *, quiet: bool
    ) -> tuple[Announcements | None, str | None]:
        """The feed, without days that cannot be believed, and why it is out of date, if it is."""
        known = self._memory.get(category, {})
        if feed is None:
            old = known["day"] < expected.isoformat()
            return None, f"the feed of {category} has not changed since {known['day']}" if old else None
        if not feed.records:
            # On a day without announcement arXiv's feeds are empty.
            return feed, None if quiet else f"the feed of {category} is empty"
        if feed.day is None or feed.day < expected:
            return feed, f"the feed of {category} is of {feed.day or 'an unknown day'}"
        new = _new_ids(feed)
        repeated = len({*new} & {*known.get("new", ())})
        if feed.day.isoformat() > known.get("day", "9999") and repeated > _REPEATED * min(len(new), _REMEMBERED):
            undated = tuple(replace(it, announced=None) if isinstance(it, Paper) else it for it in feed.records)
            return replace(feed, records=undated), f"the feed of {category} repeats that of {known['day']}"
        return feed, None

    def _remember(self, category: str, feed: Announcements | None, answer: Answer, now: datetime) -> None:
        if feed is not None:
            day = feed.day or now.astimezone(EASTERN).date()
            new = _new_ids(feed)[:_REMEMBERED] or self._memory.get(category, {}).get("new", [])
            self._memory[category] = {"etag": answer.etag, "day": day.isoformat(), "new": new}

    def _cut(self, category: str, feed: Announcements | None) -> list[Problem]:
        if feed is None or len(feed.records) < self.MOST_ENTRIES:
            return []
        why = f"arXiv ends its feeds at {self.MOST_ENTRIES:,} entries and the new ones stand last; some may be missing"
        return [Problem(f"the feed of {category}", why)]


def _check(window: Window, today: date, expected: date) -> None:
    """
    :raises Broken: feeds cannot answer this window; nothing was asked.
    """
    if not window.categories:
        raise Broken("arXiv's feeds are made for categories; name some", requests=0)
    # A day of grace: the window's days may be those of another time zone.
    if window.until + _DAY < expected:
        raise Broken(
            f"arXiv's feeds hold the announcements of {expected} and none of {window}; for older days use another "
            "source of arXiv's",
            requests=0,
        )
    if window.since > today + _DAY:
        raise Broken(f"arXiv has announced nothing for {window} yet; today is {today} (UTC)", requests=0)


def _new_ids(feed: Announcements) -> list[str]:
    return sorted(id_ for id_, kind in feed.types.items() if kind == "new")


def _message_of(body: bytes) -> str | None:
    """arXiv's own words in the body of an error status."""
    try:
        return parse_announcements(body).error
    except Broken:
        return None


def _now() -> datetime:
    return datetime.now(UTC)


class RssSource:
    """arXiv by announcement."""

    id = "rss"
    about = About(
        title=Text("arXiv announcements (feeds)", "arXiv 공지 피드"),
        help=Text(
            "The papers of arXiv's last announcement with the day on which they were announced, in one quick request a "
            "category. Cross-lists and replacements are among them, but arXiv leaves out replacements from the sixth "
            "version on.",
            "arXiv가 마지막으로 공지한 논문을 공지일과 함께, 분야마다 요청 한 번으로 가져온다. 교차 등록과 교체본도 "
            "들어 있지만, 여섯 번째 버전부터의 교체본은 arXiv가 피드에 싣지 않는다.",
        ),
        limits=Text(
            "One request a category, every 3 seconds, shared with arXiv's other services; at most 2,000 entries a "
            "feed, of the last announcement only. Metadata is CC0.",
            "분야마다 요청 한 번, 3초에 한 번이며 arXiv의 다른 서비스와 함께 센다. 피드 하나에 최대 2,000건, 마지막 "
            "공지분만 담긴다. 메타데이터는 CC0이다.",
        ),
        setting="rss_url",
        default=False,
        provider="arxiv",
        days="announced",
        again=0,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> RssConnection:
        """A connection that knows which feeds were read last."""
        return RssConnection(endpoint.rstrip("/"), http, memory)


SOURCE = RssSource()
