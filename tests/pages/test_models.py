"""The page Models: what is here, a download with its ends, folders, and words from the network shown as words."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import downloads
from app.models import keep_folder
from app.settings import settings
from core.gpt.config import GPTConfig
from core.gpt.loading import checkpoints
from core.gpt.loading.hub import HubId
from core.gpt.model import GPT
from db.connect import open_catalog
from tests.core.gpt.loading.hub_server import Hub, asked_here

GPT2 = HubId("openai-community/gpt2")
FILES = {"config.json": b'{"model_type": "gpt2"}', "model.safetensors": os.urandom(5_000_000)}
PAGE = """
import streamlit as st
from app.ui import navigation, undo
st.navigation([navigation.target(page_id) for page_id in navigation.pages()], position="hidden")
navigation.pages()["models"].render()
undo.line()
"""


@pytest.fixture
def server(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with asked_here(dict(FILES), tmp_path, monkeypatch) as found:
        yield found


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not what():
        assert time.monotonic() < deadline, "a minute was not enough"
        time.sleep(0.02)


def opened() -> AppTest:
    app = AppTest.from_string(PAGE, default_timeout=30)
    app.session_state["language"] = "en"
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, [item.value for item in app.exception]
    return app


def press(app: AppTest, key: str) -> AppTest:
    return checked(app.button(key=key).click().run())


def buttons(app: AppTest) -> set[str]:
    return {button.key for button in app.button if button.key}


def words(app: AppTest) -> str:
    return "\n".join(item.value for kind in (app.markdown, app.caption, app.warning, app.error) for item in kind)


def test_a_model_is_asked_about_downloaded_cancelled_and_gone_on_with(server: Hub, home: Path) -> None:
    server.hold = 2_500_000
    app = press(opened(), f"download-{GPT2}")
    assert "5.0 MB will come from" in words(app)
    assert not server.fetched("model.safetensors"), "asking fetches nothing"
    app = press(app, f"start-{GPT2}")
    assert f"cancel-{GPT2}" in buttons(app)
    wait_until(lambda: (stands := downloads.look(home, GPT2)) is not None and stands.here >= 10**6)
    app = press(app, f"cancel-{GPT2}")
    wait_until(lambda: not downloads.is_under_way(home, GPT2))
    app = checked(app.run())
    assert "of 5.0 MB are here; a download goes on there" in words(app)
    server.hold = None
    press(app, f"go-on-{GPT2}")
    wait_until(lambda: not downloads.is_under_way(home, GPT2))
    stands = downloads.look(home, GPT2)
    assert stands is not None and stands.state == "finished"


def test_what_the_network_says_is_shown_as_words(server: Hub) -> None:
    server.card = {"cardData": {"license": "[x](http://evil) <b>$a$</b>"}, "gated": "auto"}
    app = press(opened(), f"download-{GPT2}")
    assert r"\[x\]\(http\:\/\/evil\) \<b\>\$a\$" in words(app)
    assert "terms to accept" in words(app)
    server.refuse["/api/models/"] = 429, {"Retry_After": "9"}
    app = press(press(app, f"not-now-{GPT2}"), "download-Qwen/Qwen2-0.5B")
    assert "try again in 9 seconds" in app.error[0].value


def test_a_model_that_is_too_large_can_be_had_all_the_same(server: Hub) -> None:
    server.card = {"safetensors": {"parameters": {"BF16": 10**15}, "total": 10**15}}
    app = press(opened(), f"download-{GPT2}")
    assert "GB of memory in half precision" in words(app)
    assert app.button(key=f"start-{GPT2}").label == "Download all the same"


def test_any_model_of_the_hub_can_be_named(server: Hub) -> None:
    app = opened()
    app.text_input(key="model-name-words").input("no *name*")
    (look_up,) = [button for button in app.button if button.label == "Look up"]
    app = checked(look_up.click().run())
    assert r"no \*name\* is no name of a model" in words(app)
    app.text_input(key="model-name-words").input("someone/small@v2")
    (look_up,) = [button for button in app.button if button.label == "Look up"]
    app = checked(look_up.click().run())
    assert "start-someone/small@v2" in buttons(app) and not app.error


def a_model(folder: Path) -> Path:
    checkpoints.save(GPT(GPTConfig(vocab_size=64, hidden_size=32, num_hidden_layers=1)), folder)
    return folder


def add(app: AppTest, folder: Path) -> AppTest:
    (named,) = [item for item in app.text_input if item.label == "A folder of your own"]
    named.input(str(folder))
    (button,) = [button for button in app.button if button.label == "Add"]
    return checked(button.click().run())


def test_a_folder_is_added_forgotten_and_taken_back(server: Hub, tmp_path: Path) -> None:
    a_model(tmp_path / "mine")
    app = add(opened(), tmp_path)
    assert r"there is no config\.json" in app.error[0].value
    key = f"forget-folder-{tmp_path / 'mine'}"
    app = add(app, tmp_path / "mine")
    assert key in buttons(app)
    app = press(app, key)
    assert key not in buttons(app) and (tmp_path / "mine" / "config.json").exists()
    assert key in buttons(press(app, "undo-last"))


def test_a_folder_that_is_taken_back_leaves_those_that_were_added_since(server: Hub, tmp_path: Path) -> None:
    one, two = (f"forget-folder-{a_model(tmp_path / name)}" for name in ("one", "two"))
    app = press(add(opened(), tmp_path / "one"), one)
    app = add(app, tmp_path / "two")
    assert two in buttons(app) and one not in buttons(app)
    app = press(app, "undo-last")
    assert {one, two} <= buttons(app)


def test_a_folder_that_is_forgotten_in_two_tabs_and_added_again_is_there_once(server: Hub, tmp_path: Path) -> None:
    key = f"forget-folder-{a_model(tmp_path / 'mine')}"
    app = add(opened(), tmp_path / "mine")
    other = opened()
    app = press(app, key)
    other = press(other, key)
    assert key not in buttons(other) and "undo-last" not in buttons(other), "it did nothing"
    app = press(add(app, tmp_path / "mine"), "undo-last")
    assert key in buttons(app), "and one row, because two would have the same key"


def test_a_folder_that_cannot_be_read_is_told_and_breaks_no_page(server: Hub, home: Path) -> None:
    app = add(opened(), Path("~nobody-here/x"))
    assert "cannot be read" in words(app)
    keep_folder(open_catalog(settings().catalog), home / ("x" * 300))
    assert "cannot be loaded" in words(checked(app.run()))
