"""Is a digest the same file and the same entry however often it is written, and is nothing lost where one is killed?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree
from sqlite_utils import Database

from app.digests import folder as folders
from app.digests.files import CannotWrite
from app.digests.gathering import gather
from app.digests.writing import write_digest
from app.settings import Settings
from core.digests.span import Span
from db import follows
from db.connect import open_catalog
from tests.app.digests.world import FRIDAY, WELL, came, listed, moment, paper, synced, well

ROOT = Path(__file__).resolve().parents[3]
ATOM = "{http://www.w3.org/2005/Atom}"
NAMES = ["digest-2026-11-20.html", "digest-2026-11-20.json", "digest-2026-11-20.md", "digests.atom"]


def written(db: Database, folder: Path, name: str = FRIDAY, language: str = "en", **how: Any) -> folders.Written:
    folder.mkdir(exist_ok=True)
    return folders.write(gather(db, Span.parse(name)), folder, language, **how)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def feed_of(path: Path) -> Any:
    """The feed, which must be well-formed and have all that RFC 4287 asks for."""
    root = etree.fromstring(path.read_bytes())
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1, name
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    parsed = feedparser.parse(BytesIO(path.read_bytes()))
    assert not parsed.bozo
    return parsed


def test_a_digest_is_four_files_and_one_entry(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(1)])
    well(catalog)
    found = written(catalog, tmp_path / "out")
    assert sorted(path.name for path in found.changed) == NAMES == sorted(contents(found.folder))
    (entry,) = feed_of(found.feed).entries
    assert entry.title == "Daily digest 2026-11-20 (Friday)"
    assert entry.id.startswith("urn:uuid:")
    assert entry.link.endswith("digest-2026-11-20.html")
    assert "https://arxiv.org/abs/2611.00001" in entry.content[0].value


def test_the_same_digest_twice_gives_the_same_bytes_and_no_second_entry(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(1), paper(2)])
    well(catalog)
    first = written(catalog, tmp_path / "out")
    before = contents(first.folder)
    times = {path: path.stat().st_mtime_ns for path in first.folder.iterdir()}
    assert written(catalog, tmp_path / "out").changed == ()
    assert contents(first.folder) == before
    assert {path: path.stat().st_mtime_ns for path in first.folder.iterdir()} == times
    written(catalog, tmp_path / "other")
    assert contents(tmp_path / "other") == before


def test_other_processes_write_the_same_bytes(catalog: Database, places: Settings, tmp_path: Path) -> None:
    came(catalog, [paper(number, upvotes=number % 3) for number in range(1, 40)])
    came(catalog, [listed(50, "2026-11-19")], source="huggingface")
    well(catalog)
    follows.add(catalog, kind="search", name="Attention", query="attention")
    found = []
    for seed in ("1", "2"):
        out = tmp_path / f"out-{seed}"
        subprocess.run(
            [sys.executable, "-m", "app", "digest", "--day", FRIDAY, "--out", str(out), "--language", "ko"],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "TRENDLAB_HOME": str(places.home)},
            check=True,
            capture_output=True,
        )
        found.append(contents(out))
    assert found[0] == found[1]
    assert sorted(found[0]) == [
        *(f"digest-2026-11-20-ko.{ending}" for ending in ("html", "json", "md")),
        "digests-ko.atom",
    ]


def test_a_late_sync_changes_the_same_file_and_the_same_entry(catalog: Database, tmp_path: Path) -> None:
    synced(catalog, "huggingface")
    synced(catalog, "arxiv", "unreachable")
    first = written(catalog, tmp_path / "out")
    (before,) = feed_of(first.feed).entries
    assert "could not be reached" in before.content[0].value
    came(catalog, [paper(1)], at="2026-11-20T11:00")
    synced(catalog, "arxiv", at="2026-11-20T11:00")
    second = written(catalog, tmp_path / "out")
    assert sorted(path.name for path in second.changed) == NAMES
    (after,) = feed_of(second.feed).entries
    assert after.id == before.id and after.published == before.published
    assert after.updated_parsed > before.updated_parsed
    assert "2611.00001" in after.content[0].value and "could not be reached" not in after.content[0].value


def test_updated_moves_on_with_what_is_told_and_only_then(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(1)])
    well(catalog)
    first = written(catalog, tmp_path / "out")
    assert first.updated == moment(WELL)
    # A sync of another day tells nothing new of this one.
    well(catalog, at="2026-11-23T08:00")
    assert written(catalog, tmp_path / "out").updated == first.updated
    follows.add(catalog, kind="search", name="Attention", query="attention")
    assert written(catalog, tmp_path / "out").updated == first.updated + timedelta(seconds=1)


def test_votes_alone_do_not_show_a_digest_again_that_is_only_looked_after(catalog: Database, tmp_path: Path) -> None:
    came(catalog, [paper(1)])
    well(catalog)
    first = written(catalog, tmp_path / "out")
    came(catalog, [paper(1, upvotes=40, listed=date(2026, 11, 23))], at="2026-11-24T08:00", source="huggingface")
    assert written(catalog, tmp_path / "out", only_more=True).changed == ()
    came(catalog, [paper(2)], at="2026-11-20T08:00")
    assert written(catalog, tmp_path / "out", only_more=True).changed
    assert "40 votes" in first.markdown.read_text(encoding="utf-8")


def test_the_feed_has_the_newest_thirty_and_the_files_of_all(catalog: Database, tmp_path: Path) -> None:
    names = [(date(2026, 8, 31) + timedelta(days=number)) for number in range(56)]
    days = [str(day) for day in names if day.weekday() < 5][:33]
    for name in [*days, "2026-W40"]:
        found = written(catalog, tmp_path / "out", name)
    entries = feed_of(found.feed).entries
    assert len(entries) == 30
    assert len({entry.id for entry in entries}) == 30
    assert days[-1] in entries[0].title
    assert any("2026-W40" in entry.title for entry in entries)
    assert len(list(found.folder.glob("*.html"))) == 34


def test_two_languages_do_not_meet(catalog: Database, tmp_path: Path) -> None:
    well(catalog)
    english = written(catalog, tmp_path / "out")
    before = contents(english.folder)
    korean = written(catalog, tmp_path / "out", language="ko")
    assert {**contents(korean.folder), **before} == contents(korean.folder)
    assert [len(feed_of(found.feed).entries) for found in (english, korean)] == [1, 1]
    assert feed_of(english.feed).feed.id != feed_of(korean.feed).feed.id


def write_and_be_killed(places: Settings, out: Path, after: int) -> bool:
    """Friday's digest, written by a process that is killed when it opens or renames a file there after so many; whether
    it was."""
    pid = os.fork()
    if pid == 0:
        left = [after]

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            told = [str(one) for one in arguments if isinstance(one, str | os.PathLike)]
            if event in ("open", "os.rename") and any(one.startswith(str(out)) for one in told):
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        write_digest(open_catalog(places.catalog), places, Span.parse(FRIDAY), folder=out, language="en")
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    assert status in (0, signal.SIGKILL)
    return status != 0


def test_a_kill_at_any_moment_loses_nothing_and_the_next_one_completes(
    catalog: Database, places: Settings, tmp_path: Path
) -> None:
    came(catalog, [paper(1)])
    well(catalog)
    well(catalog, at="2026-11-23T08:00")
    whole = tmp_path / "whole"
    for name in ("2026-11-19", FRIDAY):
        written(catalog, whole, name)
    out = tmp_path / "out"
    written(catalog, out, "2026-11-19")
    before = contents(out)
    killed = 0
    for after in range(30):
        was_killed = write_and_be_killed(places, out, after)
        shown = {name: content for name, content in contents(out).items() if not name.startswith(".")}
        feed_of(out / "digests.atom")
        assert all(shown[name] in (before[name], contents(whole)[name]) for name in before)
        assert all(content == contents(whole)[name] for name, content in shown.items() if name not in before)
        if not was_killed:
            break
        killed += 1
        for path in out.iterdir():
            # Each is killed from the same beginning on.
            if path.name not in before:
                path.unlink()
            else:
                path.write_bytes(before[path.name])
    assert killed >= 8
    assert contents(out) == contents(whole)


def test_what_is_none_of_ours_is_left_alone(catalog: Database, tmp_path: Path) -> None:
    well(catalog)
    folder = tmp_path / "out"
    folder.mkdir()
    notes = {"notes.md": b"mine", "digest-notes.json": b"[1]", "digest-x.json": b'{"digest": "x"}'}
    for name, content in notes.items():
        (folder / name).write_bytes(content)
    found = written(catalog, folder)
    assert {name: contents(folder)[name] for name in notes} == notes
    assert len(feed_of(found.feed).entries) == 1
    # A damaged one of ours is written anew.
    found.data.write_bytes(b"{")
    assert written(catalog, folder).changed


def test_a_folder_that_cannot_be_written_is_one_line(catalog: Database, places: Settings, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(CannotWrite, match="choose another one") as caught:
        write_digest(catalog, places, Span.parse(FRIDAY), folder=blocked / "out", language="en")
    assert str(blocked) in str(caught.value) and "\n" not in str(caught.value)
