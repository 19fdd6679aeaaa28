"""Does every source keep its contract: a name in both languages, a setting, light to import, errors that are named?"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import get_args

import pytest

from core.language import Text
from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.source import About, Broken, Days, SourceError, Throttled, Unreachable, Window
from core.registry import discover

SOURCES = discover("core.papers.sources", "SOURCE")
REMOTE = [id_ for id_, source in SOURCES.items() if source.about.setting is not None]
# Announcement feeds know of no other day than today.
TODAY = datetime.now(UTC).date()
WINDOW = Window(since=TODAY, until=TODAY, categories=("cs.CL",))


def pages(source_id: str, url: str):
    return list(SOURCES[source_id].open(endpoint=url, http=Http(gate=Gate(delay=0.01)), memory=None).pages(WINDOW))


def test_the_sources_of_the_first_sync_are_there():
    assert {"arxiv", "huggingface", "starter"} <= set(SOURCES)


def test_arxivs_three_services_share_one_limit():
    assert {SOURCES[id_].about.provider for id_ in ("arxiv", "oai", "rss")} == {"arxiv"}


@pytest.mark.parametrize("source_id", SOURCES)
def test_a_source_says_whose_limits_it_keeps_and_what_its_days_are(source_id):
    about = SOURCES[source_id].about
    assert isinstance(about, About)
    assert (about.provider is None) == (about.setting is None)
    assert about.days in get_args(Days)
    assert 0 <= about.again <= 31


@pytest.mark.parametrize("source_id", SOURCES)
def test_a_source_says_what_it_is_in_both_languages(source_id):
    about = SOURCES[source_id].about
    for text in (about.title, about.help, about.limits):
        assert isinstance(text, Text)
        assert text.en
        assert text.ko
    assert any("가" <= letter <= "힣" for letter in about.help.ko)


@pytest.mark.parametrize("source_id", REMOTE)
def test_the_address_of_a_source_is_a_setting(source_id):
    from app.settings import Settings

    assert SOURCES[source_id].about.setting in Settings.model_fields


def test_listing_the_sources_and_formats_loads_no_heavy_library():
    code = (
        "import sys; from core.registry import discover\n"
        "discover('core.papers.sources', 'SOURCE'); discover('core.papers.formats', 'FORMAT')\n"
        "print([m for m in ('requests', 'arxiv', 'lxml', 'stamina', 'bibtexparser', 'rispy', 'torch') "
        "if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.strip() == "[]"


FAULTS = {
    "429": (Throttled, lambda server: server.say("", status=429, Retry_After="3600")),
    "406": (Throttled, lambda server: server.say("no", status=406)),
    "rate exceeded": (Throttled, lambda server: server.say("Rate exceeded.", kind="text/plain")),
    "503": (Unreachable, lambda server: server.say("<html/>", status=503, kind="text/html")),
    "reset": (Unreachable, lambda server: server.reset()),
    "404": (Broken, lambda server: server.say("nothing here", status=404)),
    "web page": (Broken, lambda server: server.say("<!DOCTYPE html><html></html>", kind="text/html")),
    "empty body": (Broken, lambda server: server.say("")),
    "cut short": (Broken, lambda server: server.say('<feed xmlns="http://www.w3.org/2005/Atom"><entry>')),
    "other JSON": (Broken, lambda server: server.say('{"a": 1}', kind="application/json")),
    "binary": (Broken, lambda server: server.say(b"\x00\xff\xfe" * 50)),
    "nested": (Broken, lambda server: server.say("[" * 100_000)),
}


@pytest.mark.parametrize("source_id", REMOTE)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_server_has_its_name_and_counts_its_requests(source_id, fault, server):
    error, prepare = FAULTS[fault]
    prepare(server)
    with pytest.raises(SourceError) as caught:
        pages(source_id, server.url)
    assert type(caught.value) is error
    assert caught.value.requests == len(server.seen) > 0
    assert "\n" not in str(caught.value)
