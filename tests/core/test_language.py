"""Words in every language the app speaks, and the JSON that carries them."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from core.language import Text, Told, in_language

NAME = Text("loss", "손실")
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key not in ("en", "ko")), inner),
)


def test_every_text_in_a_figure_becomes_that_of_the_language() -> None:
    figure = {
        "data": [{"name": NAME.as_dict(), "y": [NAME.as_dict(), "PPO"], "x": [0.5, 1]}],
        "layout": {"xaxis": {"title": {"text": Text("share").as_dict()}}},
    }
    assert in_language(figure, "ko") == {
        "data": [{"name": "손실", "y": ["손실", "PPO"], "x": [0.5, 1]}],
        "layout": {"xaxis": {"title": {"text": "share"}}},
    }
    assert in_language(figure, "en")["data"][0]["name"] == "loss"


@given(PLAIN)
def test_json_without_texts_stays_as_it_is(value: object) -> None:
    assert in_language(value, "ko") == value


def test_an_object_that_only_looks_like_a_text_stays() -> None:
    assert in_language({"en": 1}, "ko") == {"en": 1}
    assert in_language({"en": "a", "x": "b"}, "ko") == {"en": "a", "x": "b"}
    assert in_language({}, "ko") == {}


def test_an_error_for_visitors_is_english_to_others_and_can_be_copied() -> None:
    class Closed(Told, OSError):
        pass

    error = Closed("the door is closed", "문이 닫혀 있습니다")
    assert str(error) == "the door is closed"
    assert error.said.to("ko") == "문이 닫혀 있습니다"
    assert str(Told("only English")) == Told("only English").said.to("ko") == "only English"
    there = copy.copy(Told("a", "가"))
    assert (str(there), there.said) == ("a", Text("a", "가"))
