"""How is what a model said of a text shown? A row of a table, a diagram, its worst guesses, and the text itself.

In the diagram confidence goes across, how often it came true goes up; on the diagonal it is as the model said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from core.calibration import Predictions, Reliability, best_temperature, joined, predictions
from core.events import Strip
from core.gpt.model import GPT
from core.language import Text
from core.text.tokenizer import pieces, start_token

COLUMNS = (
    Text("text", "글"),
    Text("tokens", "토큰 수"),
    Text("perplexity", "퍼플렉서티"),
    Text("entropy (nats)", "엔트로피 (nat)"),
    Text("bits a byte", "바이트당 비트"),
    Text("best guess right", "첫 추측 적중률"),
    Text("confidence", "확신도"),
    Text("over-confidence", "과신"),
    Text("ECE as it is", "보정하지 않은 ECE"),
    Text("ECE by chance alone", "우연만으로 생기는 ECE"),
    Text("error without chance", "우연을 뺀 오차"),
    Text("best temperature", "가장 알맞은 온도"),
)
_GREY, _COLOUR, _FAINT = "#888888", "#3b82c4", "#d97706"
_BEFORE = 100  # letters shown before a token


@dataclass(frozen=True, kw_only=True)
class Read:
    """One kind of text, read.

    :param pieces: the windows, token ids (time,) each.
    :param own: the place of temperature 1 among the temperatures of `said`.
    :param by_chance: the plain error that a perfectly calibrated model would show (`core.calibration.floor`).
    """

    pieces: Sequence[Tensor]
    said: Predictions
    own: int
    bytes_a_token: float
    by_chance: float

    def row(self, temperatures: Sequence[float], *, bins: int) -> list[Any]:
        """What the table says of it: `COLUMNS` without the name."""
        said, found = self.said, self.said.guesses(bins=bins, temperature=self.own)
        nats = said.surprisal.mean(axis=1)
        bits = nats[self.own] / np.log(2) / self.bytes_a_token
        values = (said.entropy.mean(), bits, said.correct.mean(), said.confidence[self.own].mean())
        errors = (found.overconfidence, found.plain, self.by_chance, found.error, best_temperature(temperatures, nats))
        shown = [round(float(value), 4) for value in (*values, *errors)]
        return [len(said.target), round(float(np.exp(nats[self.own])), 2), *shown]

    def errors(self, *, bins: int) -> list[float]:
        """The calibration error at each temperature."""
        return [round(self.said.guesses(bins=bins, temperature=at).error, 4) for at in range(len(self.said.confidence))]


def diagram(own: Reliability, cold: Reliability) -> dict[str, Any]:
    """A Plotly figure as JSON, without a word in it, so that it serves every language.

    :param own: the model's own probabilities, with two standard errors.
    :param cold: those of a lower temperature, faint: what over-confidence looks like.
    """
    axis = {"range": [-0.02, 1.02], "tickformat": ".0%", "zeroline": False}
    return {
        "data": [
            {
                "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "showlegend": False, "hoverinfo": "skip",
                "line": {"color": _GREY, "dash": "dot", "width": 1},
            },
            _line(cold, _FAINT) | {"opacity": 0.45},
            _line(own, _COLOUR) | {"error_y": {
                "type": "data", "array": [round(2 * float(noise), 4) for noise in own.noise],
                "color": _COLOUR, "thickness": 1, "width": 2,
            }},
        ],
        "layout": {"height": 340, "margin": {"l": 45, "r": 10, "t": 10, "b": 40}, "xaxis": axis, "yaxis": axis},
    }  # fmt: skip


def _line(shown: Reliability, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [round(float(value), 4) for value in shown.confidence],
        "y": [round(float(value), 4) for value in shown.frequency],
        "customdata": [int(count) for count in shown.count],
        "hovertemplate": "%{x:.1%} → %{y:.1%} (n = %{customdata})<extra></extra>",
        "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "size": 6},
        "showlegend": False,
    }


def surprises(read: Read, tokenizer: PreTrainedTokenizerFast, *, most: int = 3) -> Iterator[tuple[str, str]]:
    """Where it was surest, and wrong: what stood before, and its guess and what came, with their probabilities."""
    said = read.said
    wrong = np.where(said.correct == 1, -1.0, said.confidence[read.own])
    for place in np.argsort(-wrong, kind="stable")[:most]:
        window = int(said.window[place])
        before = read.pieces[window][: int(place - np.argmax(said.window == window)) + 1]
        guess, came = (str(tokenizer.decode([int(ids[place])])) for ids in (said.guess, said.target))
        chances = said.confidence[read.own][place], np.exp(-said.surprisal[read.own][place])
        yield f"… {tokenizer.decode(before)[-_BEFORE:]}", f"{guess!r} {chances[0]:.1%} → {came!r} {chances[1]:.2g}"


def surprise_strip(model: GPT, tokenizer: PreTrainedTokenizerFast, text: str) -> Strip:
    """A text in its tokens, each shaded by how much it surprised the model (−log2 of its probability)."""
    start = start_token(tokenizer)
    before = [] if start is None else [start]
    shown = pieces(tokenizer, text)[: model.config.max_position_embeddings - len(before)]
    ids = torch.tensor([*before, *(piece.id for piece in shown)])
    bits: list[float] = []
    if len(ids) > 1:
        bits = (joined(list(predictions(model, [ids], temperatures=(1.0,)))).surprisal[0] / np.log(2)).tolist()
    return Strip(
        name="surprise",
        title=Text("The surprise of each token", "토큰마다 놀란 정도").as_dict(),
        tokens=[piece.text for piece in shown],
        values=[*([None] * (len(shown) - len(bits))), *bits],
        high=float(np.log2(model.config.vocab_size)),  # what a guess at random is surprised by
        unit_of_measure="bits",
    )
