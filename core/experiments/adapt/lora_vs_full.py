"""Does LoRA learn as much as full fine-tuning, with a small part of the trainable parameters?

LoRA (arXiv:2106.09685) freezes a model and learns a low-rank change beside each linear layer. Both arms adapt the same
house model to the same papers, each with its own best learning rate, because one rate for both misleads.

The sceptic asks: was the baseline tuned as well? Both get as many rates, and both may stop early. Is the gain worth
having? The control says whether full fine-tuning learned anything. Is the test set clean? Papers are split before
anything else, rates and stopping are chosen on validation papers, and test papers are read once. Is it only the easy
case? `domain` has a language that the base has never seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Point, Progress, Table
from core.experiment import LIBRARIES, REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, model_param, param

if TYPE_CHECKING:
    from torch import Tensor, nn

    from core.text.starter_text import Split

DOMAINS = {"english": "en", "korean": "ko"}
LOOKS = 6  # at the validation papers, in each training
SMALL = 0.1  # what "a small part" of the trainable parameters is, at the most
STEP = Text("optimizer step", "학습 스텝").as_dict()
LOSS = Text("validation loss (nats a token)", "검증 손실 (토큰당 nat)").as_dict()


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    model: str = model_param()
    domain: str = param(
        "english",
        choices=tuple(DOMAINS),
        label=Text("New domain", "새 도메인"),
        help=Text(
            "Summaries of papers: in English, or in Korean, which the house models have never seen.",
            "논문 요약문. 영어, 또는 기본 모델이 본 적 없는 한국어.",
        ),
    )
    examples: int = param(
        200,
        low=1,
        high=10000,
        label=Text("Training papers", "학습 논문 수"),
        help=Text("How many summaries are trained on.", "학습에 쓰는 요약문의 수."),
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
        150,
        low=1,
        high=20000,
        label=Text("Steps", "스텝"),
        help=Text("Optimizer steps for each learning rate.", "학습률마다 도는 스텝 수."),
    )
    batch: int = param(
        8,
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
    rates_full: tuple[float, ...] = param(
        (3e-4, 1e-3, 3e-3),
        low=1e-6,
        high=1.0,
        label=Text("Rates, full", "전체 미세조정의 학습률"),
        help=Text("Learning rates that full fine-tuning may choose from.", "전체 미세조정이 고를 수 있는 학습률."),
    )
    rates_lora: tuple[float, ...] = param(
        (3e-3, 1e-2, 3e-2),
        low=1e-6,
        high=1.0,
        label=Text("Rates, LoRA", "LoRA의 학습률"),
        help=Text("Learning rates that LoRA may choose from.", "LoRA가 고를 수 있는 학습률."),
    )


@dataclass(frozen=True, kw_only=True)
class Best:
    """The best moment of a search: by validation loss, over rates and stopping points."""

    loss: float
    rate: float
    weights: dict[str, Tensor]


def recovered(measures: Measures) -> float:
    """The share of full fine-tuning's gain that LoRA reaches; 0 where it trains more than a small part."""
    base = measures["base_loss", "full"]
    share = (base - measures["loss", "lora"]) / (base - measures["loss", "full"])
    part = measures["trainable", "lora"] / measures["trainable", "full"]
    return share if part <= SMALL else 0.0


class LoraVsFull:
    """See the module's docstring."""

    id = "lora-vs-full"
    stage = "adapt"
    topics = ("peft", "fine-tuning")
    title = Text("LoRA against full fine-tuning", "LoRA와 전체 미세조정 비교")
    question = Text(
        "When a small model moves to a new domain, does LoRA get nearly as far as full fine-tuning?",
        "작은 모델을 새 도메인에 맞출 때 LoRA는 전체 미세조정에 거의 맞먹는가?",
    )
    how = Text(
        "A house model that has read Python's documentation is adapted to summaries of papers. Full fine-tuning trains "
        "every weight, LoRA a low-rank change beside each linear layer of the blocks; embeddings stay frozen. Each arm "
        "chooses its learning rate and its stopping point on validation papers, then reads the test papers once. "
        "In a model this narrow a rank of 8 is not a small part of a layer, and a new vocabulary may need the "
        "embeddings, which LoRA does not touch: the claim may fail here, above all in Korean.",
        "파이썬 문서를 읽은 기본 모델을 논문 요약문에 맞춘다. 전체 미세조정은 모든 가중치를 학습하고, LoRA는 블록의 "
        "선형층마다 저랭크 변화량만 학습하며 임베딩은 고정한다. 두 방법 모두 학습률과 멈출 시점을 검증 논문으로 고른 "
        "뒤 시험 논문은 한 번만 읽는다. 폭이 이렇게 좁은 모델에서는 랭크 8도 층의 작은 일부가 아니고, 새 어휘에는 "
        "LoRA가 건드리지 않는 임베딩이 필요할 수 있다. 그래서 이 주장은 여기서, 특히 한국어에서 성립하지 않을 수 있다.",
    )
    matched = Text(
        "The same papers, steps and batches; each arm searches the same number of learning rates.",
        "논문도 스텝 수도 배치도 같다. 각 조건은 같은 개수의 학습률 가운데서 고른다.",
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
                "(base loss − LoRA's loss) / (base loss − full fine-tuning's loss) on test papers; 0 where LoRA trains "
                "more than a tenth of the parameters",
                "시험 논문에서 (기본 손실 − LoRA 손실) / (기본 손실 − 전체 미세조정 손실). LoRA가 파라미터의 10분의 "
                "1을 넘게 학습하면 0",
            ),
            margin=0.9,
            unit=Text("of the gain", "(이득 대비 비율)"),
            replicate=Text(
                "another draw of training, validation and test papers, another order, another first LoRA matrix; the "
                "base model is the same",
                "학습·검증·시험 논문과 읽는 순서, LoRA의 첫 행렬을 새로 뽑는다. 기본 모델은 같다.",
            ),
            control=Control(
                sentence=Text(
                    "Full fine-tuning really learns: it gains more than 0.1 nats a token.",
                    "전체 미세조정은 실제로 배운다. 토큰당 0.1 nat 넘게 좋아진다.",
                ),
                contrast=lambda m: m["base_loss", "full"] - m["loss", "full"],
                margin=0.1,
            ),
            null_world=Text(
                "The LoRA matrices are there but are not trained.", "LoRA 행렬을 붙이기만 하고 학습하지 않는다."
            ),
        ),
    )
    params = Params
    presets = {
        "quick": {"steps": 20, "rates_full": (1e-3,), "rates_lora": (1e-2,)},
        "standard": {},
        "full": {
            "steps": 1000,
            "batch": 32,
            "rates_full": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
            "rates_lora": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2),
        },
    }
    tiny = {
        "examples": 20,
        "held_out": 10,
        "steps": 3,
        "batch": 2,
        "time": 64,
        "rates_full": (1e-3,),
        "rates_lora": (1e-2,),
    }
    papers = PaperQuery(topics=topics)
    libraries = (*LIBRARIES, "peft")
    replicates = REPLICATES
    side_by_side = True
    labels = {"full": Text("full fine-tuning", "전체 미세조정"), "lora": Text("LoRA", "LoRA")}

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit an arm and replicate; the arms of a replicate share its seed, and so its papers.

        :raises BadParam: an arm has no learning rate, or there are too few papers.
        """
        for name in ("rates_full", "rates_lora"):
            if not getattr(params, name):
                raise BadParam(f"{name}: there is none; give at least one learning rate")
        try:
            _split(params, seed=0)
        except ValueError as error:
            raise BadParam(f"examples: {error}") from error
        return [
            Unit(id=f"{arm}-{number}", arm=arm, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
            for arm in self.labels
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Search the arm's rates, then read the test papers once."""
        from core.training.adaptation import snapshot
        from core.training.memory import PeakMemory

        began = time.perf_counter()
        texts = _encoded(unit)
        rates = unit.params.rates_full if unit.arm == "full" else unit.params.rates_lora
        best: Best | None = None
        found: list[list[Any]] = []
        with PeakMemory(context.device) as memory:
            for number, rate in enumerate(rates):
                model = self._model(unit, context)
                chart = "main" if len(rates) == 1 else f"learning rate {number + 1}"
                lowest = float("inf")
                for step, loss in _losses(unit, context, model, texts, rate):
                    yield _point(unit, chart=chart, step=step, loss=loss)
                    yield Progress(done=(number + step / unit.params.steps) / len(rates))
                    lowest = min(lowest, loss)
                    if best is None or loss < best.loss:
                        best = Best(loss=loss, rate=rate, weights=snapshot(model))
                found.append([rate, round(lowest, 4)])
        yield from self._report(unit, context, texts["test"], best)
        yield unit.measure("seconds", time.perf_counter() - began, "s", exact=False)
        if memory.bytes is not None:
            yield unit.measure("peak_memory", memory.bytes, "B", exact=False)
        if unit.replicate == 0:
            title = Text(f"Learning rates, {self.labels[unit.arm].en}", f"학습률, {self.labels[unit.arm].to('ko')}")
            heads = (Text("learning rate", "학습률"), Text("best validation loss", "가장 낮은 검증 손실"))
            yield Table(title=title.as_dict(), columns=[head.as_dict() for head in heads], rows=found)

    def _model(self, unit: Unit, context: Context) -> nn.Module:
        """The base, fresh, with what the arm trains set to train."""
        import torch

        from core.gpt import load

        model = load(unit.params.model, device=context.device)
        if unit.arm == "full":
            return model
        from core.gpt.adapters import attach

        torch.manual_seed(unit.seed)
        return attach(model, "lora", rank=unit.params.rank)

    def _report(self, unit: Unit, context: Context, test: Tensor, best: Best | None) -> Iterator[Event]:
        from core.training import adaptation

        if best is None:
            raise ValueError("the base's validation loss is not a number; check the model")
        model, window = self._model(unit, context), unit.params.time
        yield unit.measure("base_loss", adaptation.loss(model, test, time=window), "nats/token")
        adaptation.restore(model, best.weights)
        yield unit.measure("loss", adaptation.loss(model, test, time=window), "nats/token")
        count = sum(weights.numel() for weights in best.weights.values())
        yield unit.measure("trainable", count, "parameters")
        yield unit.measure("optimizer_bytes", adaptation.moment_bytes(model), "B")
        yield unit.measure("saved_bytes", adaptation.saved_bytes(model), "B")
        yield unit.measure("best_rate", best.rate, "1")


def _split(params: Params, *, seed: int) -> Split:
    from core.text.starter_text import split

    validation = params.held_out * 2 // 5
    return split(
        DOMAINS[params.domain],
        seed=seed,
        train=params.examples,
        validation=validation,
        test=params.held_out - validation,
    )


def _encoded(unit: Unit) -> dict[str, Tensor]:
    """Token ids (tokens,) of each part of the replicate's split."""
    from core.gpt import load_tokenizer
    from core.text.tokenizer import encode_documents

    tokenizer = load_tokenizer(unit.params.model)
    parts = _split(unit.params, seed=unit.seed)
    return {name: encode_documents(tokenizer, getattr(parts, name)) for name in ("train", "validation", "test")}


def _losses(
    unit: Unit, context: Context, model: nn.Module, texts: dict[str, Tensor], rate: float
) -> Iterator[tuple[int, float]]:
    """Step and validation loss on the way; in the null world LoRA takes no step."""
    from core.training.adaptation import adapt

    params = unit.params
    losses = adapt(
        model,
        texts["train"],
        texts["validation"],
        rate=rate,
        steps=params.steps,
        batch=params.batch,
        time=params.time,
        seed=unit.seed,
        looks=LOOKS,
        device=context.device,
    )
    return islice(losses, 1) if context.null and unit.arm == "lora" else losses


def _point(unit: Unit, *, chart: str, step: int, loss: float) -> Point:
    return Point(arm=unit.arm, x=step, y=loss, replicate=unit.replicate, chart=chart, x_label=STEP, y_label=LOSS)


EXPERIMENT = LoraVsFull()
