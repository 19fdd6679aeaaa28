"""Do all sources of a provider share one gate and keep its limits, and loopback ones none but their own?"""

from pathlib import Path

import pytest

from app.settings import Settings
from app.syncing.asking import delay_of, endpoint_of, gate_path, http_for
from core.papers.source import Source
from core.registry import discover

SOURCES: dict[str, Source] = dict(discover("core.papers.sources", "SOURCE"))
ARXIV = [source for source in SOURCES.values() if source.about.provider == "arxiv"]
LOOPBACK = dict.fromkeys(("arxiv_url", "oai_url", "rss_url", "hf_url"), "http://127.0.0.1:9")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_all_real_end_points_of_arxiv_share_one_gate_whatever_the_home(home: Path, cache: Path) -> None:
    assert len(ARXIV) >= 3
    paths = {gate_path(source, Settings(home=home / name)) for source in ARXIV for name in "ab"}
    assert paths == {cache / "trendlab" / "gates" / "arxiv"}


def test_where_the_cache_cannot_be_written_the_home_has_the_gate(home: Path, cache: Path) -> None:
    cache.touch()
    assert gate_path(SOURCES["arxiv"], Settings(home=home)) == home / "locks" / "arxiv"


def test_loopback_has_a_gate_in_the_home_and_each_provider_its_own(home: Path, cache: Path) -> None:
    settings = Settings(home=home, **LOOPBACK)
    assert {gate_path(source, settings) for source in ARXIV} == {home / "locks" / "arxiv"}
    assert gate_path(SOURCES["huggingface"], settings) == home / "locks" / "huggingface"
    assert not cache.exists()


def test_a_source_that_asks_nobody_has_no_gate(home: Path) -> None:
    starter, settings = SOURCES["starter"], Settings(home=home)
    assert (gate_path(starter, settings), delay_of(starter, settings), endpoint_of(starter, settings)) == (None, 0, "")


def test_arxiv_is_asked_every_three_seconds_at_most(home: Path) -> None:
    assert {delay_of(source, Settings(home=home)) for source in ARXIV} == {3.0}
    assert delay_of(SOURCES["arxiv"], Settings(home=home, arxiv_delay=5)) == 5
    # Only the end point on loopback may be asked more often; the others are arXiv's still.
    partly = Settings(home=home, arxiv_url=LOOPBACK["arxiv_url"], arxiv_delay=0.01)
    assert delay_of(SOURCES["arxiv"], partly) == 0.01
    assert delay_of(SOURCES["oai"], partly) == 3.0


def test_hugging_face_is_given_a_rest_between_requests(home: Path) -> None:
    assert delay_of(SOURCES["huggingface"], Settings(home=home)) == 0.2
    assert delay_of(SOURCES["huggingface"], Settings(home=home, **LOOPBACK)) == 0


def test_a_client_waits_in_the_gate_of_its_provider(home: Path) -> None:
    client = http_for(SOURCES["arxiv"], Settings(home=home, arxiv_delay=0, **LOOPBACK))
    assert client.take_spent() == (0, 0.0)


def test_a_server_is_given_the_time_that_it_needs_or_that_a_person_sets(home: Path) -> None:
    def times(source: str, **settings: float) -> tuple[object, object]:
        client = http_for(SOURCES[source], Settings(home=home, **LOOPBACK, **settings))
        return client._timeout, client._deadline

    assert times("arxiv") == ((10, 30), 90)
    # The first byte of a harvest can take 183 seconds.
    assert times("oai") == ((10, 200), 300)
    assert times("arxiv", http_timeout=0.5) == times("oai", http_timeout=0.5) == ((0.5, 0.5), 1.5)
    assert times("arxiv", http_timeout=400) == ((10, 400), 400)
