"""What can each way to adapt bring out of a model, and what can it teach it? A zoo of methods, each at its own rate.

One small base knows four ciphers, each behind a tag. Adapting sees rows without a tag, of one cipher: one that the base
knows (the skill is hidden, and must be elicited) or one that needs attention to look elsewhere than for any that it
knows (the skill is new, and must be learned).

The sceptic asks: was each method tuned? Each searches its own rate, beyond the edges of its grid: one rate for all
misleads. Does the base perhaps show the hidden skill by itself? That is the control. Are the methods that steer
attention only smaller? Prefix tuning meets LoRA of rank 1 with as many parameters. Is a 4-bit base free? Its claim
needs the bytes saved, and the gain kept.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Figure, Point, Progress, Skip, Table
from core.experiment import LIBRARIES, REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, param
from core.pareto import pareto

if TYPE_CHECKING:
    from core.training.skills import Shown
    from core.training.zoo import Outcome

HIDDEN, NEW = "hidden", "new"
HIDDEN_SKILL = "shift-3"
KNOWN = ("copy", "shift-1", "shift-2")
TITLES = {
    "full": Text("full fine-tuning", "전체 미세조정"),
    "lora": Text("LoRA", "LoRA"),
    "lora-1": Text("LoRA, rank 1", "LoRA, 랭크 1"),
    "dora": Text("DoRA", "DoRA"),
    "qlora": Text("QLoRA (NF4)", "QLoRA (NF4)"),
    "ia3": Text("IA3", "IA3"),
    "prefix": Text("prefix tuning", "프리픽스 튜닝"),
    "prompt": Text("prompt tuning", "프롬프트 튜닝"),
    "p-tuning": Text("P-tuning", "P-튜닝"),
    "llama-adapter": Text("LLaMA-Adapter", "LLaMA-Adapter"),
}
STEERING = ("prefix", "prompt", "p-tuning", "llama-adapter")  # they only give attention more to look at
# Where the search of each method begins; learned vectors need higher rates than weights.
RATES: dict[str, tuple[float, ...]] = {
    "full": (3e-3, 1e-2, 3e-2),
    "lora": (3e-3, 1e-2, 3e-2),
    "lora-1": (1e-2, 3e-2, 1e-1),
    "dora": (3e-3, 1e-2, 3e-2),
    "qlora": (3e-3, 1e-2, 3e-2),
    "ia3": (1e-1, 3e-1, 1.0),
    "prefix": (1e-1, 3e-1, 1.0),
    "prompt": (3e-2, 1e-1, 3e-1),
    "p-tuning": (1e-3, 3e-3, 1e-2),
    "llama-adapter": (3e-2, 1e-1, 3e-1),
}
EQUAL = 1.25  # parameters of LoRA of rank 1 against prefix tuning's, at the most
QUARTER = 0.25  # of the bytes of the blocks' weights, at the most, for a base in four bits
LOSS = {
    HIDDEN: Text("validation loss, hidden skill (nats a letter)", "검증 손실, 숨은 능력 (글자당 nat)").as_dict(),
    NEW: Text("validation loss, new skill (nats a letter)", "검증 손실, 새 능력 (글자당 nat)").as_dict(),
}
BASE_STEPS = Text("step of the base's pre-training", "기본 모델의 사전학습 스텝").as_dict()
BASE_LEAST = Text("answers right with a tag, worst skill", "태그가 있을 때 답 정답률, 가장 약한 능력").as_dict()
COLUMNS = (
    Text("method", "방법"),
    Text("answers right", "답 정답률"),
    Text("letters right", "글자 정답률"),
    Text("loss (nats a letter)", "손실 (글자당 nat)"),
    Text("parameters trained", "학습 파라미터 수"),
    Text("kB saved", "저장 크기 (kB)"),
    Text("kB held in training", "학습 중 메모리 (kB)"),
    Text("seconds", "초"),
    Text("learning rate", "학습률"),
)
SKILL = {HIDDEN: Text("hidden skill", "숨은 능력"), NEW: Text("new skill", "새 능력")}


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    hidden_methods: tuple[str, ...] = param(
        tuple(TITLES),
        choices=tuple(TITLES),
        label=Text("Methods, hidden skill", "방법, 숨은 능력"),
        help=Text("Which bring out a skill that the base has.", "기본 모델에 있는 능력을 끌어내는 방법들."),
    )
    new_methods: tuple[str, ...] = param(
        tuple(TITLES),
        choices=tuple(TITLES),
        label=Text("Methods, new skill", "방법, 새 능력"),
        help=Text("Which teach a skill that the base has not.", "기본 모델에 없는 능력을 가르치는 방법들."),
    )
    new_skill: str = param(
        "rotate",
        choices=("rotate", "reverse"),
        label=Text("New skill", "새 능력"),
        help=Text("What is new: the message rotated by one, or reversed.", "새 능력: 한 칸 돌리기 또는 뒤집기."),
    )
    steps: int = param(
        130,
        low=1,
        high=20000,
        label=Text("Steps", "스텝"),
        help=Text(
            "For the new skill and each learning rate; the hidden one gets half.",
            "새 능력과 학습률마다 도는 스텝 수. 숨은 능력에는 절반을 쓴다.",
        ),
    )
    batch: int = param(
        16, low=1, high=512, label=Text("Batch", "배치"), help=Text("Rows a step.", "한 스텝에 쓰는 줄의 수.")
    )
    rank: int = param(
        8, low=1, high=64, label=Text("LoRA rank", "LoRA 랭크"), help=Text("Of LoRA and its kin.", "LoRA 계열의 랭크.")
    )
    virtual_tokens: int = param(
        10,
        low=1,
        high=40,
        label=Text("Virtual tokens", "가상 토큰"),
        help=Text(
            "With 10, prefix tuning trains what LoRA of rank 1 does.", "10이면 랭크 1 LoRA와 파라미터 수가 같다."
        ),
    )
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text(
            "Search each method's learning rate; without it the rate that `standard` found is used.",
            "방법마다 학습률을 탐색한다. 끄면 `standard`가 찾은 값을 쓴다.",
        ),
    )
    bases: int = param(
        5,
        low=1,
        high=20,
        label=Text("Bases", "기본 모델 수"),
        help=Text("Replicates share so many differently trained bases.", "반복들이 나누어 쓰는 기본 모델의 수."),
    )
    base_steps: int = param(
        500,
        low=5,
        high=20000,
        label=Text("Steps of the base", "기본 모델의 스텝"),
        help=Text("Of its pre-training.", "사전학습 스텝 수."),
    )


def _arm(skill: str, method: str) -> str:
    return f"{skill}-{method}"


def _tried(measures: Measures, name: str, skill: str, methods: Sequence[str]) -> list[float]:
    """A measure of those of the methods that ran."""
    arms = [_arm(skill, method) for method in methods]
    return [measures[name, arm] for arm in arms if (name, arm) in measures]


def elicited(measures: Measures) -> float:
    """The worst small method's accuracy on the hidden skill, as a part of full fine-tuning's; 0 where that has none."""
    small = _tried(measures, "answers", HIDDEN, [method for method in TITLES if method != "full"])
    full = measures["answers", _arm(HIDDEN, "full")]
    return min(small) / full if full else 0.0


def left_behind(measures: Measures) -> float:
    """How far the best of the methods that only steer attention is behind LoRA on the new skill."""
    return measures["letters", _arm(NEW, "lora")] - max(_tried(measures, "letters", NEW, STEERING))


def left_behind_at_equal_size(measures: Measures) -> float:
    """The same for prefix tuning and LoRA of rank 1; 0 where LoRA trains many more parameters."""
    one, other = _arm(NEW, "lora-1"), _arm(NEW, "prefix")
    gap = measures["letters", one] - measures["letters", other]
    return gap if measures["trainable", one] <= EQUAL * measures["trainable", other] else 0.0


def kept_in_four_bits(measures: Measures) -> float:
    """The share of LoRA's gain on the new skill that QLoRA reaches; 0 where its base is not stored in four bits."""
    start, lora, qlora = (measures["loss", arm] for arm in (NEW, _arm(NEW, "lora"), _arm(NEW, "qlora")))
    stored = measures["block_bytes", _arm(NEW, "qlora")] / measures["block_bytes", _arm(NEW, "lora")]
    return (start - qlora) / (start - lora) if stored <= QUARTER else 0.0


SWAPPED = Text(
    "The base was pre-trained on the new skill and never on the hidden one.",
    "기본 모델을 새 능력으로 사전학습하고 숨은 능력은 한 번도 보이지 않는다.",
)
REPLICATE = Text(
    "other training rows, another order and other first values of what is added; with `bases` above 1 also another "
    "base",
    "학습 줄과 순서, 덧붙이는 값의 초깃값을 새로 뽑는다. `bases`가 2 이상이면 기본 모델도 바뀐다.",
)
LEARNS = Control(
    sentence=Text(
        "The new skill can be learned in these steps: full fine-tuning guesses more than half of the letters beyond "
        "the base.",
        "이 스텝 수로 새 능력을 배울 수 있다. 전체 미세조정은 기본 모델보다 글자를 절반 넘게 더 맞힌다.",
    ),
    contrast=lambda m: m["letters", _arm(NEW, "full")] - m["letters", NEW],
    margin=0.5,
)


class PeftZoo:
    """See the module's docstring."""

    id = "peft-zoo"
    stage = "adapt"
    topics = ("peft", "fine-tuning")
    techniques = (
        "full-fine-tuning",
        "lora",
        "qlora",
        "dora",
        "ia3",
        "prefix-tuning",
        "prompt-tuning",
        "p-tuning",
        "llama-adapter",
    )
    title = Text("A zoo of PEFT methods", "PEFT 방법 모음")
    question = Text(
        "Which ways to adapt a model can bring out a skill that it has, and which can teach it a new one?",
        "모델에 있는 능력은 어떤 적응 방법으로 끌어내고, 없는 능력은 어떤 방법으로 가르칠 수 있는가?",
    )
    how = Text(
        "A base of two layers and 108,000 parameters is pre-trained on four ciphers, with a tag that names the cipher "
        "in half of the rows and none in the others. It is made once, kept as a shared checkpoint, and named in the "
        "table. Every method then adapts it to rows without a tag: of a shift that it knows, or of a rotation, which "
        "needs attention that none of its ciphers needs. Accuracy is the share of whole answers for the hidden skill, "
        "whose later letters follow from the first, and of letters for the new one. The skills are synthetic and the "
        "base is tiny: prompt tuning is known to trail in small models (arXiv:2104.08691), so that the first claim, "
        "which is about every method, may fail by it. A method that is only slow looks here like one that cannot: the "
        "steps are equal, and few. NF4 has little to lose in weights that are so few. The preset quick tries fewer "
        "methods.",
        "층 둘, 파라미터 10만 8천 개인 기본 모델을 암호 네 가지로 사전학습한다. 절반의 줄에는 어떤 암호인지 알려 주는 "
        "태그가 있고 나머지에는 없다. 기본 모델은 한 번 만들어 공유 체크포인트로 두고 표에 이름을 적는다. 그런 다음 "
        "모든 방법이 태그 없는 줄에 모델을 맞춘다. 한쪽은 모델이 아는 시프트 암호, 다른 쪽은 아는 암호 어디에도 필요 "
        "없던 어텐션이 필요한 회전이다. 숨은 능력은 첫 글자가 나머지를 결정하므로 답 전체의 정답률로, 새 능력은 글자 "
        "정답률로 잰다. 능력은 인공적이고 모델은 아주 작다. 프롬프트 튜닝은 작은 모델에서 뒤처진다고 알려져 "
        "있으므로(arXiv:2104.08691), 모든 방법에 관한 첫 주장은 그 때문에 성립하지 않을 수 있다. 스텝 수가 같고 "
        "적으므로 느린 방법이 여기서는 못 하는 방법처럼 보인다. 가중치가 이렇게 적으면 NF4로 잃을 것도 적다. quick "
        "프리셋은 더 적은 방법만 시험한다.",
    )
    matched = Text(
        "The same base, rows and steps; each method searches its own learning rate from three values. Parameters "
        "differ by method, but for prefix tuning and LoRA of rank 1, which are compared at equal numbers.",
        "기본 모델도 줄도 스텝 수도 같다. 방법마다 값 세 개에서 시작해 자기 학습률을 찾는다. 파라미터 수는 방법마다 "
        "다르지만, 프리픽스 튜닝과 랭크 1 LoRA는 같은 수로 비교한다.",
    )
    claims = (
        Claim(
            id="small-methods-elicit",
            sentence=Text(
                "Every small method, prompt tuning included, reaches at least 95 % of full fine-tuning's accuracy on a "
                "skill that the base already has.",
                "프롬프트 튜닝을 포함한 모든 작은 방법이, 기본 모델에 이미 있는 능력에서 전체 미세조정 정답률의 95 % "
                "이상에 이른다.",
            ),
            paper="2310.19698",
            reported=Reported(
                number=Text(
                    "a prefix raises the accuracy on one of four pre-trained tasks from 29.8 % to 99.6 % (add 1) and "
                    "from 17.9 % to 84.7 % (sort in descending order)",
                    "사전학습한 네 과제 중 하나의 정답률을 프리픽스가 29.8 %에서 99.6 %로(1 더하기), 17.9 %에서 84.7 "
                    "%로(내림차순 정렬) 올린다",
                ),
                model="minGPT, 1 layer, 0.93M parameters (the authors' notebook)",
                data="sorting and adding, ten numbers",
                checked=True,
            ),
            contrast=elicited,
            contrast_text=Text(
                "the lowest share of whole answers among the small methods that ran / full fine-tuning's",
                "실행한 작은 방법 중 가장 낮은 전체 답 정답률 / 전체 미세조정의 정답률",
            ),
            margin=0.95,
            unit=Text("of full fine-tuning's accuracy", "(전체 미세조정 정답률 대비)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "The skill is hidden: full fine-tuning gets more than half of the answers right beyond what the "
                    "base gets without an adapter.",
                    "능력은 숨어 있다. 전체 미세조정은 어댑터 없는 기본 모델보다 답을 절반 넘게 더 맞힌다.",
                ),
                contrast=lambda m: m["answers", _arm(HIDDEN, "full")] - m["answers", HIDDEN],
                margin=0.5,
            ),
            null_world=SWAPPED,
        ),
        Claim(
            id="steering-does-not-teach",
            sentence=Text(
                "On a skill that needs new attention, the best of the methods that only steer attention stays more "
                "than 20 points of accuracy behind LoRA.",
                "새로운 어텐션이 필요한 능력에서, 어텐션을 유도하기만 하는 방법 가운데 가장 나은 것도 LoRA보다 "
                "정답률이 20점 넘게 낮다.",
            ),
            paper="2310.19698",
            reported=Reported(
                number=Text(
                    "prefix tuning cannot change the relative attention over the content: it can elicit skills, and "
                    "cannot learn tasks that need new attention patterns",
                    "프리픽스 튜닝은 내용에 대한 상대적 어텐션을 바꿀 수 없다. 능력을 끌어낼 수는 있지만 새 어텐션 "
                    "패턴이 필요한 과제는 배울 수 없다",
                ),
                model="theory for one layer; minGPT",
                data="sorting",
                checked=True,
            ),
            contrast=left_behind,
            contrast_text=Text(
                "LoRA's share of right letters − the best of prefix, prompt, P-tuning and LLaMA-Adapter that ran",
                "LoRA의 글자 정답률 − 실행한 프리픽스, 프롬프트, P-튜닝, LLaMA-Adapter 중 가장 높은 것",
            ),
            margin=0.2,
            unit=Text("of the letters", "(글자 비율)"),
            replicate=REPLICATE,
            control=LEARNS,
            null_world=SWAPPED,
        ),
        Claim(
            id="not-for-want-of-parameters",
            sentence=Text(
                "LoRA of rank 1 learns the new skill more than 20 points better than a prefix with as many parameters.",
                "랭크 1 LoRA는 파라미터 수가 같은 프리픽스보다 새 능력을 20점 넘게 더 잘 배운다.",
            ),
            paper="2310.19698",
            reported=Reported(
                number=Text(
                    "with 12,288 parameters each: LoRA of rank 1 92.4 %, prefix 0.3 %, in a tenth of the iterations",
                    "파라미터가 각각 12,288개일 때 랭크 1 LoRA 92.4 %, 프리픽스 0.3 %. LoRA의 반복 수는 10분의 1",
                ),
                model="minGPT, 4 layers, 3.2M parameters (the authors' notebook)",
                data="double histogram",
                checked=True,
            ),
            contrast=left_behind_at_equal_size,
            contrast_text=Text(
                "share of right letters of LoRA of rank 1 − of prefix tuning; 0 where LoRA trains more than 1.25 times "
                "the parameters",
                "랭크 1 LoRA의 글자 정답률 − 프리픽스 튜닝의 글자 정답률. LoRA의 파라미터가 1.25배를 넘으면 0",
            ),
            margin=0.2,
            unit=Text("of the letters", "(글자 비율)"),
            replicate=REPLICATE,
            control=LEARNS,
            null_world=SWAPPED,
        ),
        Claim(
            id="four-bits-keep-the-gain",
            sentence=Text(
                "LoRA on a base in four bits keeps at least 90 % of the gain of LoRA on the same base in 32 bits, "
                "whose blocks take more than four times the bytes.",
                "4비트 기본 모델 위의 LoRA는, 블록이 4배 넘는 바이트를 쓰는 32비트 기본 모델 위의 LoRA가 얻는 이득의 "
                "90 % 이상을 지킨다.",
            ),
            paper="2305.14314",
            reported=Reported(
                number=Text(
                    "mean 5-shot MMLU after tuning: NF4 with double quantization 53.1, BFloat16 53.0 (Table 4)",
                    "튜닝 뒤 평균 5-shot MMLU: 이중 양자화한 NF4 53.1, BFloat16 53.0 (표 4)",
                ),
                model="LLaMA 7B to 65B",
                data="Alpaca and FLAN v2",
                checked=False,
            ),
            contrast=kept_in_four_bits,
            contrast_text=Text(
                "(base loss − QLoRA's loss) / (base loss − LoRA's loss) on the new skill; 0 where the blocks of its "
                "base take more than a quarter of the bytes",
                "새 능력에서 (기본 손실 − QLoRA 손실) / (기본 손실 − LoRA 손실). 블록이 바이트의 4분의 1을 넘게 쓰면 0",
            ),
            margin=0.9,
            unit=Text("of the gain", "(이득 대비 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "There is a gain to keep: LoRA lowers the loss by more than 0.5 nats a letter.",
                    "지킬 이득이 있다. LoRA는 손실을 글자당 0.5 nat 넘게 낮춘다.",
                ),
                contrast=lambda m: m["loss", NEW] - m["loss", _arm(NEW, "lora")],
                margin=0.5,
            ),
            null_world=Text("QLoRA's base keeps its 32 bits.", "QLoRA의 기본 모델이 32비트를 그대로 쓴다."),
        ),
    )
    params = Params
    presets = {
        "quick": {
            "hidden_methods": ("full", "lora", "prompt"),
            "new_methods": ("full", "lora", "lora-1", "prefix", "qlora"),
            "steps": 64,
            "batch": 48,
            "search": False,
            "bases": 1,
            "base_steps": 350,
        },
        "standard": {},
        "full": {"steps": 600, "batch": 64, "base_steps": 1000},
    }
    tiny = {
        "hidden_methods": ("full", "lora", "prompt"),
        "new_methods": ("full", "lora", "lora-1", "prefix", "qlora"),
        "steps": 4,
        "batch": 4,
        "search": False,
        "bases": 1,
        "base_steps": 5,
    }
    papers = PaperQuery(topics=topics)
    libraries = (*LIBRARIES, "peft", "bitsandbytes")
    replicates = REPLICATES
    side_by_side = True
    labels = {
        **SKILL,
        **{
            _arm(skill, method): Text(f"{title.en}, {words.en}", f"{title.to('ko')}, {words.to('ko')}")
            for skill, words in SKILL.items()
            for method, title in TITLES.items()
        },
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a skill and replicate: all its methods, which share the base and the rows.

        :raises BadParam: full fine-tuning, which all are held against, is missing.
        """
        for name in ("hidden_methods", "new_methods"):
            chosen = getattr(params, name)
            if "full" not in chosen or len(chosen) < 2:
                there = ", ".join(TITLES)
                raise BadParam(
                    f"{name}: full and at least one more are needed; choose from {there}",
                    f"{name}: full과 다른 것이 하나 이상 있어야 합니다. 다음에서 고르세요: {there}",
                )
        return [
            Unit(id=f"{skill}-{number}", arm=skill, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
            for skill in (NEW, HIDDEN)  # the longer one first: begun last, it would be waited for alone
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The base, found or made; then one method after the other."""
        from core.gpt.quantize import Unavailable
        from core.training.skills import load_base, shown
        from core.training.zoo import asked_rows

        params, hidden = unit.params, unit.arm == HIDDEN
        asked = HIDDEN_SKILL if hidden else params.new_skill
        known = (*KNOWN, params.new_skill if context.null else HIDDEN_SKILL)
        folder = yield from self._base(unit, context, known)
        base = shown(load_base(folder), asked_rows(asked, unit.seed))
        yield from _shown(unit, base, unit.arm)
        outcomes: dict[str, Outcome] = {}
        methods = list(dict.fromkeys(params.hidden_methods if hidden else params.new_methods))
        for place, method in enumerate(methods):
            yield Progress(done=(1 + place) / (1 + len(methods)), note=TITLES[method].as_dict())
            try:
                outcomes[method] = yield from self._method(unit, context, folder, asked, method)
            except Unavailable as error:
                yield Skip(arm=_arm(unit.arm, method), reason=Text(error.reason).as_dict())
            if unit.replicate == 0:
                yield _table(unit.arm, folder.name, base, outcomes)
                yield _figure(unit.arm, outcomes)

    def _base(self, unit: Unit, context: Context, known: Sequence[str]) -> Generator[Event, None, Path]:
        """Points of how well it knows the worst of its skills, while it is made; returns its folder."""
        from core.text import ciphers
        from core.training.skills import base_stages, load_base, shown

        seed = unit.replicate % unit.params.bases
        for done, folder in base_stages(context.cache, skills=known, steps=unit.params.base_steps, seed=seed):
            model = load_base(folder)
            tagged = [shown(model, ciphers.questions(skill, 128, seed=0, tagged=True)) for skill in known]
            least = min(found.answers for found in tagged)
            yield Progress(done=0.0, note=Text(f"base, {done} steps", f"기본 모델, {done}스텝").as_dict())
            yield Point(arm=unit.arm, x=done, y=least, replicate=unit.replicate, chart="base",
                        x_label=BASE_STEPS, y_label=BASE_LEAST)  # fmt: skip
        yield unit.measure("base_answers_with_tag", least, "1")
        return folder

    def _method(
        self, unit: Unit, context: Context, folder: Path, asked: str, method: str
    ) -> Generator[Event, None, Outcome]:
        """Search its rate, test once, and say what it costs."""
        from core.training.adaptation import arm_rates
        from core.training.zoo import Attempt

        params, arm = unit.params, _arm(unit.arm, method)
        attempt = Attempt(
            base=folder,
            skill=asked,
            method=method,
            rank=params.rank,
            virtual_tokens=params.virtual_tokens,
            steps=max(1, params.steps // (2 if unit.arm == HIDDEN else 1)),
            batch=params.batch,
            seed=unit.seed,
            device=context.device,
            quantized=not context.null,
        )
        rates, origin = arm_rates(self.id, arm, RATES[method], search=params.search, extra=1, device=context.device)
        trials = attempt.trials(rates)
        for _look in trials:
            pass
        for rate, score in sorted(rates.scores.items()):
            yield Point(arm=arm, x=rate, y=score, replicate=unit.replicate, chart=f"rates {unit.arm}",
                        x_label=_rate_label(origin), y_label=LOSS[unit.arm])  # fmt: skip
        outcome = attempt.outcome(trials)
        yield from _shown(unit, outcome.shown, arm)
        yield unit.measure("trainable", outcome.trainable, "parameters", arm=arm)
        yield unit.measure("saved_bytes", outcome.saved_bytes, "B", arm=arm)
        yield unit.measure("block_bytes", outcome.block_bytes, "B", arm=arm)
        yield unit.measure("training_bytes", outcome.training_bytes, "B", arm=arm)
        yield unit.measure("best_rate", outcome.rate, "1", arm=arm)
        yield unit.measure("seconds", outcome.seconds, "s", arm=arm, exact=False)
        return outcome


def _rate_label(origin: Text) -> dict[str, str]:
    return Text(f"learning rate ({origin.en})", f"학습률 ({origin.to('ko')})").as_dict()


def _shown(unit: Unit, found: Shown, arm: str) -> Iterator[Event]:
    yield unit.measure("loss", found.loss, "nats/letter", arm=arm)
    yield unit.measure("letters", found.letters, "1", arm=arm)
    yield unit.measure("answers", found.answers, "1", arm=arm)


def _table(skill: str, base_name: str, base: Shown, outcomes: Mapping[str, Outcome]) -> Table:
    words = SKILL[skill]
    title = Text(f"Methods, {words.en} (base {base_name})", f"방법, {words.to('ko')} (기본 모델 {base_name})")
    rows: list[list[Any]] = [["base", *_rounded(base), None, None, None, None, None]]
    for method, found in outcomes.items():
        sizes = [found.trainable, round(found.saved_bytes / 1e3, 1), round(found.training_bytes / 1e3, 1)]
        rows.append([method, *_rounded(found.shown), *sizes, round(found.seconds, 2), found.rate])
    return Table(title=title.as_dict(), columns=[head.as_dict() for head in COLUMNS], rows=rows)


def _rounded(found: Shown) -> list[float]:
    return [round(found.answers, 3), round(found.letters, 3), round(found.loss, 3)]


def _figure(skill: str, outcomes: Mapping[str, Outcome]) -> Figure:
    words = SKILL[skill]
    title = Text(f"Parameters against accuracy, {words.en}", f"파라미터 수와 정답률, {words.to('ko')}")
    name, label = ("answers", COLUMNS[1]) if skill == HIDDEN else ("letters", COLUMNS[2])
    sized = {method: (found.trainable, getattr(found.shown, name)) for method, found in outcomes.items()}
    return Figure(name=f"pareto-{skill}", title=title.as_dict(), plotly=pareto(sized, size=COLUMNS[4], value=label))


EXPERIMENT = PeftZoo()
