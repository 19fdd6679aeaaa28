"""Has every failure of a server a name, is nothing lost by it, and is the next sync as if it had never been?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.faults.catalog_contents import ids_of, lost_from
from tests.faults.conftest import PAPERS, Life, Room
from tests.faults.hostile import API, DAILY, Answer, Fault, Hostile, Request, atom, error_entry

Spoil = Callable[[Hostile, Answer], Any]

BOMB = b"""<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><feed xmlns="http://www.w3.org/2005/Atom"><title>&c;</title></feed>"""
PAGE = b"<!doctype html><html><head><title>arXiv</title></head><body>We are down for maintenance.</body></html>"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A fault of one answer.

    :param spoil: what is sent instead of the honest answer.
    :param outcome: the word that the ledger has for it.
    :param says: what the line on stderr has in it.
    :param kept: papers of the window that the sync keeps.
    :param requests: what the failing source asks: the page before the fault and the tries at it.
    :param environment: settings under which it happens.
    """

    spoil: Spoil
    outcome: str
    says: str
    kept: int = 100
    requests: int = 2
    environment: tuple[tuple[str, str], ...] = ()


def said(status: int, body: bytes = b"") -> Spoil:
    return lambda server, honest: Answer(status, body)


def spoiled(change: Callable[[bytes], bytes]) -> Spoil:
    return lambda server, honest: replace(honest, body=change(honest.body))


def without_entries(entries: int) -> Callable[[bytes], bytes]:
    """The honest page with its total, but with so many entries only."""

    def change(body: bytes) -> bytes:
        head, *rest = body.split(b"<entry>")
        return head + b"".join(b"<entry>" + entry for entry in rest[:entries]).removesuffix(b"</feed>") + b"</feed>"

    return change


def latin(body: bytes) -> bytes:
    return body.replace(b"Ada Example", "Adà Exämple".encode("latin-1"))


ARXIV = {
    "429": Named(spoil=said(429, b"slow down"), outcome="throttled", says="429"),
    "406": Named(spoil=said(406), outcome="throttled", says="406"),
    "rate-exceeded": Named(spoil=said(200, b"Rate exceeded."), outcome="throttled", says='"Rate exceeded."'),
    "503": Named(spoil=said(503, b"busy"), outcome="unreachable", says="503", requests=4),
    "reset": Named(spoil=lambda server, honest: server.reset, outcome="unreachable", says="the connection", requests=4),
    "stall-in-mid-body": Named(
        spoil=lambda server, honest: server.stalled(honest),
        outcome="unreachable",
        says="did not answer in time",
        requests=4,
        environment=(("TRENDLAB_HTTP_TIMEOUT", "1"),),
    ),
    "cut-in-mid-body": Named(
        spoil=lambda server, honest: replace(
            honest, body=honest.body[: len(honest.body) // 2], said_length=len(honest.body)
        ),
        outcome="unreachable",
        says="ended its answer early",
        requests=4,
    ),
    "400": Named(
        spoil=said(400, error_entry("incorrect id format for abc")), outcome="broken", says="400: incorrect id format"
    ),
    "error-entry": Named(
        spoil=said(200, error_entry("sortBy must be in: relevance")), outcome="broken", says="arXiv says: sortBy must"
    ),
    "truncated-xml": Named(spoil=spoiled(lambda body: body[: len(body) // 2]), outcome="broken", says="bad XML"),
    "entity-bomb": Named(spoil=said(200, BOMB), outcome="broken", says="DOCTYPE"),
    "wrong-encoding": Named(spoil=spoiled(latin), outcome="broken", says="bad XML"),
    "html-for-xml": Named(spoil=said(200, PAGE), outcome="broken", says="a web page (HTML)"),
    "empty-page-with-a-total": Named(
        spoil=spoiled(without_entries(0)), outcome="partial", says=f"100 of {PAPERS} papers", requests=4
    ),
    "short-page-in-the-middle": Named(
        spoil=spoiled(without_entries(60)), outcome="partial", says=f"160 of {PAPERS} papers", kept=160, requests=4
    ),
    "the-page-before-again": Named(
        spoil=lambda server, honest: Answer(200, atom(server.papers[30:130], total=PAPERS)),
        outcome="broken",
        says="the same page",
    ),
}


def on_second_page(named: Named, server: Hostile) -> Fault:
    def fault(request: Request, honest: Answer) -> Any:
        return named.spoil(server, honest) if request.path == API and request.start == 100 else None

    return fault


def test_a_good_day_adds_exactly_its_papers_and_a_second_sync_nothing(room: Room, life: Life) -> None:
    good = room.sync()
    assert (good.code, good.errors) == (0, [])
    row = good.of("arxiv")
    assert (row["outcome"], row["expected"], row["received"], row["new"]) == ("complete", PAPERS, PAPERS, PAPERS)
    # Eight of the ten that Hugging Face lists are known from arXiv.
    row = good.of("huggingface")
    assert (row["outcome"], row["received"], row["new"], row["changed"]) == ("complete", 10, 2, 8)
    again = room.sync()
    assert [(row["new"], row["changed"]) for row in again.rows] == [(0, 0), (0, 0)]
    assert room.contents() == life.after


@pytest.mark.parametrize("named", ARXIV.values(), ids=ARXIV.keys())
def test_a_failure_of_arxiv_has_a_name_loses_nothing_and_the_next_sync_completes(
    room: Room, life: Life, named: Named
) -> None:
    calm = room.environment
    room.environment = calm | dict(named.environment)
    room.server.fault = on_second_page(named, room.server)
    failed = room.sync()
    row = failed.of("arxiv")
    assert failed.code == 1
    assert failed.outcomes == {"arxiv": named.outcome, "huggingface": "complete"}
    assert len(failed.errors) == 1, failed.errors
    assert failed.errors[0].startswith(f"trendlab: arxiv: {named.outcome}: ")
    assert named.says in failed.errors[0]
    assert (row["received"], row["new"], row["requests"]) == (named.kept, named.kept, named.requests)
    assert (row["expected"], row["resume"]["start"]) == (PAPERS, named.kept)
    spoiled_catalog = room.contents()
    assert lost_from(life.before, spoiled_catalog) == {}
    assert ids_of(spoiled_catalog) <= ids_of(life.after)

    room.server.fault, room.environment = None, calm
    room.server.seen.clear()
    well = room.sync()
    assert (well.code, well.outcomes, well.errors) == (0, {"arxiv": "complete", "huggingface": "complete"}, [])
    assert (well.of("arxiv")["received"], well.of("arxiv")["new"]) == (PAPERS, PAPERS - named.kept)
    assert room.server.asked(API)[0].start == named.kept, "it goes on where it stopped"
    assert room.contents() == life.after


HUGGING_FACE = {
    "500": Named(spoil=said(500), outcome="unreachable", says="500", requests=3),
    "400": Named(spoil=said(400, b'{"error": "Invalid date"}'), outcome="broken", says="400: Invalid date", requests=1),
    "html-for-json": Named(spoil=said(200, PAGE), outcome="broken", says="a web page (HTML)", requests=1),
    "truncated-json": Named(spoil=spoiled(lambda body: body[:-200]), outcome="broken", says="bad JSON", requests=1),
    "wrong-encoding": Named(spoil=spoiled(latin), outcome="broken", says="not UTF-8", requests=1),
}


@pytest.mark.parametrize("named", HUGGING_FACE.values(), ids=HUGGING_FACE.keys())
def test_a_failure_of_hugging_face_has_a_name_loses_nothing_and_the_next_sync_completes(
    room: Room, life: Life, named: Named
) -> None:
    room.server.fault = lambda request, honest: named.spoil(room.server, honest) if request.path == DAILY else None
    failed = room.sync()
    assert failed.code == 1
    assert failed.outcomes == {"arxiv": "complete", "huggingface": named.outcome}
    assert len(failed.errors) == 1, failed.errors
    assert failed.errors[0].startswith(f"trendlab: huggingface: {named.outcome}: ")
    assert named.says in failed.errors[0]
    row = failed.of("huggingface")
    assert (row["received"], row["new"], row["requests"]) == (0, 0, named.requests)
    assert lost_from(life.before, room.contents()) == {}

    room.server.fault = None
    well = room.sync("--source", "huggingface")
    assert (well.code, well.outcomes, well.errors) == (0, {"huggingface": "complete"}, [])
    assert room.contents() == life.after


def test_no_network_is_unreachable_and_one_line_a_source(room: Room, life: Life) -> None:
    room.server.close()
    failed = room.sync()
    assert (failed.code, set(failed.outcomes.values())) == (1, {"unreachable"})
    assert [line.partition(": unreachable")[0] for line in failed.errors] == [
        "trendlab: arxiv",
        "trendlab: huggingface",
    ]
    assert room.contents() == life.before
