"""A language model is a distribution over the next token: does it mean what it says?

Of what it calls 30 % likely, 30 % should come (calibration). GPT-4 is said to do so before its post-training
(arXiv:2303.08774), and other pre-trained models to do so less outside of their domain (arXiv:2003.07892).

The sceptic asks: is a model that says the same of every token not perfectly calibrated, and worthless? So its
probabilities must also be spread out. Do bins hide the error, or make it? They are of equal mass, and what chance alone
would show is taken off (`core.calibration`). Do tokens of one document agree by accident? No two replicates read the
same document. Would the measure notice a model that is too sure? The same logits at half the temperature must fail. And
in the null world each prediction is held against the token of another place: as sharp as before, and without meaning.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Figure, Point, Progress, Sample, Table
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, model_param, param

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerFast

    from core.calibration import Predictions
    from core.calibration_report import Read
    from core.gpt.model import GPT

TIME = 256  # tokens of a window, where the model's context allows it
TEMPERATURES = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0)
COLD, OWN = TEMPERATURES.index(0.5), TEMPERATURES.index(1.0)
TRAINED = ("prose", "code")
ELSEWHERE = "abstracts"
# Between RoBERTa's errors in domain (at most 2.33 %) and out of it (from 3.62 %) in 2003.07892.
LIMIT = 0.03
SPREAD = 0.1  # how far probabilities must lie from their mean, on average, to say anything
STRIP_LETTERS = 500

TOKENS_READ = Text("tokens read", "읽은 토큰 수").as_dict()
ERROR = Text("calibration error (probability)", "보정 오차 (확률)").as_dict()
OVER = Text("confidence less share right", "확신도 − 적중률").as_dict()


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    text: str = param(
        "",
        label=Text("Your own text", "내 글"),
        help=Text("Measured beside the others where there is some; a page or more says most.",
                  "적으면 다른 글과 나란히 잰다. 한 쪽이 넘어야 믿을 만하다."),
        kind="text",
    )  # fmt: skip
    model: str = model_param()
    amount: int = param(
        64, low=2, high=4096,
        label=Text("Windows of text", "글 조각의 수"),
        help=Text("At most, of up to 256 tokens each, from each kind of text in a replicate.",
                  "반복 한 번에 글의 종류마다 읽는, 최대 256토큰짜리 조각 수의 상한."),
    )  # fmt: skip
    bins: int = param(
        15, low=2, high=100,
        label=Text("Bins", "구간 수"),
        help=Text("Of equal mass, for the calibration error.", "보정 오차를 잴 때 나누는, 토큰 수가 같은 구간의 수."),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """What a unit is told: the documents are dealt out to all replicates by the seed of the first.

    :param hands: how many replicates there are.
    """

    params: Params
    seed: int
    hands: int


def slack(measures: Measures) -> float:
    """How far the worst calibration error stays below `LIMIT`, or the spread above `SPREAD`: whichever is less."""
    errors = [measures[name, kind] for name in ("error", "error_likely") for kind in TRAINED]
    return min(LIMIT - max(errors), min(measures["spread", kind] for kind in TRAINED) - SPREAD)


def at_home(measures: Measures, name: str) -> float:
    """The mean of a measure over the kinds of text that the model was trained on."""
    return sum(measures[name, kind] for kind in TRAINED) / len(TRAINED)


def excess(measures: Measures) -> float:
    """Over-confidence elsewhere, or how much greater it is than at home: whichever is less."""
    away = measures["overconfidence", ELSEWHERE]
    return min(away, away - at_home(measures, "overconfidence"))


class NextToken:
    """See the module's docstring."""

    id = "next-token"
    stage = "build"
    topics = ("evaluation", "truthfulness", "small-models")
    techniques = ("gpt", "sampling", "calibration")
    title = Text("Does 30 % mean 30 %?", "30 %는 정말 30 %인가?")
    question = Text(
        "A language model gives every next token a probability. Do these probabilities come true, and do they still "
        "outside of the text that it knows?",
        "언어 모델은 다음에 올 모든 토큰에 확률을 매긴다. 이 확률은 실제와 맞는가? 잘 모르는 종류의 글에서도 맞는가?",
    )
    how = Text(
        "A house model reads prose and code that its recipe held out, and two kinds of text that it was not trained "
        "on: summaries of papers in English and in Korean. Its best guesses, and all tokens that it gives at least 1 "
        "%, are sorted into bins of equal mass; the gap between confidence and outcome is the calibration error. "
        "Chance alone makes gaps, and more where tokens are few, so what chance makes is estimated between windows of "
        "text and taken off; the table shows the plain error too, and the one that a perfectly calibrated model would "
        "show. What remains is a root mean square, which is at least the expected error that papers report. Small "
        "models may fail: they read their little text many times, and grow too sure of it. Temperature can mend "
        "sureness that is too great everywhere, not one that fits no temperature. Of models other than the house's "
        "nobody here knows what they were trained on: for them, prose and code may be familiar, and the summaries no "
        "strangers.",
        "기본 모델이 학습에서 빼 둔 산문과 코드, 그리고 학습하지 않은 두 종류의 글(논문 요약의 영어판과 한국어판)을 "
        "읽는다. 첫 추측과, 1 % 이상을 받은 모든 토큰을 토큰 수가 같은 구간으로 나누어, 확신도와 실제 적중률의 차이를 "
        "보정 오차로 잰다. 차이는 우연만으로도 생기고 토큰이 적을수록 커지므로, 우연이 만드는 몫을 글 조각 사이의 "
        "변동으로 추정해 뺀다. 빼지 않은 오차와 완벽하게 보정된 모델이 보일 오차도 표에 함께 둔다. 남는 값은 "
        "제곱평균제곱근이어서 논문들이 보고하는 기대 보정 오차보다 작지 않다. 작은 모델은 통과하지 못할 수 있다. 얼마 "
        "안 되는 글을 여러 번 읽어 지나치게 확신하게 되기 때문이다. 온도는 고르게 지나친 확신을 고칠 수 있을 뿐, 어떤 "
        "온도로도 맞지 않는 확신은 고치지 못한다. 기본 모델이 아닌 모델은 무엇을 학습했는지 여기서 알 수 없다. 그런 "
        "모델에는 산문과 코드가 이미 아는 글이거나 요약이 낯설지 않은 글일 수 있다.",
    )
    matched = Text(
        "The same model reads as many windows of each kind of text, as far as there are; no two replicates share a "
        "document.",
        "같은 모델이 종류마다 같은 수의 글 조각을 (있는 만큼) 읽는다. 어느 두 반복도 같은 문서를 읽지 않는다.",
    )
    claims = (
        Claim(
            id="calibrated",
            sentence=Text(
                "On held-out text of the kinds that it was trained on, the model's probabilities are off by less than "
                "3 points, and they are not all alike.",
                "학습한 것과 같은 종류의 처음 보는 글에서 모델의 확률은 실제와 3 %포인트도 어긋나지 않으며, 모두 "
                "비슷비슷하지도 않다.",
            ),
            paper="2303.08774",
            reported=Reported(
                number=Text("expected calibration error 0.007 before post-training, 0.074 after it (Figure 8)",
                            "기대 보정 오차가 후처리 학습 전 0.007, 후 0.074 (그림 8)"),
                model="GPT-4, pre-trained",
                data="a subset of MMLU: the probabilities of the options A to D",
                checked=True,
            ),
            contrast=slack,
            contrast_text=Text(
                "0.03 less the worst calibration error (best guesses and likely tokens, prose and code), or the spread "
                "of the confidences less 0.1, whichever is smaller",
                "0.03에서 가장 큰 보정 오차(첫 추측과 유력한 토큰, 산문과 코드 가운데)를 뺀 값과, 확신도가 퍼진 "
                "정도에서 0.1을 뺀 값 중 작은 쪽",
            ),
            margin=0.0,
            unit=Text("of probability", "(확률)"),
            replicate=Text("other held-out documents; the checkpoint is the same",
                           "학습에 쓰지 않은 다른 문서. 체크포인트는 같다."),
            control=Control(
                sentence=Text(
                    "The measure notices a model that is too sure: at temperature 0.5 the worst error is more than 3 "
                    "points larger.",
                    "이 측정은 지나친 확신을 알아챈다. 온도 0.5에서는 가장 큰 오차가 3 %포인트 넘게 더 크다.",
                ),
                contrast=lambda m: m["error", "cold"] - max(m["error", kind] for kind in TRAINED),
                margin=0.03,
            ),
            null_world=Text(
                "Each prediction is held against the token of another place: as sharp as before, without meaning.",
                "각 예측을 다른 자리의 토큰과 견준다. 예리함은 그대로지만 뜻이 없다.",
            ),
        ),
        Claim(
            id="overconfident-elsewhere",
            sentence=Text(
                "On a kind of text that it was not trained on, the model is over-confident, by more than 2 points.",
                "학습하지 않은 종류의 글에서 모델은 2 %포인트 넘게 과신한다.",
            ),
            paper="2003.07892",
            reported=Reported(
                number=Text("expected calibration error 1.93, 2.33, 1.76 % in domain; 3.62, 9.55, 11.93 % out of it",
                            "기대 보정 오차가 도메인 안에서 1.93, 2.33, 1.76 %, 밖에서 3.62, 9.55, 11.93 %"),
                model="RoBERTa, fine-tuned",
                data="SNLI to MNLI, QQP to TwitterPPDB, SWAG to HellaSWAG",
                checked=True,
            ),
            contrast=excess,
            contrast_text=Text(
                "mean confidence less the share of best guesses that are right, on English summaries of papers; or how "
                "much more that is than on prose and code, whichever is smaller",
                "영어 논문 요약에서 평균 확신도에서 첫 추측의 적중률을 뺀 값과, 그 값이 산문과 코드에서보다 큰 만큼 중 "
                "작은 쪽",
            ),
            margin=0.02,
            unit=Text("of probability", "(확률)"),
            replicate=Text("other documents of each kind; the checkpoint is the same",
                           "종류마다 다른 문서. 체크포인트는 같다."),
            control=Control(
                sentence=Text(
                    "The text is really of another kind: the best guess is right less often, by more than 5 points.",
                    "글이 정말로 다른 종류다. 첫 추측의 적중률이 5 %포인트 넘게 낮다.",
                ),
                contrast=lambda m: at_home(m, "accuracy") - m["accuracy", ELSEWHERE],
                margin=0.05,
            ),
            null_world=Text(
                "The other text is held-out prose and code too, and each prediction is held against another place.",
                "다른 종류의 글도 학습에 쓰지 않은 산문과 코드이며, 각 예측을 다른 자리의 토큰과 견준다.",
            ),
        ),
    )  # fmt: skip
    params = Params
    presets = {"quick": {"amount": 16}, "standard": {}, "full": {"amount": 4096}}
    tiny = {"amount": 4, "bins": 5, "text": "A text of one's own."}
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = {
        "prose": Text("held-out prose", "학습에 쓰지 않은 산문"),
        "code": Text("held-out code", "학습에 쓰지 않은 코드"),
        ELSEWHERE: Text("summaries of papers, English", "논문 요약 (영어)"),
        "korean": Text("summaries of papers, Korean", "논문 요약 (한국어)"),
        "own": Text("your own text", "내 글"),
        "cold": Text("prose and code at temperature 0.5", "온도 0.5의 산문과 코드"),
        "all": Text("all kinds of text", "모든 종류의 글"),
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: its kinds of text are read by one model."""
        return [
            Unit(
                id=f"replicate-{number}",
                arm="all",
                replicate=number,
                seed=seed,
                params=Dealt(params=params, seed=seeds[0], hands=len(seeds)),
            )
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The summaries first, because they are there at once; prose takes seconds to be gathered."""
        import core.gpt
        from core.text.unseen import stream

        yield Progress(done=0.0, note=Text("loading the model", "모델 불러오는 중").as_dict())
        params: Params = unit.params.params
        model = core.gpt.load(params.model, device=context.device)
        if not model.config.causal:
            raise BadParam(
                f"model: {params.model} sees both sides of a token, and says nothing of the next one",
                f"model: {params.model}은(는) 토큰의 양쪽을 모두 보므로 다음 토큰을 말하지 않습니다",
            )
        tokenizer = core.gpt.load_tokenizer(params.model)
        kinds = [ELSEWHERE, "korean", *reversed(TRAINED)]
        kinds += ["own"] if unit.replicate == 0 and params.text.strip() else []
        read: dict[str, Read] = {}
        for place, kind in enumerate(kinds):
            yield Progress(done=place / len(kinds), note=self.labels[kind].as_dict())
            documents = [params.text] if kind == "own" else _documents(unit, kind, context.null)
            ids = stream(tokenizer, documents)
            size = sum(len(document.encode()) for document in documents) / max(1, len(ids))
            if len(ids) > 1:
                read[kind] = yield from self._read(unit, kind, model, ids, null=context.null, bytes_a_token=size)
        cold = [read[kind].said.guesses(bins=params.bins, temperature=COLD).error for kind in TRAINED]
        yield unit.measure("error", max(cold), "probability", arm="cold")
        if unit.replicate == 0:
            yield from self._shown(unit, model, tokenizer, read)
        yield Progress(done=1.0)

    def _read(
        self, unit: Unit, kind: str, model: GPT, ids: Tensor, *, null: bool, bytes_a_token: float
    ) -> Generator[Event, None, Read]:
        """Reads one kind of text and measures it; its points grow as it is read."""
        import numpy as np

        from core.calibration import floor, joined, predictions
        from core.calibration_report import Read
        from core.text.unseen import windows

        params: Params = unit.params.params
        time = min(TIME, model.config.max_position_embeddings)
        pieces = windows(ids, time=time, most=params.amount, seed=unit.seed)
        parts: list[Predictions] = []
        for part in predictions(model, pieces, temperatures=TEMPERATURES, elsewhere=unit.seed if null else None):
            parts.append(part)
            said = joined(parts)
            found = said.guesses(bins=params.bins, temperature=OWN)
            yield _point(unit, kind, "main", ERROR, len(said.target), found.error)
            yield _point(unit, kind, "over-confidence", OVER, len(said.target), found.overconfidence)
        confidence = said.confidence[OWN]
        by_chance = floor(confidence, bins=params.bins, seed=unit.seed)
        for name, value, unit_of_measure in (
            ("error", found.error, "probability"),
            ("error_plain", found.plain, "probability"),
            ("error_floor", by_chance, "probability"),
            ("error_likely", said.likely_error(bins=params.bins), "probability"),
            ("overconfidence", found.overconfidence, "probability"),
            ("accuracy", said.correct.mean(), "share"),
            ("spread", np.abs(confidence - confidence.mean()).mean(), "probability"),
            ("perplexity", np.exp(said.surprisal[OWN].mean()), "1"),
            ("entropy", said.entropy.mean(), "nats"),
        ):
            yield unit.measure(name, value, unit_of_measure, arm=kind)
        return Read(pieces=pieces, said=said, own=OWN, bytes_a_token=bytes_a_token, by_chance=by_chance)

    def _shown(
        self, unit: Unit, model: GPT, tokenizer: PreTrainedTokenizerFast, read: dict[str, Read]
    ) -> Iterator[Event]:
        """Tables, diagrams, samples and one text in its tokens: of the first replicate."""
        from core.calibration_report import COLUMNS, diagram, surprise_strip, surprises

        params: Params = unit.params.params
        kinds = [kind for kind in self.labels if kind in read]
        names = {kind: self.labels[kind] for kind in kinds}
        yield Table(
            title=Text("Replicate 1, by kind of text", "첫 번째 반복, 글의 종류별").as_dict(),
            columns=[column.as_dict() for column in COLUMNS],
            rows=[[names[kind].as_dict(), *read[kind].row(TEMPERATURES, bins=params.bins)] for kind in kinds],
        )
        temperatures = [Text(f"T = {value:g}", f"T = {value:g}") for value in TEMPERATURES]
        yield Table(
            title=Text("Calibration error by temperature, replicate 1", "온도별 보정 오차, 첫 번째 반복").as_dict(),
            columns=[column.as_dict() for column in (COLUMNS[0], *temperatures)],
            rows=[[names[kind].as_dict(), *read[kind].errors(bins=params.bins)] for kind in kinds],
        )
        for kind in kinds:
            own, cold = (read[kind].said.guesses(bins=params.bins, temperature=at) for at in (OWN, COLD))
            title = Text(
                f"{names[kind].en}: confidence (across) and how often it was right (up); faint: at temperature 0.5",
                f"{names[kind].ko}: 확신도(가로)와 실제로 맞은 비율(세로). 흐린 선은 온도 0.5",
            )
            yield Figure(name=f"reliability-{kind}", title=title.as_dict(), plotly=diagram(own, cold))
            for before, said in surprises(read[kind], tokenizer):
                yield Sample(arm=kind, prompt=before, text=said, replicate=unit.replicate)
        shown = params.text if "own" in kinds else _documents(unit, "prose", null=False)[0]
        yield surprise_strip(model, tokenizer, shown[:STRIP_LETTERS].strip())


def _documents(unit: Unit, kind: str, null: bool) -> list[str]:
    """What a replicate reads of a kind: no other replicate has the same. In the null world nothing is elsewhere."""
    from core.text.starter_text import summaries
    from core.text.unseen import deal, held_out_documents

    def hand(documents: Sequence[str], place: int) -> list[str]:
        return deal(documents, hands=unit.params.hands, seed=unit.params.seed)[place % unit.params.hands]

    model = unit.params.params.model
    if kind in TRAINED:
        return hand(held_out_documents(model, kind), unit.replicate)
    if kind == ELSEWHERE and null:
        return [text for other in TRAINED for text in hand(held_out_documents(model, other), unit.replicate + 1)]
    return hand(list(summaries("ko" if kind == "korean" else "en").values()), unit.replicate)


def _point(unit: Unit, kind: str, chart: str, label: dict[str, str], x: int, y: float) -> Point:
    return Point(arm=kind, x=x, y=y, replicate=unit.replicate, chart=chart, x_label=TOKENS_READ, y_label=label)


EXPERIMENT = NextToken()
