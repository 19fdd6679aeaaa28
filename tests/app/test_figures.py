"""The overview figure against a real server on loopback: fetched once, kept, and never from elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlite_utils import Database

from app import figures
from app.settings import Settings
from core.papers.paper import Link, Paper
from db.cooldowns import Cooldown, write_cooldown
from tests.loopback import Quiet, listening

PAGE = b"""<!DOCTYPE html><html><body><figure class="ltx_figure"><img src="x1.png" width="600">
<figcaption>Figure 1: The <b>whole</b>.</figcaption></figure></body></html>"""
PAPER = Paper(id="2405.00001", title="A paper", authors=("Ada",))


def png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1200, 600), "navy").save(out, "PNG")
    return out.getvalue()


class Web(Quiet):
    """Answers by path; what it has is set by each test."""

    answers: dict[str, tuple[int, str, bytes]] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, kind, body = self.answers.get(self.path, (404, "text/html", b"<html>no</html>"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Settings]:
    Web.answers, Web.asked = {}, []
    with listening(Web) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        yield Settings(
            home=tmp_path, arxiv_url=f"{url}/api", html_url=f"{url}/html", hf_url=url, arxiv_delay=0, http_timeout=5
        )


@pytest.fixture
def db(tmp_path: Path) -> Database:
    from db.connect import open_catalog

    return open_catalog(tmp_path / "catalog.db")


def with_figure() -> None:
    Web.answers = {
        "/html/2405.00001": (200, "text/html", PAGE),
        "/html/2405.00001/x1.png": (200, "image/png", png()),
    }


def test_the_first_figure_is_fetched_once_and_kept_small(db: Database, places: Settings) -> None:
    with_figure()
    assert figures.kept(places, PAPER.id) is None
    found = figures.overview(db, places, PAPER)
    assert (found.caption, found.provider, found.why) == ("Figure 1: The whole.", "arxiv", None)
    assert found.picture is not None
    assert Image.open(found.picture).size == (960, 480)
    assert figures.overview(db, places, PAPER) == figures.kept(places, PAPER.id) == found
    assert Web.asked == ["/html/2405.00001", "/html/2405.00001/x1.png"]


def test_without_a_web_version_hugging_face_s_card_is_shown(db: Database, places: Settings) -> None:
    Web.answers = {"/card.png": (200, "image/png", png())}
    paper = replace(PAPER, links=(Link(kind="thumbnail", url=f"{places.hf_url}/card.png"),))
    found = figures.overview(db, places, paper)
    assert found.provider == "huggingface" and found.picture is not None


def test_a_card_on_another_host_is_not_asked_for(db: Database, places: Settings) -> None:
    paper = replace(PAPER, links=(Link(kind="thumbnail", url="http://169.254.169.254/x.png"),))
    assert figures.overview(db, places, paper).why == figures.NONE
    assert Web.asked == ["/html/2405.00001"]


def test_that_there_is_none_is_remembered_for_a_week(
    db: Database, places: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert figures.overview(db, places, PAPER).why == figures.NONE
    assert figures.overview(db, places, PAPER).why == figures.NONE
    assert len(Web.asked) == 1
    monkeypatch.setattr(figures, "AGAIN", timedelta(0))
    with_figure()
    assert figures.overview(db, places, PAPER).picture is not None


@pytest.mark.parametrize("status", [429, 503])
def test_a_failure_on_the_way_is_said_and_not_remembered(db: Database, places: Settings, status: int) -> None:
    Web.answers = {"/html/2405.00001": (status, "text/plain", b"no")}
    found = figures.overview(db, places, PAPER)
    assert found.picture is None and found.why is not None and str(status) in found.why.en
    with_figure()
    assert figures.overview(db, places, PAPER).picture is not None


def test_a_provider_that_asked_to_be_left_alone_is(db: Database, places: Settings) -> None:
    with_figure()
    until = datetime.now(UTC) + timedelta(hours=1)
    write_cooldown(db, Cooldown(provider="arxiv", until=until, why="429", times=1))
    found = figures.overview(db, places, PAPER)
    assert found.why is not None and "left alone" in found.why.en
    assert Web.asked == []


def test_a_picture_that_is_none_counts_as_no_figure(db: Database, places: Settings) -> None:
    with_figure()
    Web.answers["/html/2405.00001/x1.png"] = (200, "image/png", b"<svg onload='x()'></svg>")
    assert figures.overview(db, places, PAPER).why == figures.NONE


def test_a_cut_off_note_of_what_is_kept_is_fetched_anew(db: Database, places: Settings) -> None:
    with_figure()
    found = figures.overview(db, places, PAPER)
    assert found.picture is not None
    found.picture.with_suffix(".json").write_text('{"at": "20', encoding="utf-8")
    assert figures.kept(places, PAPER.id) is None
    assert figures.overview(db, places, PAPER).picture is not None


def test_the_folder_keeps_to_its_size(db: Database, places: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "MOST_BYTES", 1)
    for number in (1, 2):
        paper = replace(PAPER, id=f"2405.0000{number}")
        Web.answers |= {
            f"/html/{paper.id}": (200, "text/html", PAGE),
            f"/html/{paper.id}/x1.png": (200, "image/png", png()),
        }
        assert figures.overview(db, places, paper).picture is not None
    assert [path.name for path in (places.home / "figures").glob("*.webp")] == ["2405.00002.webp"]
    assert figures.kept(places, "2405.00001") is None
