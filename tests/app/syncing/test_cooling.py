"""Is a provider left alone as long as it asked for, longer each time, and never for ever?"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from app.syncing.cooling import Cooling, await_end, note_refusal
from core.papers.source import Broken, SourceError, Throttled, Unreachable
from db.cooldowns import Cooldown, read_cooldown, write_cooldown


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def left(db: Database) -> float:
    found = read_cooldown(db, "arxiv")
    assert found is not None
    return (found.until - datetime.now(UTC)).total_seconds()


def note(db: Database, error: SourceError, delay: float = 3.0) -> float:
    note_refusal(db, "arxiv", error, delay=delay)
    return left(db)


def test_a_time_that_was_said_is_kept_up_to_a_day(db: Database) -> None:
    assert note(db, Throttled("429", retry_after=1000)) == pytest.approx(1000, abs=5)
    assert note(db, Throttled("429", retry_after=1e9)) == pytest.approx(24 * 3600, abs=5)


def test_a_shorter_time_does_not_end_a_longer_one(db: Database) -> None:
    note(db, Throttled("429", retry_after=1000))
    assert note(db, Throttled("Rate exceeded.")) == pytest.approx(1000, abs=5)


def test_without_a_time_each_refusal_in_a_row_doubles_it_up_to_an_hour(db: Database) -> None:
    times = [note(db, Throttled("Rate exceeded.")) for _ in range(9)]
    assert times[:3] == pytest.approx([60, 120, 240], abs=5)
    assert times[-1] == pytest.approx(3600, abs=5)


def test_a_refusal_that_says_zero_seconds_again_and_again_is_not_believed(db: Database) -> None:
    assert note(db, Throttled("429", retry_after=0)) == pytest.approx(60, abs=5)


def test_a_server_that_is_out_of_order_is_left_alone_only_where_it_says_how_long(db: Database) -> None:
    note_refusal(db, "arxiv", Unreachable("503"), delay=3)
    note_refusal(db, "arxiv", Broken("400"), delay=3)
    note_refusal(db, None, Throttled("429", retry_after=9), delay=3)
    assert read_cooldown(db, "arxiv") is None
    assert note(db, Unreachable("503", retry_after=500)) == pytest.approx(500, abs=5)


def test_a_long_cooldown_is_refused_with_the_time_at_which_it_ends(db: Database) -> None:
    until = datetime.now(UTC) + timedelta(hours=2)
    write_cooldown(db, Cooldown(provider="arxiv", until=until, why="Retry-After", times=1))
    with pytest.raises(Cooling) as caught:
        await_end(db, "arxiv")
    assert str(caught.value).startswith("arXiv asked not to be asked until ")
    assert str(caught.value).endswith(f"{until:%H:%M} UTC (Retry-After); sync again then")
    assert (caught.value.outcome, caught.value.requests) == ("throttled", 0)
    note_refusal(db, "arxiv", caught.value, delay=3)
    found = read_cooldown(db, "arxiv")
    assert found is not None and found.until == until


def test_a_short_cooldown_is_waited_for_and_the_wait_counted(db: Database) -> None:
    note(db, Throttled("Rate exceeded."), delay=0.01)
    began = time.monotonic()
    assert 0.05 < await_end(db, "arxiv") <= time.monotonic() - began + 0.01
    assert await_end(db, "arxiv") == 0


def test_other_providers_are_not_held_up(db: Database) -> None:
    note(db, Throttled("429", retry_after=1000))
    assert await_end(db, "huggingface") == 0
    assert await_end(db, None) == 0
