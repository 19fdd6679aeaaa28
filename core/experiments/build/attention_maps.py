"""What do the heads of a trained model look at?

Two kinds of head that the literature names are looked for in a house model: one that looks at the previous token
(arXiv:1906.04341), and one that, where a text repeats itself, looks at what followed the first time (an induction head,
arXiv:2209.11895).

The sceptic asks: is the best of so many heads good by luck? It is chosen on one half of the texts and measured on the
other. Does it look at a fixed place rather than at the repetition? The shuffled text has the same tokens and the same
distances, only no repetition. Would any network do it? The null world has the same architecture with untrained weights.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Reported
from core.events import Event, Figure, Point, Progress, Table
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, model_param, param

if TYPE_CHECKING:
    from torch import Tensor

    from core.gpt.model import GPT

Head = tuple[int, int]

SHOWN_TOKENS = 40
UNTRAINED = Text("The same architecture with untrained weights.", "같은 구조에 학습하지 않은 가중치를 쓴다.")
HEADS = (
    Text("head", "헤드"),
    Text("previous token", "직전 토큰"),
    Text("first token", "첫 토큰"),
    Text("induction", "귀납"),
)
READ = Text("sequences read", "읽은 시퀀스 수").as_dict()
ATTENTION = Text("mean attention (share of 1)", "평균 어텐션 (전체 1 중 몫)").as_dict()


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    prompt: str = param(
        "The second list has the same items as the first list, and the second list has the same length as the first.",
        label=Text("Text", "글"),
        help=Text("The text whose attention maps are drawn; one with a repetition shows most.",
                  "어텐션 맵을 그릴 글. 되풀이되는 말이 있어야 잘 보인다."),
        kind="text",
    )  # fmt: skip
    model: str = model_param()
    texts: int = param(
        64, low=4, high=4096,
        label=Text("Texts", "글의 수"),
        help=Text("Texts a replicate: the head is chosen on one half and measured on the other.",
                  "반복 한 번에 쓰는 글의 수. 절반으로 헤드를 고르고 나머지 절반으로 잰다."),
    )  # fmt: skip
    length: int = param(
        32, low=8, high=511,
        label=Text("Length of the repeated piece", "되풀이되는 부분의 길이"),
        help=Text("In tokens; the sequence is twice as long, and must fit into the model's context.",
                  "토큰 수. 시퀀스는 그 두 배이며 모델의 문맥 길이 안에 들어가야 한다."),
    )  # fmt: skip


class AttentionMaps:
    """See the module's docstring."""

    id = "attention-maps"
    stage = "build"
    topics = ("attention", "interpretability")
    title = Text("What attention heads look at", "어텐션 헤드는 무엇을 보는가")
    question = Text(
        "Does a small trained model have heads that look at the previous token, and heads that look up what followed "
        "the same token earlier?",
        "학습된 작은 모델에도 바로 앞 토큰을 보는 헤드와, 같은 토큰이 앞서 나왔을 때 그 뒤에 무엇이 왔는지 "
        "찾아보는 헤드가 있는가?",
    )
    how = Text(
        "Random tokens are read twice in a row, and once more with the second half shuffled. Every head gets a score: "
        "the attention that it pays to the token after the earlier occurrence. The best head of one half of the texts "
        "is measured on the other half, then the same is done for the previous token on prose that the model has not "
        "seen. There is one checkpoint: replicates vary the text, not the training. The house models saw repeated "
        "random tokens in their training (an eighth of each batch for nano), so an induction head here is trained in: "
        "it shows that the architecture can hold one, not that prose alone brings it forth. A model this small may "
        "still have none; then the score stays near chance.",
        "무작위 토큰을 두 번 이어 읽히고, 뒷부분만 섞은 것도 읽힌다. 헤드마다 앞서 나온 같은 토큰의 바로 다음 "
        "토큰에 어텐션을 얼마나 주는지 점수를 매긴다. 절반의 글에서 가장 높은 헤드를 골라 나머지 절반에서 재고, "
        "학습에 쓰지 않은 산문에서 바로 앞 토큰에 대해 같은 일을 한다. 체크포인트는 하나이므로 반복마다 바뀌는 것은 "
        "학습이 아니라 글이다. 기본 모델은 학습할 때 되풀이되는 무작위 토큰도 보았다(nano는 배치의 8분의 1). 따라서 "
        "여기서 인덕션 헤드가 보이면 그것은 학습시켜 넣은 것이며, 이 구조가 그런 헤드를 가질 수 있음을 보일 뿐 "
        "산문만으로 저절로 생긴다는 뜻은 아니다. 이렇게 작은 모델에는 그런 헤드가 없을 수도 있고, 그때 점수는 우연 "
        "수준에 머문다.",
    )
    matched = Text(
        "The same tokens at the same distances, read by the same head; only the order of the second half differs.",
        "같은 헤드가 같은 토큰을 같은 거리에서 읽는다. 뒷부분의 순서만 다르다.",
    )
    claims = (
        Claim(
            id="induction",
            sentence=Text(
                "A head looks, where a text repeats itself, at the token that followed the same token the first time.",
                "글이 되풀이될 때, 같은 토큰이 처음 나왔던 자리의 바로 다음 토큰을 보는 헤드가 있다.",
            ),
            paper="2209.11895",
            reported=Reported(
                number=Text("prefix-matching scores of 0.75, 0.85 and 0.94 for three example heads",
                            "예로 든 세 헤드의 접두사 일치 점수 0.75, 0.85, 0.94"),
                model="transformer with 40 layers, 13B parameters",
                data="repeated sequences of random tokens",
                checked=True,
            ),
            contrast=lambda m: m["induction", "repeated"] - m["induction", "shuffled"],
            contrast_text=Text("induction score on repeated text less the score on shuffled text",
                               "되풀이한 글의 인덕션 점수에서 섞은 글의 점수를 뺀 값"),
            margin=0.2,
            unit=Text("attention", "(어텐션 몫)"),
            replicate=Text("another sample of random tokens; the checkpoint is the same",
                           "무작위 토큰을 새로 뽑는다. 체크포인트는 같다."),
            control=Control(
                sentence=Text("On shuffled text the same head's score is near chance: below 0.1.",
                              "섞은 글에서는 같은 헤드의 점수가 우연 수준, 곧 0.1 아래다."),
                contrast=lambda m: 0.1 - m["induction", "shuffled"],
                margin=0.0,
            ),
            null_world=UNTRAINED,
        ),
        Claim(
            id="previous-token",
            sentence=Text("A head pays more than half of its attention to the previous token.",
                          "어텐션의 절반이 넘는 몫을 바로 앞 토큰에 주는 헤드가 있다."),
            paper="1906.04341",
            reported=Reported(
                number=Text("four heads (layers 2, 4, 7 and 8) put more than 50 % on the previous token",
                            "네 개의 헤드(2, 4, 7, 8층)가 바로 앞 토큰에 50 % 넘게 준다"),
                model="BERT base, which sees both sides",
                data="Wikipedia",
                checked=False,
            ),
            contrast=lambda m: m["position", "one-back"],
            contrast_text=Text("mean attention to the previous token, on prose that was held out",
                               "학습에 쓰지 않은 산문에서 바로 앞 토큰에 준 평균 어텐션"),
            margin=0.5,
            unit=Text("attention", "(어텐션 몫)"),
            replicate=Text("another sample of held-out prose; the checkpoint is the same",
                           "학습에 쓰지 않은 산문을 새로 뽑는다. 체크포인트는 같다."),
            control=Control(
                sentence=Text("The same head pays clearly less (by more than 0.1) to the token two back.",
                              "같은 헤드가 두 칸 앞 토큰에는 뚜렷이 적게(0.1 넘게 차이 나게) 준다."),
                contrast=lambda m: m["position", "one-back"] - m["position", "two-back"],
                margin=0.1,
            ),
            null_world=UNTRAINED,
        ),
    )  # fmt: skip
    params = Params
    presets = {"quick": {"texts": 32}, "standard": {"texts": 512}, "full": {"texts": 4096}}
    tiny = {"texts": 4, "length": 8, "prompt": "one two one two"}
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = {
        "repeated": Text("repeated text", "되풀이한 글"),
        "shuffled": Text("second half shuffled", "뒷부분을 섞은 글"),
        "one-back": Text("previous token", "바로 앞 토큰"),
        "two-back": Text("two tokens back", "두 칸 앞 토큰"),
        "all": Text("all arms", "모든 조건"),
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: its arms read the same tokens.

        :raises BadParam: there is no text to draw.
        """
        if not params.prompt.strip():
            raise BadParam("prompt: it is empty; write a sentence or two")
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Random text first, because it is there at once; then prose; then, once a run, the maps of the prompt."""
        yield Progress(done=0.0, note=Text("reading random text", "무작위 글 읽는 중").as_dict())
        model = self._model(unit, context)
        looks_up, induction = yield from self._random_text(unit, model)
        yield Progress(done=0.4, note=Text("reading prose", "산문 읽는 중").as_dict())
        looks_back, on_prose = yield from self._prose(unit, model)
        if unit.replicate == 0:
            yield _table(induction, on_prose)
            yield from self._figures(unit, model, looks_up=looks_up, looks_back=looks_back)
        yield Progress(done=1.0)

    def _model(self, unit: Unit, context: Context) -> GPT:
        import torch

        import core.gpt
        from core.gpt.config import GPTConfig
        from core.gpt.model import GPT

        model = core.gpt.load(unit.params.model, device=context.device)
        if context.null:
            torch.manual_seed(unit.seed)
            with torch.device(context.device):
                model = GPT(GPTConfig.from_dict(model.config.to_dict())).eval()
        return model

    def _random_text(self, unit: Unit, model: GPT) -> Generator[Event, None, tuple[Head, Tensor]]:
        """Measures the induction scores; returns the head and all heads' scores on repeated text."""
        from core.gpt import load_tokenizer
        from core.gpt.heads import attention_back, running_mean, strongest
        from core.text.repeats import repeated_and_shuffled

        length, half = unit.params.length, unit.params.texts // 2
        special = load_tokenizer(unit.params.model).all_special_ids
        repeated, shuffled = repeated_and_shuffled(
            rows=unit.params.texts,
            length=length,
            first=special[0],
            tokens=range(max(special) + 1, model.config.vocab_size),
            seed=unit.seed,
        )
        score = partial(attention_back, distance=length - 1, start=length + 1)
        *_, (_, chosen_by) = running_mean(model, repeated[:half], score)
        *_, (_, without) = running_mean(model, shuffled[:half], score)
        head = strongest(chosen_by - without)
        pairs = zip(
            running_mean(model, repeated[half:], score), running_mean(model, shuffled[half:], score), strict=True
        )
        for (read, with_repeat), (_, without) in pairs:
            for arm, scores in (("repeated", with_repeat), ("shuffled", without)):
                yield _point(unit, chart="main", arm=arm, read=read, score=scores[head])
        yield unit.measure("induction", with_repeat[head], "attention", arm="repeated")
        yield unit.measure("induction", without[head], "attention", arm="shuffled")
        return head, with_repeat

    def _prose(self, unit: Unit, model: GPT) -> Generator[Event, None, tuple[Head, Tensor]]:
        """Measures the previous-token scores; returns the head, and all heads' (previous, two back, first token)."""
        import torch

        from core.gpt.heads import attention_back, attention_to_first, running_mean, strongest
        from core.text.batches import random_batches
        from core.text.held_out import held_out_ids

        def scores_of(maps: Tensor) -> Tensor:
            back = [attention_back(maps, distance=distance, start=2) for distance in (1, 2)]
            return torch.stack([*back, attention_to_first(maps, start=2)])

        half, time = unit.params.texts // 2, 2 * unit.params.length + 1
        ids = next(random_batches(held_out_ids(unit.params.model), batch=unit.params.texts, time=time, seed=unit.seed))
        *_, (_, chosen_by) = running_mean(model, ids[:half], scores_of)
        head = strongest(chosen_by[0])
        for read, scores in running_mean(model, ids[half:], scores_of):
            for arm, row in (("one-back", scores[0]), ("two-back", scores[1])):
                yield _point(unit, chart="previous token", arm=arm, read=read, score=row[head])
        yield unit.measure("position", scores[0][head], "attention", arm="one-back")
        yield unit.measure("position", scores[1][head], "attention", arm="two-back")
        return head, scores

    def _figures(self, unit: Unit, model: GPT, *, looks_up: Head, looks_back: Head) -> Iterator[Event]:
        import torch

        from core.gpt import load_tokenizer
        from core.gpt.heads import attention_maps
        from core.heatmaps import head_grid, one_head
        from core.text.tokenizer import pieces

        tokenizer = load_tokenizer(unit.params.model)
        read = pieces(tokenizer, unit.params.prompt.strip())[:SHOWN_TOKENS]
        end = tokenizer.all_special_ids[0]
        tokens = [tokenizer.all_special_tokens[0], *(piece.text for piece in read)]
        ids = torch.tensor([[end, *(piece.id for piece in read)]])
        maps = attention_maps(model, ids)[:, 0]  # (layers, heads, time, time)
        title = Text(f"All heads on the first {len(tokens)} tokens", f"처음 {len(tokens)}개 토큰에서 본 모든 헤드")
        yield Figure(name="heads", title=title.as_dict(), plotly=head_grid(maps.tolist(), tokens))
        for name, head, kind in (
            ("induction", looks_up, Text("Strongest induction head", "가장 뚜렷한 인덕션 헤드")),
            ("previous", looks_back, Text("Strongest previous-token head", "바로 앞 토큰을 가장 많이 보는 헤드")),
        ):
            where = "{}.{}".format(*head)
            title = Text(f"{kind.en}: {where}", f"{kind.ko}: {where}")
            yield Figure(name=name, title=title.as_dict(), plotly=one_head(maps[head].tolist(), tokens))


def _point(unit: Unit, *, chart: str, arm: str, read: int, score: Tensor) -> Point:
    return Point(
        arm=arm, x=read, y=float(score), replicate=unit.replicate, chart=chart, x_label=READ, y_label=ATTENTION
    )


def _table(induction: Tensor, on_prose: Tensor) -> Table:
    """Each head's scores on the half of the texts that no head was chosen by."""
    layers, heads = induction.shape
    previous, _two_back, first = on_prose.tolist()
    scores = induction.tolist()
    return Table(
        title=Text("Heads of replicate 1", "첫 번째 반복의 헤드별 점수").as_dict(),
        columns=[head.as_dict() for head in HEADS],
        rows=[
            [f"{layer}.{head}", *(round(table[layer][head], 4) for table in (previous, first, scores))]
            for layer in range(layers)
            for head in range(heads)
        ],
    )


EXPERIMENT = AttentionMaps()
