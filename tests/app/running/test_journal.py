"""The journal of a run: whole lines only, whoever reads while it is written and however its writer ended."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from app.running.journal import Cancelled, Journal, conclude, events, final_status
from core.events import Progress, Status


def journal(folder: Path, out: io.StringIO | None = None) -> Journal:
    return Journal(folder, "r1", started=time.monotonic(), out=out or io.StringIO())


def states(folder: Path) -> list[tuple[str, str]]:
    return [(event.state, event.message) for event, _ in events(folder) if isinstance(event, Status)]


def test_a_run_that_has_not_begun_has_no_events(tmp_path: Path) -> None:
    assert events(tmp_path) == []


def test_a_reader_gets_what_came_since_the_line_it_knows(tmp_path: Path) -> None:
    with journal(tmp_path) as writer:
        writer.emit(Progress(done=0.1))
        first = events(tmp_path)
        writer.emit(Progress(done=0.2), unit="u1")
        writer.emit(Progress(done=0.3))
        since = events(tmp_path, first[-1][1]["line"])
    assert [event for event, _ in since] == [Progress(done=0.2), Progress(done=0.3)]
    assert [(head["unit"], head["line"]) for _, head in since] == [("u1", 2), (None, 3)]
    assert events(tmp_path, 3) == []


def test_a_line_that_is_still_being_written_is_left_for_the_next_look(tmp_path: Path) -> None:
    with journal(tmp_path) as writer:
        writer.emit(Progress(done=0.1))
    path = tmp_path / "events.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert len(events(tmp_path)) == 1
    path.write_bytes(whole + whole)
    assert len(events(tmp_path, 1)) == 1


def test_a_damaged_line_hides_no_other(tmp_path: Path) -> None:
    with journal(tmp_path) as writer:
        writer.emit(Progress(done=0.1))
        writer.write("{half")
        writer.write("\udcff".encode("utf-8", "replace").decode())
        writer.emit(Progress(done=0.2))
    assert [head["line"] for _, head in events(tmp_path)] == [1, 4]


def test_an_error_in_the_block_is_the_last_word_and_goes_on(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="bad luck"), journal(tmp_path) as writer:
        writer.emit(Progress(done=0.1))
        raise ValueError("bad luck\nwith details")
    assert states(tmp_path) == [("failed", "ValueError: bad luck")]


def test_a_cancellation_inside_a_line_waits_for_its_end(tmp_path: Path) -> None:
    class Interrupting(io.StringIO):
        def write(self, text: str) -> int:
            writer.cancel()
            return super().write(text)

    out = Interrupting()
    writer = journal(tmp_path, out)
    with pytest.raises(Cancelled), writer:
        writer.emit(Progress(done=0.1))
    assert [event.type for event, _ in events(tmp_path)] == ["progress", "status"]
    assert states(tmp_path) == [("cancelled", "cancelled")]


def test_a_reader_of_stdout_that_goes_away_stops_nothing(tmp_path: Path) -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with journal(tmp_path, Closed()) as writer:
        writer.emit(Progress(done=0.1))
        writer.emit(Progress(done=0.2))
    assert len(events(tmp_path)) == 2


def test_the_end_can_be_written_for_a_writer_that_died_in_the_middle_of_a_line(tmp_path: Path) -> None:
    with journal(tmp_path) as writer:
        writer.emit(Progress(done=0.1))
    with (tmp_path / "events.jsonl").open("ab") as stream:
        stream.write(b'{"v": 1, "type": "progr')
    assert final_status(events(tmp_path)) is None
    conclude(tmp_path, "r1", Status(state="failed", message="gone"))
    assert [event.type for event, _ in events(tmp_path)] == ["progress", "status"]
    assert final_status(events(tmp_path)) == Status(state="failed", message="gone")


def test_the_end_of_a_unit_is_not_the_end_of_the_run(tmp_path: Path) -> None:
    with journal(tmp_path) as writer:
        writer.emit(Status(state="failed", message="u1 failed"), unit="u1")
    assert final_status(events(tmp_path)) is None
