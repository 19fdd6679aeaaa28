"""Are digests written by themselves after each sync, once, however it ended, and again where the folder was away?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app.digests import choice as chosen
from app.digests.choice import PATIENCE, Choice, choose, due, read_choice, read_folder, read_state
from app.digests.writing import write_due
from app.queue import ask_for_sync
from app.settings import Settings
from db import follows
from tests.app.digests.world import FRIDAY, came, moment, paper, synced, well
from tests.app.test_syncs import consumer, outcomes, wait_for
from tests.app.test_syncs import server as server
from tests.faults.hostile import DAILY, Answer, Hostile, Request

READY = moment("2026-11-20T05:30")


@pytest.fixture
def choice(catalog: Database, tmp_path: Path) -> Choice:
    """A digest a day, of which Thursday's is written."""
    daily = Choice(often="day", folder=tmp_path / "out")
    choose(catalog, daily)
    chosen.write_state(catalog, chosen.State(upto="2026-11-19", told=moment("2026-11-19T06:00")))
    return daily


def names(db: Database, choice: Choice, at: str) -> list[str]:
    return [span.name for span in due(db, choice, now=moment(at)).spans]


def test_nothing_is_written_where_nobody_chose(catalog: Database, places: Settings) -> None:
    well(catalog)
    found = read_choice(catalog, places)
    assert (found.often, found.feeds, found.folder) == ("never", False, places.home / "digests")
    assert not due(catalog, found, now=moment("2026-11-20T09:00"))
    assert write_due(catalog, places, now=moment("2026-11-20T09:00")) == []
    assert not found.folder.exists()


def test_a_choice_is_kept_and_writes_the_newest_at_once(catalog: Database, places: Settings, tmp_path: Path) -> None:
    weekly = Choice(often="week", folder=tmp_path / "소식", language="ko", feeds=True)
    choose(catalog, weekly)
    assert read_choice(catalog, places) == weekly
    (written,) = write_due(catalog, places, now=moment("2026-11-20T09:00"))
    assert written.page == tmp_path / "소식" / "digest-2026-W46-ko.html"
    assert (tmp_path / "소식" / "feeds" / "feeds.opml").exists()
    assert not due(catalog, weekly, now=moment("2026-11-20T09:00"))


@pytest.mark.parametrize("outcome", ["complete", "throttled", "unreachable", "broken"])
def test_it_is_due_after_a_sync_however_that_ended(catalog: Database, choice: Choice, outcome: str) -> None:
    assert names(catalog, choice, "2026-11-20T05:29") == []
    assert names(catalog, choice, "2026-11-20T05:45") == []
    synced(catalog, "arxiv", outcome, at="2026-11-20T05:46")
    assert names(catalog, choice, "2026-11-20T05:47") == [FRIDAY]


def test_it_is_due_without_any_sync_some_hours_later(catalog: Database, choice: Choice) -> None:
    late = READY + PATIENCE
    assert not due(catalog, choice, now=late - timedelta(seconds=1))
    assert [span.name for span in due(catalog, choice, now=late).spans] == [FRIDAY]


def test_days_that_were_missed_are_made_up_for(catalog: Database, choice: Choice, places: Settings) -> None:
    well(catalog, at="2026-11-25T08:00")
    written = write_due(catalog, places, now=moment("2026-11-25T08:01"))
    assert [one.span.name for one in written] == [FRIDAY, "2026-11-23", "2026-11-24", "2026-11-25"]
    assert not due(catalog, choice, now=moment("2026-11-25T08:02"))


def test_one_that_something_may_come_for_is_looked_at_after_the_next_sync(
    catalog: Database, choice: Choice, places: Settings
) -> None:
    synced(catalog, "arxiv", "unreachable", at="2026-11-20T05:46")
    synced(catalog, "huggingface", at="2026-11-20T05:46")
    (first,) = write_due(catalog, places, now=moment("2026-11-20T05:47"))
    assert read_state(catalog).open == (FRIDAY,)
    assert "could not be reached" in first.markdown.read_text(encoding="utf-8")
    assert names(catalog, choice, "2026-11-20T06:00") == []
    came(catalog, [paper(1)], at="2026-11-20T08:00")
    synced(catalog, "arxiv", at="2026-11-20T08:00")
    (second,) = write_due(catalog, places, now=moment("2026-11-20T08:01"))
    assert "2611.00001" in second.markdown.read_text(encoding="utf-8")
    assert read_state(catalog).open == ()
    synced(catalog, "arxiv", at="2026-11-20T10:00")
    assert names(catalog, choice, "2026-11-20T10:01") == []


def test_one_is_not_hoped_for_without_end(catalog: Database, choice: Choice, places: Settings) -> None:
    synced(catalog, "arxiv", "broken", at="2026-11-20T05:46")
    write_due(catalog, places, now=moment("2026-11-20T05:47"))
    synced(catalog, "arxiv", "broken", at="2026-11-29T05:46")
    assert FRIDAY not in names(catalog, choice, "2026-11-29T05:47")


def test_a_folder_that_is_away_is_tried_again_later_and_later_and_then_all_is_well(
    catalog: Database, choice: Choice, places: Settings
) -> None:
    well(catalog)
    choice.folder.write_bytes(b"in the way")
    now = moment("2026-11-20T08:01")
    waits = []
    for tries in range(1, 10):
        assert write_due(catalog, places, now=now) == []
        state = read_state(catalog)
        assert state.again is not None
        assert (state.tries, state.upto) == (tries, "2026-11-19")
        assert str(choice.folder) in state.error and "choose another one" in state.error
        assert not due(catalog, choice, now=state.again - timedelta(seconds=1))
        waits.append((state.again - now).seconds // 60)
        now = state.again
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    choice.folder.unlink()
    assert [one.span.name for one in write_due(catalog, places, now=now)] == [FRIDAY]
    assert (read_state(catalog).error, read_state(catalog).tries) == ("", 0)


def test_a_new_choice_does_not_wait_for_the_old_folder(
    catalog: Database, choice: Choice, places: Settings, tmp_path: Path
) -> None:
    well(catalog)
    choice.folder.write_bytes(b"in the way")
    write_due(catalog, places, now=moment("2026-11-20T08:01"))
    choose(catalog, replace(choice, folder=tmp_path / "other"))
    assert read_state(catalog).error == ""
    (written,) = write_due(catalog, places, now=moment("2026-11-20T08:02"))
    assert written.page.parent == tmp_path / "other"


def test_feeds_are_written_after_each_sync(catalog: Database, places: Settings, tmp_path: Path) -> None:
    follows.add(catalog, kind="search", name="Attention", query="attention")
    only = Choice(folder=tmp_path / "out", feeds=True)
    choose(catalog, only)
    write_due(catalog, places, now=moment("2026-11-20T07:00"))
    feed = tmp_path / "out" / "feeds" / "1-attention.atom"
    assert feed.exists() and not list((tmp_path / "out").glob("*.html"))
    assert not due(catalog, only, now=moment("2026-11-20T07:30"))
    came(catalog, [paper(1)])
    synced(catalog, "arxiv")
    write_due(catalog, places, now=moment("2026-11-20T08:01"))
    assert b"2611.00001" in feed.read_bytes()


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"often": "hourly"}, "choose never, day, week"),
        ({"language": "fr"}, "unknown language 'fr'"),
        ({"folder": Path("digests")}, "is no whole path"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Choice(**{"folder": tmp_path, **more})


def test_a_folder_is_read_as_a_person_writes_it() -> None:
    assert read_folder(" ~/digests ") == Path.home() / "digests"
    for words in ("", "digests", "~nobody-of-this-name/x", "/a\0b"):
        with pytest.raises(ValueError):
            read_folder(words)


def test_the_consumer_writes_a_digest_after_a_sync_that_fails_and_after_one_that_does_not(
    catalog: Database, places: Settings, server: Hostile, tmp_path: Path
) -> None:
    # Of the lists, which are told on holidays too.
    fails = [True]

    def fail(request: Request, honest: Answer) -> Answer | None:
        return Answer(503, b"no") if request.path == DAILY and fails else None

    server.fault = fail
    follows.add(catalog, kind="search", name="All", query="language")
    choose(catalog, Choice(often="day", folder=tmp_path / "out", feeds=True))
    # The one that is written at once is not what is looked at here.
    write_due(catalog, places, now=datetime.now(UTC))
    (page,) = (tmp_path / "out").glob("*.md")
    with consumer(places):
        ask_for_sync(places)
        wait_for(lambda: outcomes(catalog, "huggingface") == ["unreachable"])
        wait_for(lambda: "could not be reached" in page.read_text(encoding="utf-8"))
        fails.clear()
        ask_for_sync(places)
        wait_for(lambda: outcomes(catalog, "huggingface") == ["unreachable", "complete"])
        wait_for(lambda: "could not be reached" not in page.read_text(encoding="utf-8"))
        feed = tmp_path / "out" / "feeds" / "1-all.atom"
        wait_for(lambda: b"arxiv.org/abs/" in feed.read_bytes())
    assert read_state(catalog).error == ""
