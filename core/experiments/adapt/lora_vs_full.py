"""Does LoRA learn as much as full fine-tuning with a small part of the parameters? From few texts too? What is lost?

LoRA (arXiv:2106.09685) freezes a model and learns a low-rank change beside each linear layer. Both arms adapt the same
model to the same papers, for several numbers of them, each with its own best learning rate.

The sceptic asks: was the baseline tuned as well? Both search alike, beyond the edges of their grids, and both may stop
early. Is the gain worth having? The controls say whether full fine-tuning learned and forgot anything. Is the test set
clean? Papers are split before anything else, rates and stopping are chosen on validation papers, and test papers are
read once. Does LoRA forget less only because it learns less? What is forgotten is compared at equal gains. Are the
memory figures more than a formula? They are counted tensor by tensor, and the system's own measure stands beside them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Point, Progress, Table
from core.experiment import LIBRARIES, REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, check_ascending, model_param, param
from core.text.domains import ABSTRACTS, DOMAINS, split_domain
from core.training.forgetting import GAINS, forgotten_at, less_forgotten

if TYPE_CHECKING:
    from torch import Tensor, nn

    from core.papers.paper import Paper
    from core.text.starter_text import Split
    from core.training.adaptation import Best, Trials
    from core.training.rates import RateSearch

LOOKS = 6  # at the validation papers, in each training
OLD_WINDOWS = 16  # of what the base has read, for what is forgotten
SMALL = 0.1  # what "a small part" of the trainable parameters is, at the most
STEP = Text("optimizer step", "학습 스텝")
LOSS = Text("validation loss (nats a token)", "검증 손실 (토큰당 nat)")
PAPERS = Text("training papers", "학습 논문 수")
TEST = Text("test loss (nats a token)", "시험 손실 (토큰당 nat)")
OLD = Text("loss on Python code (nats a token)", "파이썬 코드에서의 손실 (토큰당 nat)")
UNTRAINED = Text("The LoRA matrices are there but are not trained.", "LoRA 행렬을 붙이기만 하고 학습하지 않는다.")
NATS = Text("nats a token", "nat(토큰당)")
REPLICATE = Text(
    "another draw of training, validation and test papers, another order, another first LoRA matrix; the base model is "
    "the same",
    "학습·검증·시험 논문과 읽는 순서, LoRA의 첫 행렬을 새로 뽑는다. 기본 모델은 같다.",
)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    model: str = model_param()
    domain: str = param(
        "english",
        choices=DOMAINS,
        label=Text("New domain", "새 도메인"),
        help=Text(
            "Summaries of papers in English or in Korean (the house models have read only simple made-up Korean "
            "sentences), or the abstracts of your own catalog on fine-tuning.",
            "영어 또는 한국어 논문 요약문(기본 모델이 읽은 한국어는 규칙으로 만든 쉬운 문장뿐이다), 또는 내 카탈로그에 "
            "있는 미세조정 논문의 초록.",
        ),
    )
    examples: tuple[int, ...] = param(
        (20, 200),
        low=1,
        high=10000,
        label=Text("Training papers", "학습 논문 수"),
        help=Text("How many papers are trained on, one training each.", "학습에 쓰는 논문 수. 값마다 따로 학습한다."),
    )
    held_out: int = param(
        100,
        low=5,
        high=10000,
        label=Text("Papers held out", "따로 두는 논문 수"),
        help=Text(
            "Two fifths choose the rate and the stopping point, the rest is the test.",
            "5분의 2로 학습률과 멈출 시점을 고르고 나머지로 시험한다.",
        ),
    )
    rank: int = param(
        8,
        low=1,
        high=256,
        label=Text("LoRA rank", "LoRA 랭크"),
        help=Text("Rank of the change beside each linear layer.", "각 선형층 옆에 두는 변화량의 랭크."),
    )
    steps: int = param(
        100,
        low=1,
        high=20000,
        label=Text("Steps", "스텝"),
        help=Text("Optimizer steps for each learning rate.", "학습률마다 도는 스텝 수."),
    )
    batch: int = param(
        4,
        low=1,
        high=512,
        label=Text("Batch", "배치"),
        help=Text("Windows of text a step.", "한 스텝에 쓰는 글 조각의 수."),
    )
    time: int = param(
        128,
        low=8,
        high=4096,
        label=Text("Window", "조각 길이"),
        help=Text("Tokens a window.", "글 조각 하나의 토큰 수."),
    )
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text(
            "Search each arm's learning rate; without it the rate that `standard` found is used.",
            "방법마다 학습률을 탐색한다. 끄면 `standard`가 찾은 값을 쓴다.",
        ),
    )
    rates_full: tuple[float, ...] = param(
        (3e-4, 1e-3, 3e-3),
        low=1e-6,
        high=1.0,
        label=Text("Rates, full", "전체 미세조정의 학습률"),
        help=Text(
            "Where its search begins; it goes on beyond an edge.", "탐색을 시작할 값. 가장자리를 넘어 이어 간다."
        ),
    )
    rates_lora: tuple[float, ...] = param(
        (3e-3, 1e-2, 3e-2),
        low=1e-6,
        high=1.0,
        label=Text("Rates, LoRA", "LoRA의 학습률"),
        help=Text(
            "Where its search begins; it goes on beyond an edge.", "탐색을 시작할 값. 가장자리를 넘어 이어 간다."
        ),
    )


def recovered(measures: Measures) -> float:
    """The share of full fine-tuning's gain that LoRA reaches; 0 where it trains more than a small part."""
    base = measures["base_loss", "full"]
    share = (base - measures["loss", "lora"]) / (base - measures["loss", "full"])
    part = measures["trainable", "lora"] / measures["trainable", "full"]
    return share if part <= SMALL else 0.0


def spared(measures: Measures) -> float:
    """How much more full fine-tuning has forgotten than LoRA at the largest gain that both reached."""
    full, lora = ({gain: measures[_forgotten(gain), arm] for gain in GAINS if (_forgotten(gain), arm) in measures}
                  for arm in ("full", "lora"))  # fmt: skip
    return less_forgotten(full, lora)


def _forgotten(gain: float) -> str:
    return f"forgotten_at_gain_{gain:g}"


class LoraVsFull:
    """See the module's docstring."""

    id = "lora-vs-full"
    stage = "adapt"
    topics = ("peft", "fine-tuning")
    techniques = ("full-fine-tuning", "lora", "domain-models")
    title = Text("LoRA against full fine-tuning", "LoRA와 전체 미세조정 비교")
    question = Text(
        "When a small model moves to a new domain, does LoRA get nearly as far as full fine-tuning, also from few "
        "texts, and does it forget less?",
        "작은 모델을 새 도메인에 맞출 때 LoRA는 글이 적어도 전체 미세조정에 거의 맞먹고, 더 적게 잊는가?",
    )
    how = Text(
        "A house model, which has read Python's sources and documentation and made-up exercises, is adapted to texts "
        "about papers. Full fine-tuning trains every weight, LoRA a low-rank change beside each linear layer of the "
        "blocks; embeddings stay frozen. For each number of training papers each arm searches its learning rate and "
        "its stopping point on validation papers, then reads the test papers once. On the way its loss on held-out "
        "Python code is measured, and what was forgotten is compared where both have gained as much. In a model this "
        "narrow a rank of 8 is not a small part of a layer, and a new vocabulary may need the embeddings, which LoRA "
        "does not touch: the first claim may fail here, above all in Korean. The second is disputed in its own paper, "
        "which finds both on one curve of learning against forgetting in most cases. Of a model that is not the "
        "house's nobody here knows what it has read; its loss on code then only says what happens to another kind of "
        "text.",
        "파이썬 소스 코드와 문서, 그리고 만들어 낸 연습 문제를 읽은 기본 모델을 논문에 관한 글에 맞춘다. 전체 "
        "미세조정은 모든 가중치를 학습하고, LoRA는 블록의 선형층마다 저랭크 변화량만 학습하며 임베딩은 고정한다. 학습 "
        "논문 수마다 두 방법이 학습률과 멈출 시점을 검증 논문으로 고른 뒤 시험 논문은 한 번만 읽는다. 도중에 학습에 "
        "쓰지 않은 파이썬 코드에서 손실을 재고, 두 방법이 똑같이 배운 지점에서 잊은 양을 비교한다. 폭이 이렇게 좁은 "
        "모델에서는 랭크 8도 층의 작은 일부가 아니고, 새 어휘에는 LoRA가 건드리지 않는 임베딩이 필요할 수 있다. 그래서 "
        "첫 주장은 여기서, 특히 한국어에서 성립하지 않을 수 있다. 둘째 주장은 논문 안에서도 갈린다. 대부분의 경우 두 "
        "방법이 학습과 망각의 같은 곡선 위에 있다고 보고한다. 기본 제공 모델이 아니면 무엇을 읽었는지 알 수 없으므로, "
        "코드 손실은 다른 종류의 글이 어떻게 되는지만 말해 준다.",
    )
    matched = Text(
        "The same papers, steps and batches; each arm searches its own learning rate from as many values. What is "
        "forgotten is compared at the same gain.",
        "논문도 스텝 수도 배치도 같다. 각 조건은 같은 개수의 값에서 시작해 자기 학습률을 찾는다. 잊은 양은 이득이 같은 "
        "지점에서 비교한다.",
    )
    claims = (
        Claim(
            id="matches-full",
            sentence=Text(
                "At its own best learning rate LoRA recovers at least 90 % of full fine-tuning's gain with at most a "
                "tenth of the trainable parameters.",
                "자신에게 가장 좋은 학습률에서 LoRA는 학습 파라미터를 10분의 1 이하로 쓰면서 전체 미세조정이 얻는 "
                "이득의 90 % 이상을 얻는다.",
            ),
            paper="2106.09685",
            reported=Reported(
                number=Text(
                    "LoRA with 4.7M trainable parameters: WikiSQL 73.4, MNLI-m 91.7, SAMSum R1 53.8; full fine-tuning: "
                    "73.8, 89.5, 52.0 (Table 4)",
                    "학습 파라미터 470만 개의 LoRA: WikiSQL 73.4, MNLI-m 91.7, SAMSum R1 53.8. 전체 미세조정: 73.8, "
                    "89.5, 52.0 (표 4)",
                ),
                model="GPT-3 175B",
                data="WikiSQL, MNLI-m, SAMSum",
                checked=True,
            ),
            contrast=recovered,
            contrast_text=Text(
                "(base loss − LoRA's loss) / (base loss − full fine-tuning's loss) on test papers, at the most "
                "training papers; 0 where LoRA trains more than a tenth of the parameters",
                "학습 논문이 가장 많을 때, 시험 논문에서 (기본 손실 − LoRA 손실) / (기본 손실 − 전체 미세조정 손실). "
                "LoRA가 파라미터의 10분의 1을 넘게 학습하면 0",
            ),
            margin=0.9,
            unit=Text("of the gain", "(이득 대비 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "Full fine-tuning really learns: it gains more than 0.1 nats a token.",
                    "전체 미세조정은 실제로 배운다. 토큰당 0.1 nat 넘게 좋아진다.",
                ),
                contrast=lambda m: m["base_loss", "full"] - m["loss", "full"],
                margin=0.1,
            ),
            null_world=UNTRAINED,
        ),
        Claim(
            id="forgets-less",
            sentence=Text(
                "Where both have gained as much in the new domain, LoRA has forgotten at least 0.02 nats a token less "
                "of the old one.",
                "새 도메인에서 똑같이 좋아진 지점에서 LoRA는 이전 도메인을 토큰당 0.02 nat 이상 덜 잊는다.",
            ),
            paper="2405.09673",
            reported=Reported(
                number=Text(
                    "LoRA learns less and forgets less; both seem to lie on the same curve of learning against "
                    "forgetting, with cases (code instructions above all) where LoRA forgets less at a comparable "
                    "level (Section 4.3)",
                    "LoRA는 덜 배우고 덜 잊는다. 둘은 학습과 망각의 같은 곡선 위에 있는 듯하지만, 비슷한 수준으로 "
                    "배우고도 LoRA가 덜 잊는 경우가 있다(특히 코드 지시 학습, 4.3절)",
                ),
                model="Llama-2 7B",
                data="code and mathematics; HellaSwag, ARC-challenge, WinoGrande",
                checked=True,
            ),
            contrast=spared,
            contrast_text=Text(
                "rise of the loss on Python code under full fine-tuning − the same under LoRA, at the largest gain on "
                "validation papers (in steps of 0.25 nats) that both reached, at the most training papers",
                "학습 논문이 가장 많을 때, 두 방법이 모두 이른 가장 큰 검증 이득(0.25 nat 간격)에서 전체 미세조정의 "
                "파이썬 코드 손실 증가 − LoRA의 증가",
            ),
            margin=0.02,
            unit=NATS,
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "There is something to forget: full fine-tuning raises the loss on code by more than 0.05 nats.",
                    "잊을 것이 있다. 전체 미세조정은 코드에서의 손실을 0.05 nat 넘게 올린다.",
                ),
                contrast=lambda m: m["old_loss", "full"] - m["base_old_loss", "full"],
                margin=0.05,
            ),
            null_world=UNTRAINED,
        ),
        Claim(
            id="few-examples",
            sentence=Text(
                "From the fewest papers LoRA's test loss is at most 0.05 nats a token above full fine-tuning's.",
                "논문이 가장 적을 때 LoRA의 시험 손실은 전체 미세조정보다 토큰당 0.05 nat 넘게 높지 않다.",
            ),
            paper="2106.09685",
            reported=Reported(
                number=Text(
                    "MNLI-m accuracy from 100 examples: LoRA 63.8, full fine-tuning 60.2",
                    "예제 100개로 학습한 MNLI-m 정확도: LoRA 63.8, 전체 미세조정 60.2",
                ),
                model="GPT-3 175B",
                data="MNLI-100",
                checked=False,
            ),
            contrast=lambda m: m["loss_few", "full"] - m["loss_few", "lora"],
            contrast_text=Text(
                "full fine-tuning's test loss − LoRA's, at the fewest training papers",
                "학습 논문이 가장 적을 때 전체 미세조정의 시험 손실 − LoRA의 시험 손실",
            ),
            margin=-0.05,
            unit=NATS,
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "The few papers teach something: full fine-tuning gains more than 0.05 nats from them.",
                    "적은 논문으로도 배울 것이 있다. 전체 미세조정이 0.05 nat 넘게 좋아진다.",
                ),
                contrast=lambda m: m["base_loss", "full"] - m["loss_few", "full"],
                margin=0.05,
            ),
            null_world=UNTRAINED,
        ),
    )
    params = Params
    presets = {
        "quick": {"held_out": 30, "steps": 24, "batch": 4, "search": False},
        "standard": {},
        "full": {
            "examples": (20, 60, 200),
            "steps": 1000,
            "batch": 32,
            "rates_full": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
            "rates_lora": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
        },
    }
    tiny = {"examples": (10, 20), "held_out": 10, "steps": 6, "batch": 2, "time": 64, "search": False}
    papers = PaperQuery(topics=topics, text_needed=True, limit=10_000)
    libraries = (*LIBRARIES, "peft")
    replicates = REPLICATES
    side_by_side = True
    labels = {"full": Text("full fine-tuning", "전체 미세조정"), "lora": Text("LoRA", "LoRA")}

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit an arm and replicate; the arms of a replicate share its seed, and so its papers.

        :raises BadParam: rates or numbers of papers that cannot be searched, or too few papers.
        """
        check_ascending(params, "rates_full", "rates_lora", "examples")
        if params.domain != ABSTRACTS:  # what the catalog has is known only when it is read
            _split(params, (), count=params.examples[-1], seed=0)
        return [
            Unit(id=f"{arm}-{number}", arm=arm, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
            for arm in ("lora", "full")  # the slower one first: begun last, it would be waited for alone
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The most papers first: they decide most. Rates are searched for each number of papers."""
        from core.training import adaptation

        began = time.perf_counter()
        found: list[list[Any]] = []
        sizes = sorted(unit.params.examples, reverse=True)
        for place, count in enumerate(sizes):
            texts = _texts(unit, context, count)
            rates, origin = self._rates(unit, context)
            trials = _trials(unit, context, texts, rates)
            path: dict[int, list[tuple[float, float]]] = {}
            for look in trials:
                done = (look.number + look.step / unit.params.steps) / (len(rates.rates) + rates.extra)
                yield Progress(done=min(1.0, (place + done) / len(sizes)), note=_note(count, look.rate, origin))
                if place == 0:
                    old = adaptation.loss(look.model, texts["old"], time=unit.params.time)
                    path.setdefault(look.number, []).append((look.score, old))
                    yield _trained(unit, look.number, look.step, look.score)
                    yield _traded(unit, look.number, look.score, old)
            yield from self._tested(unit, count, texts, trials)
            found += [[count, rate, round(score, 4), origin.en] for rate, score in sorted(rates.scores.items())]
            if place == 0:
                yield from self._costs(unit, context, texts, trials.best, path[trials.best.number])
        yield unit.measure("seconds", time.perf_counter() - began, "s", exact=False)
        if unit.replicate == 0:
            yield _table(unit.arm, self.labels[unit.arm], found)

    def _rates(self, unit: Unit, context: Context) -> tuple[RateSearch, Text]:
        from core.training.adaptation import arm_rates

        grid = unit.params.rates_full if unit.arm == "full" else unit.params.rates_lora
        return arm_rates(self.id, unit.arm, grid, search=unit.params.search, device=context.device)

    def _tested(self, unit: Unit, count: int, texts: Mapping[str, Tensor], trials: Trials) -> Iterator[Event]:
        """Read the test papers, once for each number of training papers."""
        from core.training.adaptation import loss

        found = loss(trials.best_model(), texts["test"], time=unit.params.time)
        yield Point(arm=unit.arm, x=count, y=found, replicate=unit.replicate, chart="papers",
                    x_label=PAPERS.as_dict(), y_label=TEST.as_dict())  # fmt: skip
        yield unit.measure(f"loss_{count}", found, "nats/token")
        yield unit.measure(f"best_rate_{count}", trials.best.rate, "1")
        if count == max(unit.params.examples):
            yield unit.measure("loss", found, "nats/token")
            yield unit.measure("best_rate", trials.best.rate, "1")
        if count == min(unit.params.examples):
            yield unit.measure("loss_few", found, "nats/token")

    def _costs(
        self, unit: Unit, context: Context, texts: Mapping[str, Tensor], best: Best, path: list[tuple[float, float]]
    ) -> Iterator[Event]:
        """What was forgotten, and what the arm trains, holds and saves."""
        from core.text.batches import random_batches
        from core.training import adaptation

        params, model = unit.params, _model(unit, context)
        yield unit.measure("base_loss", adaptation.loss(model, texts["test"], time=params.time), "nats/token")
        yield unit.measure("base_old_loss", path[0][1], "nats/token")
        adaptation.restore(model, best.weights)
        yield unit.measure("old_loss", adaptation.loss(model, texts["old"], time=params.time), "nats/token")
        for gain, forgotten in forgotten_at(path).items():
            yield unit.measure(_forgotten(gain), forgotten, "nats/token")
        yield unit.measure("trainable", adaptation.trainable_count(model), "parameters")
        yield unit.measure("saved_bytes", adaptation.saved_bytes(model), "B")
        batches = random_batches(texts["train"], batch=params.batch, time=params.time, seed=unit.seed)
        ids = next(batches)
        expected = adaptation.expected_memory(model, {"input_ids": ids, "labels": ids})
        yield unit.measure("optimizer_bytes", expected.moments, "B")
        yield unit.measure("gradient_bytes", expected.gradients, "B")
        yield unit.measure("activation_bytes", expected.activations, "B")
        yield unit.measure("expected_memory", expected.total, "B")
        measured = adaptation.measured_memory(model, batches, device=context.device)
        if measured is not None:
            yield unit.measure("peak_memory", measured, "B", exact=False)


def _split(params: Params, papers: Sequence[Paper], *, count: int, seed: int) -> Split:
    """:raises BadParam: there are too few papers."""
    validation = params.held_out * 2 // 5
    sizes = {"train": count, "validation": validation, "test": params.held_out - validation}
    try:
        return split_domain(params.domain, papers, seed=seed, **sizes)
    except ValueError as error:
        raise BadParam(f"examples: {error}") from error


def _texts(unit: Unit, context: Context, count: int) -> dict[str, Tensor]:
    """Token ids (tokens,) of each part of the replicate's split; "old": of code that the base was not trained on."""
    from core.text.batches import random_batches
    from core.text.domains import encoded, old_ids

    params = unit.params
    windows = random_batches(old_ids(params.model), batch=OLD_WINDOWS, time=params.time, seed=unit.seed)
    parts = _split(params, context.papers, count=count, seed=unit.seed)
    return encoded(params.model, parts) | {"old": next(windows).flatten()}


def _model(unit: Unit, context: Context) -> nn.Module:
    """The base, fresh, with what the arm trains set to train."""
    import torch

    from core.gpt import load

    model = load(unit.params.model, device=context.device)
    if unit.arm == "full":
        return model
    from core.gpt.adapters import attach

    torch.manual_seed(unit.seed)
    return attach(model, "lora", rank=unit.params.rank)


def _trials(unit: Unit, context: Context, texts: Mapping[str, Tensor], rates: RateSearch) -> Trials:
    from core.text.batches import random_batches
    from core.training.adaptation import Trials, loss

    params = unit.params
    return Trials(
        lambda: _model(unit, context),
        lambda: random_batches(texts["train"], batch=params.batch, time=params.time, seed=unit.seed),
        lambda model: loss(model, texts["validation"], time=params.time),
        rates=rates,
        steps=params.steps,
        looks=LOOKS,
        seed=unit.seed,
        device=context.device,
        frozen=context.null and unit.arm == "lora",
    )


def _note(count: int, rate: float, origin: Text) -> dict[str, str]:
    words = Text(f"{count} papers, learning rate {rate:.3g} ({origin.en})",
                 f"논문 {count}편, 학습률 {rate:.3g} ({origin.to('ko')})")  # fmt: skip
    return words.as_dict()


def _of_rate(label: Text, number: int) -> dict[str, str]:
    return Text(f"{label.en}, rate {number + 1}", f"{label.to('ko')}, 학습률 {number + 1}").as_dict()


def _trained(unit: Unit, number: int, step: int, score: float) -> Point:
    """A point of the learning curves; a chart for each learning rate."""
    return Point(arm=unit.arm, x=step, y=score, replicate=unit.replicate, chart=f"training {number + 1}",
                 x_label=_of_rate(STEP, number), y_label=LOSS.as_dict())  # fmt: skip


def _traded(unit: Unit, number: int, score: float, old: float) -> Point:
    """A point of the curves of learning against forgetting."""
    return Point(arm=unit.arm, x=score, y=old, replicate=unit.replicate, chart=f"forgetting {number + 1}",
                 x_label=_of_rate(LOSS, number), y_label=OLD.as_dict())  # fmt: skip


def _table(arm: str, label: Text, rows: list[list[Any]]) -> Table:
    title = Text(f"Learning rates, {label.en}", f"학습률, {label.to('ko')}")
    heads = (
        PAPERS,
        Text("learning rate", "학습률"),
        Text("best validation loss", "가장 낮은 검증 손실"),
        Text("where it comes from", "출처"),
    )
    return Table(title=title.as_dict(), columns=[head.as_dict() for head in heads], rows=rows)


EXPERIMENT = LoraVsFull()
