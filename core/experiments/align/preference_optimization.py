"""Three ways to please a reward, from one start and the same pairs: what does each give for its distance, and how long?

PPO (arXiv:1707.06347, arXiv:2203.02155) is trained against a reward model that learned from pairs, DPO
(arXiv:2305.18290) on the pairs themselves, and rejection sampling draws n answers and keeps the one that the reward
model likes best. In this world everybody knows what is good: gold is a rule, so that what the reward model sees, the
proxy, can be held against the truth (as in arXiv:2210.10760).

The sceptic asks: is more KL simply more harm? PPO on gold itself, with the same settings, must not turn. Is the peak
only the luckiest of many looks? It is chosen on one half of the prompts and measured on the other. Was each way tuned?
PPO and DPO each search a learning rate by their own objective on data that they do not learn from; gold never chooses.
Does best-of-n gain because it draws more? A random pick among as many must stay where it was. Do the pairs matter at
all? In the null world a fair coin labels them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Measures, MissingMeasure, Reported
from core.events import Event, Point, Progress
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, param
from core.training.alignment.frontier import Turn, lead, turn

if TYPE_CHECKING:
    from core.frontier_figures import Stop
    from core.training.alignment.rivals import Look, Start

PPO, DPO, BEST = "ppo", "dpo", "bon"
PRICES = (0.02, 0.05, 0.1, 0.2, 0.5)  # of a nat, for PPO
BETAS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # of DPO
DRAWN = (16, 32, 64, 128, 256, 512, 1024)
FREE, ON_GOLD = "ppo-0", "ppo-gold"  # no price on the divergence; the second is rewarded by gold itself
# Where the search of each way begins.
RATES: dict[str, tuple[float, ...]] = {PPO: (1e-3, 2e-3, 4e-3), DPO: (3e-4, 1e-3, 3e-3)}
REWARD_RATE, REWARD_BATCH = 3e-3, 32
EPOCHS, MINIBATCHES = 2, 2  # PPO goes over its answers so often, in so many steps
LOOKS = 8
BEGINS = {DPO: 0.2, PPO: 0.5}  # of the whole, about
TURNS, GAINS, STAYS, HALF = 0.25, 0.5, 0.1, 0.5
NAMES = {
    PPO: Text("PPO", "PPO"),
    DPO: Text("DPO", "DPO"),
    BEST: Text("best of n", "best-of-n"),
}
STEPS = Text("training step", "학습 스텝").as_dict()
GOLD = Text("gold (points)", "골드 보상 (점)").as_dict()
ANOTHER = Text(
    "other pairs with other labels, another reward model, other draws and another order; with `bases` above 1 also "
    "another supervised policy, the same ones in every run, whatever its seed",
    "쌍과 라벨, 보상 모델, 표집, 순서를 새로 뽑는다. `bases`가 2 이상이면 지도 미세조정 정책도 바뀐다. 이 정책들은 "
    "실행의 시드와 상관없이 같다.",
)
SHUFFLED = Text(
    "A fair coin labels the pairs, for the reward model and for DPO alike: they say nothing of gold.",
    "공정한 동전이 쌍의 라벨을 정한다. 보상 모델에도 DPO에도 골드 보상의 정보가 없다.",
)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    prices: tuple[float, ...] = param(
        (0.05, 0.1, 0.2), choices=PRICES,
        label=Text("KL coefficients of PPO", "PPO의 KL 계수"),
        help=Text("What a nat from the supervised policy costs; one training each, and one without any price.",
                  "지도 미세조정 정책에서 1 nat 멀어지는 값. 계수마다 한 번씩, 그리고 계수 0으로 한 번 학습한다."),
    )  # fmt: skip
    betas: tuple[float, ...] = param(
        (0.05, 0.1, 0.2, 0.5), choices=BETAS,
        label=Text("β of DPO", "DPO의 β"),
        help=Text("One training each; the smaller, the further it goes.",
                  "β마다 한 번씩 학습한다. 작을수록 멀리 간다."),
    )  # fmt: skip
    pairs: int = param(
        1024, low=16, high=100_000,
        label=Text("Pairs", "쌍의 수"),
        help=Text("Of answers, labelled by gold's coin.", "골드 보상의 동전이 라벨을 붙인 답의 쌍."),
    )  # fmt: skip
    reward_epochs: int = param(
        4, low=1, high=50,
        label=Text("Epochs of the reward model", "보상 모델의 에폭"),
        help=Text("How often it sees each pair.", "보상 모델이 각 쌍을 보는 횟수."),
    )  # fmt: skip
    iterations: int = param(
        32, low=2, high=10_000,
        label=Text("Iterations of PPO", "PPO의 반복 수"),
        help=Text("DPO takes as many gradients through answers.", "DPO도 같은 수의 답으로 기울기를 구한다."),
    )  # fmt: skip
    rows: int = param(
        96, low=4, high=8192,
        label=Text("Answers", "답의 수"),
        help=Text("Of an iteration of PPO; each of its steps has half of them, and so has each of DPO's.",
                  "PPO 반복 한 번에 쓰는 답. PPO와 DPO 모두 한 스텝에 그 절반을 쓴다."),
    )  # fmt: skip
    samples: int = param(
        256, choices=DRAWN,
        label=Text("Largest n", "가장 큰 n"),
        help=Text("Answers drawn to each prompt for best-of-n.", "best-of-n을 위해 프롬프트마다 뽑는 답의 수."),
    )  # fmt: skip
    asked: int = param(
        256, low=8, high=8192,
        label=Text("Prompts", "프롬프트 수"),
        help=Text("Held-out, on which policies are looked at; best-of-n answers an eighth of them.",
                  "정책을 평가하는, 학습에 쓰지 않은 프롬프트. best-of-n은 그 8분의 1에 답한다."),
    )  # fmt: skip
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text("Off: the rates that the recorded standard run found, or the middle of the grid.",
                  "끄면 기록된 standard 실행이 찾은 학습률을, 없으면 격자의 가운데 값을 쓴다."),
    )  # fmt: skip
    width: int = param(
        48, choices=(16, 48, 96, 192),
        label=Text("Width", "폭"),
        help=Text("Of the policy and of the reward model; two layers.", "정책과 보상 모델의 폭. 층은 둘이다."),
    )  # fmt: skip
    bases: int = param(
        5, low=1, high=20,
        label=Text("Supervised policies", "지도 미세조정 정책 수"),
        help=Text("Replicates share so many differently trained ones.", "반복들이 나누어 쓰는 정책의 수."),
    )  # fmt: skip
    base_steps: int = param(
        240, low=4, high=20_000,
        label=Text("Steps of the base", "기본 모델의 스텝"),
        help=Text("Of its pre-training; supervised fine-tuning takes a quarter.",
                  "사전학습 스텝. 지도 미세조정은 그 4분의 1."),
    )  # fmt: skip


def way(measures: Measures, kind: str) -> list[tuple[float, float]]:
    """The points (KL, gold gained) of a way, its start among them; PPO on gold itself is none.

    :raises MissingMeasure: there is no other.
    """
    arms = [arm for name, arm in measures if name == "gained" and arm.startswith(f"{kind}-") and arm != ON_GOLD]
    if not arms:
        raise MissingMeasure("gained", kind)
    return [(0.0, 0.0), *((measures["kl", arm], measures["gained", arm]) for arm in arms)]


def ahead(measures: Measures, kind: str) -> float:
    """How much more gold than PPO a way gains at equal divergence, in points."""
    return lead(way(measures, kind), way(measures, PPO))


def least_gain(measures: Measures, *kinds: str) -> float:
    """What the least of the ways gains at its best point."""
    return min(max(gold for _kl, gold in way(measures, kind)[1:]) for kind in kinds)


def turned(measures: Measures) -> float:
    """How deep gold turns on the way of PPO without a price, in points."""
    rise, fall, after = (measures[name, FREE] for name in ("rise", "fall", "proxy_after"))
    return Turn(rise=rise, fall=fall, proxy_after=after).depth


def share_of_the_best(measures: Measures) -> float:
    """What the reward model's pick gains over a random one, as a share of what gold's own pick gains."""
    picked, blind, perfect = (measures["gold", arm] for arm in ("pick", "random", "oracle"))
    return (picked - blind) / (perfect - blind)


def _control(kind: str) -> Control:
    return Control(
        sentence=Text(
            f"Both ways learn what is good: PPO and {NAMES[kind].en} each gain more than {GAINS} points of gold at "
            "their best.",
            f"두 방법 모두 좋은 것을 배운다. PPO와 {NAMES[kind].to('ko')} 각각 가장 좋을 때 골드 보상이 {GAINS}점 넘게 "
            "는다.",
        ),
        contrast=lambda measures: least_gain(measures, PPO, kind),
        margin=GAINS,
    )


class PreferenceOptimization:
    """See the module's docstring."""

    id = "preference-optimization"
    stage = "align"
    topics = ("preference-optimization", "reward-models", "rlhf")
    techniques = ("dpo", "ppo", "rejection-sampling", "over-optimization")
    title = Text("PPO, DPO and best-of-n on the same pairs", "같은 쌍으로 견주는 PPO, DPO, best-of-n")
    question = Text(
        "What does each way to please a reward give for its distance from the start, and when does pleasing the proxy "
        "stop being good?",
        "보상을 좇는 방법마다 출발점에서 멀어진 만큼 무엇을 얻는가? 프록시 보상을 좇는 일은 언제부터 해가 되는가?",
    )
    how = Text(
        "In a made world a prompt names four letters, and a rule that can be counted by hand gives an answer of eight "
        "letters its points: gold. It is synthetic: no person was asked, and behaviour is trained in, not emergent. A "
        "small GPT is pre-trained and then fine-tuned on demonstrations; it answers prompts twice, and a coin with the "
        "odds of gold's difference says which answer is preferred. A reward model learns from these pairs, and PPO is "
        "trained against it at several prices of KL; DPO is trained on the pairs at several β; best-of-n draws from "
        "the supervised policy, and all n are judged from the same draws by an unbiased estimator. Every policy is "
        "looked at on prompts that none has seen. KL is that of whole answers: estimated by whole distributions at "
        "each letter for PPO and DPO, and by the bound log n − (n − 1)/n for best-of-n, which is at most what it "
        "counts. DPO's loss begins at log 2 = 0.693; where it stays there, the margin and accuracy beside it say why. "
        "Why it may fail here: gold is a simple rule, and a reward model that begins as the policy may learn it so "
        "well that nothing is left to exploit, and then gold does not turn; gold's odds are noisy, so that a thousand "
        "pairs may say too little, and then best-of-n gains little; PPO sees fresh prompts and asks its reward model "
        "as often as it likes, while DPO has the pairs alone, which tells against DPO in a world where the reward is "
        "easier to learn than the policy; eight letters leave little room, and KL is small beside that of long texts. "
        "How deep gold turns hangs on the reward model: in standard it fell by two points in one replicate and by "
        "nothing in another, which five leave open.",
        "인공 세계에서 프롬프트는 글자 네 개를 대고, 여덟 글자 답의 점수는 손으로 셀 수 있는 규칙이 정한다. 이것이 "
        "골드 보상이며, 사람에게 물은 것이 아니고, 행동도 창발이 아니라 학습시킨 것이다. 작은 GPT를 사전학습하고 시범 "
        "답으로 미세조정한 뒤 프롬프트마다 두 번 답하게 하고, 골드 점수 차이를 승산으로 하는 동전이 어느 답을 더 "
        "좋아하는지 정한다. 보상 모델이 이 쌍에서 배우고, PPO는 그 보상 모델로 여러 KL 계수에서 학습한다. DPO는 여러 "
        "β에서 쌍으로 바로 학습한다. best-of-n은 지도 미세조정 정책에서 뽑으며, 같은 표본에서 모든 n을 불편 추정량으로 "
        "잰다. 모든 정책은 아무도 보지 않은 프롬프트로 평가한다. KL은 답 전체의 것으로, PPO와 DPO는 글자마다 전체 "
        "분포로 추정하고 best-of-n은 상계 log n − (n − 1)/n을 쓴다(실제 값은 그 이하). DPO의 손실은 log 2 = 0.693에서 "
        "출발한다. 거기 머문다면 옆의 마진과 정확도가 까닭을 알려 준다. 여기서 성립하지 않을 수 있는 까닭: 골드 보상은 "
        "단순한 규칙이고 보상 모델은 정책에서 출발하므로, 너무 잘 배워 허점이 없으면 골드 보상은 꺾이지 않는다. 라벨에 "
        "잡음이 있어 쌍 천 개로는 모자라면 best-of-n의 이득이 작다. PPO는 새 프롬프트로 보상 모델에 얼마든지 묻지만 "
        "DPO에는 쌍뿐이므로, 정책보다 보상을 배우기 쉬운 세계에서는 DPO가 불리하다. 여덟 글자로는 여지가 적어 KL도 긴 "
        "글보다 작다. 골드가 얼마나 꺾이는지는 보상 모델에 달렸다. standard에서 한 반복은 2점 떨어지고 다른 반복은 "
        "전혀 떨어지지 않아, 다섯 반복으로는 결론이 나지 않는다.",
    )
    matched = Text(
        "The same supervised policy, the same pairs, and the same steps with the same number of answers whose "
        "gradient goes through the policy, for PPO and DPO. Compute is not equal: PPO also samples and trains a critic "
        "and a reward model, and best-of-n pays n answers for one. PPO and DPO each search their own learning rate, "
        "and each keeps the moment at which its own objective was best on data that it does not learn from.",
        "지도 미세조정 정책과 쌍이 같고, PPO와 DPO는 정책의 기울기를 구하는 답의 수가 같다. 연산량은 같지 않다. PPO는 "
        "표집을 하고 비평 모델과 보상 모델도 학습하며, best-of-n은 답 하나에 n개 값을 치른다. PPO와 DPO는 각자 "
        "학습률을 찾고, 학습에 쓰지 않은 데이터에서 자기 목적 함수가 가장 좋았던 때의 정책을 남긴다.",
    )
    claims = (
        Claim(
            id="gold-turns",
            sentence=Text(
                f"Driven on against the proxy without a price on KL, PPO gains gold and then loses more than {TURNS} "
                "points of it again, while the proxy goes on rising.",
                f"KL 계수 없이 프록시 보상을 계속 좇으면, PPO의 골드 보상은 올랐다가 프록시가 오르는 동안 {TURNS}점 "
                "넘게 다시 떨어진다.",
            ),
            paper="2210.10760",
            reported=Reported(
                number=Text(
                    "gold over d = √KL is d(α − β log d) for reinforcement learning and d(α − βd) for best-of-n: it "
                    "rises, peaks and falls",
                    "d = √KL에 대한 골드 보상은 강화학습에서 d(α − β log d), best-of-n에서 d(α − βd)이다. 올랐다가 "
                    "꺾여 떨어진다",
                ),
                model="GPT-3 series, policy 1.2B, reward models 3M to 3B, gold reward model 6B",
                data="InstructGPT's prompts, labelled by the gold reward model",
                checked=True,
            ),
            contrast=turned,
            contrast_text=Text(
                "the smaller of gold's rise to its peak and its fall from there, the peak chosen on other prompts; 0 "
                "where the proxy did not rise on",
                "정점까지 오른 골드 보상과 정점에서 떨어진 골드 보상 가운데 작은 쪽. 정점은 다른 프롬프트로 고르며, "
                "프록시가 더 오르지 않았으면 0",
            ),
            margin=TURNS,
            unit=Text("points of gold", "점(골드 보상)"),
            replicate=ANOTHER,
            control=Control(
                sentence=Text(
                    f"It is the proxy, not the distance: PPO rewarded by gold itself, otherwise the same, loses less "
                    f"than {TURNS} points from its peak.",
                    f"거리가 아니라 프록시 탓이다. 골드 보상 자체를 받고 나머지는 같은 PPO는 정점에서 {TURNS}점보다 "
                    "적게 잃는다.",
                ),
                contrast=lambda measures: TURNS - measures["fall", ON_GOLD],
                margin=0.0,
            ),
            null_world=SHUFFLED,
        ),
        Claim(
            id="dpo-leads-ppo",
            sentence=Text(
                "At equal divergence from the supervised policy DPO has more gold than PPO.",
                "지도 미세조정 정책에서 같은 만큼 멀어졌을 때 DPO의 골드 보상이 PPO보다 높다.",
            ),
            paper="2305.18290",
            reported=Reported(
                number=Text(
                    "win rate against reference summaries, each at its best temperature: DPO about 61 %, PPO 57 %; on "
                    "sentiment DPO has the better frontier of reward against KL",
                    "참조 요약 대비 승률, 각각 가장 좋은 온도에서 DPO 약 61 %, PPO 57 %. 감성 과제에서는 보상-KL "
                    "경계도 DPO가 낫다",
                ),
                model="GPT-J 6B; GPT-2 large for sentiment",
                data="Reddit TL;DR, judged by GPT-4; IMDb",
                checked=True,
            ),
            contrast=lambda measures: ahead(measures, DPO),
            contrast_text=Text(
                "gold of DPO − gold of PPO, the mean over equal steps of √KL up to where both go",
                "DPO의 골드 보상 − PPO의 골드 보상. 두 방법이 모두 이르는 곳까지 √KL을 같은 간격으로 나눈 평균",
            ),
            margin=0.0,
            unit=Text("points of gold", "점(골드 보상)"),
            replicate=ANOTHER,
            control=_control(DPO),
            null_world=SHUFFLED,
        ),
        Claim(
            id="best-of-n-leads-ppo",
            sentence=Text(
                "At equal divergence from the supervised policy best-of-n has more gold than PPO, though both please "
                "the same reward model.",
                "같은 보상 모델을 좇아도, 지도 미세조정 정책에서 같은 만큼 멀어졌을 때 best-of-n의 골드 보상이 PPO보다 "
                "높다.",
            ),
            paper="2210.10760",
            reported=Reported(
                number=Text(
                    "as a function of KL, reinforcement learning is slower than best-of-n at optimization and at "
                    "over-optimization",
                    "KL의 함수로 볼 때 강화학습은 최적화에서도 과최적화에서도 best-of-n보다 느리다",
                ),
                model="GPT-3 series, policy 1.2B, reward models 3M to 3B, gold reward model 6B",
                data="InstructGPT's prompts, labelled by the gold reward model",
                checked=True,
            ),
            contrast=lambda measures: ahead(measures, BEST),
            contrast_text=Text(
                "gold of best-of-n − gold of PPO, the mean over equal steps of √KL up to where both go",
                "best-of-n의 골드 보상 − PPO의 골드 보상. 두 방법이 모두 이르는 곳까지 √KL을 같은 간격으로 나눈 평균",
            ),
            margin=0.0,
            unit=Text("points of gold", "점(골드 보상)"),
            replicate=ANOTHER,
            control=_control(BEST),
            null_world=SHUFFLED,
        ),
        Claim(
            id="the-pick-is-better",
            sentence=Text(
                "What the reward promises is there: at the largest n its pick gains more than half of the gold that "
                "the best of the n by gold itself gains over a random one.",
                "보상이 약속한 이득은 실제로 있다. 가장 큰 n에서 보상 모델이 고른 답은, 골드 보상으로 고른 가장 좋은 "
                "답이 무작위로 고른 답보다 얻는 이득의 절반 넘게를 얻는다.",
            ),
            paper="2307.09288",
            reported=Reported(
                number=Text(
                    "the maximum reward among N samples, N from 1 to 100, rises with N while the median stays; the "
                    "difference is read as what rejection sampling may gain (figure 7)",
                    "표본 N개(1~100) 가운데 최대 보상은 N과 함께 오르고 중앙값은 그대로다. 그 차이를 거절 표집이 얻을 "
                    "수 있는 이득으로 본다(그림 7)",
                ),
                model="Llama 2-Chat",
                data="the authors' training prompts",
                checked=True,
            ),
            contrast=share_of_the_best,
            contrast_text=Text(
                "(gold of the reward's pick − gold of a random pick) / (gold of gold's pick − gold of a random pick)",
                "(보상이 고른 답의 골드 보상 − 무작위 답의 골드 보상) / (골드 보상이 고른 답 − 무작위 답)",
            ),
            margin=HALF,
            unit=Text("of the gain of a perfect pick", "(완벽하게 고를 때의 이득 대비)"),
            replicate=ANOTHER,
            control=Control(
                sentence=Text(
                    f"Drawing more brings nothing by itself: a random pick among the n stays within {STAYS} points of "
                    "one draw.",
                    f"많이 뽑는 것만으로는 얻는 것이 없다. n개에서 무작위로 고른 답은 한 번 뽑은 답과 {STAYS}점 안에서 "
                    "같다.",
                ),
                contrast=lambda measures: STAYS - abs(measures["gold", "random"] - measures["gold", "bon-1"]),
                margin=0.0,
            ),
            null_world=SHUFFLED,
        ),
    )
    params = Params
    presets = {
        "quick": {
            "prices": (0.1,), "betas": (0.1,), "pairs": 640, "iterations": 12, "rows": 40, "samples": 64, "asked": 128,
            "search": False, "bases": 1, "base_steps": 120,
        },
        "standard": {},
        "full": {
            "pairs": 4096, "iterations": 120, "rows": 512, "samples": 1024, "asked": 2048, "search": False,
            "bases": 1, "width": 96, "base_steps": 600,
        },
    }  # fmt: skip
    tiny = {
        "prices": (0.1,), "betas": (0.1,), "pairs": 32, "reward_epochs": 1, "iterations": 2, "rows": 8, "samples": 16,
        "asked": 16, "search": False, "width": 16, "bases": 1, "base_steps": 8,
    }  # fmt: skip
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = (
        NAMES
        | {
            "all": Text("all ways", "모든 방법"),
            "sft": Text("supervised policy", "지도 미세조정 정책"),
            "reward": Text("reward model", "보상 모델"),
            FREE: Text("PPO, KL coefficient 0", "PPO, KL 계수 0"),
            ON_GOLD: Text("PPO on gold itself", "골드 보상을 직접 받는 PPO"),
            "pick": Text("best of the largest n", "가장 큰 n의 best-of-n"),
            "random": Text("random pick", "무작위로 고른 답"),
            "oracle": Text("best of n by gold", "골드 보상으로 고른 답"),
        }
        | {f"{PPO}-{price:g}": Text(f"PPO, KL coefficient {price:g}", f"PPO, KL 계수 {price:g}") for price in PRICES}
        | {f"{DPO}-{beta:g}": Text(f"DPO, β = {beta:g}", f"DPO, β = {beta:g}") for beta in BETAS}
        | {f"{BEST}-{n}": Text(f"best of {n}", f"{n}개 중 최고") for n in (1, 2, 4, 8, *DRAWN)}
    )

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: all ways share its start and its pairs.

        :raises BadParam: no price or no β.
        """
        for name in ("prices", "betas"):
            if not getattr(params, name):
                raise BadParam(f"{name}: give at least one", f"{name}: 하나 이상 적으세요")
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The start, then best-of-n, DPO and PPO; figures and table from the first replicate."""
        from core.rivals_report import frontier_figure, stops_table

        start, name = yield from self._start(unit, context)
        stops: dict[str, dict[str, Stop]] = {BEST: (yield from _drawn(unit, start))}
        for kind in (DPO, PPO):
            stops[kind] = yield from self._trained(unit, context, start, kind)
            if unit.replicate == 0:
                yield frontier_figure({NAMES[one].en: list(found.values()) for one, found in stops.items()})
        yield Progress(done=1.0)
        if unit.replicate == 0:
            yield stops_table(stops, policy=name, accuracy=start.accuracy)

    def _start(self, unit: Unit, context: Context) -> Generator[Event, None, tuple[Start, str]]:
        """The supervised policy, found or made; its pairs; what a reward model learned from them."""
        from core.training.alignment.rivals import begin, points
        from core.training.alignment.sft import SMALL, Schooling, load_policy, stages

        params, steps = unit.params, unit.params.base_steps
        shape = SMALL | {"hidden_size": params.width, "intermediate_size": 4 * params.width}
        school = Schooling(model=shape, base_steps=steps, steps=steps // 4, seed=unit.replicate % params.bases)
        for stage in stages(context.cache, school, device=context.device):
            policy = load_policy(stage.folder, device=context.device)
            yield Progress(done=0.0, note=Text(f"policy, {stage.done} steps", f"정책, {stage.done}스텝").as_dict())
            yield Point(arm="sft", x=stage.done, y=points(policy, count=params.asked, seed=unit.seed),
                        replicate=unit.replicate, chart="start", x_label=STEPS, y_label=GOLD)  # fmt: skip
        start = begin(
            policy, pairs=params.pairs, asked=params.asked, epochs=params.reward_epochs, batch=REWARD_BATCH,
            learning_rate=REWARD_RATE, shuffled=context.null, seed=unit.seed,
        )  # fmt: skip
        yield unit.measure("accuracy", start.accuracy, "1", arm="reward")
        return start, stage.folder.name

    def _trained(
        self, unit: Unit, context: Context, start: Start, kind: str
    ) -> Generator[Event, None, dict[str, Stop]]:
        """One training at each price or β, all at the rate that suits the middle one; then PPO's two of no price."""
        from core.rivals_report import driven_figure, rate_point, samples
        from core.training.adaptation import arm_rates
        from core.training.alignment.rivals import best

        values = sorted(set(unit.params.prices if kind == PPO else unit.params.betas))
        middle = values[len(values) // 2]
        rates, origin = arm_rates(self.id, kind, RATES[kind], search=unit.params.search, extra=1, device=context.device)
        tried: dict[float, list[Look]] = {}
        for rate in rates:
            tried[rate] = list(_run(unit, start, kind, middle, rate))
            rates.tell(rate, best(tried[rate]).objective)
            yield rate_point(kind, rate, rates.scores[rate], origin=origin, replicate=unit.replicate)
        yield unit.measure("best_rate", rates.best, "1", arm=kind)
        stops: dict[str, Stop] = {}
        for place, value in enumerate(values):
            done = BEGINS[kind] + 0.3 * place / len(values)
            yield Progress(done=done, note=self.labels[f"{kind}-{value:g}"].as_dict())
            looks = tried[rates.best] if value == middle else list(_run(unit, start, kind, value, rates.best))
            stops[f"{kind}-{value:g}"] = yield from _told(unit, f"{kind}-{value:g}", looks)
        if kind == PPO:
            free: dict[str, list[Look]] = {}
            for arm, done in ((FREE, 0.8), (ON_GOLD, 0.9)):
                yield Progress(done=done, note=self.labels[arm].as_dict())
                free[arm] = list(_run(unit, start, arm, 0.0, rates.best))
                stops[arm] = yield from _told(unit, arm, free[arm])
                yield from _turns(unit, arm, free[arm])
            del stops[ON_GOLD]  # no point of the frontier: nobody has gold
            if unit.replicate == 0:
                yield driven_figure(free[FREE], free[ON_GOLD])
                yield from samples({"sft": free[FREE][0], FREE: free[FREE][-1]}, start.asked)
        return stops


def _run(unit: Unit, start: Start, arm: str, value: float, rate: float) -> Iterator[Look]:
    """One training from the start, at one price or β and one rate."""
    from core.training.alignment.ppo import Settings
    from core.training.alignment.rivals import drive_dpo, drive_ppo

    params = unit.params
    if arm == DPO:
        # As many steps as PPO's, each with as many answers, two a pair.
        steps, batch = params.iterations * EPOCHS * MINIBATCHES, params.rows // MINIBATCHES // 2
        return drive_dpo(start, beta=value, steps=steps, batch=batch, learning_rate=rate, looks=LOOKS, seed=unit.seed)
    settings = Settings(
        iterations=params.iterations,
        rows=params.rows,
        epochs=EPOCHS,
        minibatches=MINIBATCHES,
        learning_rate=rate,
        kl_coefficient=value,
    )
    return drive_ppo(start, settings, looks=LOOKS, seed=unit.seed, gold=arm == ON_GOLD)


def _told(unit: Unit, arm: str, looks: Sequence[Look]) -> Generator[Event, None, Stop]:
    """The curves and the numbers of a training; its stop is where its own objective was best."""
    from core.rivals_report import curves, stop_of
    from core.training.alignment.rivals import best

    yield from curves(looks, arm=arm, replicate=unit.replicate)
    stop = stop_of(best(looks), looks[0], label=arm.partition("-")[2])
    yield from _measured(unit, arm, stop)
    return stop


def _measured(unit: Unit, arm: str, stop: Stop) -> Iterator[Event]:
    yield unit.measure("kl", stop.kl, "nats", arm=arm)
    yield unit.measure("gained", stop.gold, "points", arm=arm)
    yield unit.measure("proxy_gained", stop.proxy, "nats", arm=arm)


def _turns(unit: Unit, arm: str, looks: Sequence[Look]) -> Iterator[Event]:
    """Whether gold turns on the way of one training."""
    reached = [look.reached for look in looks]
    found = turn([at.first for at in reached], [at.second for at in reached], [at.proxy for at in reached])
    yield unit.measure("rise", found.rise, "points", arm=arm)
    yield unit.measure("fall", found.fall, "points", arm=arm)
    yield unit.measure("proxy_after", found.proxy_after, "nats", arm=arm)


def _drawn(unit: Unit, start: Start) -> Generator[Event, None, dict[str, Stop]]:
    """Best-of-n for n = 1, 2, 4, … from the same draws; what a random pick and a perfect one would give."""
    from core.rivals_report import by_n_figure, picked_points, picked_stop
    from core.training.alignment.rivals import draw

    largest = unit.params.samples
    draws = draw(start, prompts=max(1, unit.params.asked // 8), samples=largest, seed=unit.seed)
    picked = [draws.best_of(1 << power, seed=unit.seed) for power in range(largest.bit_length())]
    stops = {}
    for one in picked:
        stop = stops[f"{BEST}-{one.n}"] = picked_stop(one, picked[0])
        yield from _measured(unit, f"{BEST}-{one.n}", stop)
        yield from picked_points(one, arm=BEST, replicate=unit.replicate)
    blind, perfect = picked[-1].random_gold, draws.oracle(largest)
    golds = {f"{BEST}-1": picked[0].gold, "pick": picked[-1].gold, "random": blind, "oracle": perfect}
    for arm, value in golds.items():
        yield unit.measure("gold", value, "points", arm=arm)
    if unit.replicate == 0:
        yield by_n_figure(picked)
    return stops


EXPERIMENT = PreferenceOptimization()
