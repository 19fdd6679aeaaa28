"""The next token: its bars, how sure the model is, and how much the text surprised it."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.events import Figure, Strip, Table
from core.gpt.loss import token_loss
from core.heatmaps import tick
from core.live import Models
from core.live.next_token import LIVE, entropy_bits
from core.params import BadParam, make_params

TEXT = "The function returns the number of"


def asked(models: Models, **values: Any) -> tuple[Figure, Table, Strip]:
    figure, table, strip = LIVE.answer(make_params(LIVE.params, {"text": TEXT} | values), models)
    assert isinstance(figure, Figure) and isinstance(table, Table) and isinstance(strip, Strip)
    return figure, table, strip


def own(models: Models, text: str = TEXT) -> np.ndarray:
    """The model's chances of each token after the text, in float64: (vocab_size,)."""
    loaded = models.get("nano")
    ids = torch.tensor([loaded.read(text, most=256).ids])
    with torch.no_grad():
        logits = loaded.model(input_ids=ids).logits[0, -1].double().numpy()
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def bars(figure: Figure) -> tuple[list[float], list[float]]:
    drawn, cut_off = figure.plotly["data"][:2]
    return drawn["x"], cut_off["x"]


def test_the_bars_are_the_likeliest_tokens_with_their_chances(models: Models) -> None:
    figure, _, _ = asked(models, shown=10)
    chances = own(models)
    drawn, cut_off = bars(figure)
    assert drawn == pytest.approx(np.sort(chances)[::-1][:10], rel=1e-4)
    assert cut_off == [0.0] * 10
    names = figure.plotly["layout"]["yaxis"]["ticktext"]
    best = models.get("nano").tokenizer.decode([int(chances.argmax())])
    assert names[0] == tick(str(best))
    assert len(figure.plotly["data"]) == 2  # nothing to compare with


def test_the_bars_follow_the_text(models: Models) -> None:
    assert bars(asked(models)[0]) != bars(asked(models, text=f"{TEXT} a")[0])
    assert bars(asked(models, text="")[0])[0][0] > 0


def test_temperature_sharpens_and_flattens(models: Models) -> None:
    chances = own(models)
    for temperature in (0.5, 2.0):
        figure, table, _ = asked(models, temperature=temperature)
        wanted = chances ** (1 / temperature) / (chances ** (1 / temperature)).sum()
        assert bars(figure)[0] == pytest.approx(np.sort(wanted)[::-1][:12], rel=1e-3)
        line = figure.plotly["data"][2]
        assert line["x"] == pytest.approx(np.sort(chances)[::-1][:12], rel=1e-4)
        assert table.rows[1][1] == pytest.approx(-(wanted * np.log2(wanted)).sum(), abs=2e-3)


def test_at_temperature_0_the_best_guess_is_certain(models: Models) -> None:
    figure, table, _ = asked(models, temperature=0)
    assert bars(figure)[0] == [1.0] + [0.0] * 11
    assert table.rows[1][:4] == ["T = 0", 0.0, 1.0, 1]


def test_what_top_k_cuts_off_is_faint_and_the_others_share_its_chance(models: Models) -> None:
    chances = np.sort(own(models))[::-1]
    figure, table, _ = asked(models, top_k=3)
    drawn, cut_off = bars(figure)
    assert drawn[:3] == pytest.approx(chances[:3] / chances[:3].sum(), rel=1e-4)
    assert drawn[3:] == [0.0] * 9
    assert cut_off[:3] == [0.0] * 3
    assert cut_off[3:] == pytest.approx(chances[3:12], rel=1e-4)
    assert table.rows[1][0] == "T = 1 · top-k 3"
    assert table.rows[1][3:] == [3, pytest.approx(chances[:3].sum(), abs=1e-4)]


def test_top_p_lets_through_the_fewest_that_reach_it(models: Models) -> None:
    chances = np.sort(own(models))[::-1]
    _, table, _ = asked(models, top_p=0.5)
    assert table.rows[1][3] == int(np.searchsorted(chances.cumsum(), 0.5) + 1)


def test_without_settings_there_is_one_row(models: Models) -> None:
    chances = own(models)
    _, table, _ = asked(models)
    (row,) = table.rows
    entropy = -(chances * np.log2(chances)).sum()
    assert row[0] == "T = 1"
    assert row[1] == pytest.approx(entropy, abs=1e-3)
    assert row[2] == pytest.approx(2**entropy, rel=1e-2)
    assert len(table.columns) == len(row)


def test_the_surprise_of_the_tokens_is_the_loss_of_the_model(models: Models) -> None:
    _, _, strip = asked(models)
    loaded = models.get("nano")
    ids = torch.tensor([loaded.read(TEXT, most=256).ids])
    with torch.no_grad():
        nats = float(token_loss(loaded.model(input_ids=ids).logits, ids, shift=True))
    told = [value for value in strip.values if value is not None]
    assert strip.values[0] is None
    assert "".join(strip.tokens[1:]) == TEXT
    assert sum(told) / len(told) * math.log(2) == pytest.approx(nats, rel=1e-4)
    assert f"perplexity {math.exp(nats):.3g} over {len(told)} tokens" in strip.title["en"]
    assert strip.high == pytest.approx(math.log2(loaded.model.config.vocab_size))


def test_a_token_says_its_chance_and_its_rank(models: Models) -> None:
    text = f"{TEXT} the"
    _, _, strip = asked(models, text=text)
    chances = own(models)
    the = models.get("nano").read(text, most=256).ids[-1]
    rank = int((chances > chances[the]).sum()) + 1
    assert strip.notes[-1] == f"{chances[the]:.1%} · #{rank}"


def test_of_a_long_text_the_strip_says_that_only_the_end_is_read(models: Models) -> None:
    _, _, strip = asked(models, text="many words " * 1000)
    assert "the last 255 tokens" in strip.title["en"]
    assert "마지막 255개" in strip.title["ko"]


def test_no_text_has_no_perplexity(models: Models) -> None:
    _, _, strip = asked(models, text="")
    assert strip.values == [None]
    assert "no text yet" in strip.title["en"]


def test_a_token_of_parts_of_characters_is_named_by_its_bytes(models: Models) -> None:
    figure, _, _ = asked(models, text="안녕하세요 ^_^ \u202e", shown=50)
    names = figure.plotly["layout"]["yaxis"]["ticktext"]
    assert any(re.fullmatch(r"(&lt;[0-9A-F]{2}&gt;)+", name) for name in names)
    assert not any("\N{REPLACEMENT CHARACTER}" in name for name in names)


def test_a_temperature_that_only_overflows_is_refused(models: Models) -> None:
    with pytest.raises(BadParam, match="temperature: 1e-30"):
        asked(models, temperature=1e-30)
    assert asked(models, temperature=0.01)


def test_a_model_that_sees_both_sides_is_refused(models: Models) -> None:
    config = models.get("nano").model.config
    config.causal = False
    try:
        with pytest.raises(BadParam, match="sees both sides"):
            asked(models)
    finally:
        config.causal = True


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=50).filter(lambda each: sum(each) > 0.1))
def test_the_entropy_lies_between_certainty_and_a_guess_at_random(weights: list[float]) -> None:
    drawn = torch.tensor(weights, dtype=torch.float64)
    bits = entropy_bits(drawn / drawn.sum())
    assert -1e-9 <= bits <= math.log2(len(weights)) + 1e-9
