"""Does a sync keep what it got, say what it did not get, and go on where it stopped?"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from app import ingest
from app.settings import Settings
from core.language import Text
from core.papers.paper import Paper
from core.papers.source import (
    About,
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
from db.cooldowns import Cooldown, read_cooldown, write_cooldown
from db.memories import read_memory, write_memory
from db.papers import count, get
from db.records import Filters

ROOT = Path(__file__).resolve().parents[2]
WINDOW = Window(since=date(2026, 8, 1), until=date(2026, 8, 2), categories=("cs.CL", "cs.LG"))


@pytest.fixture
def db(tmp_path: Path, open_new: Callable[[Path], Database]) -> Iterator[Database]:
    catalog = open_new(tmp_path / "catalog.db")
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
            yield Page(papers=papers, said=self.said, received=len(papers), checkpoint=resume, waited=0.25)
            if resume is None:
                return
            start = end


@dataclass
class Source:
    """A source that opens the connection it is given, under the name of a real one."""

    connection: Any
    id: str = "arxiv"
    memories: list[Checkpoint | None] = field(default_factory=list)
    about: About = About(
        title=Text("arXiv", "arXiv"),
        help=Text("", ""),
        limits=Text("", ""),
        setting="arxiv_url",
        default=True,
        provider="arxiv",
        days="submitted",
        again=0,
    )

    def open(self, *, endpoint: str, http: Any, memory: Checkpoint | None = None) -> Any:
        self.memories.append(memory)
        return self.connection


def sync(db: Database, server: Any, source: str = "arxiv", window: Window = WINDOW, **options: Any) -> ledger.LedgerRow:
    options = {"tagger": ask_tagger, "delay": 0.01} | options
    return ingest.sync(db, Source(server, source), server, window, **options)


@pytest.fixture
def places(tmp_path: Path) -> Settings:
    """The settings of the home that has the catalog of `db`."""
    return Settings(home=tmp_path, arxiv_url="http://127.0.0.1:9", arxiv_delay=0.01)


def test_a_sync_stores_and_tags_all_papers_and_says_so(db: Database) -> None:
    row = sync(db, Server())
    assert row.finished is not None
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
        "waited": 0.75,
        "resume": None,
        "error": None,
        "started": row.started.isoformat(),
        "finished": row.finished.isoformat(),
        "reasons": [],
    }
    assert count(db, Filters(stage="ask", source="arxiv")) == 25
    again = sync(db, Server())
    assert (again.outcome, again.new, again.duplicate) == ("complete", 0, 25)


def test_each_page_is_reported_as_it_is_stored(db: Database) -> None:
    seen: list[tuple[int, int, Any]] = []
    sync(db, Server(), on_page=lambda row: seen.append((row.received, count(db, Filters()), row.outcome)))
    assert seen == [(10, 10, None), (20, 20, None), (25, 25, None)]


@pytest.mark.parametrize(
    ("day", "outcome"),
    [(date(2026, 8, 22), "quiet day"), (date(2026, 9, 7), "quiet day"), (date(2026, 8, 20), "stale")],
    ids=["Saturday", "Labor Day", "Thursday"],
)
def test_no_papers_are_a_quiet_day_where_the_calendar_says_so(db: Database, day: date, outcome: str) -> None:
    row = sync(db, Server(total=0), window=replace(WINDOW, since=day, until=day))
    assert (row.outcome, row.received) == (outcome, 0)
    assert (row.error is None) == (outcome == "quiet day")


def test_no_papers_of_a_small_category_are_complete(db: Database) -> None:
    day = date(2026, 8, 20)
    assert sync(db, Server(total=0), window=Window(since=day, until=day, categories=("math.GM",))).outcome == "complete"


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
        (Throttled("429: wait", requests=4, waited=2.0), "throttled"),
        (Stale("yesterday's feed", requests=4, waited=2.0), "stale"),
        (Broken("an error\nentry", requests=4, waited=2.0), "broken"),
        (Unreachable("connection reset", requests=4, waited=2.0), "unreachable"),
    ],
)
def test_a_failure_after_some_pages_keeps_them_and_the_next_sync_goes_on(
    db: Database, error: SourceError, outcome: str
) -> None:
    server = Server(fails={20: error})
    row = sync(db, server)
    assert (row.outcome, row.received, row.new, row.requests, row.waited) == (outcome, 20, 20, 6, 2.5)
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


def test_a_checkpoint_is_not_given_up_before_a_page_has_come_without_it(db: Database) -> None:
    server = Server(fails={10: Unreachable("reset")})
    sync(db, server)
    server.fails = {10: Broken("HTML", requests=1), 0: Broken("HTML", requests=2)}
    row = sync(db, server)
    assert server.asked == [None, {"start": 10}, None]
    assert (row.outcome, row.resume, row.received, row.requests) == ("broken", {"start": 10}, 10, 3)


def test_another_window_begins_at_its_own_beginning(db: Database) -> None:
    server = Server(fails={10: Unreachable("reset")})
    sync(db, server)
    other = replace(WINDOW, categories=("cs.AI",))
    sync(db, server, window=other)
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
        sync(db, Server(), tagger=failing)
    assert count(db, Filters()) == 10
    row = ledger.latest(db)["arxiv"]
    assert (row.outcome, row.resume, row.new) == ("partial", {"start": 10}, 10)


PROCESS = """
import os, signal, sys, time
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_ingest import WINDOW, Server, Source
from app import ingest
from app.settings import Settings
from db.connect import open_catalog
home = Path(sys.argv[1])
def act(row):
    {act}
settings = Settings(home=home, arxiv_url="http://127.0.0.1:9", arxiv_delay=0.01)
row = ingest.sync_source(open_catalog(home / "catalog.db"), Source(Server()), WINDOW, settings, on_page=act)
print(row.outcome, row.new, row.id)
"""
DIE = "row.received == 20 and os.kill(os.getpid(), signal.SIGKILL)"
LINGER = "print('page', flush=True); time.sleep(0.3)"


def start(home: Path, act: str) -> subprocess.Popen[str]:
    """A process that syncs and does something after each page."""
    code = PROCESS.format(folder=str(Path(__file__).parent), act=act)
    return subprocess.Popen([sys.executable, "-c", code, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_killed_sync_loses_nothing_and_repeats_nothing(tmp_path: Path, db: Database, places: Settings) -> None:
    process = start(tmp_path, DIE)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert ledger.latest(db)["arxiv"].outcome is None
    server = Server()
    row = ingest.sync_source(db, Source(server), WINDOW, places)
    assert server.asked == [{"start": 20}]
    assert (row.outcome, row.received, row.new, row.duplicate) == ("complete", 25, 5, 0)
    rows = ledger.newest(db)
    assert [item.outcome for item in rows] == ["complete", "partial"]
    assert rows[1].error is not None and "process ended" in rows[1].error


def test_what_a_killed_sync_left_open_can_be_closed_without_a_sync(
    tmp_path: Path, db: Database, places: Settings
) -> None:
    start(tmp_path, DIE).communicate(timeout=60)
    ingest.bury_dead(db, places)
    row = ledger.latest(db)["arxiv"]
    assert (row.outcome, row.resume) == ("partial", {"start": 20})


def test_a_second_sync_of_the_same_waits_and_gives_the_row_of_the_first(
    tmp_path: Path, db: Database, places: Settings
) -> None:
    process = start(tmp_path, LINGER)
    assert process.stdout is not None and process.stdout.readline() == "page\n"
    ingest.bury_dead(db, places)
    assert ledger.latest(db)["arxiv"].outcome is None, "a living sync is not buried"
    server = Server()
    row = ingest.sync_source(db, Source(server), WINDOW, places)
    assert server.asked == []
    assert process.communicate(timeout=60)[0].split()[-3:] == ["complete", "25", str(row.id)]
    assert (row.outcome, row.new) == ("complete", 25)
    assert len(ledger.newest(db)) == 1


def test_a_second_sync_goes_on_where_a_killed_first_one_was(tmp_path: Path, db: Database, places: Settings) -> None:
    process = start(tmp_path, LINGER + "; row.received == 20 and os.kill(os.getpid(), signal.SIGKILL)")
    assert process.stdout is not None and process.stdout.readline() == "page\n"
    server = Server()
    row = ingest.sync_source(db, Source(server), WINDOW, places)
    process.communicate(timeout=60)
    assert server.asked == [{"start": 20}]
    assert (row.outcome, row.received, row.new) == ("complete", 25, 5)


def test_a_second_sync_of_other_days_asks_for_itself(tmp_path: Path, db: Database, places: Settings) -> None:
    process = start(tmp_path, LINGER)
    assert process.stdout is not None and process.stdout.readline() == "page\n"
    server = Server(total=40)
    row = ingest.sync_source(db, Source(server), replace(WINDOW, categories=("cs.CL",)), places)
    process.communicate(timeout=60)
    assert server.asked == [None]
    assert (row.outcome, row.new, row.duplicate) == ("complete", 15, 25)


# --- cool-downs -------------------------------------------------------------------------------------------------------


def test_a_time_that_a_server_asked_for_is_kept_by_the_next_sync_of_any_of_its_sources(db: Database) -> None:
    server = Server(fails={10: Throttled("429", retry_after=1000)})
    sync(db, server)
    row = sync(db, server)
    assert (row.outcome, row.requests, row.resume, row.received) == ("throttled", 0, {"start": 10}, 10)
    assert row.error is not None and row.error.startswith("arXiv asked not to be asked until")
    assert sync(db, Server(), "oai").outcome == "throttled"
    assert server.asked == [None]
    write_cooldown(db, Cooldown(provider="arxiv", until=datetime.now(UTC), why="Retry-After", times=1))
    assert (sync(db, server).outcome, count(db, Filters())) == ("complete", 25)
    assert read_cooldown(db, "arxiv") is None, "a good page ends the refusals"


def test_a_short_cooldown_is_waited_for(db: Database) -> None:
    server = Server(fails={0: Throttled("Rate exceeded.")})
    sync(db, server)
    began = time.monotonic()
    row = sync(db, server)
    assert row.outcome == "complete"
    assert time.monotonic() - began > 0.1
    assert row.waited > 0.75 + 0.1


def test_a_cooldown_that_begins_elsewhere_stops_a_sync_between_two_pages(db: Database) -> None:
    def refuse(row: ledger.LedgerRow) -> None:
        until = datetime.now(UTC) + timedelta(hours=1)
        write_cooldown(db, Cooldown(provider="arxiv", until=until, why="Retry-After", times=1))

    row = sync(db, Server(), on_page=refuse)
    assert (row.outcome, row.received, row.resume) == ("throttled", 10, {"start": 10})
    write_cooldown(db, Cooldown(provider="arxiv", until=datetime.now(UTC), why="Retry-After", times=1))
    row = sync(db, Server(total=10), "oai", on_page=refuse)
    assert row.outcome == "complete", "after the last page nothing is asked for"


# --- memories, deletions ----------------------------------------------------------------------------------------------


class Pages:
    """A connection that gives these pages."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        yield from self._pages


def test_what_a_source_remembers_is_given_to_it_the_next_time(db: Database, places: Settings) -> None:
    papers = some_papers(1, 1)
    source = Source(Pages(Page(papers=papers, received=1, remember={"etag": "a"}), Page(papers=papers, received=1)))
    for _ in range(2):
        ingest.sync_source(db, source, WINDOW, places)
    assert source.memories == [None, {"etag": "a"}]


def test_a_page_that_is_lost_is_not_remembered(db: Database) -> None:
    def failing(papers: Sequence[Paper]) -> list[Tagging]:
        raise ZeroDivisionError

    write_memory(db, "arxiv", {"etag": "a"})
    with pytest.raises(ZeroDivisionError):
        sync(db, Pages(Page(papers=some_papers(1, 1), received=1, remember={"etag": "b"})), tagger=failing)
    assert read_memory(db, "arxiv") == {"etag": "a"}


def test_a_paper_that_its_archive_deleted_is_kept_and_marked(db: Database) -> None:
    sync(db, Pages(Page(papers=some_papers(1, 2), received=2)))
    row = sync(db, Pages(Page(papers=(), received=2, deleted=("2608.00001", "2608.00009"))))
    assert (row.outcome, row.changed) == ("complete", 1)
    first, second = (get(db, f"2608.0000{number}") for number in (1, 2))
    assert first is not None and first.paper.withdrawn
    assert second is not None and not second.paper.withdrawn


# --- several sources --------------------------------------------------------------------------------------------------


def test_without_days_each_source_is_asked_for_its_own(db: Database, places: Settings) -> None:
    today = datetime.now(UTC).date()
    lists = replace(Source.about, days="listed")
    sources = [Source(Server(), about=lists), Source(Server(), "other", about=replace(lists, again=14))]
    rows = ingest.sync_sources(db, sources, places)
    first, second = (today - timedelta(days=days) for days in (2, 16))
    assert [row.window for row in rows] == [f"{first}..{today}", f"{second}..{today}"]
    assert [row.categories for row in rows] == [",".join(places.category_list)] * 2
    assert [row.window for row in ingest.sync_sources(db, sources[:1], places)] == [f"{today}..{today}"]


def test_with_days_each_source_is_asked_for_exactly_these(db: Database, places: Settings) -> None:
    seen: list[str] = []
    rows = ingest.sync_sources(
        db,
        [Source(Server()), Source(Server(), "other")],
        places,
        since=WINDOW.since,
        until=WINDOW.until,
        categories=["cs.RO"],
        on_page=lambda row: seen.append(row.source),
    )
    assert {(row.window, row.categories, row.outcome) for row in rows} == {(str(WINDOW), "cs.RO", "complete")}
    assert seen == ["arxiv"] * 3 + ["other"] * 3


def test_what_yesterday_left_unfinished_is_gone_on_with_and_then_comes_today(db: Database, places: Settings) -> None:
    today = datetime.now(UTC).date()
    yesterday = today - timedelta(days=1)
    window = Window(since=yesterday, until=yesterday, categories=places.category_list)
    server = Server(fails={10: Unreachable("reset")})
    sync(db, server, window=window)
    source = Source(server, about=replace(Source.about, days="listed"))
    rows = ingest.sync_sources(db, [source], places)
    assert server.asked == [None, {"start": 10}, None]
    assert [row.window for row in rows] == [str(window), f"{yesterday}..{today}"]
    assert [row.outcome for row in rows] == ["complete", "complete"]


def test_a_source_that_fails_does_not_stop_the_next(db: Database, places: Settings) -> None:
    broken = Source(Server(fails={0: Broken("HTML")}))
    rows = ingest.sync_sources(db, [broken, Source(Server(), "other")], places)
    assert [row.outcome for row in rows] == ["broken", "complete"]


def test_days_in_the_wrong_order_are_an_error_before_anything_is_asked(db: Database, places: Settings) -> None:
    server = Server()
    with pytest.raises(ValueError, match="swap"):
        ingest.sync_sources(db, [Source(server)], places, since=WINDOW.until, until=WINDOW.since)
    assert (server.asked, ledger.newest(db)) == ([], [])


def test_a_curated_source_files_its_papers_itself(db: Database) -> None:
    paper = replace(some_papers(1, 1)[0], stages=("build", "adapt"), topics=("attention",), applications=())

    class Curated:
        def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
            yield Page(papers=(paper,), said=1, received=1)

    sync(db, Curated(), "starter")
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
