"""Does the notebook keep what is written in it, in order, with its pins?"""

from datetime import UTC, date, datetime

import pytest
from sqlite_utils import Database

from db import notes
from db.notes import Pin


def test_an_entry_comes_back_as_written(db: Database) -> None:
    number = notes.add(db, title="오늘", body="*a* <b> $x$", pins=[Pin("run", "r1"), Pin("paper", "2401.00001")])
    note = notes.get(db, number)
    assert (note.title, note.body) == ("오늘", "*a* <b> $x$")
    assert note.pins == (Pin("run", "r1"), Pin("paper", "2401.00001"))
    assert note.pinned("paper") == ("2401.00001",)
    assert note.created == note.changed


def test_editing_changes_what_is_given(db: Database) -> None:
    number = notes.add(db, title="A", body="one", pins=[Pin("chart", "trend")])
    note = notes.edit(db, number, body="")
    assert (note.title, note.body, note.pins) == ("A", "", (Pin("chart", "trend"),))
    assert notes.edit(db, number, pins=[]).pins == ()
    assert note.changed >= note.created


def test_a_thing_is_pinned_once(db: Database) -> None:
    number = notes.add(db, title="A", pins=[Pin("run", "r1"), Pin("run", "r1")])
    assert notes.get(db, number).pins == (Pin("run", "r1"),)


def test_the_latest_entry_comes_first_and_days_narrow_the_list(db: Database) -> None:
    days = [datetime(2026, 8, day, 23, 59, 59, 999999, UTC) for day in (1, 2, 3)]
    first, second, third = (notes.add(db, title=f"{day:%d}", created=day) for day in days)
    assert [note.id for note in notes.list_notes(db)] == [third, second, first]
    found = notes.list_notes(db, since=date(2026, 8, 2), until=date(2026, 8, 2))
    assert [note.id for note in found] == [second]
    assert [note.id for note in notes.list_notes(db, limit=1, offset=1)] == [second]
    assert notes.count(db) == 3


def test_entries_are_found_by_what_is_pinned_to_them(db: Database) -> None:
    number = notes.add(db, title="A", pins=[Pin("run", "r1")])
    notes.add(db, title="B", pins=[Pin("chart", "r1")])
    assert [note.id for note in notes.pinning(db, "run", "r1")] == [number]


def test_a_deleted_entry_is_gone_and_its_number_is_not_given_again(db: Database) -> None:
    number = notes.add(db, title="A")
    assert notes.delete(db, number).title == "A"
    with pytest.raises(notes.UnknownNote, match=str(number)):
        notes.get(db, number)
    assert notes.add(db, title="B") != number
