"""How are the heads of a model shown? Their scores as tables and figures, and one text with its maps and shades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from core.events import Event, Figure, Table
from core.gpt.heads import attention_maps, attention_of_kinds
from core.gpt.model import GPT
from core.heatmaps import head_grid, head_scores, looked_at, one_head
from core.language import Text
from core.params import BadParam
from core.text.tokenizer import pieces, start_token

Head = tuple[int, int]

SHOWN_TOKENS = 40
GRID_CELLS = 100_000  # of all heads together: a model of many heads is drawn on fewer tokens
SHUFFLES = 8
PREVIOUS, FIRST, INDUCTION = (
    Text("previous token", "직전 토큰"),
    Text("first token", "첫 토큰"),
    Text("induction", "귀납"),
)


def over_many_texts(*, previous: Tensor, first: Tensor, induction: Tensor, shuffled: Tensor) -> Iterator[Event]:
    """Every head's scores, each (layers, heads), as a table and as figures; `shuffled` is induction without repetition.

    They are of texts that no head was chosen by.
    """
    kinds = ((PREVIOUS, previous), (FIRST, first), (INDUCTION, induction))
    yield _table(
        Text("Heads over many texts, replicate 1", "여러 글에서 본 헤드, 첫 번째 반복"),
        (*kinds, (_shuffled(INDUCTION), shuffled)),
    )
    for kind, scores in kinds:
        title = Text(
            f"Over many texts, {kind.en}: layers down, heads across",
            f"여러 글에서 본 점수, {kind.ko}: 아래로 층, 옆으로 헤드",
        )
        name = f"scores-{kind.en.replace(' ', '-')}"
        yield Figure(name=name, title=title.as_dict(), plotly=head_scores(scores.tolist()))


def of_prompt(
    model: GPT, tokenizer: PreTrainedTokenizerFast, prompt: str, *, induction: Head, previous: Head, seed: int
) -> Iterator[Event]:
    """A person's text: every head's scores on it and on its tokens shuffled, all maps, and two heads in large.

    :param induction, previous: the heads that are drawn in large, with the text in its shades.
    :raises BadParam: there is only one token.
    """
    start = start_token(tokenizer)
    front = [] if start is None else [start]
    room = min(SHOWN_TOKENS, model.config.max_position_embeddings - len(front))
    read = pieces(tokenizer, prompt.strip())[:room]
    tokens = [*map(str, tokenizer.convert_ids_to_tokens(front)), *(piece.text for piece in read)]
    if len(tokens) < 2:
        raise BadParam(
            "prompt: it is a single token; write a sentence or two", "prompt: 토큰이 하나뿐입니다. 한두 문장을 쓰세요"
        )
    ids = torch.tensor([[*front, *(piece.id for piece in read)]])
    generator = torch.Generator().manual_seed(seed)
    orders = [len(front) + torch.randperm(len(read), generator=generator) for _ in range(SHUFFLES)]
    shuffled = torch.cat([torch.cat([ids[:, : len(front)], ids[:, order]], dim=1) for order in orders])
    maps = attention_maps(model, ids)
    own = attention_of_kinds(maps, ids)
    without = attention_of_kinds(attention_maps(model, shuffled), shuffled)
    scores = zip((PREVIOUS, FIRST, INDUCTION), own, without, strict=True)
    yield _table(
        Text("Heads on your text, and on its tokens shuffled", "내 글과, 그 토큰을 섞은 글에서 본 헤드"),
        [column for kind, mine, other in scores for column in ((kind, mine), (_shuffled(kind), other))],
    )
    maps = maps[:, 0]  # (layers, heads, time, time)
    fit = min(len(tokens), int((GRID_CELLS / (maps.shape[0] * maps.shape[1])) ** 0.5))
    title = Text(f"All heads on the first {fit} tokens", f"처음 {fit}개 토큰에서 본 모든 헤드")
    yield Figure(name="heads", title=title.as_dict(), plotly=head_grid(maps[..., :fit, :fit].tolist(), tokens[:fit]))
    for name, head, kind in (
        ("induction", induction, Text("Strongest induction head", "가장 뚜렷한 인덕션 헤드")),
        ("previous", previous, Text("Strongest previous-token head", "바로 앞 토큰을 가장 많이 보는 헤드")),
    ):
        title = Text(f"{kind.en}: {named(head)}", f"{kind.ko}: {named(head)}")
        attention = maps[head].tolist()
        yield Figure(name=name, title=title.as_dict(), plotly=one_head(attention, tokens))
        yield looked_at(attention, tokens, position=len(tokens) - 1, name=name, head=title)


def named(head: Head) -> str:
    """As the figures call it: layer.head, both from 0."""
    return "{}.{}".format(*head)


def _shuffled(kind: Text) -> Text:
    return Text(f"{kind.en}, shuffled", f"{kind.ko}, 섞음")


def _table(title: Text, scores: Sequence[tuple[Text, Tensor]]) -> Table:
    """A row a head, a column for each of `scores` (layers, heads)."""
    layers, heads = scores[0][1].shape
    return Table(
        title=title.as_dict(),
        columns=[name.as_dict() for name in (Text("head", "헤드"), *(name for name, _ in scores))],
        rows=[
            [named((layer, head)), *(round(float(table[layer, head]), 4) for _, table in scores)]
            for layer in range(layers)
            for head in range(heads)
        ],
    )
