"""Does a ledger row tell what came, what was refused and where it goes on?"""

from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from core.papers.source import Problem
from db import ledger
from db.records import Counts


def begin(db: Database, source: str = "arxiv", **fields: Any) -> int:
    return ledger.open_row(db, source=source, owner="1-x", **({"window": "2026-08-01..2026-08-02"} | fields))


def page(db: Database, row: int, **fields: Any) -> None:
    values: dict[str, Any] = {"expected": 30, "received": 10, "counts": Counts(new=7, changed=1, duplicate=1)}
    values |= {"problems": [Problem("2401.1", "no title")], "requests": 2, "waited": 0.25, "resume": {"start": 10}}
    ledger.advance(db, row, **(values | fields))


def test_pages_add_up(db: Database) -> None:
    row = begin(db)
    page(db, row)
    page(db, row, expected=None, resume={"start": 20})
    found = ledger.close(db, row, "throttled", error="slow down", requests=3, waited=1.5)
    assert found.finished is not None and found.finished >= found.started
    assert found.as_dict() == {
        "source": "arxiv",
        "window": "2026-08-01..2026-08-02",
        "outcome": "throttled",
        "expected": 30,
        "received": 20,
        "new": 14,
        "changed": 2,
        "duplicate": 2,
        "refused": 2,
        "requests": 7,
        "waited": 2.0,
        "resume": {"start": 20},
        "error": "slow down",
        "started": found.started.isoformat(),
        "finished": found.finished.isoformat(),
        "reasons": [{"where": "2401.1", "why": "no title"}] * 2,
    }


def test_a_good_end_leaves_nothing_to_resume(db: Database) -> None:
    row = begin(db)
    page(db, row)
    assert ledger.close(db, row, "complete").resume is None


def test_a_row_that_goes_on_takes_over_checkpoint_and_count(db: Database) -> None:
    row = begin(db)
    page(db, row)
    before = ledger.close(db, row, "unreachable", error="reset")
    after = ledger.get_row(db, begin(db, continues=before))
    assert (after.resume, after.received, after.expected, after.new) == ({"start": 10}, 10, 30, 0)
    assert after.continues == before.id
    ledger.spend(db, after.id, requests=1, waited=0.5)
    ledger.restart(db, after.id)
    again = ledger.get_row(db, after.id)
    assert (again.resume, again.received, again.expected) == (None, 0, None)
    assert (again.requests, again.waited) == (1, 0.5)


def test_only_a_files_row_names_a_file(db: Database) -> None:
    row = ledger.get_row(db, begin(db, source="jsonl", window=None, file="a.jsonl"))
    assert row.as_dict()["file"] == "a.jsonl"


def test_reasons_are_kept_up_to_a_number_and_refusals_all_counted(db: Database) -> None:
    row = begin(db)
    page(db, row, problems=[Problem(f"\ud800{number}", "why\0") for number in range(300)])
    found = ledger.get_row(db, row)
    assert found.refused == 300
    assert 0 < len(found.reasons) < 100


def test_the_latest_and_the_last_good_row_of_each_source(db: Database) -> None:
    good = ledger.close(db, begin(db), "complete")
    bad = ledger.close(db, begin(db), "broken", error="html")
    quiet = ledger.close(db, begin(db, source="huggingface"), "quiet day")
    ledger.close(db, begin(db, source="jsonl", window=None, file="a.jsonl"), "complete")
    assert ledger.latest(db) == {"arxiv": bad, "huggingface": quiet}
    assert ledger.last_good(db) == {"arxiv": good, "huggingface": quiet}
    assert [row.id for row in ledger.newest(db, limit=2)] == [4, 3]
    assert [row.id for row in ledger.newest(db, source="arxiv")] == [bad.id, good.id]


def test_a_window_is_known_by_its_source_days_and_categories(db: Database) -> None:
    row = begin(db, categories="cs.CL")
    window = "2026-08-01..2026-08-02"
    found = ledger.last_of_window(db, source="arxiv", window=window, categories="cs.CL")
    assert found is not None and found.id == row
    assert ledger.last_of_window(db, source="arxiv", window=window, categories="cs.LG") is None


def test_the_last_row_of_a_source_is_found_whatever_its_window(db: Database) -> None:
    begin(db, categories="cs.CL")
    last = begin(db, categories="cs.CL", window="2026-08-03..2026-08-04")
    begin(db, categories="cs.LG")
    begin(db, categories="cs.CL", window=None, file="a.xml")
    found = ledger.last_of_source(db, source="arxiv", categories="cs.CL")
    assert found is not None and found.id == last
    assert ledger.last_of_source(db, source="oai", categories="cs.CL") is None


def test_a_good_row_counts_from_the_moment_at_which_it_was_closed(db: Database) -> None:
    row = ledger.close(db, begin(db, categories="cs.CL"), "complete")
    assert row.finished is not None
    asked: dict[str, Any] = {"source": "arxiv", "window": "2026-08-01..2026-08-02", "categories": "cs.CL"}
    found = ledger.good_since(db, **asked, moment=row.finished)
    assert found is not None and found.id == row.id
    assert ledger.good_since(db, **asked, moment=row.finished + timedelta(seconds=1)) is None
    assert ledger.good_since(db, **(asked | {"categories": "cs.LG"}), moment=row.started) is None
    ledger.close(db, row.id, "stale", error="16 of 239")
    assert ledger.good_since(db, **asked, moment=row.started) is None


def test_good_windows_come_oldest_first_and_bad_ones_not_at_all(db: Database) -> None:
    for outcome, window in (("complete", "a..b"), ("throttled", "c..d"), ("quiet day", "e..f")):
        ledger.close(db, begin(db, categories="cs.CL", window=window), outcome)
    found = ledger.good_windows(db, source="arxiv", categories="cs.CL")
    assert [window for window, _ in found] == ["a..b", "e..f"]
    assert all(started.tzinfo is not None for _, started in found)


def test_syncs_without_outcome_are_found_and_files_are_not_among_them(db: Database) -> None:
    row = begin(db)
    ledger.close(db, begin(db), "complete")
    begin(db, source="jsonl", window=None, file="a.jsonl")
    assert [item.id for item in ledger.open_syncs(db)] == [row]
    assert ledger.open_syncs(db, source="oai") == []


def test_an_unknown_row_is_named(db: Database) -> None:
    with pytest.raises(LookupError, match="7"):
        ledger.get_row(db, 7)
