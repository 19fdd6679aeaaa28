"""Can a model learn from examples in its prompt, with no weight changed? Zero, one and few shots, by size.

GPT-3 (arXiv:2005.14165) answers better with examples, and the more so the larger it is; Garg et al.
(arXiv:2208.01066) find Transformers as good as least squares on lines that only the prompt shows; Min et al.
(arXiv:2202.12837) find that random labels hardly hurt. Here small models are trained on such prompts in two worlds,
numbers and symbols, so that the best possible learner is known; the house model, trained on text, is asked in words.

The sceptic asks: are the answers in the weights? Every line is new, the permutations and words that are asked are held
out, and with no example all are at chance. Would any text before the question help? The same examples with each other's
targets must not. Is it more than looking at the nearest example? Two simple learners stand beside least squares. And in
the null world every example is under a rule of its own, so that there is nothing to learn from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Figure, Point, Progress, Sample, Table
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, check_ascending, model_param, param

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from core.gpt.model import GPT
    from core.text.tasks.task import Item
    from core.training.ask.in_context import World

WIDTHS = (8, 16, 32, 64, 128, 256)
NUMBERS, SYMBOLS, HOUSE = "numbers", "symbols", "house"
WORLDS = {NUMBERS: Text("numbers", "숫자"), SYMBOLS: Text("symbols", "기호")}
FUNCTION, LABEL = "function", "label"
KINDS = {FUNCTION: Text("house model, known functions", "기본 모델, 아는 함수"),
         LABEL: Text("house model, labels to look up", "기본 모델, 찾아볼 이름표")}  # fmt: skip
REFERENCES = {
    "least-squares": Text("least squares: the best possible", "최소제곱: 가능한 최선"),
    "nearest": Text("mean of the three nearest examples", "가까운 예시 셋의 평균"),
    "average": Text("mean of y · x as the line", "y · x의 평균을 직선으로"),
    "memory": Text("perfect memory: the best possible", "완벽한 기억: 가능한 최선"),
}
SIMPLE = ("nearest", "average")
HOUSE_SHOTS = (0, 1, 2, 4, 6)
FEW = HOUSE_SHOTS[-1]
SHOTS = Text("examples in the prompt", "프롬프트 속 예시 수")
ERROR = Text("error (1: answering blindly)", "오차 (1: 보지 않고 답할 때)")
RIGHT = Text("answers right", "정답률")
SEEN = Text("prompts seen in training", "학습에서 본 프롬프트 수").as_dict()
LOOKS = 10


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    widths: tuple[int, ...] = param(
        (8, 32, 64), choices=WIDTHS,
        label=Text("Widths", "모델 폭"),
        help=Text("Width of each model; at least two. Nothing else differs between sizes.",
                  "모델마다의 폭. 둘 이상. 크기 사이에 다른 것은 모두 같다."),
    )  # fmt: skip
    dimensions: int = param(
        2, low=1, high=10,
        label=Text("Dimensions", "차원"),
        help=Text("Numbers in each x; there are twice as many examples.", "x마다 든 수의 개수. 예시는 그 두 배."),
    )  # fmt: skip
    examples: int = param(
        8, low=2, high=30,
        label=Text("Examples of symbols", "기호 예시 수"),
        help=Text("In each prompt of symbols, at most.", "기호 프롬프트 하나에 든 예시 수의 상한."),
    )  # fmt: skip
    steps: int = param(
        1000, low=1, high=100_000,
        label=Text("Steps, numbers", "숫자의 스텝"),
        help=Text("Of training, of each size.", "크기마다의 학습 스텝 수."),
    )  # fmt: skip
    symbol_steps: int = param(
        300, low=1, high=100_000,
        label=Text("Steps, symbols", "기호의 스텝"),
        help=Text("Symbols are learned in far fewer.", "기호는 훨씬 적은 스텝으로 배운다."),
    )  # fmt: skip
    rows: int = param(
        64, low=1, high=4096, label=Text("Prompts a step", "스텝당 프롬프트 수"),
        help=Text("All fresh.", "모두 새로 만든다."),
    )  # fmt: skip
    rates: tuple[float, ...] = param(
        (2e-3, 5e-3, 1e-2), low=1e-5, high=1.0,
        label=Text("Learning rates", "학습률"),
        help=Text("Where the search of each size in each world begins.", "크기와 세계마다 하는 탐색의 출발점."),
    )  # fmt: skip
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text("Search each arm's rate; without it the rate that `standard` found is used.",
                  "모델마다 학습률을 탐색한다. 끄면 `standard`가 찾은 값을 쓴다."),
    )  # fmt: skip
    questions: int = param(
        1024, low=8, high=100_000,
        label=Text("Questions", "질문 수"),
        help=Text("Prompts to ask the small models; the house model is asked an eighth of it in each setting.",
                  "작은 모델에 묻는 프롬프트 수. 기본 모델에는 설정마다 그 8분의 1을 묻는다."),
    )  # fmt: skip
    model: str = model_param()


def _arm(world: str, width: int) -> str:
    return f"{world}-w{width}"


def _widths(measures: Measures, world: str) -> list[int]:
    """The widths that were trained in a world, ascending."""
    arms = (arm for name, arm in measures if name == "parameters" and arm.startswith(f"{world}-"))
    return sorted(int(arm.partition("-w")[2]) for arm in arms)


def _largest(measures: Measures, world: str) -> str:
    """The arm of the largest model; one that was never measured where there is none."""
    return _arm(world, max(_widths(measures, world), default=0))


def gain(measures: Measures, arm: str, name: str = "error_few") -> float:
    """The part of the error without examples that the examples take away."""
    return 1 - measures[name, arm] / measures["error_zero", arm]


def examples_help(measures: Measures) -> float:
    """The largest model's gain, in the world where it is less."""
    return min(gain(measures, _largest(measures, world)) for world in WORLDS)


def wrong_examples(measures: Measures) -> float:
    """The largest model's error after mispaired examples over that after none, in the world where it is less."""
    return min(1 - gain(measures, _largest(measures, world), "error_mispaired") for world in WORLDS)


def _simple(measures: Measures) -> float:
    return min(measures["error_few", name] for name in SIMPLE)


def way_to_least_squares(measures: Measures) -> float:
    """How far the largest model's error is on the way from the better simple learner's (0) to least squares' (1)."""
    best = measures["error_few", "least-squares"]
    return (_simple(measures) - measures["error_few", _largest(measures, NUMBERS)]) / (_simple(measures) - best)


def larger_uses_more(measures: Measures) -> float:
    """The gain of the largest model less that of the smallest, mean of both worlds."""
    ends = [(_largest(measures, world), _arm(world, min(_widths(measures, world), default=0))) for world in WORLDS]
    return sum(gain(measures, large) - gain(measures, small) for large, small in ends) / len(ends)


def blind_difference(measures: Measures) -> float:
    """How far sizes are apart where there is no example, in the world where it is more."""
    return max(
        max(blind) - min(blind)
        for world in WORLDS
        if (blind := [measures["error_zero", _arm(world, width)] for width in _widths(measures, world)])
    )


def labels_hardly_matter(measures: Measures) -> float:
    """What is left of the gain after mispaired examples, less half of the gain; of the largest model, on symbols."""
    arm = _largest(measures, SYMBOLS)
    return gain(measures, arm, "error_mispaired") - gain(measures, arm) / 2


def house_gain(measures: Measures, kind: str, name: str = f"right_{FEW}") -> float:
    """How many more answers of the house model are right than without examples."""
    return measures[name, f"{HOUSE}-{kind}"] - measures["right_0", f"{HOUSE}-{kind}"]


def labels_hardly_matter_in_words(measures: Measures) -> float:
    """The same as `labels_hardly_matter` for the house model, on functions that it has met."""
    return house_gain(measures, FUNCTION, "right_mispaired") - house_gain(measures, FUNCTION) / 2


def one_rule(measures: Measures) -> float:
    """What six pairs of one rule bring, beyond what six of mixed rules bring; mean of functions and labels."""
    gains = [house_gain(measures, kind) - max(0.0, house_gain(measures, kind, "right_mixed")) for kind in KINDS]
    return sum(gains) / len(gains)


ALONE = Text(
    "Every example is under a rule of its own, in training and in the questions: nothing can be learned from them.",
    "학습에서도 질문에서도 예시마다 규칙이 다르다. 예시에서 배울 것이 없다.",
)
AGAIN = Text("other prompts and other first weights", "프롬프트와 첫 가중치를 새로 뽑는다.")
MISPAIRED = Control(
    sentence=Text(
        "It is the pairing that helps: after the same examples with each other's targets, the error is more than 0.9 "
        "of what it is without any.",
        "도움이 되는 것은 짝이다. 같은 예시라도 정답을 서로 바꾸면 오차가 예시 없을 때의 0.9배를 넘는다.",
    ),
    contrast=wrong_examples,
    margin=0.9,
)


OTHER_WORDS = Text(
    "other held-out words and rules; the checkpoint is the same", "학습에서 뺀 다른 낱말과 규칙. 체크포인트는 같다."
)
TRIVIA = Reported(
    number=Text("zero, one and few shots: 64.3, 68.0, 71.2 %", "제로샷, 원샷, 퓨샷: 64.3, 68.0, 71.2 %"),
    model="GPT-3, 175B",
    data="TriviaQA",
    checked=False,
)
BARELY = Reported(
    number=Text(
        "randomly replacing labels barely hurts performance, consistently over 12 models",
        "레이블을 무작위로 바꿔도 성능이 거의 떨어지지 않으며, 12개 모델에서 일관됨",
    ),
    model="12 models, GPT-3 among them",
    data="classification and multi-choice tasks",
    checked=True,
)


class InContextLearning:
    """See the module's docstring."""

    id = "in-context-learning"
    stage = "ask"
    topics = ("in-context-learning", "prompting")
    techniques = ("zero-few-shot",)
    title = Text("Learning from the prompt", "프롬프트에서 배우기")
    question = Text(
        "How much does a model learn from examples in its prompt, with no weight changed? How near is that to the best "
        "possible learner, and does size matter?",
        "가중치를 바꾸지 않고 프롬프트 속 예시만으로 모델은 얼마나 배우는가? 가능한 최선의 학습자에 얼마나 가까운가? "
        "크기가 중요한가?",
    )
    how = Text(
        "Models of two layers and several widths (2,000 to 100,000 parameters) are trained from scratch on prompts "
        "alone: pairs of x and y under a line, or of symbols under a permutation, drawn anew for every prompt "
        "(synthetic, and trained for just this: not emergent). Then the weights stay as they are, and the error is "
        "read after no example, one, and more, on new lines and on held-out permutations. An example is one token that "
        "holds x and y, which saves a small model the joining of two tokens that real text asks for. The best possible "
        "learner is known: least squares, and a perfect memory. The papers' models are a thousand to a million times "
        "larger and have far more training: in seconds of training a small model may come only part of the way to "
        "least squares, and all sizes may be enough for tasks this easy, or too slow. That random labels hardly hurt "
        "was found on classes whose names the weights know; here the pairing is all there is, so that the claim has "
        "every reason to fail. The house model, trained on text of which a sixteenth are mappings, is asked about "
        "held-out words: functions that it has met, and made labels that it must look up. Under a function the right "
        "sides show the rule by their form alone, even where they are exchanged; and as its training prompts held four "
        "to six pairs, fewer are a form that it has never met.",
        "층 둘에 폭이 다른 모델들(파라미터 2천 개에서 10만 개)을 프롬프트만으로 처음부터 학습한다. 프롬프트는 그때마다 "
        "새로 뽑은 직선을 따르는 x와 y의 쌍, 또는 새로 뽑은 순열을 따르는 기호의 쌍이다(인공 과제이고 바로 이것을 위해 "
        "학습한 것이며, 창발이 아니다). 그런 다음 가중치를 그대로 두고 새 직선과 학습에서 뺀 순열에 대해 예시가 없을 "
        "때, 하나일 때, 여럿일 때의 오차를 읽는다. 예시는 x와 y를 함께 담은 토큰 하나여서, 실제 글에서 필요한 두 토큰 "
        "잇기를 작은 모델이 배우지 않아도 된다. 가능한 최선은 알려져 있다. 최소제곱과 완벽한 기억이다. 논문의 모델은 "
        "천 배에서 백만 배 크고 훨씬 오래 학습했다. 몇 초 학습한 작은 모델은 최소제곱까지 일부만 다가갈 수 있고, "
        "과제가 쉬워 모든 크기가 충분하거나 모두 느릴 수도 있다. 무작위 레이블이 거의 해롭지 않다는 결과는 가중치가 "
        "이름을 아는 분류 과제에서 나왔다. 여기서는 짝이 전부이므로 그 주장이 틀릴 이유가 충분하다. 글로 학습했고 그 "
        "16분의 1이 대응 과제였던 기본 모델에는 학습에서 뺀 낱말을 묻는다. 만나 본 함수와, 찾아봐야 하는 지어낸 "
        "이름표이다. 함수에서는 정답을 서로 바꾸어도 그 모양만으로 규칙이 드러난다. 또 학습 때의 프롬프트에는 쌍이 "
        "넷에서 여섯이었으므로 그보다 적은 예시는 처음 보는 꼴이다.",
    )
    matched = Text(
        "All sizes see the same prompts in the same order for as many steps; parameters and compute differ, and each "
        "size has its own learning rate in each world, searched once on other prompts and other first weights and kept "
        "as a shared checkpoint.",
        "모든 크기가 같은 프롬프트를 같은 순서로 같은 스텝만큼 본다. 파라미터와 연산량은 다르다. 학습률은 세계와 "
        "크기마다 따로, 다른 프롬프트와 다른 첫 가중치로 한 번 탐색해 공유 체크포인트로 둔다.",
    )
    claims = (
        Claim(
            id="examples-help",
            sentence=Text(
                "With no weight changed, examples in the prompt take away more than half of the error that the largest "
                "model makes without any, with numbers and with symbols.",
                "가중치를 바꾸지 않아도, 가장 큰 모델이 예시 없이 내는 오차의 절반 넘게를 프롬프트 속 예시가 없앤다. "
                "숫자에서도 기호에서도 그렇다.",
            ),
            paper="2005.14165",
            reported=TRIVIA,
            contrast=examples_help,
            contrast_text=Text(
                "1 − error after all examples / error after none, of the largest model, in the world where it is less",
                "1 − 예시를 모두 본 뒤의 오차 / 예시 없을 때의 오차. 가장 큰 모델, 두 세계 중 작은 쪽",
            ),
            margin=0.5,
            unit=Text("of the error", "(오차 대비 비율)"),
            replicate=AGAIN,
            control=MISPAIRED,
            null_world=ALONE,
        ),
        Claim(
            id="near-least-squares",
            sentence=Text(
                "After twice as many examples as dimensions, the largest model's error is more than nine tenths of the "
                "way from simple learners to least squares, the best there is.",
                "차원의 두 배만큼 예시를 본 뒤 가장 큰 모델의 오차는, 단순한 학습자에서 가능한 최선인 최소제곱까지 "
                "가는 길의 10분의 9를 넘는다.",
            ),
            paper="2208.01066",
            reported=Reported(
                number=Text("error about 0.02 after d examples and 0.0006 after 2d, close to least squares (d = 20)",
                            "예시 d개 뒤 오차 약 0.02, 2d개 뒤 0.0006으로 최소제곱에 가까움 (d = 20)"),
                model="GPT-2-like, 12 layers, 22.4M parameters",
                data="linear functions, trained from scratch",
                checked=False,
            ),
            contrast=way_to_least_squares,
            contrast_text=Text(
                "(error of the better simple learner − the model's) / (the simple learner's − least squares')",
                "(더 나은 단순 학습자의 오차 − 모델의 오차) / (단순 학습자의 오차 − 최소제곱의 오차)",
            ),
            margin=0.9,
            unit=Text("of the way", "(거리 대비 비율)"),
            replicate=AGAIN,
            control=Control(
                sentence=Text(
                    "There is a way to go: the better simple learner errs by more than 0.2 more than least squares.",
                    "갈 길이 있다. 더 나은 단순 학습자의 오차가 최소제곱보다 0.2 넘게 크다.",
                ),
                contrast=lambda m: _simple(m) - m["error_few", "least-squares"],
                margin=0.2,
            ),
            null_world=ALONE,
        ),
        Claim(
            id="larger-uses-more",
            sentence=Text(
                "Larger models use examples better: the largest takes away more of its error by them than the "
                "smallest, by more than 5 points.",
                "큰 모델이 예시를 더 잘 쓴다. 가장 큰 모델이 예시로 없애는 오차의 몫이 가장 작은 모델보다 5점 "
                "넘게 크다.",
            ),
            paper="2005.14165",
            reported=Reported(
                number=Text("larger models make increasingly efficient use of in-context information (Figure 1.2)",
                            "모델이 클수록 문맥 속 정보를 더 효율적으로 쓴다 (그림 1.2)"),
                model="GPT-3, 1.3B, 13B and 175B",
                data="removing random symbols from a word",
                checked=True,
            ),
            contrast=larger_uses_more,
            contrast_text=Text(
                "1 − error after all examples / error after none: largest model − smallest, mean of both worlds",
                "1 − 예시를 모두 본 뒤의 오차 / 예시 없을 때의 오차: 가장 큰 모델 − 가장 작은 모델, 두 세계의 평균",
            ),
            margin=0.05,
            unit=Text("of the error", "(오차 대비 비율)"),
            replicate=AGAIN,
            control=Control(
                sentence=Text(
                    "What the larger knows more does not stand in its weights: without examples all sizes err alike, "
                    "within 0.1.",
                    "큰 모델이 더 아는 것은 가중치에 있지 않다. 예시가 없으면 모든 크기의 오차가 0.1 안에서 같다.",
                ),
                contrast=lambda m: 0.1 - blind_difference(m),
                margin=0.0,
            ),
            null_world=ALONE,
        ),
        Claim(
            id="labels-hardly-matter",
            sentence=Text(
                "Right labels hardly matter: on symbols, examples with each other's labels still bring more than half "
                "of what right ones bring.",
                "정답 레이블은 거의 중요하지 않다. 기호에서, 레이블을 서로 바꾼 예시도 올바른 예시가 주는 이득의 절반 "
                "넘게를 준다.",
            ),
            paper="2202.12837",
            reported=BARELY,
            contrast=labels_hardly_matter,
            contrast_text=Text(
                "gain from mispaired examples − half of the gain from right ones, of the largest model, on symbols",
                "짝을 바꾼 예시의 이득 − 올바른 예시 이득의 절반. 가장 큰 모델, 기호",
            ),
            margin=0.0,
            unit=Text("of the error", "(오차 대비 비율)"),
            replicate=AGAIN,
            control=Control(
                sentence=Text(
                    "There is something to lose: right examples take away more than 0.3 of the error.",
                    "잃을 것이 있다. 올바른 예시는 오차의 0.3 넘게를 없앤다.",
                ),
                contrast=lambda m: gain(m, _largest(m, SYMBOLS)),
                margin=0.3,
            ),
            null_world=ALONE,
        ),
        Claim(
            id="labels-hardly-matter-in-words",
            sentence=Text(
                "The same for the house model, on functions of words that it has met: examples with each other's "
                "answers still bring more than half of what right ones bring.",
                "기본 모델이 만나 본 낱말 함수에서도 같다. 답을 서로 바꾼 예시도 올바른 예시가 주는 이득의 절반 넘게를 "
                "준다.",
            ),
            paper="2202.12837",
            reported=BARELY,
            contrast=labels_hardly_matter_in_words,
            contrast_text=Text(
                "gain in answers right from six mispaired examples − half of the gain from six right ones",
                "짝을 바꾼 예시 여섯이 정답률에 주는 이득 − 올바른 예시 여섯이 주는 이득의 절반",
            ),
            margin=0.0,
            unit=Text("of the answers", "(답 비율)"),
            replicate=OTHER_WORDS,
            control=Control(
                sentence=Text(
                    "There is something to lose: six right examples bring more than 15 points.",
                    "잃을 것이 있다. 올바른 예시 여섯은 15점 넘게를 더한다.",
                ),
                contrast=lambda m: house_gain(m, FUNCTION),
                margin=0.15,
            ),
            null_world=ALONE,
        ),
        Claim(
            id="house-model",
            sentence=Text(
                "The house model, asked in words, gets more than 5 points more right after six examples of one rule "
                "than after none, and than after six examples of mixed rules.",
                "낱말로 물을 때 기본 모델은 한 규칙의 예시 여섯 뒤에, 예시가 없을 때보다 그리고 규칙이 뒤섞인 예시 "
                "여섯 뒤보다 5점 넘게 더 맞힌다.",
            ),
            paper="2005.14165",
            reported=TRIVIA,
            contrast=one_rule,
            contrast_text=Text(
                "answers right after six pairs of one rule − after none or after six of mixed rules, whichever is "
                "more; mean of functions and labels",
                "한 규칙의 예시 여섯 뒤의 정답률 − (예시 없을 때와 규칙이 섞인 여섯 뒤 중 높은 쪽). 함수와 이름표의 "
                "평균",
            ),
            margin=0.05,
            unit=Text("of the answers", "(답 비율)"),
            replicate=OTHER_WORDS,
            control=Control(
                sentence=Text(
                    "The question alone does not say what is asked: without examples fewer than 25 % are right.",
                    "질문만으로는 무엇을 묻는지 알 수 없다. 예시가 없으면 정답률이 25 %를 밑돈다.",
                ),
                contrast=lambda m: 0.25 - sum(m["right_0", f"{HOUSE}-{kind}"] for kind in KINDS) / len(KINDS),
                margin=0.0,
            ),
            null_world=ALONE,
        ),
    )  # fmt: skip
    params = Params
    presets = {
        "quick": {"widths": (8, 64), "steps": 180, "symbol_steps": 110, "rows": 32, "search": False, "questions": 256},
        "standard": {},
        "full": {
            "widths": (32, 128, 256),
            "dimensions": 5,
            "steps": 4000,
            "symbol_steps": 1000,
            "rows": 256,
            "search": False,
        },
    }
    tiny = {"widths": (8, 16), "steps": 6, "symbol_steps": 2, "rows": 4, "search": False, "questions": 16}
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = (
        {
            _arm(world, width): Text(f"{name.en}, width {width}", f"{name.to('ko')}, 폭 {width}")
            for world, name in WORLDS.items()
            for width in WIDTHS
        }
        | {f"{HOUSE}-{kind}": name for kind, name in KINDS.items()}
        | WORLDS
        | REFERENCES
        | {HOUSE: Text("the house model", "기본 모델")}
    )

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """A unit a world and replicate: its sizes see the same prompts.

        :raises BadParam: fewer than two sizes, or rates that are not ascending.
        """
        if len(set(params.widths)) < 2:
            raise BadParam(
                "widths: at least two different ones, to compare sizes",
                "widths: 크기를 견주려면 서로 다른 값이 둘 이상 있어야 합니다",
            )
        check_ascending(params, "rates")
        return [
            Unit(id=f"{arm}-{number}", arm=arm, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
            for arm in (NUMBERS, SYMBOLS, HOUSE)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """One world: its sizes one after the other, or the house model."""
        if unit.arm == HOUSE:
            yield from self._house(unit, context)
        else:
            yield from self._world(unit, context)
        yield Progress(done=1.0)

    def _world(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Train each size, then ask it; least squares and the others beside it."""
        import numpy as np

        from core.training.ask.in_context import learn

        params, world = unit.params, _world_of(unit, null=context.null)
        weights, seen, asked_seed, turned = (int(seed) for seed in np.random.SeedSequence(unit.seed).generate_state(4))
        asked = world.asked(params.questions, seed=asked_seed)
        mispaired = world.mispaired(asked, seed=turned)
        found: dict[Text, list[float]] = {}
        widths = sorted(set(params.widths))
        for place, width in enumerate(widths):
            arm = _arm(unit.arm, width)
            yield Progress(done=place / len(widths), note=self.labels[arm].as_dict())
            rate = self._rate(arm, width, world, params, context)
            model = world.model(width, seed=weights)
            looks = learn(world, model, steps=_steps(unit.arm, params), rows=params.rows, rate=rate, seed=seen,
                          device=context.device, looks=LOOKS)  # fmt: skip
            for prompts, error in looks:
                yield Point(arm=arm, x=prompts, y=error, replicate=unit.replicate, chart=f"training {unit.arm}",
                            x_label=SEEN, y_label=ERROR.as_dict())  # fmt: skip
            errors = world.errors(model, asked)
            found[self.labels[arm]] = errors
            yield from _curve(unit, arm, errors)
            yield unit.measure("error_mispaired", world.errors(model, mispaired)[-1], "1", arm=arm)
            yield unit.measure("parameters", sum(p.numel() for p in model.parameters()), "parameters", arm=arm)
            yield unit.measure("best_rate", rate, "1", arm=arm)
            yield unit.measure("distance_to_best", world.distance(model, asked), "1", arm=arm)
        yield from self._references(unit, world, asked, found)

    def _rate(self, arm: str, width: int, world: World, params: Params, context: Context) -> float:
        """The arm's learning rate: searched once for all replicates, or what `standard` found."""
        from core.training.adaptation import arm_rates
        from core.training.ask.in_context import searched_rate

        if not params.search:
            return arm_rates(self.id, arm, params.rates, search=False, device=context.device)[0].rates[0]
        return searched_rate(
            context.cache,
            world,
            width=width,
            steps=_steps(world.name, params),
            rows=params.rows,
            rates=params.rates,
            device=context.device,
        )

    def _references(
        self, unit: Unit, world: World, asked: Any, found: Mapping[Text, Sequence[float]]
    ) -> Iterator[Event]:
        """Learners that are written down, on the same prompts; and the figure of the first replicate."""
        guides: dict[Text, list[float]] = {}
        for name in world.learners:
            errors = world.learner(name, asked)
            guides[REFERENCES[name]] = errors
            yield from _curve(unit, name, errors)
        if unit.replicate == 0:
            from core.prompt_figures import lines

            words = WORLDS[unit.arm]
            title = Text(
                f"{words.en}: error by examples (1: blind), replicate 1; grey: learners that are written down",
                f"{words.to('ko')}: 예시 수별 오차(1: 보지 않고 답할 때), 반복 1. 회색은 식으로 쓴 학습자",
            )
            plotly = lines(found, across=SHOTS, up=Text("error", "오차"), guides=guides)
            yield Figure(name=f"examples-{unit.arm}", title=title.as_dict(), plotly=plotly)

    def _house(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The house model on held-out words, after each number of pairs."""
        import core.gpt
        from core.text.few_shot import prompts
        from core.training.evaluate import answered

        params = unit.params
        model = core.gpt.load(params.model, device=context.device)
        if not model.config.causal:
            raise BadParam(
                f"model: {params.model} sees both sides of a token, and cannot be asked",
                f"model: {params.model}은(는) 토큰의 양쪽을 모두 보므로 물어볼 수 없습니다",
            )
        tokenizer = core.gpt.load_tokenizer(params.model)
        count = max(1, params.questions // 8)
        found: dict[Text, list[float]] = {}
        for kind, label in KINDS.items():
            arm = f"{HOUSE}-{kind}"
            ask = partial(prompts, kind, count=count, seed=unit.seed)
            right = {}
            for shots in HOUSE_SHOTS:
                right[str(shots)] = answered(model, tokenizer, ask(shots, alone=context.null))
                yield Point(arm=arm, x=shots, y=right[str(shots)], replicate=unit.replicate, chart="house model",
                            x_label=SHOTS.as_dict(), y_label=RIGHT.as_dict())  # fmt: skip
            right["mispaired"] = answered(model, tokenizer, ask(FEW, alone=context.null, mispaired=True))
            right["mixed"] = answered(model, tokenizer, ask(FEW, alone=True))
            for name, value in right.items():
                yield unit.measure(f"right_{name}", value, "1", arm=arm)
            found[label] = list(right.values())
            if unit.replicate == 0:
                yield from _asked(arm, model, tokenizer, ask(FEW, alone=context.null)[:2])
        if unit.replicate == 0:
            yield _table(params.model, found)


def _steps(world: str, params: Params) -> int:
    return params.steps if world == NUMBERS else params.symbol_steps


def _world_of(unit: Unit, *, null: bool) -> World:
    from core.training.ask.in_context import Numbers, Symbols

    if unit.arm == NUMBERS:
        return Numbers(dimensions=unit.params.dimensions, alone=null)
    return Symbols(examples=unit.params.examples, alone=null)


def _curve(unit: Unit, arm: str, errors: Sequence[float]) -> Iterator[Event]:
    """The error after no example, one, …: points, and the measures that claims read."""
    for shots, error in enumerate(errors):
        yield Point(arm=arm, x=shots, y=error, replicate=unit.replicate, chart=f"examples {unit.arm}",
                    x_label=SHOTS.as_dict(), y_label=ERROR.as_dict())  # fmt: skip
    for name, at in (("error_zero", 0), ("error_one", 1), ("error_few", -1)):
        yield unit.measure(name, errors[at], "1", arm=arm)


def _asked(arm: str, model: GPT, tokenizer: PreTrainedTokenizerFast, items: Sequence[Item]) -> Iterator[Event]:
    """What the house model writes after a prompt, greedily."""
    from core.gpt.generate import stream_text

    for item in items:
        written = "".join(stream_text(model, tokenizer, item.prompt, max_new_tokens=8))
        shown = f"{written.partition(chr(10))[0].strip()!r}, {item.answer.strip()!r}"
        yield Sample(arm=arm, prompt=item.prompt, text=shown, replicate=0)


def _table(model: str, found: Mapping[Text, Sequence[float]]) -> Table:
    title = Text(f"Answers right of {model} by examples, replicate 1", f"예시 수별 {model}의 정답률, 반복 1")
    heads = [Text("questions", "질문"), *(Text(f"{shots} examples", f"예시 {shots}개") for shots in HOUSE_SHOTS)]
    heads += [Text(f"{FEW} mispaired", f"짝을 바꾼 {FEW}개"), Text(f"{FEW} of mixed rules", f"규칙이 섞인 {FEW}개")]
    rows: list[list[Any]] = [[kind.as_dict(), *(round(value, 3) for value in values)] for kind, values in found.items()]
    return Table(title=title.as_dict(), columns=[head.as_dict() for head in heads], rows=rows)


EXPERIMENT = InContextLearning()
