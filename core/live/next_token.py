"""What comes after the text? All tokens, each with a chance: that is what a language model says, and all that it says.

The chances are the model's own at temperature 1; temperature, top-k and top-p make of them what a token is drawn from
(`core.gpt.generate.chances`, as everywhere). And read backwards: how much did each token of the text surprise it?
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.events import Event, Figure, Strip, Table
from core.heatmaps import tick
from core.language import Text
from core.live import Models, Reading
from core.params import BadParam, model_param, param

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerFast

READ = 256  # tokens of the text that are read, the one that begins a document included
COLDEST = 0.01  # below this a temperature other than 0 only overflows
_LONGEST = 24  # letters of a token on the axis
_DRAWN, _LINE = "#3b82c4", "#d97706"

SETTINGS = Text("settings", "설정")
ENTROPY = Text("entropy (bits)", "엔트로피 (비트)")
PERPLEXITY = Text("perplexity", "퍼플렉서티")
LEFT = Text("tokens left", "남은 토큰 수")
SHARE = Text("chances left", "남은 확률")
PLAIN = Text("The next token, and its chance", "다음 토큰과 그 확률")
CHANGED = Text(
    "The next token, and its chance (faint: cut off; line: as the model says it, at temperature 1)",
    "다음 토큰과 그 확률 (흐린 막대: 잘려 나감, 세로줄: 온도 1에서 모델이 말하는 확률)",
)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    text: str = param(
        "The function returns the number of",
        label=Text("Text", "글"),
        help=Text("The model goes on after the last letter; a blank at the end counts.",
                  "마지막 글자 다음을 모델이 잇는다. 끝의 빈칸도 센다."),
        kind="text",
    )  # fmt: skip
    model: str = model_param()
    temperature: float = param(
        1.0, low=0, high=10,
        label=Text("Temperature", "온도"),
        help=Text("Below 1 bolder, above 1 more random; 0 always takes the best guess.",
                  "1보다 낮으면 더 확실한 쪽으로, 높으면 더 무작위로. 0이면 늘 가장 그럴듯한 토큰이다."),
    )  # fmt: skip
    top_k: int = param(
        0, low=0, high=1_000_000,
        label=Text("Top-k", "top-k"),
        help=Text("Only the k best guesses may come; 0 lets all through.",
                  "가장 그럴듯한 k개만 나올 수 있다. 0이면 제한하지 않는다."),
    )  # fmt: skip
    top_p: float = param(
        1.0, low=0.001, high=1,
        label=Text("Top-p", "top-p"),
        help=Text("Only the best guesses that together reach this probability; 1 lets all through.",
                  "확률을 더해 이 값에 이를 때까지의 가장 그럴듯한 토큰만 나올 수 있다. 1이면 제한하지 않는다."),
    )  # fmt: skip
    shown: int = param(
        12, low=3, high=50,
        label=Text("Bars", "막대 수"),
        help=Text("How many of the best guesses are drawn.", "가장 그럴듯한 토큰을 몇 개까지 그릴지."),
    )  # fmt: skip


class NextToken:
    """See the module's docstring."""

    id = "next-token"
    experiment = "next-token"
    title = Text("What comes next?", "다음에 무엇이 올까?")
    help = Text(
        "Type, and see the chances of the next token, and how much each token of the text surprised the model.",
        "글을 쓰면 다음 토큰의 확률과, 글의 토큰마다 모델이 얼마나 놀랐는지 보인다.",
    )
    typed = "text"
    params = Params

    def answer(self, params: Params, models: Models) -> Iterator[Event]:
        """The bars, their entropy and perplexity, and the text shaded by surprise.

        :raises BadParam: a temperature that only overflows, or a model that sees both sides.
        """
        import torch

        from core.gpt.generate import chances

        if 0 < params.temperature < COLDEST:
            raise BadParam(f"temperature: {params.temperature:g} is as good as none; choose 0, or {COLDEST:g} and more")
        loaded = models.get(params.model)
        if not loaded.model.config.causal:
            raise BadParam(f"model: {params.model} sees both sides of a token, and says nothing of the next one")
        reading = loaded.read(params.text, most=READ)
        with torch.inference_mode():
            logits = loaded.model(input_ids=torch.tensor([reading.ids]), use_cache=False).logits[0].float()
        last = logits[-1]
        own = chances(last)
        heated = chances(last, temperature=params.temperature)
        drawn = chances(last, temperature=params.temperature, top_k=params.top_k or None, top_p=params.top_p)
        changed = (params.temperature, params.top_k, params.top_p) != (1.0, 0, 1.0)
        title = CHANGED if changed else PLAIN
        plotly = _bars(loaded.tokenizer, own=own if changed else None, heated=heated, drawn=drawn, shown=params.shown)
        yield Figure(name="next-token", title=title.as_dict(), plotly=plotly)
        yield _spread(params, own=own, drawn=drawn, changed=changed)
        yield _surprise(reading, logits, vocabulary=loaded.model.config.vocab_size)


def _bars(
    tokenizer: PreTrainedTokenizerFast, *, own: Tensor | None, heated: Tensor, drawn: Tensor, shown: int
) -> dict[str, Any]:
    """The likeliest tokens, from the top down: what each is drawn with, and faint what it was cut off from.

    :param own: the model's own chances (vocab_size,), marked on the bars; None where they are what is drawn.
    :param heated, drawn: (vocab_size,), before and after top-k and top-p.
    """
    import torch

    best = (heated if own is None else own).topk(min(shown, len(heated))).indices
    names = [_name(tokenizer, int(number)) for number in best]
    places = list(range(len(names)))
    none = torch.zeros(())
    through = drawn[best] > 0
    mark = {"y": places, "hovertext": names, "hovertemplate": "%{hovertext}: %{x:.2%}<extra></extra>"}
    bar = mark | {"type": "bar", "orientation": "h", "showlegend": False}
    traces = [
        bar | {"x": torch.where(through, drawn[best], none).tolist(), "marker": {"color": _DRAWN}},
        bar | {"x": torch.where(through, none, heated[best]).tolist(), "marker": {"color": _DRAWN, "opacity": 0.25}},
    ]
    if own is not None:
        line = {"symbol": "line-ns-open", "size": 13, "line": {"width": 2}, "color": _LINE}
        lines = {"type": "scatter", "mode": "markers", "x": own[best].tolist(), "marker": line, "showlegend": False}
        traces.append(mark | lines)
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names, "showgrid": False, "zeroline": False}
    layout = {
        "barmode": "overlay",
        "bargap": 0.25,
        "height": 70 + 24 * len(names),
        "margin": {"l": 110, "r": 20, "t": 10, "b": 40},
        "xaxis": {"tickformat": ".0%", "rangemode": "tozero", "fixedrange": True},
        "yaxis": ticks | {"range": [len(names) - 0.5, -0.5], "fixedrange": True},
    }
    return {"data": traces, "layout": layout}


def _spread(params: Params, *, own: Tensor, drawn: Tensor, changed: bool) -> Table:
    """Entropy and perplexity of the model's own chances and, where they differ, of what a token is drawn from."""
    rows = [_row("T = 1", own, own)]
    if changed:
        filters = [f"top-k {params.top_k}"] if params.top_k else []
        filters += [f"top-p {params.top_p:g}"] if params.top_p < 1 else []
        rows.append(_row(" · ".join([f"T = {params.temperature:g}", *filters]), drawn, own))
    title = Text("How sure it is of the next token", "다음 토큰을 얼마나 확신하는가")
    columns = [column.as_dict() for column in (SETTINGS, ENTROPY, PERPLEXITY, LEFT, SHARE)]
    return Table(title=title.as_dict(), columns=columns, rows=rows)


def _row(name: str, drawn: Tensor, own: Tensor) -> list[Any]:
    entropy = entropy_bits(drawn)
    left = drawn > 0
    return [name, round(entropy, 3), round(2**entropy, 2), int(left.sum()), round(float(own[left].double().sum()), 4)]


def entropy_bits(drawn: Tensor) -> float:
    """Shannon's entropy of a distribution (vocab_size,), in bits; 2 to that power is its perplexity."""
    return abs(float(drawn.double().xlogy(drawn.double()).sum())) / math.log(2)


def _surprise(reading: Reading, logits: Tensor, *, vocabulary: int) -> Strip:
    """−log2 of each token's chance, given what stands before it.

    :param logits: (time, vocab_size).
    """
    import torch

    bits: list[float] = []
    ranks: list[int] = []
    if len(reading.ids) > 1:
        own, wanted = logits[:-1].log_softmax(-1), torch.tensor(reading.ids[1:]).unsqueeze(1)
        told = own.gather(1, wanted)  # (time - 1, 1)
        bits = (-told[:, 0].double() / math.log(2)).tolist()
        ranks = ((own > told).sum(1) + 1).tolist()
    notes = [f"{_percent(2**-bit)} · #{rank}" for bit, rank in zip(bits, ranks, strict=True)]
    return Strip(
        name="surprise",
        title=_told(bits, cut=reading.cut).as_dict(),
        tokens=reading.tokens,
        values=[None, *bits],
        high=math.log2(vocabulary),  # what a guess at random is surprised by
        unit_of_measure="bits",
        notes=["", *notes],
    )


def _told(bits: Sequence[float], *, cut: bool) -> Text:
    if not bits:
        return Text("The surprise of each token: no text yet", "토큰마다 놀란 정도: 아직 글이 없음")
    n, perplexity = len(bits), _short(2 ** (sum(bits) / len(bits)))
    ending = Text(f"the last {n} tokens", f"마지막 {n}개 토큰")
    whole = Text(f"{n} token{'s' if n > 1 else ''}", f"토큰 {n}개")
    read = ending if cut else whole
    return Text(
        f"The surprise of each token; perplexity {perplexity} over {read.en}",
        f"토큰마다 놀란 정도. {read.ko}의 퍼플렉서티 {perplexity}",
    )


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def _percent(chance: float) -> str:
    return f"{chance:.1%}" if chance >= 0.001 else f"{chance:.1e}"


def _name(tokenizer: PreTrainedTokenizerFast, number: int) -> str:
    """A token as the axis shows it; what is no whole character, or none that is seen, by its number."""
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    raw = str(tokenizer.convert_ids_to_tokens(number))
    text = str(tokenizer.decode([number]))
    if "\N{REPLACEMENT CHARACTER}" in text:
        byte_of = {letter: byte for byte, letter in bytes_to_unicode().items()}
        text = "".join(f"<{byte_of[letter]:02X}>" if letter in byte_of else letter for letter in raw)
    elif raw.startswith("▁") and not text.startswith(" "):  # these decoders drop a blank at the very beginning
        text = f" {text}"
    seen = "".join(letter if letter.isprintable() or letter in "\n\t" else f"<{ord(letter):02X}>" for letter in text)
    return tick(seen if len(seen) <= _LONGEST else f"{seen[: _LONGEST - 1]}…")


LIVE = NextToken()
