"""How politely is a provider asked? All processes of a user and machine take turns, as arXiv's terms want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from app.settings import ARXIV_DELAY, Settings, is_loopback
from core.papers.asking.gate import Gate
from core.papers.source import Source

if TYPE_CHECKING:
    from core.papers.asking.http import Http

HF_DELAY = 0.2  # seconds; 500 requests in 5 minutes are allowed without an account
HF_BACKOFF = 1.0
CONNECT_TIMEOUT = 10.0
LONGEST_ANSWER = 300.0  # seconds for a whole answer, unless one waits longer than that for its first byte
PROVIDERS = {"arxiv": "arXiv", "huggingface": "Hugging Face"}


def endpoint_of(source: Source, settings: Settings) -> str:
    """The address that the settings give to a source; empty where it needs none."""
    return str(getattr(settings, source.about.setting)) if source.about.setting else ""


def delay_of(source: Source, settings: Settings) -> float:
    """Seconds between two requests to a source's provider."""
    loopback = is_loopback(endpoint_of(source, settings))
    if source.about.provider == "arxiv":
        return settings.arxiv_delay if loopback else max(ARXIV_DELAY, settings.arxiv_delay)
    return 0.0 if loopback or source.about.provider is None else HF_DELAY


def gate_path(source: Source, settings: Settings) -> Path | None:
    """The file of the gate that all who ask a source's provider go through; None where nobody is asked.

    Real hosts have one a user and machine, whatever the home folder; those on loopback one a home.
    """
    provider = source.about.provider
    if provider is None:
        return None
    inside = settings.home / "locks" / provider
    if is_loopback(endpoint_of(source, settings)):
        return inside
    shared = user_cache_path("trendlab", appauthor=False) / "gates"
    try:
        shared.mkdir(parents=True, exist_ok=True)
        (shared / f"{provider}.lock").touch()
    except OSError:
        return inside
    return shared / provider


def http_for(source: Source, settings: Settings) -> Http:
    """The client for a source."""
    from core.papers.asking.http import Http

    gate = Gate(delay=delay_of(source, settings), path=gate_path(source, settings))
    loopback = is_loopback(endpoint_of(source, settings))
    silence = settings.http_timeout or source.about.silence
    return Http(
        gate=gate,
        connect_timeout=min(CONNECT_TIMEOUT, silence),
        read_timeout=silence,
        deadline=max(silence, min(3 * silence, LONGEST_ANSWER)),
        backoff=HF_BACKOFF if source.about.provider == "huggingface" and not loopback else 0.0,
    )
