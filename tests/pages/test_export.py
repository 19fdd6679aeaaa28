"""The export page offers each format of what is asked for, and says what it is good for."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from core.exports.export import KINDS, Kind, exports
from tests.pages.opening import opened


@pytest.fixture
def app(starter: None) -> AppTest:
    """The page on the starter catalog."""
    return opened("export")


def offered(app: AppTest) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_format_of_a_kind_has_a_button_and_a_word_on_what_it_is_good_for(app: AppTest, kind: Kind) -> None:
    app.get("button_group")[0].set_value(kind).run()
    assert not app.exception
    said = [caption.value for caption in app.caption]
    for form in exports(kind).values():
        assert form.name.en in offered(app) and form.help.en in said
    for other in set(KINDS) - {kind}:
        assert not {form.help.en for form in exports(other).values()} & set(said)


def test_a_search_is_asked_for_where_papers_are_told(app: AppTest) -> None:
    assert "export-query" not in [box.key for box in app.text_input]
    app.get("button_group")[0].set_value("papers").run()
    app.text_input(key="export-query").set_value("qwen3").run()
    assert any("--query qwen3" in code.value for code in app.code)
    assert any("Qwen3 Technical Report" in text.value for text in app.markdown)
    app.text_input(key="export-query").set_value("zzzzzz").run()
    assert any("No paper fits" in text.value for text in app.markdown)
    assert not app.exception
