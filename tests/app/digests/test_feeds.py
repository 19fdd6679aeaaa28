"""Is there one valid feed for all that is followed, under a name that stays, and an index that readers subscribe to?"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname
from xml.etree import ElementTree

import feedparser
from lxml import html
from sqlite_utils import Database

from app.digests.feeds import INDEX, PAGE, PAPERS_MOST, Feeds, write_feeds
from core.papers.taxonomy import topics
from db import follows
from tests.app.digests.test_folder import contents, feed_of
from tests.app.digests.world import came, paper


def wrote(db: Database, tmp_path: Path, language: str = "en") -> Feeds:
    folder = tmp_path / "my feeds é"
    folder.mkdir(exist_ok=True)
    return write_feeds(db, folder, language)


def follow(db: Database) -> None:
    follows.add(db, kind="author", name="Ada Example", query='author:"Ada Example"')
    follows.add(db, kind="topic", name="Attention", query="topic:attention")
    follows.add(db, kind="search", name="어텐션 </title><script>", query="attention")


def outlines(folder: Path) -> list[dict[str, str]]:
    return [dict(one.attrib) for one in ElementTree.parse(folder / INDEX).getroot().iter("outline")]


def test_each_has_a_valid_feed_and_the_index_leads_there(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(1), paper(2, title="<b>bold</b> & $x^2$", authors=("Cy Other",))])
    follow(catalog)
    found = wrote(catalog, tmp_path)
    assert [feed.path.name for feed in found.feeds] == ["1-ada-example.atom", "3-title-script.atom", "2-attention.atom"]
    ids = set()
    for feed, outline in zip(found.feeds, outlines(found.folder), strict=True):
        there = Path(url2pathname(unquote(urlsplit(outline["xmlUrl"]).path)))
        assert there == feed.path
        told = feed_of(there)
        assert told.feed.title == outline["text"] == feed.title
        assert told.entries
        ids.add(told.feed.id)
    assert len(ids) == 3
    (bold,) = [entry for entry in feed_of(found.feeds[1].path).entries if "2611.00002" in entry.id]
    assert bold.title == "<b>bold</b> & x²"
    page = html.fromstring((found.folder / PAGE).read_bytes())
    assert not page.xpath("//script")
    assert page.xpath("//li/a/@href") == [feed.path.name for feed in found.feeds]


def test_a_feed_has_the_newest_of_them(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(number) for number in range(1, PAPERS_MOST + 21)])
    follows.add(catalog, kind="search", name="Attention", query="attention")
    (feed,) = wrote(catalog, tmp_path).feeds
    entries = feedparser.parse(BytesIO(feed.path.read_bytes())).entries
    assert len(entries) == PAPERS_MOST
    assert entries[0].id.endswith("2611.00120")


def test_twice_is_the_same_and_a_new_paper_changes_its_feeds_alone(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(1)])
    follow(catalog)
    found = wrote(catalog, tmp_path)
    before = contents(found.folder)
    assert wrote(catalog, tmp_path).changed == ()
    assert contents(found.folder) == before
    came(catalog, [paper(2, authors=("Cy Other",))])
    assert {path.name for path in wrote(catalog, tmp_path).changed} == {"3-title-script.atom", "2-attention.atom"}


def test_what_is_followed_no_longer_loses_its_feed_and_no_other_file(catalog: Database, tmp_path: Path) -> None:
    follow(catalog)
    found = wrote(catalog, tmp_path)
    own: dict[str, bytes] = {"9-mine.atom": b"<mine/>", "notes.txt": b"mine"}
    for name, content in own.items():
        (found.folder / name).write_bytes(content)
    gone = follows.remove(catalog, 1)
    after = wrote(catalog, tmp_path)
    assert [path.name for path in after.removed] == ["1-ada-example.atom"]
    assert not (found.folder / "1-ada-example.atom").exists()
    assert {name: (found.folder / name).read_bytes() for name in own} == own
    assert len(outlines(found.folder)) == 2
    # Followed again, it has the name and the id that it had.
    follows.restore(catalog, gone)
    assert wrote(catalog, tmp_path).feeds == found.feeds


def test_an_index_cannot_have_a_file_elsewhere_removed(catalog: Database, tmp_path: Path) -> None:
    follow(catalog)
    found = wrote(catalog, tmp_path)
    outside = tmp_path / "1-outside.atom"
    kept = found.folder / "thesis.atom"
    for path in (outside, kept):
        path.write_bytes(b"mine")
    evil = "".join(
        f'<outline xmlUrl="{name}"/>' for name in ("file:///x/../1-outside.atom", "thesis.atom", "feeds.opml")
    )
    (found.folder / INDEX).write_text(f"<opml><body>{evil}</body></opml>", encoding="utf-8")
    assert wrote(catalog, tmp_path).removed == ()
    assert outside.exists() and kept.exists()
    (found.folder / INDEX).write_bytes(b"not xml")
    again: Any = wrote(catalog, tmp_path)
    assert [path.name for path in again.changed] == [INDEX]


def test_where_nothing_is_followed_the_index_says_so_in_the_language(catalog: Database, tmp_path: Path) -> None:
    found = wrote(catalog, tmp_path, "ko")
    assert found.feeds == ()
    assert "팔로우하는 것이 없어" in (found.folder / PAGE).read_text(encoding="utf-8")
    follow(catalog)
    assert topics()["attention"].name.ko in {feed.title for feed in wrote(catalog, tmp_path, "ko").feeds}
