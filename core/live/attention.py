"""Where does the model look? One token of a text is chosen, and the text is shaded by the attention that it pays.

One head, the mean of all, or the head that does most on this very text of what heads are known for: look at the
previous token (arXiv:1906.04341), at the first (arXiv:2309.17453), or at what followed the same token earlier
(arXiv:2209.11895). On one text a head may do so by chance; the experiment measures it on many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.events import Event, Figure
from core.heatmaps import looked_at, one_head
from core.language import Text
from core.live import Models
from core.params import BadParam, model_param, param

READ = 64  # tokens of the text that are read: more would not fit on one map
KINDS = ("previous token", "first token", "induction")
STRONGEST = {
    "previous token": Text("Most to the previous token", "바로 앞 토큰을 가장 많이 보는 헤드"),
    "first token": Text("Most to the first token", "첫 토큰을 가장 많이 보는 헤드"),
    "induction": Text("Most to what followed earlier", "앞서 뒤따른 토큰을 가장 많이 보는 헤드"),
}


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    text: str = param(
        "one two three four, one two three",
        label=Text("Text", "글"),
        help=Text("Its last tokens are read; a repetition shows most.",
                  "마지막 토큰들을 읽는다. 되풀이되는 말이 있어야 잘 보인다."),
        kind="text",
    )  # fmt: skip
    model: str = model_param()
    look: str = param(
        "induction",
        choices=(*KINDS, "mean", "one head"),
        label=Text("Which head", "볼 헤드"),
        help=Text("The strongest of a kind on this text, the mean of all heads, or the one named below.",
                  "이 글에서 그 역할이 가장 뚜렷한 헤드, 모든 헤드의 평균, 또는 아래에서 고른 헤드."),
    )  # fmt: skip
    layer: int = param(
        0, low=0, high=1000, label=Text("Layer", "층"), help=Text("Of the one head, from 0.", "고른 헤드의 층. 0부터.")
    )
    head: int = param(
        0, low=0, high=1000, label=Text("Head", "헤드"), help=Text("In its layer, from 0.", "층 안의 번호. 0부터.")
    )
    position: int = param(
        -1, low=-READ, high=READ - 1,
        label=Text("Token", "토큰"),
        help=Text("The token whose attention is shown, from 0; −1 is the last one, −2 the one before it.",
                  "어텐션을 볼 토큰. 0부터 세며, −1은 마지막 토큰, −2는 그 앞 토큰이다."),
    )  # fmt: skip


class Attention:
    """See the module's docstring."""

    id = "attention"
    experiment = "attention-maps"
    title = Text("Where does it look?", "어디를 보는가?")
    help = Text(
        "Type, choose a head and a token: the text is shaded by the attention that the token pays, and the map has all "
        "tokens (rows look, columns are looked at).",
        "글을 쓰고 헤드와 토큰을 고르면, 그 토큰이 주는 어텐션만큼 글이 짙어진다. 지도에는 모든 토큰이 있다(행이 보는 "
        "쪽, 열이 보이는 쪽).",
    )
    typed = "text"
    params = Params

    def answer(self, params: Params, models: Models) -> Iterator[Event]:
        """The text in its shades, then the map.

        :raises BadParam: a head or a token that is not there, or a model that sees both sides.
        """
        import torch

        from core.gpt.heads import attention_maps, attention_of_kinds, strongest
        from core.head_report import named

        loaded = models.get(params.model)
        if not loaded.model.config.causal:
            raise BadParam(f"model: {params.model} sees both sides of a token; choose one that writes")
        reading = loaded.read(params.text, most=READ)
        ids = torch.tensor([reading.ids])
        maps = attention_maps(loaded.model, ids)  # (layers, 1, heads, time, time)
        layers, heads = maps.shape[0], maps.shape[2]
        position = _place(params.position, len(reading.ids))
        if params.look == "mean":
            attention = maps.mean(dim=(0, 1, 2))
            name = Text(f"Mean of all {layers * heads} heads", f"헤드 {layers * heads}개의 평균")
        else:
            if params.look == "one head":
                chosen, kind = _chosen(params, layers, heads), Text("Head", "헤드")
            else:
                place = KINDS.index(params.look)
                chosen, kind = strongest(attention_of_kinds(maps, ids)[place]), STRONGEST[params.look]
            attention = maps[chosen[0], 0, chosen[1]]
            name = Text(f"{kind.en}: {named(chosen)}", f"{kind.ko}: {named(chosen)}")
        drawn = attention.tolist()
        yield looked_at(drawn, reading.tokens, position=position, name="looks", head=name)
        yield Figure(name="map", title=name.as_dict(), plotly=one_head(drawn, reading.tokens))


def _place(position: int, time: int) -> int:
    """
    :raises BadParam: there is no such token.
    """
    if not -time <= position < time:
        raise BadParam(f"position: {position} is not there; the text has tokens 0 to {time - 1}")
    return position % time


def _chosen(params: Params, layers: int, heads: int) -> tuple[int, int]:
    if params.layer >= layers or params.head >= heads:
        raise BadParam(
            f"there is no head {params.layer}.{params.head}; {params.model} has layers 0 to {layers - 1} "
            f"with heads 0 to {heads - 1}"
        )
    return params.layer, params.head


LIVE = Attention()
