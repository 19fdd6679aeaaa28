"""Papers are filed by hand: one on its page, several at once in a list, and either is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from app.settings import settings
from app.tagger import CatalogTagger
from db.papers import upsert
from db.tags import correct, corrected, corrections, effective
from tests.core.papers.lens.lens_papers import papers_about

NOW = datetime(2026, 8, 3, tzinfo=UTC)
IDS = [paper.id for paper in papers_about("ask", 5)]
PAGE = """
import streamlit as st
from app.ui import navigation, undo
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["{page}"].render()
undo.line()
"""


@pytest.fixture
def db(home: Path, open_new: Callable[[Path], Database]) -> Database:
    catalog = open_new(settings().catalog)
    upsert(catalog, papers_about("ask", 5), source="arxiv", day=NOW.date(), seen_at=NOW, tagger=CatalogTagger(catalog))
    return catalog


def opened(page: str = "inbox", **address: str) -> AppTest:
    app = AppTest.from_string(PAGE.format(page=page), default_timeout=30)
    app.session_state["language"] = "en"
    for param, words in address.items():
        app.query_params[param] = words
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [item.value for item in app.exception]
    return app


def press(app: AppTest, key: str) -> AppTest:
    return checked(app.button(key=key).click().run())


def tick(app: AppTest, *ids: str, scope: str = "inbox") -> AppTest:
    for paper_id in ids:
        app.checkbox(key=f"pick-{scope}-{paper_id}").check()
    return checked(app.run())


def file_under(app: AppTest, *stages: str, scope: str = "inbox") -> AppTest:
    app.button_group(key=f"file-under-{scope}").set_value(list(stages))
    return checked(app.run())


def stages(db: Database, paper_id: str) -> list[str]:
    return [tag.value for tag in effective(db, [paper_id])[paper_id] if tag.kind == "stage"]


def test_a_list_has_no_boxes_until_one_asks_for_them(db: Database) -> None:
    app = opened()
    assert not app.checkbox
    app = press(app, "choose-inbox")
    assert len(app.checkbox) == 5
    assert not press(app, "choose-inbox").checkbox


def test_several_papers_are_filed_at_once_and_taken_back_at_once(db: Database) -> None:
    app = tick(press(opened(), "choose-inbox"), *IDS[:3])
    assert "3 chosen" in "".join(item.value for item in app.markdown)
    app = file_under(app, "build", "adapt")
    app = press(app, "file-keep-inbox")
    assert corrections(db, "stage") == dict.fromkeys(reversed(IDS[:3]), ("build", "adapt"))
    assert not any(item.value for item in app.checkbox) and app.button_group(key="file-under-inbox").value == []
    assert "3 filed under: Build\\, Adapt" in "".join(item.value for item in app.markdown)
    press(app, "undo-last")
    assert corrections(db, "stage") == {}
    assert stages(db, IDS[0]) == ["ask"]


def test_nothing_is_kept_before_papers_and_stages_are_chosen(db: Database) -> None:
    app = press(opened(), "choose-inbox")
    assert app.button(key="file-keep-inbox").disabled
    app = tick(app, IDS[0])
    assert app.button(key="file-keep-inbox").disabled
    assert not file_under(app, "build").button(key="file-keep-inbox").disabled


def test_no_stage_and_a_stage_exclude_each_other(db: Database) -> None:
    app = file_under(tick(press(opened(), "choose-inbox"), IDS[0]), "build")
    app = file_under(app, "build", "none")
    assert app.button_group(key="file-under-inbox").value == ["none"]
    app = file_under(app, "none", "align")
    assert app.button_group(key="file-under-inbox").value == ["align"]
    press(file_under(app, "none"), "file-keep-inbox")
    assert corrections(db, "stage") == {IDS[0]: ()}


def test_all_that_is_shown_is_chosen_and_let_go_with_a_press(db: Database) -> None:
    app = press(press(opened(), "choose-inbox"), "file-all-inbox")
    assert all(item.value for item in app.checkbox)
    app = press(app, "file-all-inbox")
    assert not any(item.value for item in app.checkbox)


def test_a_paper_that_is_out_of_sight_is_not_filed(db: Database) -> None:
    correct(db, IDS[0], "topic", ["agents"])
    app = tick(press(opened(), "choose-inbox"), *IDS)
    app.selectbox(key="filter-topic").set_value("agents")
    app = checked(app.run())
    assert [item.key for item in app.checkbox] == [f"pick-inbox-{IDS[0]}"]
    press(file_under(app, "build"), "file-keep-inbox")
    assert list(corrections(db, "stage")) == IDS[:1]


def test_papers_of_a_stage_page_are_filed_too(db: Database) -> None:
    app = tick(press(opened("ask"), "choose-ask"), IDS[1], scope="ask")
    press(file_under(app, "align", scope="ask"), "file-keep-ask")
    assert corrections(db, "stage") == {IDS[1]: ("align",)}


# --- one paper --------------------------------------------------------------------------------------------------------


def pills(app: AppTest, kind: str) -> list[str]:
    (key,) = [item.key for item in app.button_group if (item.key or "").startswith(f"correct-{IDS[0]}-{kind}")]
    return [key]


def test_stages_topics_and_fields_are_set_right_together_and_taken_back(db: Database) -> None:
    app = opened("paper", id=IDS[0])
    for kind, values in (("stage", ["ask", "adapt"]), ("application", ["law"])):
        app.button_group(key=pills(app, kind)[0]).set_value(values)
    app = checked(app.run())
    # The topics of a stage are offered with it.
    app.button_group(key=pills(app, "topic")[0]).set_value(["peft"])
    app = press(checked(app.run()), "correct-keep")
    assert corrected(db, IDS[0]) == {"stage": ("ask", "adapt"), "topic": ("peft",), "application": ("law",)}
    app = press(app, "correct-undo")
    assert corrected(db, IDS[0]) == {}
    app = press(app, "undo-last")
    assert corrected(db, IDS[0]) == {"stage": ("ask", "adapt"), "topic": ("peft",), "application": ("law",)}
    press(app, "undo-last")
    assert corrected(db, IDS[0]) == {}


def test_only_what_was_set_right_is_a_persons_word(db: Database) -> None:
    app = opened("paper", id=IDS[0])
    app.button_group(key=pills(app, "stage")[0]).set_value(["build"])
    press(checked(app.run()), "correct-keep")
    assert corrected(db, IDS[0]) == {"stage": ("build",)}


def test_a_topic_goes_with_its_stage(db: Database) -> None:
    app = opened("paper", id=IDS[0])
    app.button_group(key=pills(app, "stage")[0]).set_value(["ask", "adapt"])
    app = checked(app.run())
    app.button_group(key=pills(app, "topic")[0]).set_value(["peft"])
    app = checked(app.run())
    app.button_group(key=pills(app, "stage")[0]).set_value(["ask"])
    app = press(checked(app.run()), "correct-keep")
    assert "peft" not in corrected(db, IDS[0]).get("topic", ())


def test_no_stage_at_all_is_told_as_the_persons_word(db: Database) -> None:
    correct(db, IDS[0], "stage", [])
    correct(db, IDS[0], "topic", [])
    captions = [item.value for item in opened("paper", id=IDS[0]).caption]
    assert "Nothing, by your correction." in captions
