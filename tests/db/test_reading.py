"""Are marks kept, and can each step be taken back?"""

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db.papers import get, upsert
from db.reading import Reading, reading_of, set_state, toggle_star, undo
from db.rows import UnknownPaper

NOW = datetime(2026, 8, 3, tzinfo=UTC)
ID = "2401.00001"


@pytest.fixture(autouse=True)
def _a_paper(db: Database) -> None:
    upsert(db, [Paper(id=ID, title="T")], source="arxiv", day=NOW.date(), seen_at=NOW)


def test_a_paper_is_unread_at_first(db: Database) -> None:
    assert reading_of(db, ID) == Reading(state=None, star=False)


def test_state_and_star_do_not_disturb_each_other(db: Database) -> None:
    set_state(db, ID, "saved")
    toggle_star(db, ID)
    set_state(db, ID, "read")
    stored = get(db, ID)
    assert stored is not None and (stored.state, stored.star) == ("read", True)
    toggle_star(db, ID)
    assert reading_of(db, ID) == Reading(state="read", star=False)


def test_each_step_can_be_taken_back_and_done_again(db: Database) -> None:
    set_state(db, ID, "saved")
    change = set_state(db, ID, "skip")
    back = undo(db, change)
    assert reading_of(db, ID).state == "saved"
    undo(db, back)
    assert reading_of(db, ID).state == "skip"


def test_a_paper_can_become_unread_again(db: Database) -> None:
    set_state(db, ID, "read")
    set_state(db, ID, None)
    assert reading_of(db, ID) == Reading()


def test_what_does_not_exist_is_named(db: Database) -> None:
    with pytest.raises(UnknownPaper, match=r"2401\.99999"):
        set_state(db, "2401.99999", "read")
    with pytest.raises(ValueError, match="'later' does not exist"):
        set_state(db, ID, "later")  # type: ignore[arg-type]
