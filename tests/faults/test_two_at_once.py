"""Do two syncs at once end both, share arXiv's turns, and do no work twice?"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from tests.faults.catalog_contents import Contents
from tests.faults.conftest import PAPERS, Life, Room, the_days
from tests.faults.hostile import API, OAI, Answer, Request

DELAY = 0.3


def assert_one_after_the_other(requests: list[Request]) -> None:
    """No request of arXiv's began before the one before it was over and the delay had passed."""
    for one, other in pairwise(sorted(requests, key=lambda request: request.began)):
        assert one.ended is not None
        # The client's clock starts when it has read the last byte, which is after the server has sent it.
        assert other.began - one.ended >= DELAY - 0.05


def test_two_syncs_of_one_source_do_the_work_once_and_both_say_so(room: Room, life: Life) -> None:
    room.environment["TRENDLAB_ARXIV_DELAY"] = str(DELAY)
    began = time.monotonic()

    def hold_the_first(request: Request, honest: Answer) -> None:
        # As long as the second one may take to come up, judged by how long the first one took.
        if len(room.server.asked(API)) == 1:
            time.sleep(1 + 2 * (time.monotonic() - began))

    room.server.fault = hold_the_first
    processes = [room.start("--source", "arxiv") for _ in range(2)]
    one, other = (room.end(process) for process in processes)
    assert (one.code, other.code, one.errors, other.errors) == (0, 0, [], [])
    assert one.rows == other.rows, "the row of the one is the answer to both"
    row = one.of("arxiv")
    assert (row["outcome"], row["received"], row["new"], row["requests"]) == ("complete", PAPERS, PAPERS, 3)
    assert [request.start for request in room.server.asked(API)] == [0, 100, 200]
    assert room.server.most_at_once == 1
    assert_one_after_the_other(room.server.asked(API))
    assert room.sync("--source", "huggingface").code == 0
    assert room.contents() == life.after


def test_two_sources_of_arxivs_take_turns(open_room: Callable[..., Room], life: Life) -> None:
    def synced(*, at_once: bool) -> tuple[Contents, Room]:
        room = open_room(*the_days(), home=life.home)
        room.environment["TRENDLAB_ARXIV_DELAY"] = str(DELAY)
        processes = []
        for source in ("arxiv", "oai"):
            processes.append(room.start("--source", source))
            if not at_once:
                processes[-1].wait(timeout=60)
        found = [room.end(process) for process in processes]
        assert [(sync.code, sync.errors) for sync in found] == [(0, []), (0, [])]
        assert [sync.rows[0]["received"] for sync in found] == [PAPERS, PAPERS]
        assert sum(sync.rows[0]["new"] for sync in found) == PAPERS, "each paper was new to one of them"
        return room.contents(), room

    contents, room = synced(at_once=True)
    requests = room.server.asked(API, OAI)
    assert len(requests) == 6
    assert room.server.most_at_once == 1
    assert_one_after_the_other(requests)
    assert contents == synced(at_once=False)[0]
