"""Does a sync that is killed, whenever it is, lose nothing and repeat nothing?"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler

from tests.faults.conftest import Room
from tests.faults.hostile import API, Answer, Request, some_papers

PAPERS, PAGES, KILLS = 5_000, 50, 20
DAYS = (date(2024, 8, 12), date(2024, 8, 21))
PHASES = ("asked", "half answered", "answered")


@dataclass(frozen=True)
class Moment:
    """When a process is killed: `wait` seconds after its `page`th page was asked for, half answered, or answered.

    Behind "answered" lie the parsing, the tagging, the transaction, and the way to the next page. None is a page that
    is never reached: it is killed `wait` seconds after its start.
    """

    page: int | None
    phase: str
    wait: float


def moments(seed: int) -> list[Moment]:
    """Twenty random moments."""
    chance = random.Random(seed)
    early = [Moment(None, "started", chance.uniform(0.0, 1.0)) for _ in range(2)]
    later = [
        Moment(chance.choice((0, 0, 1, 1, 2, 3)), chance.choice(PHASES), chance.uniform(0.0, 0.12))
        for _ in range(KILLS - len(early))
    ]
    found = [*early, *later]
    chance.shuffle(found)
    return found


@dataclass
class Executioner:
    """A fault that kills the client at a moment, from within the answer to one of its requests."""

    kill: Callable[[], None] = lambda: None
    moment: Moment | None = None
    pages: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def __call__(self, request: Request, honest: Answer) -> Callable[[BaseHTTPRequestHandler], None] | None:
        moment = self.moment
        if moment is None or request.path != API:
            return None
        number, self.pages = self.pages, self.pages + 1

        def answer(handler: BaseHTTPRequestHandler) -> None:
            if number == moment.page and moment.phase == "asked":
                self._strike(moment.wait)
            honest.begin(handler)
            half = len(honest.body) // 2
            handler.wfile.write(honest.body[:half])
            handler.wfile.flush()
            if number == moment.page and moment.phase == "half answered":
                self._strike(moment.wait)
            handler.wfile.write(honest.body[half:])
            handler.wfile.flush()
            if number == moment.page and moment.phase == "answered":
                handler.connection.close()
                self._strike(moment.wait)

        return answer

    def _strike(self, wait: float) -> None:
        time.sleep(wait)
        self.kill()
        self.done.set()


def test_twenty_kills_at_random_moments_end_in_the_catalog_of_an_undisturbed_sync(
    open_room: Callable[..., Room],
) -> None:
    papers = [
        paper
        for place in range(10)
        for paper in some_papers(
            PAPERS // 10, day=datetime(2024, 8, 12 + place, tzinfo=UTC), first=1 + place * PAPERS // 10
        )
    ]
    disturbed = open_room(papers, days=DAYS)
    fell: list[tuple[str, int]] = []
    for moment in moments(seed=20):
        executioner = disturbed.server.fault = Executioner(moment=moment)
        process = disturbed.start("--source", "arxiv", cold=moment.page is None)
        executioner.kill = process.kill
        if moment.page is None:
            time.sleep(moment.wait)
            process.kill()
        else:
            assert executioner.done.wait(60), f"{moment} was not reached"
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL, f"{moment}: it had ended by itself"
        fell.append((moment.phase, executioner.pages))
    assert {phase for phase, _ in fell} == {"started", *PHASES}

    disturbed.server.fault = None
    disturbed.server.seen.clear()
    last = disturbed.sync("--source", "arxiv")
    row = last.of("arxiv")
    assert (last.code, row["outcome"], row["expected"], row["received"]) == (0, "complete", PAPERS, PAPERS)
    assert 0 < len(disturbed.server.seen) < PAGES, "the kills fell before the end, and it did not begin again"

    rows = disturbed.ledger()
    assert sum(row["new"] for row in rows) == PAPERS, "each paper was new once"
    assert sum(row["changed"] + row["duplicate"] + row["refused"] for row in rows) == 0, "and came once"
    killed = rows[:-1]
    assert len(killed) >= KILLS - 2, "each process that began to ask has a row"
    assert {row["outcome"] for row in killed} == {"partial"}
    assert all("its process ended before it was done" in row["error"] for row in killed)
    # Where it goes on is just behind what came: no page is stored without its checkpoint.
    assert [row["received"] for row in killed] == [(row["resume"] or {"start": 0})["start"] for row in killed]
    assert [row["received"] for row in rows] == sorted(row["received"] for row in rows)
    assert len({row["received"] for row in killed}) > KILLS // 3

    undisturbed = open_room(papers, days=DAYS)
    assert undisturbed.sync("--source", "arxiv").code == 0
    assert disturbed.contents() == undisturbed.contents()
