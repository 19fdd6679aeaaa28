"""Does a harvest over OAI-PMH come to its end, though its tokens die and its server sends one away?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.faults.catalog_contents import Contents, facts_of, ids_of
from tests.faults.conftest import DAY, PAPERS, Room
from tests.faults.hostile import OAI, Answer, Fault, Hostile, Request, Told, oai_error, revised, some_papers

CLOCK, NEXT_DAY = "2024-08-23T13:00:00+00:00", "2024-08-24T13:00:00+00:00"
DEAD = Answer(200, oai_error("badResumptionToken"))


def papers() -> list[Told]:
    """Papers of the day; each fifth is a second version."""
    found = some_papers(PAPERS, day=datetime(2024, 8, 22, tzinfo=UTC))
    later = datetime(2024, 8, 22, 20, tzinfo=UTC)
    return [revised(it, later, title=f"{it.title}, revised") if n % 5 == 0 else it for n, it in enumerate(found)]


@pytest.fixture
def room(open_room: Callable[..., Room]) -> Room:
    return open_room(papers(), clock=CLOCK)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, outside: dict[str, str]) -> Contents:
    """What an undisturbed harvest brings."""
    server = Hostile(papers())
    calm = Room(tmp_path_factory.mktemp("whole") / "home", server, outside, clock=CLOCK)
    assert calm.sync("--source", "oai").outcomes == {"oai": "complete"}
    server.close()
    return calm.contents()


def with_token(answer: Answer, *, times: int = 1_000) -> Fault:
    """A fault: what goes on with a token is answered so, the first so many times."""
    left = [times]

    def fault(request: Request, honest: Answer) -> Answer | None:
        if request.path != OAI or "resumptionToken" not in request.query or not left[0]:
            return None
        left[0] -= 1
        return answer

    return fault


def test_a_token_that_dies_on_the_way_costs_a_repetition_and_no_paper(room: Room, whole: Contents) -> None:
    room.server.fault = with_token(DEAD, times=1)
    found = room.sync("--source", "oai")
    row = found.of("oai")
    assert (found.code, row["outcome"], row["new"], row["duplicate"]) == (0, "complete", PAPERS, 100)
    assert room.contents() == whole


def test_tokens_that_die_again_and_again_are_broken_and_the_next_sync_completes(room: Room, whole: Contents) -> None:
    room.server.fault = with_token(DEAD)
    failed = room.sync("--source", "oai", "--source", "huggingface")
    assert (failed.code, failed.outcomes) == (1, {"oai": "broken", "huggingface": "complete"})
    assert len(failed.errors) == 1
    assert "badResumptionToken" in failed.errors[0]
    room.server.fault = None
    well = room.sync("--source", "oai")
    assert (well.code, well.outcomes) == (0, {"oai": "complete"})
    assert room.contents() == whole


def test_being_sent_away_for_a_second_is_waited_out(room: Room, whole: Contents) -> None:
    room.server.fault = with_token(Answer(503, b"", {"Retry-After": "1"}), times=1)
    found = room.sync("--source", "oai")
    assert (found.code, found.outcomes, found.of("oai")["requests"]) == (0, {"oai": "complete"}, 4)
    assert found.of("oai")["waited"] >= 1
    assert room.contents() == whole


@pytest.mark.parametrize(
    ("clock", "first"), [(CLOCK, "resumptionToken"), (NEXT_DAY, "metadataPrefix")], ids=["the same day", "the next day"]
)
def test_a_harvest_that_broke_off_goes_on_with_its_token_while_that_lives(
    room: Room, whole: Contents, clock: str, first: str
) -> None:
    room.server.fault = lambda request, honest: (
        replace(honest, body=honest.body[:-500]) if "resumptionToken" in request.query else None
    )
    failed = room.sync("--source", "oai")
    row = failed.of("oai")
    assert (failed.code, row["outcome"], row["received"]) == (1, "broken", 100)
    assert len(failed.errors) == 1
    assert "bad XML" in failed.errors[0]
    assert len(ids_of(room.contents())) == 100

    room.server.seen.clear()
    room.clock = clock
    room.server.fault = None
    well = room.sync("--source", "oai")
    assert (well.code, well.outcomes, well.of("oai")["new"]) == (0, {"oai": "complete"}, PAPERS - 100)
    assert first in room.server.asked(OAI)[0].query
    assert facts_of(room.contents()) == facts_of(whole)
    assert well.of("oai")["window"] == f"{DAY}..{DAY}"
