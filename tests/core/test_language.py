"""Words in every language the app speaks, and the JSON that carries them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.language import Text, in_language

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
