"""Does a sync keep what it got, say what it did not get, and go on where it stopped?"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app import ingest
from core.papers.paper import Paper
from core.papers.source import (
    Broken,
    Checkpoint,
    Page,
    Problem,
    SourceError,
    Stale,
    Throttled,
    Unreachable,
    Window,
)
from core.papers.tags import Tag, Tagging
from db import ledger
from db.connect import open_catalog
from db.papers import count, get
from db.records import Filters

ROOT = Path(__file__).resolve().parents[2]
WINDOW = Window(since=date(2026, 8, 1), until=date(2026, 8, 2), categories=("cs.CL", "cs.LG"))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    catalog = open_catalog(tmp_path / "catalog.db")
    yield catalog
    catalog.close()


def ask_tagger(papers: Sequence[Paper]) -> list[Tagging]:
    """Files under "ask" what has a question mark in its title."""
    asked = (Tag(kind="stage", value="ask", confidence=0.9),)
    return [Tagging(tags=asked if "?" in paper.title else (), confidence={"ask": 0.9}) for paper in papers]


def some_papers(first: int, last: int) -> tuple[Paper, ...]:
    day = datetime(2026, 8, 1, tzinfo=UTC)
    return tuple(
        Paper(id=f"2608.{number:05d}", title=f"Paper {number}?", version=1, submitted=day)
        for number in range(first, last + 1)
    )


class Server:
    """A source of ten papers a page that fails before a page when told to, and remembers where it was to begin."""

    def __init__(self, total: int = 25, fails: dict[int, SourceError] | None = None, said: int | None = None) -> None:
        self.total, self.fails, self.said = total, fails or {}, total if said is None else said
        self.asked: list[Checkpoint | None] = []

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        self.asked.append(checkpoint)
        start = checkpoint["start"] if checkpoint else 0
        while True:
            if start in self.fails:
                raise self.fails.pop(start)
            end = min(start + 10, self.total)
            papers = some_papers(start + 1, end)
            resume = {"start": end} if end < self.total else None
            yield Page(papers=papers, said=self.said, received=len(papers), checkpoint=resume)
            if resume is None:
                return
            start = end


def sync(db: Database, server: Any, **options: Any) -> ledger.LedgerRow:
    return ingest.sync(db, server, "arxiv", WINDOW, tagger=ask_tagger, **options)


def test_a_sync_stores_and_tags_all_papers_and_says_so(db: Database) -> None:
    row = sync(db, Server())
    assert row.as_dict() == {
        "source": "arxiv",
        "window": "2026-08-01..2026-08-02",
        "outcome": "complete",
        "expected": 25,
        "received": 25,
        "new": 25,
        "changed": 0,
        "duplicate": 0,
        "refused": 0,
        "requests": 3,
        "resume": None,
        "error": None,
        "reasons": [],
    }
    assert count(db, Filters(stage="ask", source="arxiv")) == 25
    again = sync(db, Server())
    assert (again.outcome, again.new, again.duplicate) == ("complete", 0, 25)


def test_each_page_is_reported_as_it_is_stored(db: Database) -> None:
    seen: list[tuple[int, int, Any]] = []
    sync(db, Server(), on_page=lambda row: seen.append((row.received, count(db, Filters()), row.outcome)))
    assert seen == [(10, 10, None), (20, 20, None), (25, 25, None)]


def test_no_papers_where_the_server_said_none_is_a_quiet_day(db: Database) -> None:
    assert sync(db, Server(total=0)).outcome == "quiet day"


def test_no_papers_where_the_server_said_many_is_partial(db: Database) -> None:
    row = sync(db, Server(total=0, said=5000))
    assert (row.outcome, row.expected, row.received) == ("partial", 5000, 0)
    assert row.error is not None and "0 of 5000" in row.error


def test_fewer_papers_than_said_are_partial_and_kept(db: Database) -> None:
    row = sync(db, Server(total=25, said=40))
    assert (row.outcome, row.new) == ("partial", 25)
    assert count(db, Filters()) == 25


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Throttled("429: wait", requests=4), "throttled"),
        (Stale("yesterday's feed", requests=4), "stale"),
        (Broken("an error\nentry", requests=4), "broken"),
        (Unreachable("connection reset", requests=4), "unreachable"),
    ],
)
def test_a_failure_after_some_pages_keeps_them_and_the_next_sync_goes_on(
    db: Database, error: SourceError, outcome: str
) -> None:
    server = Server(fails={20: error})
    row = sync(db, server)
    assert (row.outcome, row.received, row.new, row.requests) == (outcome, 20, 20, 6)
    assert row.resume == {"start": 20}
    assert row.error == " ".join(str(error).split())
    assert count(db, Filters()) == 20
    row = sync(db, server)
    assert server.asked == [None, {"start": 20}]
    assert (row.outcome, row.expected, row.received, row.new, row.duplicate) == ("complete", 25, 25, 5, 0)
    sync(db, server)
    assert server.asked[-1] is None


def test_a_failure_before_the_first_page_leaves_an_empty_row(db: Database) -> None:
    row = sync(db, Server(fails={0: Throttled("Rate exceeded.")}))
    assert (row.outcome, row.received, row.resume, row.expected) == ("throttled", 0, None, None)


def test_a_second_failure_at_the_same_place_forgets_nothing(db: Database) -> None:
    server = Server(fails={10: Unreachable("reset")})
    sync(db, server)
    server.fails[10] = Unreachable("reset again")
    row = sync(db, server)
    assert (row.outcome, row.resume, row.received) == ("unreachable", {"start": 10}, 10)
    assert sync(db, server).outcome == "complete"


def test_a_checkpoint_that_no_longer_holds_makes_the_sync_begin_again(db: Database) -> None:
    server = Server(fails={10: Unreachable("reset")})
    sync(db, server)
    server.fails[10] = Broken("badResumptionToken")
    row = sync(db, server)
    assert server.asked == [None, {"start": 10}, None]
    assert (row.outcome, row.received, row.new, row.duplicate) == ("complete", 25, 15, 10)


def test_another_window_begins_at_its_own_beginning(db: Database) -> None:
    server = Server(fails={10: Unreachable("reset")})
    sync(db, server)
    other = replace(WINDOW, categories=("cs.AI",))
    ingest.sync(db, server, "arxiv", other, tagger=ask_tagger)
    assert server.asked == [None, None]


def test_refused_records_are_counted_with_their_reasons(db: Database) -> None:
    good, bad, nameless = some_papers(1, 1)[0], Paper(id="no-id", title="T"), Paper(id="2608.00009", title=" ")
    page = Page(papers=(good, bad, nameless), said=4, received=4, problems=(Problem("entry 4", "no title"),))

    class Odd:
        def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
            yield page

    row = sync(db, Odd())
    assert (row.outcome, row.received, row.new, row.refused) == ("complete", 4, 1, 3)
    assert [item.where for item in row.reasons] == ["entry 4", "no-id", "2608.00009"]


def test_a_fault_in_the_tagger_loses_its_page_alone_and_closes_the_row(db: Database) -> None:
    def failing(papers: Sequence[Paper]) -> list[Tagging]:
        if any(paper.id == "2608.00011" for paper in papers):
            raise ZeroDivisionError
        return ask_tagger(papers)

    with pytest.raises(ZeroDivisionError):
        ingest.sync(db, Server(), "arxiv", WINDOW, tagger=failing)
    assert count(db, Filters()) == 10
    row = ledger.latest(db)["arxiv"]
    assert (row.outcome, row.resume, row.new) == ("partial", {"start": 10}, 10)


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_ingest import Server, WINDOW, ask_tagger
from app import ingest
from db.connect import open_catalog
def die(row):
    if row.received == 20:
        os.kill(os.getpid(), signal.SIGKILL)
ingest.sync(open_catalog(Path(sys.argv[1])), Server(), "arxiv", WINDOW, tagger=ask_tagger, on_page=die)
"""


def test_a_killed_sync_loses_nothing_and_repeats_nothing(tmp_path: Path, db: Database) -> None:
    code = KILLED.format(folder=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "catalog.db")], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert ledger.latest(db)["arxiv"].outcome is None
    server = Server()
    row = sync(db, server)
    assert server.asked == [{"start": 20}]
    assert (row.outcome, row.received, row.new, row.duplicate) == ("complete", 25, 5, 0)
    rows = ledger.newest(db)
    assert [item.outcome for item in rows] == ["complete", "partial"]
    assert rows[1].error is not None and "process ended" in rows[1].error


def test_a_sync_that_still_runs_elsewhere_is_not_taken_over(db: Database) -> None:
    row = ledger.open_row(
        db, source="arxiv", owner=f"{os.getppid()}-other", window=str(WINDOW), categories="cs.CL,cs.LG"
    )
    server = Server()
    assert sync(db, server).outcome == "complete"
    assert server.asked == [None]
    assert ledger.get_row(db, row).outcome is None


def test_a_curated_source_files_its_papers_itself(db: Database) -> None:
    paper = replace(some_papers(1, 1)[0], stages=("build", "adapt"), topics=("attention",), applications=())

    class Curated:
        def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
            yield Page(papers=(paper,), said=1, received=1)

    ingest.sync(db, Curated(), "starter", WINDOW, tagger=ask_tagger)
    stored = get(db, paper.id)
    assert stored is not None
    assert stored.values("stage") == ("build", "adapt")
    assert {tag.origin for tag in stored.tags} == {"curated"}
    sync(db, Server(total=1))
    stored = get(db, paper.id)
    assert stored is not None and stored.values("stage") == ("build", "adapt")


def test_sources_are_chosen_by_name_or_by_default() -> None:
    chosen = ingest.choose_sources(None)
    assert chosen and all(source.about.default for source in chosen)
    assert [source.id for source in ingest.choose_sources(["starter", "starter"])] == ["starter"]
    with pytest.raises(ingest.UnknownSource, match=r"'nowhere'.*starter"):
        ingest.choose_sources(["nowhere"])


# --- files ------------------------------------------------------------------------------------------------------------


def write_jsonl(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"2608.{number:05d}", "title": f"Paper {number}?", "abstract": "Of language models."} | fields


def outcomes(rows: list[ledger.LedgerRow]) -> dict[str, Any]:
    return {Path(row.file or "").name: row.outcome for row in rows}


def test_files_are_imported_once(db: Database, tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "papers.jsonl", record(1), record(2))
    (row,) = ingest.import_files(db, [path], "auto", ask_tagger)
    assert (row.as_dict()["file"], row.source, row.outcome, row.new) == (str(path), "jsonl", "complete", 2)
    assert count(db, Filters(stage="ask", source="jsonl")) == 2
    (row,) = ingest.import_files(db, [path], "jsonl", ask_tagger)
    assert (row.outcome, row.new, row.duplicate) == ("complete", 0, 2)


def test_bad_files_do_not_stop_the_others(db: Database, tmp_path: Path) -> None:
    good = write_jsonl(tmp_path / "good.jsonl", record(1))
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 50)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    bad = write_jsonl(tmp_path / "bad.jsonl", record(1, id="nonsense"), record(2, title=None))
    rows = ingest.import_files(db, [tmp_path / "missing.jsonl", picture, empty, bad, good], "auto", ask_tagger)
    assert outcomes(rows) == {
        "missing.jsonl": "broken",
        "picture.png": "broken",
        "empty.jsonl": "refused",
        "bad.jsonl": "refused",
        "good.jsonl": "complete",
    }
    assert all(row.error and "\n" not in row.error for row in rows[:-1])
    assert "No such file" in str(rows[0].error)


def test_a_folder_gives_its_files_and_passes_over_strangers(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    (folder / "deep").mkdir(parents=True)
    write_jsonl(folder / "deep" / "a.jsonl", record(1))
    (folder / "README.md").write_text("What these files are.")
    (folder / ".hidden").write_text("x")
    rows = ingest.import_files(db, [folder], "auto", ask_tagger)
    assert outcomes(rows) == {"README.md": "refused", "a.jsonl": "complete"}


def test_an_empty_folder_is_named(db: Database, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    (row,) = ingest.import_files(db, [tmp_path / "nothing"], "auto", ask_tagger)
    assert (row.outcome, row.error) == ("refused", "a folder without files")


def test_an_unknown_format_is_an_error_before_anything_is_read(db: Database, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'docx'"):
        ingest.import_files(db, [tmp_path], "docx", ask_tagger)
    assert ledger.newest(db) == []


def test_a_file_cut_off_in_the_middle_keeps_what_came_before(db: Database, tmp_path: Path) -> None:
    lines = "".join(json.dumps(record(number)) + "\n" for number in range(1, 601))
    path = tmp_path / "cut.jsonl"
    path.write_text(lines + '{"id": "2608.01', encoding="utf-8")
    (row,) = ingest.import_files(db, [path], "auto", ask_tagger)
    assert row.new >= 500
    assert row.refused or row.outcome == "broken"


# --- the starter catalog ----------------------------------------------------------------------------------------------


def starter_line(number: int, **fields: Any) -> dict[str, Any]:
    said = {"authors": ["Ada"], "submitted": "2026-08-01", "categories": ["cs.CL"], "stages": ["build"], "topics": []}
    sentences = {"en": ["One.", "Two.", "Three."], "ko": ["하나.", "둘.", "셋."]}
    return record(number) | said | {"applications": []} | sentences | fields


def test_the_starter_catalog_is_loaded_once_and_again_when_it_has_changed(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "starter"
    folder.mkdir()
    write_jsonl(folder / "build.jsonl", starter_line(1))
    row = ingest.load_starter(db, folder=folder)
    assert row is not None and (row.source, row.outcome, row.new) == ("starter", "complete", 1)
    assert ingest.load_starter(db, folder=folder) is None
    write_jsonl(folder / "build.jsonl", starter_line(1), starter_line(2))
    row = ingest.load_starter(db, folder=folder)
    assert row is not None and (row.new, row.duplicate) == (1, 1)
    stored = get(db, "2608.00001")
    assert stored is not None and stored.paper.summary == {"en": "One. Two. Three.", "ko": "하나. 둘. 셋."}
    assert stored.values("stage") == ("build",)


def test_a_missing_starter_catalog_is_broken_and_asked_for_again(db: Database, tmp_path: Path) -> None:
    for _ in range(2):
        row = ingest.load_starter(db, folder=tmp_path)
        assert row is not None and row.outcome == "broken"
