"""Is a server that asked for rest left alone, across processes, and asked again when it said?"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tests.faults.catalog_contents import ids_of
from tests.faults.conftest import PAPERS, Life, Room
from tests.faults.hostile import API, DAILY, Answer, Fault, Request


def refusing(retry_after: str) -> Fault:
    """A fault: the second page of arXiv's is refused, with a time at which one may come again."""

    def fault(request: Request, honest: Answer) -> Answer | None:
        second = request.path == API and request.start == 100
        return Answer(429, b"slow down", {"Retry-After": retry_after}) if second else None

    return fault


def test_a_short_retry_after_is_waited_out_by_the_next_sync_which_completes(room: Room, life: Life) -> None:
    room.server.fault = refusing("4")
    failed = room.sync()
    assert (failed.code, failed.outcomes) == (1, {"arxiv": "throttled", "huggingface": "complete"})
    # It is waited for within the sync too, once; then there is nothing for it but to stop.
    assert failed.of("arxiv")["requests"] == 3
    assert failed.of("arxiv")["waited"] >= 4
    assert len(failed.errors) == 1

    (until,) = room.one("SELECT until FROM cooldowns WHERE provider = 'arxiv'")
    room.server.fault, began = None, len(room.server.seen)
    refused_at = room.server.asked(API)[-1].ended
    well = room.sync("--source", "arxiv")
    row = well.of("arxiv")
    assert (well.code, row["outcome"], row["received"], row["requests"]) == (0, "complete", PAPERS, 2)
    left = (datetime.fromisoformat(until) - datetime.fromisoformat(row["started"])).total_seconds()
    assert row["waited"] >= left - 0.1
    assert refused_at is not None
    assert room.server.seen[began].began - refused_at >= 3.9, "it came too early"
    assert room.contents() == life.after
    assert room.one("SELECT count(*) FROM cooldowns") == (0,)


def test_a_long_retry_after_holds_for_every_later_process_and_every_source_of_arxiv(room: Room, life: Life) -> None:
    room.server.fault = refusing("1000")
    asked_at = datetime.now(UTC)
    failed = room.sync("--source", "arxiv")
    assert (failed.code, failed.of("arxiv")["outcome"], failed.of("arxiv")["requests"]) == (1, "throttled", 2)
    assert failed.of("arxiv")["waited"] < 60
    kept = room.contents()

    room.server.fault = None
    room.server.seen.clear()
    began = time.monotonic()
    again = room.sync("--source", "arxiv", "--source", "oai", "--source", "huggingface")
    assert time.monotonic() - began < 60
    assert (again.code, again.outcomes) == (1, {"arxiv": "throttled", "oai": "throttled", "huggingface": "complete"})
    assert {row["requests"] for row in again.rows if row["source"] != "huggingface"} == {0}
    assert {request.path for request in room.server.seen} == {DAILY}
    (until,) = room.one("SELECT until FROM cooldowns WHERE provider = 'arxiv'")
    end = datetime.fromisoformat(until)
    assert timedelta(seconds=900) < end - asked_at < timedelta(seconds=1100)
    assert len(again.errors) == 2
    assert all(f"{end:%H:%M} UTC" in line and "asked not to be asked" in line for line in again.errors)
    assert again.of("arxiv")["resume"] == failed.of("arxiv")["resume"], "where to go on is not forgotten"
    assert ids_of(kept) <= ids_of(room.contents())

    # When the time is over, it goes on from there.
    room.clock = (end + timedelta(seconds=1)).isoformat()
    well = room.sync("--source", "arxiv")
    assert (well.code, well.of("arxiv")["outcome"], well.of("arxiv")["received"]) == (0, "complete", PAPERS)
    assert room.server.asked(API)[0].start == 100
    assert room.contents() == life.after


def test_without_a_time_a_server_that_refuses_again_and_again_is_left_alone_ever_longer(room: Room) -> None:
    room.server.fault = lambda request, honest: Answer(429, b"") if request.path == API else None
    room.environment["TRENDLAB_ARXIV_DELAY"] = "0.05"
    lengths = []
    for _ in range(2):
        at = datetime.now(UTC)
        assert room.sync("--source", "arxiv").outcomes == {"arxiv": "throttled"}
        until, times = room.one("SELECT until, times FROM cooldowns")
        lengths.append((times, (datetime.fromisoformat(until) - at).total_seconds()))
    assert [times for times, _ in lengths] == [1, 2]
    # Twenty delays and forty, told from when the command was started.
    assert lengths[0][1] >= 1
    assert lengths[1][1] >= 2


def test_hugging_faces_quota_is_kept(room: Room, life: Life) -> None:
    room.server.fault = lambda request, honest: (
        Answer(429, b"", {"RateLimit": '"api";r=0;t=700'}) if request.path == DAILY else None
    )
    failed = room.sync("--source", "huggingface")
    assert (failed.code, failed.outcomes) == (1, {"huggingface": "throttled"})
    room.server.fault = None
    room.server.seen.clear()
    again = room.sync()
    assert (again.code, again.outcomes) == (1, {"arxiv": "complete", "huggingface": "throttled"})
    assert not room.server.asked(DAILY)
    assert len(again.errors) == 1
    assert "Hugging Face asked not to be asked until" in again.errors[0]
