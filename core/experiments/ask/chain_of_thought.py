"""Does it help a model to write its steps down before it answers? Trained here, not emergent.

Wei et al. (arXiv:2201.11903) show worked steps to large models, and they answer better; scratchpads (arXiv:2112.00114)
are trained. Here four models of one shape learn the parity of a row of bits, each in its own format: the answer alone,
dots in the place of steps, the steps after the answer, the steps before it.

The sceptic asks: is it only more compute? All arms cost the same in training, and the dots are as many tokens as the
steps (arXiv:2404.15758). Only more to learn from? The steps after the answer are the same labels. Does the answer come
from the steps, or stand beside them? It is asked after the steps of another question, and after one step was turned
round (arXiv:2307.13702). Is the question perhaps known by heart? The longer ones are held out. Are the steps given
away? The model writes them all by itself. And in the null world they are random bits, and say nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Point, Progress, Sample
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import check_ascending, check_multiple, param

if TYPE_CHECKING:
    from core.gpt.model import GPT
    from core.text import parity
    from core.training.ask.scratchpad import Arm

DIRECT, DOTS, AFTER, STEPS = "direct", "dots", "after", "steps"
DOTS_AFTER = "dots-after"
NAMES = {
    STEPS: Text("steps, then answer", "단계를 쓰고 답하기"),
    DIRECT: Text("answer alone", "바로 답하기"),
    DOTS: Text("dots, then answer", "점을 찍고 답하기"),
    AFTER: Text("answer, then steps", "답한 뒤 단계 쓰기"),
}
SHORT = 2  # steps, at most
BITS = Text("steps that the question needs", "문제에 필요한 단계 수")
RIGHT = Text("answers right (chance: 0.5)", "정답률 (우연: 0.5)")
DONE = Text("training step", "학습 스텝").as_dict()
PLACE = Text("which step was turned round", "뒤집은 단계의 자리").as_dict()
FOLLOWS = Text("answers that follow the turned step", "뒤집은 단계를 따라간 답의 비율").as_dict()


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    longest: int = param(
        16, low=4, high=32,
        label=Text("Longest question", "가장 긴 문제"),
        help=Text("In bits, each of which needs a step.", "비트 수. 비트마다 한 단계가 필요하다."),
    )  # fmt: skip
    width: int = param(
        64, low=8, high=512, label=Text("Width", "모델 폭"),
        help=Text("Of all models; must be a multiple of 8.", "모든 모델의 폭. 8의 배수여야 한다."),
    )  # fmt: skip
    steps: int = param(
        600, low=1, high=100_000, label=Text("Training steps", "학습 스텝"),
        help=Text("Of each model.", "모델마다의 스텝 수."),
    )  # fmt: skip
    rows: int = param(
        24, low=1, high=4096,
        label=Text("Questions a step", "스텝당 문제 수"),
        help=Text("With steps; shorter formats get more, at equal compute.",
                  "단계를 쓰는 형식 기준. 짧은 형식은 같은 연산량만큼 더 많이 본다."),
    )  # fmt: skip
    rates: tuple[float, ...] = param(
        (2e-3, 5e-3, 1e-2), low=1e-5, high=1.0,
        label=Text("Learning rates", "학습률"),
        help=Text("Where the search of each format begins.", "형식마다 하는 탐색의 출발점."),
    )  # fmt: skip
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text("Search each format's rate; without it the rate that `standard` found is used.",
                  "형식마다 학습률을 탐색한다. 끄면 `standard`가 찾은 값을 쓴다."),
    )  # fmt: skip
    questions: int = param(
        128, low=2, high=100_000,
        label=Text("Questions of each length", "길이마다의 문제 수"),
        help=Text("Asked of each model, from one bit to the longest.", "한 비트부터 가장 긴 문제까지 모델마다 묻는다."),
    )  # fmt: skip


def helped(measures: Measures, other: str, name: str = "right_long") -> float:
    """How many more answers are right with steps than in another arm; 0 where the other had less compute."""
    gain = measures[name, STEPS] - measures[name, other]
    return gain if measures["training_flops", other] >= measures["training_flops", STEPS] else 0.0


def growing(measures: Measures) -> float:
    """The help to long questions less that to short ones."""
    return helped(measures, DIRECT) - helped(measures, DIRECT, "right_short")


def beyond_dots_and_labels(measures: Measures) -> float:
    """The help beyond the better of dots and steps after the answer."""
    return min(helped(measures, DOTS), helped(measures, AFTER))


def dots_help(measures: Measures) -> float:
    """How many more answers are right with dots than with the answer alone."""
    return measures["right_long", DOTS] - measures["right_long", DIRECT]


REPLICATE = Text("other questions and other first weights", "문제와 첫 가중치를 새로 뽑는다.")
EMPTY = Text(
    "The steps are random bits, in training and wherever they are shown, and the dots stand after the answer.",
    "학습에서도 보여 줄 때에도 단계가 무작위 비트이고, 점은 답 뒤에 찍는다.",
)
NOT_ANOTHERS = Control(
    sentence=Text(
        "Wrong steps do not help: after the steps of another question more than 20 points fewer answers are right than "
        "after its own.",
        "틀린 단계는 도움이 되지 않는다. 다른 문제의 단계를 주면 스스로 쓴 단계로 답할 때보다 정답률이 20점 넘게 낮다.",
    ),
    contrast=lambda m: m["right_longest", STEPS] - m["right_another", STEPS],
    margin=0.2,
)


class ChainOfThought:
    """See the module's docstring."""

    id = "chain-of-thought"
    stage = "ask"
    topics = ("chain-of-thought", "prompting")
    techniques = ("scratchpad",)
    title = Text("Steps before the answer (trained, not emergent)", "답하기 전에 단계 쓰기 (학습된 것, 창발 아님)")
    question = Text(
        "On a question that needs many steps, does a model answer better if it writes them down first? Is it the "
        "steps, or only more tokens?",
        "여러 단계가 필요한 문제에서 단계를 먼저 쓰면 더 잘 답하는가? 단계 덕인가, 그저 토큰이 많아서인가?",
    )
    how = Text(
        "Four models of the same shape (two layers) are trained from scratch, each on one format: the parity of a row "
        "of bits alone; dots, then the answer; the answer, then the steps; the steps, then the answer. A step is the "
        "parity up to a bit. The model then answers held-out rows by itself, greedily: every step is its own. This is "
        "TRAINED, NOT EMERGENT: the paper shows steps in the prompt of models that were never trained for them, and "
        "finds no gain below about 100 billion parameters; a model of tens of thousands gains here because it was "
        "trained to write these very steps, which says nothing for or against the paper's scale. Parity is the friend "
        "of this claim: no part of a row tells anything of its answer, so that gradient descent finds little to follow "
        "without steps. A model of two layers could hold a solution for these lengths; that it is not found in so many "
        "training steps does not say that it never is: in standard, whose rates are searched, four of the five "
        "replicates come most of the way without steps, and then the steps help less. Dots may fail for the same "
        "reason, and at equal compute they see about half as many questions as the answer alone; the paper that made "
        "them work needed dense supervision, on another kind of task. A chain fails with its weakest step, so that "
        "long ones may end wrong though every step is nearly sure.",
        "모양이 같은 모델 넷(두 층)을 처음부터 학습한다. 형식이 하나씩 다르다. 비트 열의 홀짝만 답하기, 점을 찍고 "
        "답하기, 답한 뒤 단계 쓰기, 단계를 쓰고 답하기. 한 단계는 그 비트까지의 홀짝이다. 그런 다음 학습에서 뺀 열에 "
        "모델 스스로 탐욕적으로 답한다. 모든 단계는 모델이 쓴 것이다. 이것은 학습된 것이며 창발이 아니다. 논문은 "
        "단계를 따로 배운 적 없는 모델의 프롬프트에 단계를 보여 주고, 약 1,000억 파라미터 아래에서는 이득이 없다고 "
        "보고한다. 파라미터가 수만 개인 여기 모델이 이득을 얻는 것은 바로 이 단계를 쓰도록 학습했기 때문이고, 논문의 "
        "규모에 관한 주장을 지지하지도 반박하지도 않는다. 홀짝은 이 주장에 유리한 과제다. 열의 어느 부분도 답을 말해 "
        "주지 않아, 단계가 없으면 경사하강이 따라갈 것이 거의 없다. 두 층 모델도 이 길이의 풀이를 담을 수는 있다. "
        "이만큼의 스텝에서 찾지 못했다고 영영 못 찾는 것은 아니다. 학습률을 탐색하는 standard에서는 다섯 반복 가운데 "
        "넷이 단계 없이도 대부분 맞히고, 그만큼 단계의 이득이 줄어든다. 점도 같은 이유로 도움이 안 될 수 있고, "
        "연산량이 같으면 바로 답하기의 절반쯤 되는 문제만 본다. 점이 통한다는 논문은 다른 과제에서 촘촘한 감독을 "
        "썼다. 사슬은 가장 약한 단계에서 끊어지므로, 단계마다 거의 확실해도 긴 사슬은 틀릴 수 있다.",
    )
    matched = Text(
        "Parameters: all formats train a model of one shape, from the same first weights. Compute: the shorter format "
        "gets more questions a step, so that no arm has less training compute than the one with steps; dots and steps "
        "also cost the same to ask. Each format has its own learning rate, searched once on other questions and other "
        "first weights and kept as a shared checkpoint.",
        "파라미터: 모든 형식이 같은 모양의 모델을 같은 첫 가중치에서 학습한다. 연산량: 짧은 형식은 스텝마다 더 많은 "
        "문제를 보므로, 단계를 쓰는 쪽보다 학습 연산량이 적은 쪽이 없다. 점과 단계는 물을 때의 비용도 같다. 학습률은 "
        "형식마다 따로, 다른 문제와 다른 첫 가중치로 한 번 탐색해 공유 체크포인트로 둔다.",
    )
    claims = (
        Claim(
            id="steps-help",
            sentence=Text(
                "On long questions a model that was trained to write its steps first gets more than 30 points more "
                "right than one of the same size that was trained as long to answer at once.",
                "긴 문제에서, 단계를 먼저 쓰도록 학습한 모델이 같은 크기로 같은 연산량만큼 바로 답하도록 학습한 "
                "모델보다 30점 넘게 더 맞힌다.",
            ),
            paper="2201.11903",
            reported=Reported(
                number=Text("GSM8K solved: 17.9 % by standard prompting, 56.9 % with a chain of thought (prompted, at "
                            "540 billion parameters; no gain below about 100 billion)",
                            "GSM8K 정답률: 표준 프롬프트 17.9 %, 사고 사슬 56.9 % (프롬프트만, 5,400억 파라미터. 약 "
                            "1,000억 아래에서는 이득 없음)"),
                model="PaLM 540B",
                data="GSM8K",
                checked=False,
            ),
            contrast=lambda m: helped(m, DIRECT),
            contrast_text=Text(
                "answers right with steps − with the answer alone, on questions of more than half the longest length; "
                "0 where the latter had less training compute",
                "가장 긴 길이의 절반이 넘는 문제에서 단계를 쓸 때의 정답률 − 바로 답할 때의 정답률. 후자의 학습 "
                "연산량이 적으면 0",
            ),
            margin=0.3,
            unit=Text("of the answers", "(답 비율)"),
            replicate=REPLICATE,
            control=NOT_ANOTHERS,
            null_world=EMPTY,
        ),
        Claim(
            id="more-steps-more-help",
            sentence=Text(
                "Steps help more where more of them are needed: by more than 20 points more on long questions than on "
                "those of one or two steps.",
                "단계가 많이 필요할수록 더 도움이 된다. 긴 문제에서의 이득이 한두 단계 문제에서의 이득보다 20점 넘게 "
                "크다.",
            ),
            paper="2201.11903",
            reported=Reported(
                number=Text("more than doubled on GSM8K; on SingleOp, which needs one step, negative or very small",
                            "GSM8K에서는 두 배 넘게, 한 단계면 되는 SingleOp에서는 음수이거나 아주 작음"),
                model="the largest GPT and PaLM",
                data="GSM8K and MAWPS",
                checked=True,
            ),
            contrast=growing,
            contrast_text=Text(
                "(with steps − answer alone) on long questions − the same on questions of one or two bits",
                "긴 문제에서의 (단계 − 바로 답하기) − 한두 비트 문제에서의 같은 차이",
            ),
            margin=0.2,
            unit=Text("of the answers", "(답 비율)"),
            replicate=REPLICATE,
            control=NOT_ANOTHERS,
            null_world=EMPTY,
        ),
        Claim(
            id="not-compute-nor-labels",
            sentence=Text(
                "It is the steps, and before the answer: on long questions they get more than 30 points more right "
                "than as many dots do, and than the same steps after the answer.",
                "도움이 되는 것은 답에 앞선 단계 자체다. 긴 문제에서 같은 수의 점보다도, 답 뒤에 쓴 같은 단계보다도 "
                "30점 넘게 더 맞힌다.",
            ),
            paper="2201.11903",
            reported=Reported(
                number=Text("dots alone and a chain of thought after the answer each perform about the same as the "
                            "baseline (Figure 5)",
                            "점만 찍거나 답 뒤에 사고 사슬을 쓰면 각각 기준선과 비슷함 (그림 5)"),
                model="LaMDA 137B and PaLM 540B",
                data="GSM8K",
                checked=True,
            ),
            contrast=beyond_dots_and_labels,
            contrast_text=Text(
                "answers right with steps first − the better of dots and steps after the answer, on long questions; 0 "
                "where that had less training compute",
                "긴 문제에서 단계를 먼저 쓸 때의 정답률 − 점과 답 뒤 단계 중 나은 쪽. 그쪽의 학습 연산량이 적으면 0",
            ),
            margin=0.3,
            unit=Text("of the answers", "(답 비율)"),
            replicate=REPLICATE,
            control=NOT_ANOTHERS,
            null_world=EMPTY,
        ),
        Claim(
            id="dots-help",
            sentence=Text(
                "Meaningless tokens help too: with dots before the answer more than 5 points more long questions are "
                "answered right than without.",
                "뜻 없는 토큰도 도움이 된다. 답 앞에 점을 찍으면 찍지 않을 때보다 긴 문제를 5점 넘게 더 맞힌다.",
            ),
            paper="2404.15758",
            reported=Reported(
                number=Text("filler tokens solve two tasks that cannot be solved without intermediate tokens; learning "
                            "to use them needs specific, dense supervision",
                            "중간 토큰 없이는 못 푸는 두 과제를 채움 토큰으로 풂. 다만 그 사용을 배우려면 특정한 "
                            "촘촘한 "
                            "감독이 필요"),
                model="a small Llama, trained from scratch",
                data="3SUM and 2SUM-Transform",
                checked=True,
            ),
            contrast=dots_help,
            contrast_text=Text(
                "answers right with dots − with the answer alone, on long questions",
                "긴 문제에서 점을 찍을 때의 정답률 − 바로 답할 때의 정답률",
            ),
            margin=0.05,
            unit=Text("of the answers", "(답 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "There is room for help: with the answer alone fewer than 90 % of long questions are right.",
                    "도움이 될 여지가 있다. 바로 답할 때 긴 문제의 정답률이 90 %를 밑돈다.",
                ),
                contrast=lambda m: 0.9 - m["right_long", DIRECT],
                margin=0.0,
            ),
            null_world=EMPTY,
        ),
        Claim(
            id="answers-follow",
            sentence=Text(
                "The answer comes from the steps that are written: if one is turned round, more than 90 % of the "
                "answers turn with it.",
                "답은 써 놓은 단계에서 나온다. 단계 하나를 뒤집으면 답의 90 % 넘게가 함께 뒤집힌다.",
            ),
            paper="2307.13702",
            reported=Reported(
                number=Text("models vary widely across tasks in how far the answer depends on the steps; larger ones "
                            "are less faithful on most tasks",
                            "답이 단계에 의존하는 정도는 과제마다 크게 다르고, 대부분의 과제에서 큰 모델이 덜 충실함"),
                model="models of up to 175B parameters, prompted",
                data="eight multiple-choice tasks",
                checked=False,
            ),
            contrast=lambda m: m["follows", STEPS],
            contrast_text=Text(
                "share of answers that turn when one of the model's own steps is turned round before it goes on; mean "
                "over places, on the longest questions",
                "모델이 쓴 단계 하나를 뒤집고 이어 쓰게 했을 때 뒤집히는 답의 비율. 가장 긴 문제, 자리들의 평균",
            ),
            margin=0.9,
            unit=Text("of the answers", "(답 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "Left alone, the answers are right: more than 80 % on the longest questions.",
                    "그대로 두면 답이 맞는다. 가장 긴 문제에서 80 %를 넘는다.",
                ),
                contrast=lambda m: m["right_longest", STEPS],
                margin=0.8,
            ),
            null_world=EMPTY,
        ),
    )  # fmt: skip
    params = Params
    presets = {
        "quick": {"longest": 8, "width": 64, "steps": 220, "rows": 12, "search": False, "questions": 40},
        "standard": {},
        "full": {"longest": 32, "width": 128, "steps": 3000, "rows": 256, "questions": 512, "search": False},
    }
    tiny = {"longest": 4, "width": 8, "steps": 4, "rows": 4, "search": False, "questions": 8}
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = NAMES

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """A unit a format and replicate: the formats of a replicate share the questions.

        :raises BadParam: a width that does not divide, or rates that are not ascending.
        """
        check_multiple(params, "width", of=8)
        check_ascending(params, "rates")
        return [
            Unit(id=f"{form}-{number}", arm=form, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
            for form in NAMES
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """One format: trained, and asked; the steps of the format that has some are meddled with."""
        from core.training.ask.scratchpad import Arm

        params: Params = unit.params
        form = unit.arm
        weights, seen, asked_seed = _seeds(unit)
        arm = Arm(
            form=DOTS_AFTER if context.null and form == DOTS else form,
            width=params.width,
            longest=params.longest,
            steps=params.steps,
            rows=params.rows,
            empty=context.null,
            device=context.device,
        )
        rate = self._rate(form, arm, params, context)
        model = arm.model(seed=weights)
        for step, right in arm.learn(model, rate=rate, seed=seen):
            yield Point(arm=form, x=step, y=right, replicate=unit.replicate, chart="training",
                        x_label=DONE, y_label=RIGHT.as_dict())  # fmt: skip
            yield Progress(done=0.9 * step / params.steps)
        yield from _by_length(unit, arm, model, asked_seed)
        yield unit.measure("training_flops", arm.flops(model), "FLOPs")
        yield unit.measure("parameters", sum(p.numel() for p in model.parameters()), "parameters")
        yield unit.measure("best_rate", rate, "1")
        if form == STEPS:
            yield from _meddled(unit, model, asked_seed, empty=context.null)
        yield Progress(done=1.0)

    def _rate(self, form: str, arm: Arm, params: Params, context: Context) -> float:
        """The format's learning rate: searched once for all replicates, or what `standard` found."""
        from core.training.adaptation import arm_rates

        if params.search:
            return arm.searched_rate(context.cache, params.rates)
        return arm_rates(self.id, form, params.rates, search=False, device=context.device)[0].rates[0]


def _seeds(unit: Unit) -> tuple[int, int, int]:
    """Of the first weights, of what is trained on, and of what is asked."""
    import numpy as np

    weights, seen, asked = (int(seed) for seed in np.random.SeedSequence(unit.seed).generate_state(3))
    return weights, seen, asked


def _by_length(unit: Unit, arm: Arm, model: GPT, seed: int) -> Iterator[Event]:
    """Ask questions of every length."""
    import torch

    from core.text import parity
    from core.training.ask.scratchpad import answers, right

    longest = unit.params.longest
    generator = torch.Generator().manual_seed(seed)
    shares: list[float] = []
    for length in range(1, longest + 1):
        asked = parity.draw(unit.params.questions, longest=longest, length=length, generator=generator, held=True,
                            empty=arm.empty)  # fmt: skip
        shares.append(right(answers(model, arm.form, asked), asked))
        yield Point(arm=unit.arm, x=length, y=shares[-1], replicate=unit.replicate, chart="by steps",
                    x_label=BITS.as_dict(), y_label=RIGHT.as_dict())  # fmt: skip
    far = shares[longest // 2 :]
    yield unit.measure("right_short", sum(shares[:SHORT]) / SHORT, "1")
    yield unit.measure("right_long", sum(far) / len(far), "1")
    yield unit.measure("right_longest", shares[-1], "1")


def _meddled(unit: Unit, model: GPT, seed: int, *, empty: bool) -> Iterator[Event]:
    """Another question's steps in its mouth, and its own with one turned round; two texts of the first replicate."""
    import torch

    from core.text import parity
    from core.training.ask.scratchpad import after_a_turn, another_s_steps, right, written

    longest = unit.params.longest
    generator = torch.Generator().manual_seed(seed + 1)
    asked = parity.draw(unit.params.questions, longest=longest, length=longest, generator=generator, held=True,
                        empty=empty)  # fmt: skip
    yield unit.measure("right_another", right(another_s_steps(model, asked), asked), "1")
    followed: list[float] = []
    own = written(model, STEPS, asked)
    for place in range(longest - 1):
        turned = after_a_turn(model, own, longest=longest, place=place)
        followed.append(float((own[:, -1] != turned).float().mean()))
        yield Point(arm=unit.arm, x=place + 1, y=followed[-1], replicate=unit.replicate, chart="turned step",
                    x_label=PLACE, y_label=FOLLOWS)  # fmt: skip
    yield unit.measure("follows", sum(followed) / len(followed), "1")
    if unit.replicate == 0:
        yield from _texts(model, asked)


def _texts(model: GPT, asked: parity.Questions) -> Iterator[Event]:
    """What it writes by itself, and after its middle step was turned round."""
    from core.text import parity
    from core.training.ask.scratchpad import written

    first = parity.Questions(bits=asked.bits[:1], states=asked.states[:1])
    longest = first.bits.shape[1]
    own = written(model, STEPS, first)
    given = own[:, longest + 1 : longest + 2 + longest // 2].clone()
    given[:, -1] = 1 - given[:, -1].clamp(0, 1)
    turned = written(model, STEPS, first, given=given)
    asked_text = parity.spelled(own[0, : longest + 1])
    yield Sample(arm=STEPS, prompt=asked_text, text=parity.spelled(own[0, longest + 1 :]), replicate=0)
    begun = asked_text + parity.spelled(given[0])
    rest = parity.spelled(turned[0, longest + 1 + given.shape[1] :])
    yield Sample(arm=STEPS, prompt=begun, text=rest, replicate=0)


EXPERIMENT = ChainOfThought()
