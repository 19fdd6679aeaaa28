"""Is a cool-down still known after a restart, and forgotten at the right time?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from db.connect import open_catalog
from db.cooldowns import Cooldown, clear_cooldown, read_cooldown, write_cooldown

NOON = datetime(2026, 8, 20, 12, tzinfo=UTC)


def test_a_cooldown_is_read_as_it_was_written_by_another_connection(db: Database, tmp_path: Path) -> None:
    written = Cooldown(provider="arxiv", until=NOON, why="Retry-After", times=2)
    write_cooldown(db, written)
    other = open_catalog(tmp_path / "catalog.db")
    assert read_cooldown(other, "arxiv") == written
    assert read_cooldown(other, "huggingface") is None
    other.close()


def test_the_newer_cooldown_takes_the_place_of_the_older(db: Database) -> None:
    for times in (1, 2):
        write_cooldown(db, Cooldown(provider="arxiv", until=NOON, why="a \ud800 surrogate", times=times))
    found = read_cooldown(db, "arxiv")
    assert found is not None and found.times == 2


def test_a_good_answer_ends_a_cooldown_that_is_over_and_no_other(db: Database) -> None:
    write_cooldown(db, Cooldown(provider="arxiv", until=NOON, why="Retry-After", times=1))
    clear_cooldown(db, "arxiv", now=NOON - timedelta(seconds=1))
    assert read_cooldown(db, "arxiv") is not None
    clear_cooldown(db, "huggingface", now=NOON)
    assert read_cooldown(db, "arxiv") is not None
    clear_cooldown(db, "arxiv", now=NOON)
    assert read_cooldown(db, "arxiv") is None
