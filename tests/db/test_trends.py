"""Are the counts right after whatever was written?"""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from core.papers.trends import Period
from db.connect import open_catalog, transaction
from db.keys import DAY
from db.series import Compared, PeriodCount, compare, compare_totals, counts, totals, values_of
from db.tags import correct
from db.trends import mark, recount, settle
from tests.db.dated_papers import add, fill


@pytest.fixture(autouse=True)
def _papers(db: Database) -> None:
    fill(db)


def count(start: date, value: str, n: int) -> PeriodCount:
    return PeriodCount(start=start, value=value, n=n)


JANUARY = {"since": date(2024, 1, 1), "until": date(2024, 1, 31)}


def january(db: Database) -> dict[str, int]:
    return {item.value: item.n for item in counts(db, "stage", by="month", **JANUARY)}


def test_who_reads_leaves_nothing_to_count_again(db: Database) -> None:
    assert db["trend_days"].count > 0
    january(db)
    assert db["trend_days"].count == 0
    assert january(db) == {"ask": 3, "build": 2}


def test_a_correction_is_counted_at_the_next_reading(db: Database) -> None:
    january(db)
    correct(db, "2401.00001", "stage", ["adapt", "align"])
    assert january(db) == {"adapt": 1, "align": 1, "ask": 3, "build": 1}
    correct(db, "2401.00002", "stage", [])
    assert january(db) == {"adapt": 1, "align": 1, "ask": 2}
    assert values_of(db, "stage") == ["adapt", "align", "ask"]


def test_a_paper_whose_first_day_becomes_known_is_counted_there(db: Database) -> None:
    weeks = {"by": "week", "since": date(2024, 1, 22), "until": date(2024, 1, 28)}
    assert (counts(db, "stage", **weeks), january(db)) == ([], {"ask": 3, "build": 2})
    add(db, 5, datetime(2024, 1, 25, tzinfo=UTC), "ask")
    assert counts(db, "stage", **weeks) == [count(date(2024, 1, 22), "ask", 1)]
    assert totals(db, **weeks) == {date(2024, 1, 22): 1}
    assert january(db) == {"ask": 3, "build": 2}


def test_papers_that_are_gone_are_not_counted(db: Database) -> None:
    january(db)
    (key,) = db.execute("SELECT key FROM papers WHERE id = '2401.00002'").fetchone()
    db.execute("DELETE FROM papers WHERE key = ?", (key,))
    mark(db, [key])
    assert january(db) == {"ask": 2, "build": 1}
    assert compare_totals(db, Period(date(2024, 1, 1), date(2024, 1, 31)))[0] == 4


def test_very_many_days_are_counted_as_few_are(db: Database) -> None:
    few = (january(db), totals(db, by="day", **JANUARY))
    first = date(2023, 1, 1)
    mark(db, [int(f"{first + timedelta(days=number):%Y%m%d}") * DAY for number in range(700)])
    assert (january(db), totals(db, by="day", **JANUARY)) == few
    assert db["trend_days"].count == 0


def test_a_reader_neither_fails_nor_waits_while_another_process_writes(db: Database, tmp_path: Path) -> None:
    january(db)
    writer, before = open_catalog(tmp_path / "catalog.db"), db["trend_counts"].count
    correct(writer, "2401.00001", "stage", ["adapt"])
    correct(writer, "2401.00002", "stage", ["adapt"])
    with transaction(writer):
        writer.execute("INSERT INTO settings VALUES ('a', '1')")
        begun = time.monotonic()
        assert january(db) == {"adapt": 2, "ask": 2}
        assert values_of(db, "stage") == ["adapt", "ask"]
        assert totals(db, by="month", **JANUARY) == {date(2024, 1, 1): 5}
        assert compare(db, "stage", Period(date(2024, 1, 1), date(2024, 1, 1))) == [
            Compared(value="adapt", now=1, before=0),
            Compared(value="ask", now=1, before=0),  # the one of which only the month is known
        ]
        assert time.monotonic() - begun < 5
        assert (db["trend_days"].count, db["trend_counts"].count) == (2, before)
    assert db.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000
    assert january(db) == {"adapt": 2, "ask": 2}
    assert db["trend_days"].count == 0


def test_what_a_transaction_takes_back_is_not_counted(db: Database) -> None:
    january(db)
    with pytest.raises(ZeroDivisionError), transaction(db):
        correct(db, "2401.00001", "stage", ["adapt"])
        assert january(db)["adapt"] == 1
        raise ZeroDivisionError
    assert january(db) == {"ask": 3, "build": 2}


def test_a_recount_says_how_many_counts_were_wrong(db: Database) -> None:
    assert recount(db) == 0
    db.execute("UPDATE trend_counts SET n = n + 5 WHERE kind = 'stage' AND value = 'ask' AND day = 20240108")
    db.execute("DELETE FROM trend_counts WHERE kind = '' AND day = 20240201")
    db.execute("INSERT INTO trend_counts VALUES ('stage', 'align', 20200101, 3)")
    assert recount(db) == 3
    assert values_of(db, "stage") == ["ask", "build"]
    assert (january(db), recount(db), settle(db)) == ({"ask": 3, "build": 2}, 0, frozenset())
