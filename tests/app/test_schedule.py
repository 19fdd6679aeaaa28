"""When is the next daily sync, over changes of the clocks too, and what becomes of one that fails?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from app import schedule
from app.schedule import Schedule, begin, choose, end, is_due, last_run, next_run, read_plan, read_schedule, upcoming
from db import ledger
from db.connect import open_catalog
from db.cooldowns import Cooldown, write_cooldown

SEOUL, NEW_YORK, BERLIN = "Asia/Seoul", "America/New_York", "Europe/Berlin"
DAILY = Schedule(on=True, at=time(9, 45), zone="UTC", sources=("arxiv", "huggingface"))
FIRST = datetime(2026, 11, 18, 9, 45, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def synced(db: Database, at: datetime, source: str, outcome: str, until: str = "2026-11-18") -> None:
    """A sync of that source that was closed at that moment."""
    row = ledger.open_row(db, source=source, owner="1-test", window=f"2026-11-16..{until}")
    ledger.close(db, row, outcome)
    db.conn.execute("UPDATE ledger SET finished = ? WHERE id = ?", (at.isoformat(timespec="microseconds"), row))


def moment(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "at", "now", "planned"),
    [
        # The same day, and the next one from the very minute on.
        ("UTC", "09:45", "2026-11-18 09:44:59", "2026-11-18 09:45"),
        ("UTC", "09:45", "2026-11-18 09:45:00", "2026-11-19 09:45"),
        # Midnight, which is another day in UTC.
        (SEOUL, "00:00", "2026-11-18 14:59:59", "2026-11-18 15:00"),
        (SEOUL, "00:00", "2026-11-18 15:00:00", "2026-11-19 15:00"),
        (SEOUL, "23:59", "2026-12-31 14:59:00", "2027-01-01 14:59"),
        # 02:30 is left out on 8 March 2026: then it is at 03:30 of the new time.
        (NEW_YORK, "02:30", "2026-03-07 12:00", "2026-03-08 07:30"),
        (NEW_YORK, "02:30", "2026-03-08 07:30", "2026-03-09 06:30"),
        # 01:30 comes twice on 1 November 2026: the first counts, once.
        (NEW_YORK, "01:30", "2026-10-31 12:00", "2026-11-01 05:30"),
        (NEW_YORK, "01:30", "2026-11-01 05:30", "2026-11-02 06:30"),
        # The time on the clock stays when the clocks change.
        (BERLIN, "06:45", "2026-03-28 12:00", "2026-03-29 04:45"),
        (BERLIN, "06:45", "2026-10-24 12:00", "2026-10-25 05:45"),
        # The zones farthest from UTC.
        ("Pacific/Kiritimati", "00:15", "2026-11-18 10:14", "2026-11-18 10:15"),
        ("Pacific/Pago_Pago", "23:45", "2026-11-18 10:44", "2026-11-18 10:45"),
    ],
)
def test_the_next_moment_is_the_first_one_after_now_on_the_clock_of_the_zone(
    zone: str, at: str, now: str, planned: str
) -> None:
    choice = Schedule(on=True, at=time.fromisoformat(at), zone=zone)
    assert next_run(choice, moment(now)) == moment(planned)


@pytest.mark.parametrize("zone", [SEOUL, NEW_YORK, BERLIN, "Australia/Lord_Howe", "Pacific/Apia"])
@pytest.mark.parametrize("at", [time(0, 0), time(2, 15), time(2, 30), time(23, 59)])
def test_every_day_of_a_year_has_one_moment(zone: str, at: time) -> None:
    choice = Schedule(on=True, at=at, zone=zone)
    now, days = datetime(2026, 1, 1, tzinfo=UTC), []
    while len(days) < 365:
        now = next_run(choice, now)
        assert last_run(choice, now) == now
        assert last_run(choice, now - timedelta(seconds=1)) < now
        days.append(now.astimezone(schedule.find_zone(zone)).date())
    assert all(after - before == timedelta(days=1) for before, after in zip(days, days[1:], strict=False))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        next_run(DAILY, datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("zone", "at"), [(NEW_YORK, time(0, 45)), (SEOUL, time(14, 45)), (BERLIN, time(6, 45)), ("UTC", time(5, 45))]
)
def test_the_time_that_is_suggested_is_after_midnight_in_new_york(zone: str, at: time) -> None:
    assert schedule.default_time(zone, year=2026) == at


@pytest.mark.parametrize("wrong", [{"zone": "Mars/Olympus"}, {"zone": ""}, {"sources": ("gopher",)}])
def test_a_choice_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Schedule(**({"on": True, "at": time(9), "zone": "UTC"} | wrong))  # type: ignore[arg-type]


def test_it_is_off_until_somebody_chooses_it(db: Database) -> None:
    assert not read_schedule(db, zone=SEOUL).on
    assert read_schedule(db, zone=SEOUL).at == time(14, 45)
    assert read_plan(db) is None
    assert not is_due(db, now=FIRST)


def test_a_choice_is_kept_with_its_plan(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    assert read_schedule(db) == DAILY
    plan = read_plan(db)
    assert plan is not None
    assert (plan.planned, plan.due) == (FIRST, FIRST)
    choose(db, Schedule(on=False, at=DAILY.at, zone="UTC"), now=FIRST)
    assert read_plan(db) is None


def test_another_time_makes_another_plan_and_other_sources_do_not(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    plan = choose(db, Schedule(on=True, at=DAILY.at, zone="UTC", sources=("rss",)), now=FIRST + MINUTE)
    assert plan is not None
    assert plan.due == FIRST
    plan = choose(db, Schedule(on=True, at=time(12), zone="UTC"), now=FIRST + MINUTE)
    assert plan is not None
    assert plan.due == FIRST.replace(hour=12, minute=0)


def test_a_good_one_plans_the_next_day(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    assert begin(db, now=FIRST - MINUTE) == []
    assert is_due(db, now=FIRST)
    assert begin(db, now=FIRST) == ["arxiv", "huggingface"]
    synced(db, FIRST + MINUTE, "arxiv", "complete")
    synced(db, FIRST + MINUTE, "huggingface", "quiet day")
    plan = end(db, now=FIRST + MINUTE)
    assert plan is not None
    assert (plan.due, plan.tries, plan.missing) == (FIRST + timedelta(days=1), 0, ())


@pytest.mark.parametrize("outcome", ["throttled", "unreachable", "broken", "partial", "stale"])
def test_a_failed_one_is_tried_again_for_what_failed_after_15_30_60_minutes(db: Database, outcome: str) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    begin(db, now=FIRST)
    synced(db, FIRST + MINUTE, "arxiv", outcome)
    synced(db, FIRST + MINUTE, "huggingface", "complete")
    now = FIRST
    for minutes in (15, 30, 60, 120, 240, 480):
        plan = end(db, now=now)
        assert plan is not None
        assert plan.due == now + minutes * MINUTE
        assert plan.missing == ("arxiv",)
        now = plan.due
        assert begin(db, now=now) == ["arxiv"]
    # The next would be after the next day's, which takes its place.
    plan = end(db, now=now)
    assert plan is not None
    assert (plan.planned, plan.due, plan.tries) == (FIRST + timedelta(days=1), FIRST + timedelta(days=1), 0)
    assert begin(db, now=plan.due) == ["arxiv", "huggingface"]


def test_a_cool_down_that_lasts_longer_is_waited_for(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    begin(db, now=FIRST)
    until = FIRST + 40 * MINUTE
    write_cooldown(db, Cooldown(provider="arxiv", until=until, why="Retry-After", times=1))
    plan = end(db, now=FIRST + MINUTE)
    assert plan is not None
    assert until < plan.due <= until + MINUTE


def test_one_that_a_person_has_brought_to_its_end_is_not_tried_again(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    begin(db, now=FIRST)
    plan = end(db, now=FIRST + MINUTE)
    assert plan is not None
    assert plan.tries == 1
    for source in DAILY.sources:
        synced(db, FIRST + 5 * MINUTE, source, "complete")
    told = upcoming(db, now=FIRST + 6 * MINUTE)
    assert told is not None
    assert (told.due, told.tries) == (FIRST + timedelta(days=1), 0)
    assert begin(db, now=plan.due) == []
    found = read_plan(db)
    assert found is not None
    assert found.due == FIRST + timedelta(days=1)


def test_what_was_good_before_the_planned_moment_or_about_other_days_does_not_count(db: Database) -> None:
    choose(db, DAILY, now=FIRST - timedelta(hours=1))
    synced(db, FIRST - MINUTE, "arxiv", "complete")
    synced(db, FIRST + MINUTE, "huggingface", "complete", until="2026-11-17")
    assert begin(db, now=FIRST + 2 * MINUTE) == ["arxiv", "huggingface"]


def test_several_that_were_missed_are_made_up_for_once(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    back = FIRST + timedelta(days=3, hours=5)
    assert begin(db, now=back) == ["arxiv", "huggingface"]
    for source in DAILY.sources:
        synced(db, back + MINUTE, source, "complete", until="2026-11-21")
    plan = end(db, now=back + MINUTE)
    assert plan is not None
    assert plan.due == FIRST + timedelta(days=4)
    assert not is_due(db, now=back + 2 * MINUTE)


def test_one_that_was_cut_off_is_due_again_after_a_restart(tmp_path: Path) -> None:
    db = open_catalog(tmp_path / "catalog.db")
    choose(db, DAILY, now=FIRST - MINUTE)
    begin(db, now=FIRST)
    db.close()
    db = open_catalog(tmp_path / "catalog.db")
    assert is_due(db, now=FIRST + MINUTE)
    assert begin(db, now=FIRST + MINUTE) == ["arxiv", "huggingface"]
    db.close()


def test_a_choice_made_while_a_try_is_under_way_holds(db: Database) -> None:
    choose(db, DAILY, now=FIRST - MINUTE)
    begin(db, now=FIRST)
    plan = choose(db, Schedule(on=True, at=time(20), zone="UTC"), now=FIRST + MINUTE)
    assert end(db, now=FIRST + 2 * MINUTE) == plan
    choose(db, Schedule(on=False, at=time(20), zone="UTC"), now=FIRST + 3 * MINUTE)
    assert end(db, now=FIRST + 4 * MINUTE) is None
