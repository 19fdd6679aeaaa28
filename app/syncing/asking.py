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
PATIENCE = 600.0  # seconds that one's turn is waited for
LONGEST_ANSWER = 300.0  # seconds for a whole answer, unless one waits longer than that for its first byte
PROVIDERS = {"arxiv": "arXiv", "huggingface": "Hugging Face"}


def endpoint_of(source: Source, settings: Settings) -> str:
    """The address that the settings give to a source; empty where it needs none."""
    return str(getattr(settings, source.about.setting)) if source.about.setting else ""


def delay_of(source: Source, settings: Settings) -> float:
    """Seconds between two requests to a source's provider."""
    return _delay(source.about.provider, endpoint_of(source, settings), settings)


def gate_path(source: Source, settings: Settings) -> Path | None:
    """The file of the gate that all who ask a source's provider go through; None where nobody is asked."""
    return _gate_path(source.about.provider, endpoint_of(source, settings), settings)


def http_for(source: Source, settings: Settings) -> Http:
    """The client for a source."""
    return http_to(
        source.about.provider,
        endpoint_of(source, settings),
        settings,
        silence=settings.http_timeout or source.about.silence,
    )


def http_to(
    provider: str | None, endpoint: str, settings: Settings, *, silence: float, patience: float = PATIENCE
) -> Http:
    """A client for what is at this address.

    :param provider: whose turns are taken; see `core.papers.source.About`.
    :param silence: seconds without a byte before it counts as unreachable.
    :param patience: seconds that one's turn is waited for.
    """
    from core.papers.asking.http import Http

    gate = Gate(
        delay=_delay(provider, endpoint, settings), path=_gate_path(provider, endpoint, settings), patience=patience
    )
    return Http(
        gate=gate,
        connect_timeout=min(CONNECT_TIMEOUT, silence),
        read_timeout=silence,
        deadline=max(silence, min(3 * silence, LONGEST_ANSWER)),
        backoff=HF_BACKOFF if provider == "huggingface" and not is_loopback(endpoint) else 0.0,
    )


def _delay(provider: str | None, endpoint: str, settings: Settings) -> float:
    loopback = is_loopback(endpoint)
    if provider == "arxiv":
        return settings.arxiv_delay if loopback else max(ARXIV_DELAY, settings.arxiv_delay)
    return 0.0 if loopback or provider is None else HF_DELAY


def _gate_path(provider: str | None, endpoint: str, settings: Settings) -> Path | None:
    """Real hosts have one a user and machine, whatever the home folder; those on loopback one a home."""
    if provider is None:
        return None
    inside = settings.home / "locks" / provider
    if is_loopback(endpoint):
        return inside
    shared = user_cache_path("trendlab", appauthor=False) / "gates"
    try:
        shared.mkdir(parents=True, exist_ok=True)
        (shared / f"{provider}.lock").touch()
    except OSError:
        return inside
    return shared / provider
