"""Does the notebook keep what is written in it, in order, with its pins?"""

from datetime import UTC, date, datetime

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import notes, runs
from db.notes import Pin
from db.papers import upsert
from tests.run_rows import run_row


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


def test_words_are_found_in_an_entry_and_in_what_is_pinned_to_it(db: Database) -> None:
    paper = Paper(id="2401.00001", title="LoRA: Low-Rank Adaptation", submitted=datetime(2024, 1, 2, tzinfo=UTC))
    upsert(db, [paper], source="arxiv", day=date(2024, 1, 2), seen_at=datetime(2024, 1, 2, tzinfo=UTC))
    one = notes.add(db, title="망각에 대해", body="100 % of_it", pins=[Pin("chart", "run:r1#loss")])
    other = notes.add(db, title="B", body="Rank matters", pins=[Pin("paper", "2401.00001")])

    def found(words: str) -> list[int]:
        listed = [note.id for note in notes.list_notes(db, words=words)]
        assert notes.count(db, words=words) == len(listed)
        return listed

    assert found("망각") == [one]
    assert found("low-rank ADAPTATION matters") == [other]
    assert found("%") == [one] and found("_") == [one] and found("#loss") == [one]
    assert found("") == found("  ") == [other, one]
    assert found("rank nothing") == found("' OR 1 --") == found('"') == []
    assert found("\0\ud800" + "a " * 500) in ([], [one], [other])


def test_a_run_is_found_by_its_experiment(db: Database) -> None:
    run = run_row("r1", "attention-maps")
    runs.insert(db, run)
    number = notes.add(db, title="A", pins=[Pin("run", "r1")])
    assert [note.id for note in notes.list_notes(db, words="attention")] == [number]


def test_pins_of_a_day_come_together_in_one_entry(db: Database) -> None:
    before, first = notes.pin(db, Pin("run", "r1"), title="2026-08-01")
    assert before is None and first.title == "2026-08-01"
    before, second = notes.pin(db, Pin("chart", "c"), title="2026-08-01")
    assert before == first and second.pins == (Pin("run", "r1"), Pin("chart", "c"))
    again, same = notes.pin(db, Pin("run", "r1"), title="2026-08-01")
    assert again == same == second
    assert notes.count(db) == 1
    notes.pin(db, Pin("run", "r1"), title="2026-08-02")
    assert notes.count(db) == 2


def test_a_pin_is_taken_back_and_what_was_written_since_stays(db: Database) -> None:
    what = Pin("paper", "2401.00001")
    number = notes.add(db, title="2026-08-03", body="morning", pins=[Pin("run", "r1")])
    was = notes.get(db, number)
    before, after = notes.pin(db, what, title="2026-08-03")
    notes.unpin(db, what, before=before, after=after)
    assert notes.get(db, number) == was
    before, after = notes.pin(db, what, title="2026-08-03")
    notes.edit(db, number, title="Monday", body="morning and evening", pins=[*after.pins, Pin("chart", "c")])
    notes.unpin(db, what, before=before, after=after)
    now = notes.get(db, number)
    assert (now.title, now.body, now.pins) == ("Monday", "morning and evening", (Pin("run", "r1"), Pin("chart", "c")))


def test_an_entry_that_a_pin_made_goes_with_it_only_where_nothing_was_written(db: Database) -> None:
    what = Pin("run", "r1")
    for written, left in ((None, 0), ("words", 1)):
        before, after = notes.pin(db, what, title="2026-08-03")
        if written:
            notes.edit(db, after.id, body=written)
        notes.unpin(db, what, before=before, after=after)
        assert notes.count(db) == left
    assert notes.list_notes(db)[0].pins == ()
    notes.delete(db, notes.list_notes(db)[0].id)
    with pytest.raises(notes.UnknownNote):
        notes.unpin(db, what, before=before, after=after)


def test_an_entry_is_put_back_as_it_was_after_a_change_and_after_its_end(db: Database) -> None:
    number = notes.add(db, title="A", body="one", pins=[Pin("run", "r1")])
    was = notes.get(db, number)
    notes.edit(db, number, title="B", body="two", pins=[])
    notes.restore(db, was)
    assert notes.get(db, number) == was
    notes.restore(db, notes.delete(db, number))
    assert notes.get(db, number) == was
    assert notes.pinning(db, "run", "r1") == [was]


def test_a_pin_with_signs_of_json_is_found(db: Database) -> None:
    number = notes.add(db, title="A", pins=[Pin("chart", 'trend:"topic"\\한')])
    assert [note.id for note in notes.pinning(db, "chart", 'trend:"topic"\\한')] == [number]
