"""What do the heads of a trained model look at?

Three things that the literature names are looked for: a head that looks at the previous token (arXiv:1906.04341); one
that, where a text repeats itself, looks at what followed the first time (an induction head, arXiv:2209.11895); and
heads that pour their attention into the first token, whichever it is (attention sinks, arXiv:2309.17453).

The sceptic asks: is the best of so many heads good by luck? It is chosen on one half of the texts and measured on the
other; sinks are measured in all heads. Does it look at a fixed place rather than at the repetition? The shuffled text
has the same tokens and the same distances, only no repetition. Does the first token draw attention by what it says? It
is an arbitrary one, and the same one is put elsewhere. Would any network do it? The null world has untrained weights.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Reported
from core.events import Event, Point, Progress
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, model_param, param

if TYPE_CHECKING:
    from torch import Tensor

    from core.gpt.model import GPT

Head = tuple[int, int]

BOTTOM = 2  # layers in which 2309.17453 found no sinks
UNTRAINED = Text("The same architecture with untrained weights.", "같은 구조에 학습하지 않은 가중치를 쓴다.")
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
    techniques = ("transformer", "induction-heads", "attention-sinks")
    title = Text("What attention heads look at", "어텐션 헤드는 무엇을 보는가")
    question = Text(
        "Does a small trained model have heads that look at the previous token, heads that look up what followed the "
        "same token earlier, and heads that fix on the first token?",
        "학습된 작은 모델에도 바로 앞 토큰을 보는 헤드, 같은 토큰이 앞서 나왔을 때 그 뒤에 무엇이 왔는지 찾아보는 "
        "헤드, 첫 토큰에 매이는 헤드가 있는가?",
    )
    how = Text(
        "Random tokens are read twice in a row, and once more with the second half shuffled. Every head gets a score: "
        "the attention that it pays to the token after the earlier occurrence. The best head of one half of the texts "
        "is measured on the other half, then the same is done for the previous token on prose that the model has not "
        "seen. For the first token, an arbitrary token is put in front of that prose, and then in the middle; all "
        "heads beyond the bottom two layers count. There is one checkpoint: replicates vary the text, not the "
        "training. The house models saw rows of repeated random tokens on purpose (their cards state how many), so an "
        "induction head here is trained in: it shows that the architecture can hold one, not that prose alone brings "
        "it forth. Sinks were found in models a thousand times as large, trained on many more tokens; in one this "
        "small a head or two may have one and the others not, and then the claim, which is of all heads, fails. Other "
        "models than the house's may have read the prose.",
        "무작위 토큰을 두 번 이어 읽히고, 뒷부분만 섞은 것도 읽힌다. 헤드마다 앞서 나온 같은 토큰의 바로 다음 토큰에 "
        "어텐션을 얼마나 주는지 점수를 매긴다. 절반의 글에서 가장 높은 헤드를 골라 나머지 절반에서 재고, 학습에 쓰지 "
        "않은 산문에서 바로 앞 토큰에 대해 같은 일을 한다. 첫 토큰은 그 산문의 맨 앞에, 다음에는 가운데에 아무 "
        "토큰이나 놓고, 아래 두 층을 뺀 모든 헤드에서 잰다. 체크포인트는 하나이므로 반복마다 바뀌는 것은 학습이 아니라 "
        "글이다. 기본 모델은 되풀이되는 무작위 토큰을 일부러 학습했다(그 비중은 모델 카드에 있다). 따라서 여기서 "
        "인덕션 헤드가 보이면 그것은 학습시켜 넣은 것이며, 이 구조가 그런 헤드를 가질 수 있음을 보일 뿐 산문만으로 "
        "저절로 생긴다는 뜻은 아니다. 어텐션 싱크는 천 배 넘게 크고 훨씬 많은 토큰으로 학습한 모델에서 발견되었다. "
        "이렇게 작은 모델에서는 한두 헤드에만 있을 수 있고, 그러면 모든 헤드에 대한 주장은 성립하지 않는다. 기본 "
        "모델이 아닌 모델은 이 산문을 이미 읽었을 수 있다.",
    )
    matched = Text(
        "The same tokens at the same distances, read by the same heads; only the order of the second half, or the "
        "place of one token, differs.",
        "같은 헤드가 같은 토큰을 같은 거리에서 읽는다. 뒷부분의 순서나 토큰 하나의 자리만 다르다.",
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
        Claim(
            id="sink",
            sentence=Text(
                "Beyond the bottom two layers, the heads give the first token more than a tenth of their attention, "
                "only because it comes first.",
                "아래 두 층을 뺀 헤드들은 첫 토큰에, 단지 맨 앞에 있다는 이유로 어텐션의 10분의 1 넘게 준다.",
            ),
            paper="2309.17453",
            reported=Reported(
                number=Text("beyond the bottom two layers all heads attend heavily to the first token; line breaks in "
                            "place of the first four tokens: perplexity 5.60, with these 5.40, without any 5158",
                            "아래 두 층을 뺀 모든 헤드가 첫 토큰에 크게 쏠린다. 처음 네 토큰을 줄바꿈으로 바꾸면 "
                            "퍼플렉서티 5.60, 그대로면 5.40, 빼면 5158"),
                model="Llama 2: 7B (maps), 13B (perplexity)",
                data="256 sentences of 16 tokens; a book of PG-19",
                checked=True,
            ),
            contrast=lambda m: m["sink", "in-front"] - m["sink", "elsewhere"],
            contrast_text=Text(
                "mean attention to an arbitrary token in front of held-out prose, less that to it elsewhere",
                "학습에 쓰지 않은 산문 맨 앞에 놓은 임의의 토큰이 받는 평균 어텐션에서 같은 토큰이 다른 자리에서 받는 "
                "값을 뺀 것",
            ),
            margin=0.1,
            unit=Text("attention", "(어텐션 몫)"),
            replicate=Text("other held-out prose and other tokens; the checkpoint is the same",
                           "학습에 쓰지 않은 다른 산문과 다른 토큰. 체크포인트는 같다."),
            control=Control(
                sentence=Text("Elsewhere the same token draws no such share: below 0.1.",
                              "다른 자리에서는 같은 토큰이 그만한 몫을 받지 않는다. 0.1 아래다."),
                contrast=lambda m: 0.1 - m["sink", "elsewhere"],
                margin=0.0,
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
        "in-front": Text("a token in front", "맨 앞에 놓은 토큰"),
        "elsewhere": Text("the same token elsewhere", "다른 자리에 놓은 같은 토큰"),
        "all": Text("all arms", "모든 조건"),
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: its arms read the same tokens.

        :raises BadParam: there is no text to draw.
        """
        if not params.prompt.strip():
            raise BadParam("prompt: it is empty; write a sentence or two", "prompt: 비어 있습니다. 한두 문장을 쓰세요")
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Random text first, because it is there at once; then prose; then, once a run, the maps of the prompt."""
        import core.gpt
        from core.head_report import of_prompt, over_many_texts

        yield Progress(done=0.0, note=Text("reading random text", "무작위 글 읽는 중").as_dict())
        model = self._model(unit, context)
        looks_up, induction, shuffled = yield from self._random_text(unit, model)
        yield Progress(done=0.4, note=Text("reading prose", "산문 읽는 중").as_dict())
        ids = self._prose(unit)
        looks_back, previous = yield from self._previous(unit, model, ids)
        yield Progress(done=0.6, note=Text("moving a token", "토큰을 옮기는 중").as_dict())
        in_front = yield from self._sinks(unit, model, ids)
        if unit.replicate == 0:
            yield from over_many_texts(previous=previous, first=in_front, induction=induction, shuffled=shuffled)
            tokenizer = core.gpt.load_tokenizer(unit.params.model)
            yield from of_prompt(
                model, tokenizer, unit.params.prompt, induction=looks_up, previous=looks_back, seed=unit.seed
            )
        yield Progress(done=1.0)

    def _model(self, unit: Unit, context: Context) -> GPT:
        import torch

        import core.gpt
        from core.gpt.config import GPTConfig
        from core.gpt.model import GPT

        model = core.gpt.load(unit.params.model, device=context.device)
        if not model.config.causal:
            raise BadParam(
                f"model: {unit.params.model} sees both sides of a token; choose one that writes",
                f"model: {unit.params.model}은(는) 토큰의 양쪽을 모두 봅니다. 글을 쓰는 모델을 고르세요",
            )
        if context.null:
            torch.manual_seed(unit.seed)
            with torch.device(context.device):
                model = GPT(GPTConfig.from_dict(model.config.to_dict())).eval()
        return model

    def _random_text(self, unit: Unit, model: GPT) -> Generator[Event, None, tuple[Head, Tensor, Tensor]]:
        """Measures the induction scores; returns the head, and all heads' scores on repeated and shuffled text."""
        from core.gpt import load_tokenizer
        from core.gpt.heads import attention_back, running_mean, strongest
        from core.text.repeats import repeated_and_shuffled
        from core.text.unseen import ordinary_tokens, start_token

        length, half = unit.params.length, unit.params.texts // 2
        tokenizer = load_tokenizer(unit.params.model)
        ordinary, start = ordinary_tokens(tokenizer, model.config.vocab_size), start_token(tokenizer)
        repeated, shuffled = repeated_and_shuffled(
            rows=unit.params.texts,
            length=length,
            first=ordinary[0] if start is None else start,
            tokens=ordinary[1:],
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
        return head, with_repeat, without

    def _prose(self, unit: Unit) -> Tensor:
        """Windows of prose that no house model saw: (texts, 2 · length + 1)."""
        from core.gpt import load_tokenizer
        from core.text.batches import random_batches
        from core.text.unseen import held_out_documents, stream

        ids = stream(load_tokenizer(unit.params.model), held_out_documents(unit.params.model, "prose"))
        return next(random_batches(ids, batch=unit.params.texts, time=2 * unit.params.length + 1, seed=unit.seed))

    def _previous(self, unit: Unit, model: GPT, ids: Tensor) -> Generator[Event, None, tuple[Head, Tensor]]:
        """Measures the previous-token scores; returns the head, and all heads' scores."""
        import torch

        from core.gpt.heads import attention_back, running_mean, strongest

        def scores_of(maps: Tensor) -> Tensor:
            return torch.stack([attention_back(maps, distance=distance, start=2) for distance in (1, 2)])

        half = len(ids) // 2
        *_, (_, chosen_by) = running_mean(model, ids[:half], scores_of)
        head = strongest(chosen_by[0])
        for read, scores in running_mean(model, ids[half:], scores_of):
            for arm, row in (("one-back", scores[0]), ("two-back", scores[1])):
                yield _point(unit, chart="previous token", arm=arm, read=read, score=row[head])
        yield unit.measure("position", scores[0][head], "attention", arm="one-back")
        yield unit.measure("position", scores[1][head], "attention", arm="two-back")
        return head, scores[0]

    def _sinks(self, unit: Unit, model: GPT, ids: Tensor) -> Generator[Event, None, Tensor]:
        """Measures what an arbitrary token draws in front and elsewhere; returns what each head pays in front."""
        import torch

        from core.gpt import load_tokenizer
        from core.gpt.heads import attention_to, running_mean
        from core.text.unseen import ordinary_tokens

        length = unit.params.length
        tokens = ordinary_tokens(load_tokenizer(unit.params.model), model.config.vocab_size)
        generator = torch.Generator().manual_seed(unit.seed)
        place = length // 2
        in_front, elsewhere = ids.clone(), ids.clone()
        arbitrary = torch.randint(tokens.start, tokens.stop, (len(ids),), generator=generator)
        in_front[:, 0], elsewhere[:, place] = arbitrary, arbitrary
        # The two differ in these places alone: what stood at one stands at the other.
        in_front[:, place], elsewhere[:, 0] = ids[:, place], ids[:, place]
        deep = slice(min(BOTTOM, model.config.num_hidden_layers - 1), None)
        pairs = zip(
            running_mean(model, in_front, partial(attention_to, place=0, start=length)),
            running_mean(model, elsewhere, partial(attention_to, place=place, start=length)),
            strict=True,
        )
        for (read, front), (_, moved) in pairs:
            for arm, scores in (("in-front", front), ("elsewhere", moved)):
                yield _point(unit, chart="first token", arm=arm, read=read, score=scores[deep].mean())
        yield unit.measure("sink", front[deep].mean(), "attention", arm="in-front")
        yield unit.measure("sink", moved[deep].mean(), "attention", arm="elsewhere")
        yield unit.measure("strongest_sink", front.max(), "attention", arm="in-front")
        return front


def _point(unit: Unit, *, chart: str, arm: str, read: int, score: Tensor) -> Point:
    return Point(
        arm=arm, x=read, y=float(score), replicate=unit.replicate, chart=chart, x_label=READ, y_label=ATTENTION
    )


EXPERIMENT = AttentionMaps()
