"""Does a download outlive who asked for it, end when it is told to, and go on where it was?"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import downloads
from app.downloads import Busy, Download
from core.gpt.loading import hub
from core.gpt.loading.hub import HubError, HubId, Offer
from tests.core.gpt.loading.hub_server import Hub, asked_here

TINY = HubId("tiny/gpt2")
FILES = {"config.json": b'{"model_type": "gpt2"}', "model.safetensors": os.urandom(5_000_000)}
HALF = 2_500_000


@pytest.fixture
def server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that this process and those that it starts ask."""
    with asked_here(dict(FILES), tmp_path, monkeypatch) as found:
        yield found


@pytest.fixture
def offer(server: Hub, home: Path) -> Offer:
    return downloads.ask(home, TINY, endpoint=server.url)


def wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def state(home: Path) -> Download:
    found = downloads.look(home, TINY)
    assert found is not None
    return found


def test_what_the_hub_said_is_remembered(offer: Offer, home: Path) -> None:
    assert downloads.offers(home) == {"tiny/gpt2": offer}
    assert downloads.look(home, TINY) is None
    path = home / "models" / "tiny--gpt2" / "offer.json"
    path.write_text('{"repo": "of another version"}', encoding="utf-8")
    assert downloads.offers(home) == {}


def test_one_in_the_background_ends_by_itself(offer: Offer, home: Path) -> None:
    process = downloads.start(home, offer)
    assert process.wait(timeout=60) == 0
    assert state(home) == Download(state="finished", here=offer.bytes, bytes=offer.bytes)
    assert not downloads.is_under_way(home, TINY)
    assert hub.cached_folder(TINY) is not None


def test_one_is_seen_cancelled_kept_and_gone_on_with(server: Hub, offer: Offer, home: Path) -> None:
    server.hold = HALF
    process = downloads.start(home, offer)
    wait(lambda: state(home).here > HALF // 2)
    assert state(home).is_going and (state(home).rate or 0) > 0
    with pytest.raises(Busy, match="tiny/gpt2 is being downloaded already; let it end, or cancel it"):
        downloads.start(home, offer)
    assert downloads.cancel(home, TINY)
    assert process.wait(timeout=60) == downloads.CANCELLED
    kept = state(home)
    assert kept.state == "cancelled" and 0 < kept.here < offer.bytes and kept.rate is None
    assert not downloads.cancel(home, TINY)

    server.hold = None
    downloads.start(home, offer).wait(timeout=60)
    assert state(home).state == "finished"
    weights = kept.here - len(FILES["config.json"])
    assert server.fetched("model.safetensors") == ["bytes=0-", f"bytes={weights}-"]


def test_one_that_was_killed_is_known_to_be(server: Hub, offer: Offer, home: Path) -> None:
    server.hold = HALF
    process = downloads.start(home, offer)
    wait(lambda: state(home).here > HALF // 2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert state(home).state == "interrupted" and state(home).here > 0
    # The number of a process that is no more may be another's by now.
    assert not downloads.cancel(home, TINY)


def test_one_that_fails_says_why(server: Hub, offer: Offer, home: Path) -> None:
    server.refuse["/tiny/gpt2/resolve/"] = 403, {"X_Error_Code": "GatedRepo"}
    assert downloads.start(home, offer).wait(timeout=60) == 1
    assert state(home).state == "failed" and "accept its terms first" in state(home).said.en
    with pytest.raises(HubError, match="accept its terms"):
        downloads.fetch_here(home, offer, endpoint=server.url, on_bytes=lambda here: None)


def test_two_versions_of_one_model_are_two_downloads(server: Hub, offer: Offer, home: Path) -> None:
    other = downloads.ask(home, HubId("tiny/gpt2", "refs/pr/1"), endpoint=server.url)
    assert set(downloads.offers(home)) == {"tiny/gpt2", "tiny/gpt2@refs/pr/1"}
    downloads.fetch_here(home, other, endpoint=server.url, on_bytes=lambda here: None)
    assert downloads.look(home, other.id) is not None and downloads.look(home, TINY) is None
