"""The live view of attention: the text is shaded by one row of the map, whichever head and token are chosen."""

from __future__ import annotations

from typing import Any

import pytest

from core.events import Event, Figure, Strip
from core.live import Models
from core.live.attention import LIVE, READ, Params
from core.params import BadParam, make_params

TEXT = "alpha beta gamma delta alpha beta gamma"


def answer(models: Models, **values: Any) -> tuple[Strip, Figure]:
    events: list[Event] = list(LIVE.answer(make_params(Params, {"text": TEXT, **values}), models))
    strip, figure = events
    assert isinstance(strip, Strip) and isinstance(figure, Figure)
    return strip, figure


@pytest.mark.parametrize("look", ["previous token", "first token", "induction", "mean", "one head"])
def test_the_text_is_shaded_by_the_row_of_the_chosen_token(models: Models, look: str) -> None:
    for position in (-1, 3, 0):
        strip, figure = answer(models, look=look, position=position)
        place = position % len(strip.tokens)
        assert strip.chosen == [place]
        row = figure.plotly["data"][0]["z"][place]
        assert strip.values == [value if value is None else pytest.approx(value, abs=1e-3) for value in row]
        assert sum(value for value in strip.values if value is not None) == pytest.approx(1, abs=1e-3)
        assert all(value is None for value in strip.values[place + 1 :])


def test_the_strongest_previous_token_head_looks_at_the_previous_token(models: Models) -> None:
    strip, _ = answer(models, look="previous token")
    shown = [value for value in strip.values if value is not None]
    assert shown.index(max(shown)) == len(shown) - 2
    assert "Most to the previous token" in strip.title["en"]


def test_the_strongest_induction_head_pays_most_to_what_followed_the_first_time(models: Models) -> None:
    strip, _ = answer(models, look="induction")
    tokens = strip.tokens
    config = models.get("nano").model.config

    def paid(layer: int, head: int) -> float:
        """Worked out from the figure: what a token that came before pays to the tokens after its earlier places."""
        _, figure = answer(models, look="one head", layer=layer, head=head)
        rows = figure.plotly["data"][0]["z"]
        return sum(
            rows[query][earlier + 1]
            for query, token in enumerate(tokens)
            for earlier in range(query - 1)
            if tokens[earlier] == token
        )

    scores = {
        f"{layer}.{head}": paid(layer, head)
        for layer in range(config.num_hidden_layers)
        for head in range(config.num_attention_heads)
    }
    assert strip.title["en"].split(". What")[0].endswith(max(scores, key=lambda name: scores[name]))


def test_one_head_is_the_one_that_was_named(models: Models) -> None:
    strip, figure = answer(models, look="one head", layer=2, head=1)
    assert "2.1" in strip.title["en"] and "2.1" in figure.title["ko"]
    other, _ = answer(models, look="one head", layer=0, head=0)
    assert strip.values != other.values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"look": "one head", "layer": 99}, "layers 0 to"),
        ({"look": "one head", "head": 99}, "heads 0 to"),
        ({"position": READ - 1}, "the text has tokens 0 to"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(models: Models, values: dict[str, Any], message: str) -> None:
    with pytest.raises(BadParam, match=message) as error:
        answer(models, **values)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", " ", "x", "<script>alert(1)</script>", "한국어 문장", "\x00\u202e", "a" * 5000])
def test_any_text_has_an_answer_and_the_same_one_again(models: Models, text: str) -> None:
    strip, figure = answer(models, text=text)
    assert len(strip.tokens) == len(strip.values) <= READ
    assert "<script" not in str(figure.plotly)
    assert answer(models, text=text) == (strip, figure)
