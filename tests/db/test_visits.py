"""Is it known when the person was here last?"""

from datetime import UTC, datetime, timedelta

from sqlite_utils import Database

from db.visits import last, note

MORNING = datetime(2026, 8, 3, 8, tzinfo=UTC)


def test_the_first_visit_has_none_before_it(db: Database) -> None:
    assert note(db, MORNING) is None
    assert last(db) is None


def test_a_visit_goes_on_while_somebody_is_here(db: Database) -> None:
    for minutes in range(0, 120, 20):
        assert note(db, MORNING + timedelta(minutes=minutes)) is None


def test_the_next_visit_knows_the_end_of_the_one_before(db: Database) -> None:
    note(db, MORNING)
    end = MORNING + timedelta(minutes=20)
    note(db, end)
    tomorrow = MORNING + timedelta(days=1)
    assert note(db, tomorrow) == end
    assert note(db, tomorrow + timedelta(minutes=10)) == end
    assert last(db) == end
