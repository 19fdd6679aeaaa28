"""Are digests and feeds chosen, read and written on their pages?"""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.digests.choice import State as Kept
from app.digests.choice import read_choice, read_state, write_state
from app.settings import settings
from db import follows
from db.connect import open_catalog
from tests.app.digests.world import came, paper, well

SECTION = """
from app.ui import digest
from app.ui.catalog import catalog
digest.{}(catalog())
"""


def drawn(name: str = "section", language: str = "en") -> AppTest:
    app = AppTest.from_string(SECTION.format(name), default_timeout=30)
    app.session_state["language"] = language
    return app.run()


def test_the_choice_is_kept(home: Path, tmp_path: Path) -> None:
    app = drawn(language="ko")
    db = open_catalog(settings().catalog)
    app.segmented_control(key="digest-often").set_value("week").run()
    app.text_input(key="digest-folder").set_value(str(tmp_path / "mine")).run()
    assert not app.exception
    kept = read_choice(db, settings())
    # In the visitor's language, as long as nobody said another one.
    assert (kept.often, kept.folder, kept.language) == ("week", tmp_path / "mine", "ko")
    app.segmented_control(key="digest-language").set_value("en").run()
    assert read_choice(db, settings()).language == "en"
    assert "digests.atom" in " ".join(caption.value for caption in app.caption)


def test_a_folder_that_is_no_whole_path_is_said_and_not_kept(home: Path) -> None:
    app = drawn()
    app.text_input(key="digest-folder").set_value("somewhere").run()
    assert "whole path" in app.error[0].value
    assert app.text_input(key="digest-folder").value == str(home / "digests")


def test_it_is_read_and_written_here(home: Path) -> None:
    app = drawn()
    assert "never synced" not in " ".join(text.value for text in app.markdown)
    app.toggle(key="digest-read").set_value(True).run()
    assert "never synced" in " ".join(text.value for text in app.markdown)
    app.button(key="digest-write").click().run()
    assert not app.exception
    assert "Written" in app.success[0].value
    assert len(list((home / "digests").glob("*.html"))) == 1


def test_what_kept_it_from_being_written_is_shown(home: Path, tmp_path: Path) -> None:
    app = drawn()
    app.segmented_control(key="digest-often").set_value("day").run()
    db = open_catalog(settings().catalog)
    write_state(db, Kept(tries=1, error="/away: no such [folder](x)"))
    app.run()
    assert "no such \\[folder\\]\\(x\\)" in app.warning[0].value
    (home / "digests").write_bytes(b"in the way")
    app.button(key="digest-write").click().run()
    assert "choose another one" in app.error[0].value
    assert read_state(db).error


def test_feeds_are_written_here_and_after_each_sync(home: Path) -> None:
    db = open_catalog(settings().catalog)
    follows.add(db, kind="search", name="Attention", query="attention")
    came(db, [paper(1)])
    well(db)
    app = drawn("feeds_section")
    app.button(key="feeds-write").click().run()
    assert not app.exception
    assert (home / "digests" / "feeds" / "1-attention.atom").exists()
    app.toggle[0].set_value(True).run()
    assert read_choice(db, settings()).feeds
    app.toggle[0].set_value(False).run()
    assert not read_choice(db, settings()).feeds
