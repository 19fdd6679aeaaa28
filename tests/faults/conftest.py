"""A room for one sync: a home of its own, a hostile server on loopback, and the command as a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from db.connect import open_catalog
from db.notes import Pin, add
from db.reading import set_state
from db.tags import correct
from tests.faults.catalog_contents import Contents, contents_of, ledger_of
from tests.faults.hostile import Hostile, listed_row, some_papers
from tests.forked_app import ForkedApp

ROOT = Path(__file__).resolve().parents[2]
# A Thursday without a holiday near it, and the day before, of which the catalog knows already.
DAY, BEFORE = date(2024, 8, 22), date(2024, 8, 21)
PAPERS = 250  # of the day: three pages, the last one not full


Process = ForkedApp | subprocess.Popen[str]


@dataclass
class Synced:
    """What a sync said.

    :param code: its exit code.
    :param rows: the ledger's rows that it printed.
    :param errors: its lines on stderr.
    """

    code: int
    rows: list[dict[str, Any]]
    errors: list[str]

    def of(self, source: str) -> dict[str, Any]:
        """The one row of a source."""
        (row,) = [row for row in self.rows if row["source"] == source]
        return row

    @property
    def outcomes(self) -> dict[str, str]:
        """Source to outcome."""
        return {row["source"]: row["outcome"] for row in self.rows}


@dataclass
class Room:
    """A home and a server.

    :param environment: of the commands; more settings can be put into it.
    :param clock: what time it is for the commands (ISO, UTC); None for the time that it is.
    """

    home: Path
    server: Hostile
    environment: dict[str, str]
    clock: str | None = None
    days: tuple[date, date] = (DAY, DAY)
    categories: str = "cs.CL"
    started: list[Process] = field(default_factory=list)

    def start(self, *arguments: str, cold: bool = False) -> Process:
        """Begin a sync of the room's days; the test that starts it ends it.

        :param cold: Python itself is started, and imports everything.
        """
        sync = ["sync", "--json", "--since", str(self.days[0]), "--until", str(self.days[1]), *arguments]
        addresses = {
            "TRENDLAB_HOME": str(self.home),
            "TRENDLAB_ARXIV_URL": f"{self.server.url}/api/query",
            "TRENDLAB_OAI_URL": f"{self.server.url}/oai",
            "TRENDLAB_RSS_URL": self.server.url,
            "TRENDLAB_HF_URL": self.server.url,
            "TRENDLAB_CATEGORIES": self.categories,
        }
        environment = {"TRENDLAB_ARXIV_DELAY": "0.01"} | self.environment | addresses
        process: Process
        if cold:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", *sync],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        else:
            process = ForkedApp(sync, environment, clock=self.clock)
        self.started.append(process)
        return process

    def sync(self, *arguments: str) -> Synced:
        """A sync of the room's days, from its beginning to its end."""
        return self.end(self.start(*arguments))

    def end(self, process: Process) -> Synced:
        """What a sync says that was started."""
        said, errors = process.communicate(timeout=120)
        return Synced(process.returncode, json.loads(said or "[]"), errors.splitlines())

    def contents(self) -> Contents:
        """What the catalog says of papers."""
        return contents_of(self.home / "catalog.db")

    def ledger(self) -> list[dict[str, Any]]:
        """The ledger's rows, oldest first."""
        return ledger_of(self.home / "catalog.db")

    def one(self, sql: str, *values: Any) -> Any:
        """The first row that a query of the catalog finds."""
        db = open_catalog(self.home / "catalog.db")
        try:
            return db.conn.execute(sql, values).fetchone()
        finally:
            db.close()


@pytest.fixture(scope="session")
def outside() -> dict[str, str]:
    """The environment of a command, without settings and without a way to a model hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRENDLAB_")}
    return kept | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def open_room(tmp_path: Path, outside: dict[str, str]) -> Iterator[Callable[..., Room]]:
    """Opens rooms with a server of these papers and lists, in a home that is a copy of `home` or empty."""
    rooms: list[Room] = []

    def open_one(papers: Any = (), lists: Any = None, *, home: Path | None = None, **settings: Any) -> Room:
        place = tmp_path / f"home-{len(rooms)}"
        if home is not None:
            shutil.copytree(home, place)
        rooms.append(Room(place, Hostile(papers, lists), dict(outside), **settings))
        return rooms[-1]

    yield open_one
    for room in rooms:
        room.server.close()
        for process in room.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


# --- a day in the life ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """A catalog that has had a day already and a reader, and what it is to become.

    :param home: the folder as it was in the evening of the day before.
    :param before: what the catalog says then.
    :param after: what it says when the day itself was synced without a fault.
    """

    home: Path
    before: Contents
    after: Contents


def the_days() -> tuple[list[Any], dict[date, list[Any]]]:
    """The papers of the two days, and what Hugging Face listed on them: of ten papers eight are arXiv's of the day."""
    old = some_papers(30, day=datetime(2024, 8, 21, tzinfo=UTC), first=1)
    new = some_papers(PAPERS, day=datetime(2024, 8, 22, tzinfo=UTC), first=101)
    elsewhere = some_papers(2, day=datetime(2024, 8, 20, tzinfo=UTC), first=901)
    lists = {
        BEFORE: [listed_row(paper, BEFORE) for paper in old[:5]],
        DAY: [listed_row(paper, DAY, upvotes=place) for place, paper in enumerate([*new[:8], *elsewhere])],
    }
    return [*old, *new], lists


@pytest.fixture(scope="session")
def life(tmp_path_factory: pytest.TempPathFactory, outside: dict[str, str]) -> Iterator[Life]:
    """Made once: a catalog to begin with and the one to end with."""
    papers, lists = the_days()
    folder = tmp_path_factory.mktemp("life")
    server = Hostile(papers, lists)
    evening = Room(folder / "evening", server, outside, days=(BEFORE, BEFORE))
    assert evening.sync().outcomes == {"arxiv": "complete", "huggingface": "complete"}
    db = open_catalog(evening.home / "catalog.db")
    set_state(db, papers[0].id, "saved")
    correct(db, papers[1].id, "stage", ["ask"])
    add(db, title="Read this", body="A note on a paper.", pins=[Pin("paper", papers[2].id)])
    db.close()
    before = evening.contents()
    shutil.copytree(evening.home, folder / "night")
    night = Room(folder / "night", server, outside)
    assert night.sync().outcomes == {"arxiv": "complete", "huggingface": "complete"}
    server.close()
    yield Life(evening.home, before, night.contents())


@pytest.fixture
def room(open_room: Callable[..., Room], life: Life) -> Room:
    """The evening of the day before, and a server with the day that is to be synced."""
    return open_room(*the_days(), home=life.home)
