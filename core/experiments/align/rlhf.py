"""The three steps of InstructGPT, live: imitate demonstrations, learn what is preferred, and then please that.

A small model is pre-trained on careless writing and fine-tuned on demonstrations (SFT); a reward model learns from
pairs of its answers which was preferred; and PPO trains the policy against that reward model, at a price for each nat
that it goes from where it began. What is truly good is a fixed rule here, the gold reward, so that one can see what the
learned reward misses.

The sceptic asks: would more of the same imitation not have done it? An arm goes on with fresh demonstrations, for as
many gradient rows as reward model and PPO took. Or a larger model? One with more than ten times the parameters is
trained on the same writing, and must be no worse an imitator. Is it the learned reward that teaches, or the training
itself? In the null world a fair coin labels the pairs. And what is the price for? An arm pays none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Point, Progress, Sample, Table
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import param

if TYPE_CHECKING:
    from core.gpt.model import GPT, GPTForSequenceClassification
    from core.training.alignment.ppo import Settings
    from core.training.alignment.sft import Schooling, Stage
    from core.training.alignment.three_steps import Look

ALIGNED, LARGE, LARGE_BASE = "aligned", "large", "large-base"  # the first two are the parts of a replicate
BASE, SFT, MORE, REWARD, PPO, FREE = "base", "sft", "more", "reward", "ppo", "free"
FAULTS = ("none", "sign", "shuffled labels", "no penalty")
RATES = {PPO: (1e-3, 2e-3, 4e-3), MORE: (3e-4, 1e-3, 3e-3)}
REWARD_RATE = 3e-3
LARGE_RATES = {"base_rate": 3e-3, "rate": 1e-3}
CHANCE, TOLD = 0.5, 0.05  # accuracy of a coin, and how far above it a reward model must be
GAIN, KEPT = 0.5, 0.25  # points
TIMES = 10  # as many parameters as the small model that the large one must have
ADAPTATIONS = 20  # horizons of the adaptive price in a training
POINTS = 24  # of a curve
SHOWN = 3  # answers
ANSWERS = Text("rows trained on", "학습한 줄 수").as_dict()
PAIRS_SEEN = Text("pairs seen", "본 쌍의 수").as_dict()
CURVES = {
    "judged": ("main", Text("gold reward (points)", "골드 보상 (점)")),
    "reward": ("proxy", Text("learned reward (above demonstrations)", "학습된 보상 (시연 대비)")),
    "kl": ("kl", Text("KL from the SFT model (nats an answer)", "SFT 모델과의 KL (답당 nat)")),
    "entropy": ("entropy", Text("entropy (nats a letter)", "엔트로피 (글자당 nat)")),
    "clip_fraction": ("clipped", Text("share of tokens clipped", "클리핑된 토큰 비율")),
    "explained_variance": ("critic", Text("variance of returns that the critic explains", "크리틱이 설명한 분산")),
}
RIGHT = Text("held-out pairs ranked right", "처음 보는 쌍을 맞힌 비율").as_dict()
COLUMNS = (
    Text("arm", "모델"),
    Text("gold (points)", "골드 (점)"),
    Text("learned reward", "학습된 보상"),
    Text("KL (nats an answer)", "KL (답당 nat)"),
    Text("entropy (nats a letter)", "엔트로피 (글자당 nat)"),
)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    fault: str = param(
        "none",
        choices=FAULTS,
        label=Text("Planted fault", "심어 둔 결함"),
        help=Text(
            "PPO with the wrong sign, a reward model of shuffled labels, or no price on the divergence: see what each "
            "looks like.",
            "PPO의 부호를 뒤집거나, 라벨을 섞어 보상 모델을 학습하거나, KL 계수를 0으로 둔다. 곡선에서 어떻게 보이는지 "
            "확인할 수 있다.",
        ),
    )
    pairs: int = param(
        4000,
        low=32,
        high=1_000_000,
        label=Text("Pairs", "쌍의 수"),
        help=Text(
            "Of answers, labelled by gold's coin, each seen once.", "골드의 동전이 라벨을 붙인 답의 쌍. 한 번씩 본다."
        ),
    )
    iterations: int = param(
        45,
        low=1,
        high=10_000,
        label=Text("PPO iterations", "PPO 반복 수"),
        help=Text("Times that the policy answers and learns.", "정책이 답하고 배우는 횟수."),
    )
    rows: int = param(
        128,
        low=4,
        high=8192,
        label=Text("Answers an iteration", "반복당 답의 수"),
        help=Text("Each is learned from twice.", "답마다 두 번씩 학습한다."),
    )
    kl_coefficient: float = param(
        0.1,
        low=0.0,
        high=10.0,
        label=Text("KL coefficient", "KL 계수"),
        help=Text("What a nat from the SFT model costs.", "SFT 모델에서 1 nat 멀어질 때 치르는 값."),
    )
    kl_target: float = param(
        0.0,
        low=0.0,
        high=100.0,
        label=Text("KL target", "KL 목표"),
        help=Text(
            "Nats an answer that an adaptive coefficient steers to; 0: the coefficient stays.",
            "적응형 계수가 맞추려는 답당 nat. 0이면 계수를 고정한다.",
        ),
    )
    care: int = param(
        4,
        low=1,
        high=256,
        label=Text("Drafts a demonstration", "시연당 초안 수"),
        help=Text(
            "A demonstration is the best of so many: with very many, imitation needs no reward.",
            "시연은 이만큼의 초안 중 가장 좋은 것이다. 아주 많으면 모방만으로 충분하다.",
        ),
    )
    base_steps: int = param(
        400,
        low=4,
        high=100_000,
        label=Text("Steps of the base", "기본 모델의 스텝"),
        help=Text("Of the pre-training on drafts.", "초안으로 하는 사전학습 스텝 수."),
    )
    sft_steps: int = param(
        100,
        low=2,
        high=100_000,
        label=Text("SFT steps", "SFT 스텝"),
        help=Text("On demonstrations.", "시연으로 학습하는 스텝 수."),
    )
    width: int = param(
        48,
        choices=(16, 48, 96, 192),
        label=Text("Width", "폭"),
        help=Text("Of the small model.", "작은 모델의 폭."),
    )
    large_width: int = param(
        128,
        choices=(32, 128, 256, 512),
        label=Text("Width of the large model", "큰 모델의 폭"),
        help=Text("It has three layers.", "층은 셋이다."),
    )
    asked: int = param(
        512,
        low=8,
        high=65_536,
        label=Text("Prompts", "프롬프트 수"),
        help=Text("Held-out, at the end of each arm.", "각 학습이 끝난 뒤 답하는, 학습에 쓰지 않은 프롬프트."),
    )
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text(
            "PPO by its own objective, further imitation by its loss; gold never chooses. Off: what `standard` found.",
            "PPO는 자신의 목적 함수로, 추가 모방은 손실로 고른다. 골드로 고르지는 않는다. 끄면 "
            "`standard`가 찾은 값을 쓴다.",
        ),
    )
    bases: int = param(
        5,
        low=1,
        high=20,
        label=Text("Bases", "기본 모델 수"),
        help=Text("Replicates share so many SFT models of each size.", "반복들이 나누어 쓰는 크기별 SFT 모델의 수."),
    )


def told(measures: Measures) -> float:
    """How far the reward model is above a coin on held-out pairs that gold labelled."""
    return measures["accuracy", REWARD] - CHANCE


def large_and_no_worse(measures: Measures) -> float:
    """How much less the large model loses in imitation, in nats a letter; -1 where it is not ten times the size."""
    larger = measures["parameters", LARGE] > TIMES * measures["parameters", SFT]
    return measures["loss", SFT] - measures["loss", LARGE] if larger else -1.0


def driven_further(measures: Measures) -> float:
    """How much more of the learned reward the arm without a price has; 0 where that reward says nothing."""
    return measures["proxy", FREE] - measures["proxy", PPO] if told(measures) > TOLD else 0.0


TELLS = Control(
    sentence=Text(
        "The reward model has learned: it ranks held-out pairs right more than 5 points oftener than a coin.",
        "보상 모델이 배웠다. 처음 보는 쌍을 동전보다 5 %포인트 넘게 더 맞힌다.",
    ),
    contrast=told,
    margin=TOLD,
)
SHUFFLED = Text(
    "A fair coin labels the pairs: the learned reward says nothing of gold.",
    "공정한 동전이 쌍의 라벨을 정한다. 학습된 보상에 골드의 정보가 없다.",
)
REPLICATE = Text(
    "other pairs and labels, other first weights of the heads, other draws; with `bases` above 1 also another base and "
    "SFT model of each size, the same ones in every run, whatever its seed",
    "쌍과 라벨, 머리의 초깃값, 표집을 새로 뽑는다. `bases`가 2 이상이면 크기별 기본 모델과 SFT 모델도 바뀐다. 이 "
    "모델들은 실행의 시드와 상관없이 같다.",
)


class Rlhf:
    """See the module's docstring."""

    id = "rlhf"
    stage = "align"
    topics = ("rlhf",)
    techniques = ("sft", "reward-model", "ppo")
    title = Text("RLHF in three steps", "세 단계로 보는 RLHF")
    question = Text(
        "Does a model that learns what is preferred, and pleases that, become better than one that imitates more, or "
        "one that is larger?",
        "선호를 배우고 그에 맞춘 모델은, 더 많이 모방한 모델이나 더 큰 모델보다 나아지는가?",
    )
    how = Text(
        "The world is synthetic: a gold rule stands for people, and labels pairs through a coin whose odds grow with "
        "the difference in points. A base of 58,000 parameters reads careless drafts, and imitates demonstrations, "
        "each the best of four drafts; imitation cannot get above its demonstrators, which is what the other steps "
        "are for: raise `care`, and the gain goes. The reward model begins as the SFT model and sees each pair once; "
        "it learns the tone of letters soon and their content slowly, so that its ranking stays well below gold's "
        "own, which the noise of the coin bounds. PPO has a critic of its own, and pays for each nat from the SFT "
        "model. Behaviour is trained in, not emergent. Why claims may fail: with few pairs the reward may be too "
        "poor to be worth pleasing; in a few iterations, as in quick, PPO may not go far enough for the price to "
        "matter; and in a world of 15 letters a larger model has little more to find. What the lack of a price costs "
        "hangs on what the reward model happens to overrate: in standard one replicate lost two points of gold by it "
        "and two lost nothing, which five replicates leave open. Points and learned reward have the same unit, "
        "log-odds.",
        "세계는 인공적이다. 골드 규칙이 사람을 대신하고, 점수 차이가 클수록 한쪽으로 기우는 동전으로 쌍에 라벨을 "
        "붙인다. 파라미터 5만 8천 개인 기본 모델이 대충 쓴 초안을 읽고 나서 초안 네 개 중 가장 좋은 것인 시연을 "
        "모방한다. 모방은 시연자를 넘지 못하며 나머지 단계는 그 때문에 있다. `care`를 올리면 이득은 사라진다. 보상 "
        "모델은 SFT 모델에서 출발해 각 쌍을 한 번씩 본다. 글자의 말투는 금방, 내용은 느리게 배우므로 순위 정확도는 "
        "골드 자신의 정확도보다 한참 낮고, 골드의 정확도도 동전의 잡음에 묶인다. PPO는 별도의 크리틱을 두고 SFT "
        "모델에서 1 nat 멀어질 때마다 값을 치른다. 여기서 보이는 행동은 학습시킨 것이지 창발한 것이 아니다. 주장이 "
        "성립하지 않을 수 있는 까닭: 쌍이 적으면 보상이 빈약해 따를 가치가 없을 수 있다. quick처럼 반복이 적으면 "
        "PPO가 값을 치를 만큼 멀리 가지 못할 수 있다. 글자 15개뿐인 세계에서는 큰 모델이 더 찾아낼 것이 거의 없다. "
        "페널티가 없어서 잃는 양은 보상 모델이 무엇을 우연히 높게 치느냐에 달렸다. standard에서 한 반복은 골드 2점을 "
        "잃고 두 반복은 잃은 것이 없어서 다섯 반복으로는 결론이 나지 않는다. 점수와 학습된 보상의 단위는 로그 오즈로 "
        "같다.",
    )
    matched = Text(
        "PPO and further imitation begin as the same SFT model and take as many rows through gradients, reward model "
        "and critic counted; demonstrations are fresh throughout, which favours imitation. Each searches its "
        "learning rate. The arm without a price has PPO's rate. The large model reads the same amount of the same "
        "writing, at fixed rates of its own.",
        "PPO와 추가 모방은 같은 SFT 모델에서 출발하고, 보상 모델과 크리틱까지 합해 같은 수의 줄로 기울기를 구한다. "
        "시연은 언제나 새로 쓰며, 이는 모방에 유리하다. 학습률은 각자 찾는다. 값을 치르지 않는 모델은 PPO의 학습률을 "
        "쓴다. 큰 모델은 같은 글을 같은 양만큼, 따로 정해 둔 학습률로 읽는다.",
    )
    claims = (
        Claim(
            id="preferences-beat-more-imitation",
            sentence=Text(
                "PPO against a learned reward raises the gold reward by more than half a point above what further "
                "imitation at equal gradient rows gives.",
                "학습된 보상에 대한 PPO는 같은 수의 줄로 더 모방했을 때보다 골드 보상을 0.5점 넘게 더 올린다.",
            ),
            paper="2009.01325",
            reported=Reported(
                number=Text(
                    "summaries preferred to the reference: 61 % with human feedback, 43 % of a supervised model ten "
                    "times the size",
                    "참조 요약보다 선호된 비율: 인간 피드백 61 %, 크기가 열 배인 지도 학습 모델 43 %",
                ),
                model="GPT-3 style, 1.3B and 12.9B",
                data="Reddit TL;DR",
                checked=False,
            ),
            contrast=lambda m: m["gold", PPO] - m["gold", MORE],
            contrast_text=Text("gold of PPO − gold of further imitation", "PPO의 골드 − 추가 모방의 골드"),
            margin=GAIN,
            unit=Text("points", "점"),
            replicate=REPLICATE,
            control=TELLS,
            null_world=SHUFFLED,
        ),
        Claim(
            id="small-beats-large",
            sentence=Text(
                "A small model after PPO has more than half a point of gold above a supervised model with more than "
                "ten times the parameters, which imitates no worse.",
                "PPO를 거친 작은 모델의 골드 보상은, 파라미터가 열 배가 넘고 모방도 못하지 않은 지도 학습 모델보다 "
                "0.5점 넘게 높다.",
            ),
            paper="2203.02155",
            reported=Reported(
                number=Text(
                    "outputs of the 1.3B model are preferred to those of the 175B GPT-3",
                    "1.3B 모델의 출력이 175B GPT-3의 출력보다 선호된다",
                ),
                model="InstructGPT 1.3B (PPO-ptx) and GPT-3 175B, which has no fine-tuning",
                data="prompts of API customers, judged by labelers",
                checked=True,
            ),
            contrast=lambda m: m["gold", PPO] - m["gold", LARGE],
            contrast_text=Text("gold of PPO − gold of the large SFT model", "PPO의 골드 − 큰 SFT 모델의 골드"),
            margin=GAIN,
            unit=Text("points", "점"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "The large model has more than ten times the parameters and is no worse an imitator: its loss on "
                    "fresh demonstrations is not above the small SFT model's by 0.01 nats a letter.",
                    "큰 모델은 파라미터가 열 배가 넘고 모방이 더 나쁘지 않다. 처음 보는 시연에서의 손실이 작은 SFT "
                    "모델보다 글자당 0.01 nat 이상 높지 않다.",
                ),
                contrast=large_and_no_worse,
                margin=-0.01,
            ),
            null_world=SHUFFLED,
        ),
        Claim(
            id="the-price-keeps-gold",
            sentence=Text(
                "Without a price on the divergence the learned reward goes on rising, and more than a quarter of a "
                "point of gold is lost against PPO with it.",
                "KL 페널티가 없으면 학습된 보상은 계속 오르지만, 페널티를 둔 PPO보다 골드 보상을 0.25점 넘게 잃는다.",
            ),
            paper="2009.01325",
            reported=Reported(
                number=Text(
                    "optimised lightly, summaries get better; further, people prefer them less although the reward "
                    "model predicts more (Figure 5)",
                    "조금 최적화하면 요약이 나아지지만, 더 하면 보상 모델의 예측은 오르는데 사람의 선호는 "
                    "떨어진다 (그림 5)",
                ),
                model="1.3B",
                data="Reddit TL;DR",
                checked=False,
            ),
            contrast=lambda m: m["gold", PPO] - m["gold", FREE],
            contrast_text=Text("gold of PPO − gold of PPO without a price", "PPO의 골드 − 페널티 없는 PPO의 골드"),
            margin=KEPT,
            unit=Text("points", "점"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "The arm without a price was driven further: its learned reward is higher, and that reward tells "
                    "good from bad.",
                    "페널티 없는 쪽이 더 멀리 갔다. 학습된 보상이 더 높고, 그 보상은 좋고 나쁨을 구별한다.",
                ),
                contrast=driven_further,
                margin=0.05,
            ),
            null_world=SHUFFLED,
        ),
    )
    params = Params
    presets = {
        "quick": {
            "pairs": 1000,
            "iterations": 11,
            "rows": 64,
            "base_steps": 120,
            "sft_steps": 30,
            "asked": 256,
            "search": False,
            "bases": 1,
        },
        "standard": {},
        "full": {
            "pairs": 20_000,
            "iterations": 200,
            "rows": 512,
            "base_steps": 1500,
            "sft_steps": 300,
            "width": 192,
            "large_width": 512,
            "asked": 4096,
            "search": False,
        },
    }
    tiny = {
        "pairs": 64,
        "iterations": 2,
        "rows": 16,
        "base_steps": 8,
        "sft_steps": 4,
        "width": 16,
        "large_width": 32,
        "asked": 32,
        "search": False,
        "bases": 1,
    }
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = {
        ALIGNED: Text("the small model's steps", "작은 모델의 단계들"),
        BASE: Text("base", "기본 모델"),
        SFT: Text("SFT", "SFT"),
        MORE: Text("SFT, further imitation", "SFT, 추가 모방"),
        REWARD: Text("reward model", "보상 모델"),
        PPO: Text("PPO", "PPO"),
        FREE: Text("PPO without a price", "KL 페널티 없는 PPO"),
        LARGE: Text("large SFT model", "큰 SFT 모델"),
        LARGE_BASE: Text("large base", "큰 기본 모델"),
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """Two units a replicate; a large one comes second, so that no lane waits for what the other one makes."""
        small, large = (
            [
                Unit(id=f"{arm}-{number}", arm=arm, replicate=number, seed=seed, params=params)
                for number, seed in enumerate(seeds)
            ]
            for arm in (ALIGNED, LARGE)
        )
        return [*small[:1], *large[:1], *small[1:], *large[1:]]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The supervised policy of either size; and with the small one all that follows."""
        yield from self._large(unit, context) if unit.arm == LARGE else self._aligned(unit, context)

    def _large(self, unit: Unit, context: Context) -> Iterator[Event]:
        from core.text.preferences import gold
        from core.training.alignment.sft import load_policy

        stage = yield from _schooled(unit, context, _schooling(unit), LARGE_BASE, LARGE, share=1.0)
        policy = load_policy(stage.folder, device=context.device)
        found = _look(unit, policy, policy, gold)
        yield unit.measure("gold", found.gold, "points", arm=LARGE)
        yield unit.measure("loss", _loss(unit, policy), "nats/letter", arm=LARGE)
        yield unit.measure("parameters", policy.num_parameters(), "parameters", arm=LARGE)

    def _aligned(self, unit: Unit, context: Context) -> Iterator[Event]:
        from core.training.alignment.reward import proxy
        from core.training.alignment.sft import load_policy
        from core.training.alignment.three_steps import Teaching, learned_reward

        params: Params = unit.params
        stage = yield from _schooled(unit, context, _schooling(unit), BASE, SFT, share=0.2)
        policy = load_policy(stage.folder, device=context.device)
        yield unit.measure("loss", _loss(unit, policy), "nats/letter", arm=SFT)
        yield unit.measure("parameters", policy.num_parameters(), "parameters", arm=SFT)
        shuffled = context.null or params.fault == "shuffled labels"
        teaching = Teaching(
            policy=stage.folder, pairs=params.pairs, rate=REWARD_RATE, shuffled=shuffled, seed=unit.seed,
            device=context.device,
        )  # fmt: skip
        rewarder, curve = learned_reward(context.cache, teaching)
        for seen, right in curve:
            yield Point(arm=REWARD, x=seen, y=right, replicate=unit.replicate, chart="reward model",
                        x_label=PAIRS_SEEN, y_label=RIGHT)  # fmt: skip
        yield unit.measure("accuracy", curve[-1][1], "share", arm=REWARD)
        looks = {SFT: _look(unit, policy, policy, proxy(rewarder))}
        rate: float | None = None
        for arm, share in ((PPO, 0.3), (FREE, 0.65), (MORE, 0.85)):
            yield Progress(done=share, note=self.labels[arm].as_dict())
            if arm == MORE:
                trained = yield from _imitated(unit, context, policy)
            else:
                trained, rate = yield from _pleased(unit, context, policy, rewarder, arm, rate)
            looks[arm] = _look(unit, trained, policy, proxy(rewarder))
        for arm, look in looks.items():
            for name in ("gold", "proxy", "kl", "entropy"):
                kind = "nats" if name in ("kl", "entropy") else "points"
                yield unit.measure(name, getattr(look, name), kind, arm=arm)
        if unit.replicate == 0:
            yield _table(stage.folder.name, looks)
            yield from _samples(looks)
        yield Progress(done=1.0)


def _schooling(unit: Unit) -> Schooling:
    """How the supervised policy of this unit is made. The null world has the same."""
    from core.training.alignment import sft

    params: Params = unit.params
    width = params.large_width if unit.arm == LARGE else params.width
    shape = sft.LARGE if unit.arm == LARGE else sft.SMALL
    rates: dict[str, Any] = LARGE_RATES if unit.arm == LARGE else {}
    return sft.Schooling(
        model=shape | {"hidden_size": width, "intermediate_size": 4 * width},
        base_steps=params.base_steps,
        steps=params.sft_steps,
        care=params.care,
        seed=unit.replicate % params.bases,
        **rates,
    )


def _schooled(
    unit: Unit, context: Context, schooling: Schooling, base: str, tuned: str, *, share: float
) -> Generator[Event, None, Stage]:
    """Points of gold while the supervised policy is made, or found."""
    from core.text.preferences import gold
    from core.training.alignment.sft import load_policy, stages

    whole = schooling.base_steps + schooling.steps
    for stage in stages(context.cache, schooling, device=context.device):
        arm = tuned if stage.tuned else base
        policy = load_policy(stage.folder, device=context.device)
        found = _look(unit, policy, policy, gold)
        yield _point(unit, arm, "judged", stage.done * schooling.rows, found.gold)
        yield Progress(done=share * stage.done / whole)
        if not stage.tuned and stage.done == schooling.base_steps:
            yield unit.measure("gold", found.gold, "points", arm=base)
    return stage


def _pleased(
    unit: Unit,
    context: Context,
    policy: GPT,
    rewarder: GPTForSequenceClassification,
    arm: str,
    rate: float | None,
) -> Generator[Event, None, tuple[GPT, float]]:
    """PPO from the SFT policy, at the rate with the best objective where none is given; returns policy and rate."""
    from copy import deepcopy

    from core.text import preferences
    from core.training.adaptation import arm_rates
    from core.training.alignment.ppo import ppo
    from core.training.alignment.reward import proxy
    from core.training.rates import RateSearch
    from core.training.train import Diverged

    params: Params = unit.params
    settings = _settings(params, arm)
    search = params.search and rate is None
    rates, _origin = arm_rates(Rlhf.id, PPO, RATES[PPO], search=search, extra=1, device=context.device)
    rates = RateSearch((rate,), extra=0) if rate is not None else rates
    reward, best = proxy(rewarder), (float("inf"), policy, 0.0)
    every = max(1, params.iterations // POINTS)
    drawn: defaultdict[float, list[Point]] = defaultdict(list)
    for tried in rates:
        trained, critic = deepcopy(policy), deepcopy(rewarder)
        settings = replace(settings, learning_rate=tried)
        try:
            for record in ppo(trained, critic, policy, reward=reward, prompts=preferences.prompts,
                              length=preferences.LENGTH, settings=settings, seed=unit.seed,
                              judge=preferences.gold):  # fmt: skip
                if record.iteration % every == 0 or record.iteration in (1, params.iterations):
                    # Reward model and critic take rows through gradients too: what further imitation is given.
                    rows = 2 * params.pairs + 2 * settings.epochs * record.answers
                    points = [_point(unit, arm, name, rows, getattr(record, name)) for name in CURVES]
                    if search:
                        drawn[tried] += points
                    else:
                        yield from points
            found = _look(unit, trained, policy, reward, choosing=True)
            score = settings.kl_coefficient * found.kl - found.proxy
        except Diverged:
            score = float("inf")
        rates.tell(tried, score)
        best = min(best, (score, trained, tried), key=lambda one: one[0])
    # What is drawn is what is measured: of a search, the training at the best rate.
    yield from drawn[rates.best]
    yield unit.measure("best_rate", rates.best, "1", arm=arm)
    return best[1], rates.best


def _settings(params: Params, arm: str) -> Settings:
    from core.training.alignment.ppo import Settings

    free = arm == FREE or params.fault == "no penalty"
    return Settings(
        iterations=params.iterations,
        rows=params.rows,
        kl_coefficient=0.0 if free else params.kl_coefficient,
        kl_target=params.kl_target if params.kl_target and not free else None,
        kl_horizon=max(1, params.iterations * params.rows // ADAPTATIONS),
        sign=-1.0 if params.fault == "sign" else 1.0,
    )


def _imitated(unit: Unit, context: Context, policy: GPT) -> Generator[Event, None, GPT]:
    """Further imitation, for as many gradient rows as reward model, policy and critic took; at its best rate."""
    from copy import deepcopy

    from core.training.adaptation import arm_rates
    from core.training.alignment.sft import tune
    from core.training.train import Diverged

    params: Params = unit.params
    rows = _schooling(unit).rows
    spent = 2 * params.pairs + 2 * params.iterations * params.rows * _settings(params, PPO).epochs
    steps = max(1, spent // rows)
    rates, _origin = arm_rates(Rlhf.id, MORE, RATES[MORE], search=params.search, extra=1, device=context.device)
    best, every = (float("inf"), policy), max(1, steps // POINTS * 3)
    drawn: defaultdict[float, list[Point]] = defaultdict(list)
    for rate in rates:
        trained = deepcopy(policy)
        try:
            for record in tune(trained, "demonstrations", steps=steps, learning_rate=rate, rows=rows, seed=unit.seed,
                               care=params.care, device=context.device):  # fmt: skip
                if record.step % every == 0 or record.step == steps:
                    found = _look(unit, trained, policy, _nothing)
                    point = _point(unit, MORE, "judged", record.step * rows, found.gold)
                    if params.search:
                        drawn[rate].append(point)
                    else:
                        yield point
            score = _loss(unit, trained)
        except Diverged:
            score = float("inf")
        rates.tell(rate, score)
        best = min(best, (score, trained), key=lambda one: one[0])
    yield from drawn[rates.best]
    yield unit.measure("best_rate", rates.best, "1", arm=MORE)
    yield unit.measure("loss", best[0], "nats/letter", arm=MORE)
    yield unit.measure("rows", spent, "rows", arm=MORE)
    return best[1].eval()


def _nothing(prompts: Any, _completions: Any) -> Any:
    """No reward: where only gold is looked at."""
    return prompts.new_zeros(len(prompts)).float()


def _look(unit: Unit, policy: GPT, reference: GPT, reward: Any, *, choosing: bool = False) -> Look:
    """All arms of a replicate answer the same prompts; a rate is chosen on others."""
    from core.training.alignment.three_steps import looked_at

    return looked_at(policy, reference, reward, count=unit.params.asked, seed=unit.seed + (5 if choosing else 3))


def _loss(unit: Unit, policy: GPT) -> float:
    from core.training.alignment.three_steps import imitation_loss

    return imitation_loss(policy, rows=unit.params.asked, seed=unit.seed + 7, care=unit.params.care)


def _point(unit: Unit, arm: str, name: str, x: float, y: float) -> Point:
    chart, label = CURVES[name]
    return Point(arm=arm, x=x, y=y, replicate=unit.replicate, chart=chart, x_label=ANSWERS, y_label=label.as_dict())


def _table(folder: str, looks: dict[str, Look]) -> Table:
    title = Text(f"Replicate 1 (SFT model {folder})", f"첫 번째 반복 (SFT 모델 {folder})")
    rows: list[list[Any]] = [
        [
            Rlhf.labels[arm].as_dict(),
            *(round(x, 3) for x in (at.gold, at.proxy, at.kl, at.entropy)),
        ]
        for arm, at in looks.items()
    ]
    return Table(title=title.as_dict(), columns=[head.as_dict() for head in COLUMNS], rows=rows)


def _samples(looks: dict[str, Look]) -> Iterator[Event]:
    """Answers to the same prompts before and after, each with its points."""
    from core.text.preferences import PROMPT, gold, text

    for row in range(SHOWN):
        for arm in (SFT, PPO, FREE):
            prompt, answer = looks[arm].ids[row, :PROMPT], looks[arm].ids[row, PROMPT:]
            points = gold(prompt.unsqueeze(0), answer.unsqueeze(0)).item()
            yield Sample(arm=arm, prompt=text(prompt), text=f"{text(answer)} · gold {points:g}", replicate=0)


EXPERIMENT = Rlhf()
