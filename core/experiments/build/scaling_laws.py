"""Does loss fall as a power law in compute, and how should compute be divided between parameters and text?

Kaplan et al. (arXiv:2001.08361) found the law, and that parameters should grow as compute to the 0.73; Chinchilla
(arXiv:2203.15556) measured along lines of equal compute and found 0.50. Pearce and Song (arXiv:2406.12907) trace most
of the difference to how small models are counted. Here models of several widths spend several budgets to the last FLOP.

The sceptic asks: was every model tuned? Each searches its own learning rate at each budget. Is the law only a curve
through three points? It is fitted without the largest budget, and must foretell it better than three other rules. How
much loss can be lost at all? The language is made, and its entropy is known. Is the law put into the language? Its
patterns thin out as a power of their rank, so some law was to be expected, though neither its exponent nor how the best
size grows; without order among the tokens there is nothing to gain and no law.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, MissingMeasure, Reported
from core.events import Event, Figure, Point, Progress, Table
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, check_ascending, param
from core.training.isoflop import RATIO, TIME, Plan, Size
from core.training.scaling_law import (
    TrainedRun,
    best_sizes,
    by_budget,
    depth,
    forecast,
    power_law,
    size_exponent,
    tokens_at,
    two_term_law,
)

if TYPE_CHECKING:
    from core.text.markov import MarkovLanguage

WIDTHS = (4, 8, 16, 32, 64, 6, 12, 24, 48, 96, 128)
BUDGETS = 6  # at most
KAPLAN, CHINCHILLA = 0.73, 0.50
TEST_WINDOWS = 512
LOOKS = 12  # at each run, for the chart
READ = Text("tokens read", "읽은 토큰 수")
LOSS = Text("training loss (nats a token)", "학습 손실 (토큰당 nat)").as_dict()
ANOTHER = Text(
    "another draw of the language, of its text and of the first weights; rates are searched anew",
    "언어와 그 글, 첫 가중치를 새로 뽑고 학습률도 다시 찾는다.",
)
NO_ORDER = Text(
    "Tokens come as often, but each by itself: beyond how often they come there is nothing to learn.",
    "토큰이 나오는 빈도는 같지만 하나하나 독립이다. 빈도 말고는 배울 것이 없다.",
)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    widths: tuple[int, ...] = param(
        (4, 8, 16, 32, 64), choices=WIDTHS,
        label=Text("Widths", "모델 폭"),
        help=Text("Width of each model; at least three. Nothing else differs between sizes.",
                  "모델마다의 폭. 셋 이상. 크기 사이에 다른 것은 모두 같다."),
    )  # fmt: skip
    budgets: int = param(
        4, low=3, high=BUDGETS,
        label=Text("Budgets", "연산 예산의 수"),
        help=Text("How many budgets, each three times the one before.", "예산의 수. 각각 앞 예산의 세 배."),
    )  # fmt: skip
    smallest: float = param(
        5e8, low=1e6, high=1e13,
        label=Text("Smallest budget", "가장 작은 예산"),
        help=Text("In floating-point operations, attention and output layer included.",
                  "부동소수점 연산 수. 어텐션과 출력층까지 센다."),
    )  # fmt: skip
    rates: tuple[float, ...] = param(
        (1e-2, 2e-2, 4e-2), low=1e-5, high=1.0,
        label=Text("Learning rates", "학습률"),
        help=Text("Where the search of each size at each budget begins.", "크기와 예산마다 하는 탐색의 출발점."),
    )  # fmt: skip
    search: bool = param(
        True,
        label=Text("Search the rates", "학습률 탐색"),
        help=Text("Off: each size and budget takes the rate that the recorded standard run found for it, or the middle "
                  "one where none is recorded.",
                  "끄면 크기와 예산마다 기록된 standard 실행이 찾은 학습률을 쓰고, 기록이 없으면 가운데 값을 쓴다."),
    )  # fmt: skip
    decay: float = param(
        0.75, low=0.0, high=4.0,
        label=Text("Decay of the language", "언어의 감쇠 지수"),
        help=Text("Patterns of the language have weights that fall as their rank to the power of minus this.",
                  "언어를 이루는 패턴의 가중치는 순위의 이 거듭제곱에 반비례한다."),
    )  # fmt: skip


def cell(width: int, budget: int) -> str:
    """The arm of one width at one budget."""
    return f"w{width}-b{budget}"


def runs_in(measures: Measures) -> list[TrainedRun]:
    """The runs of a replicate, from its measures.

    :raises MissingMeasure: there is none.
    """
    runs = []
    for name, arm in measures:
        if name == "loss" and "-b" in arm:
            runs.append(
                TrainedRun(
                    budget=int(arm.partition("-b")[2]),
                    flops=measures["flops", arm],
                    parameters=measures["parameters", arm],
                    bare=measures["bare_parameters", arm],
                    tokens=measures["tokens", arm],
                    loss=measures["loss", arm],
                )
            )
    if not runs:
        raise MissingMeasure("loss", "any size")
    return runs


def lead(measures: Measures) -> float:
    """How much nearer than other rules the power law foretold the largest budget, in nats."""
    return forecast(runs_in(measures), floor=measures["floor", "language"]).lead


def shallowest(measures: Measures) -> float:
    """The depth of the shallowest valley, in nats."""
    return min(depth(same) for same in by_budget(runs_in(measures)))


def equal_growth(measures: Measures) -> float:
    """How far the exponent, with all parameters counted, is inside half the way from Chinchilla's to Kaplan's."""
    exponent = size_exponent(runs_in(measures), count="total")
    return (KAPLAN - CHINCHILLA) / 2 - abs(exponent - CHINCHILLA)


def raised_by_counting(measures: Measures) -> float:
    """By how much the exponent rises where embeddings are not counted."""
    runs = runs_in(measures)
    return size_exponent(runs, count="bare") - size_exponent(runs, count="total")


def sound(measures: Measures) -> float:
    """The least of three requirements, each as a multiple of what it must be.

    The best model of each budget gains 0.1 nats over the unigrams and stays 0.05 above the floor, and the FLOPs spent
    at a budget lie within 5 % of it.
    """
    runs = runs_in(measures)
    unigrams, floor = measures["unigram_loss", "language"], measures["floor", "language"]
    found = []
    for same in by_budget(runs):
        best = min(run.loss for run in same)
        asked = measures["budget", cell_of(measures, same[0].budget)]
        found += [(unigrams - best) / 0.1, (best - floor) / 0.05]
        found += [0.05 / max(abs(run.flops / asked - 1), 1e-9) for run in same]
    return min(found)


def cell_of(measures: Measures, budget: int) -> str:
    """Any arm of a budget."""
    return next(arm for name, arm in measures if name == "budget" and arm.endswith(f"-b{budget}"))


CONTROL = Control(
    sentence=Text(
        "At every budget the best model gains more than 0.1 nats over counting tokens and stays more than 0.05 above "
        "the known floor, and every model spends its budget to within 5 %.",
        "모든 예산에서 가장 좋은 모델은 토큰 빈도만 아는 것보다 0.1 nat 넘게 낫고 알려진 바닥보다 0.05 nat 넘게 위에 "
        "있으며, 모든 모델은 예산을 5 % 안에서 맞추어 쓴다.",
    ),
    contrast=sound,
    margin=1.0,
)


class ScalingLaws:
    """See the module's docstring."""

    id = "scaling-laws"
    stage = "build"
    topics = ("scaling",)
    techniques = ("compute-optimal",)
    title = Text("Scaling laws and the best use of compute", "스케일링 법칙과 연산량의 최적 배분")
    question = Text(
        "Does loss fall as a power law in compute, and should more compute go into parameters, into text, or into both "
        "alike?",
        "손실은 연산량의 거듭제곱으로 줄어드는가? 연산량이 늘면 파라미터와 글 가운데 어디에 써야 하는가?",
    )
    how = Text(
        "GPTs of several widths read a made language whose entropy is known, so that the part of the loss that can "
        "still be lost is known too. At each budget every width reads as many fresh tokens as the budget pays for, by "
        "the count of PaLM's appendix with attention and output layer. A parabola through the losses of one budget "
        "gives its best size (Chinchilla's second approach), and a line through the logarithms says how that grows. "
        "The budgets are ten to eleven orders of magnitude below Chinchilla's. At the smallest, the smallest model may "
        "still be the best, and then there is no valley; models this small pass through a plateau before they learn to "
        "look back, so that loss can fall in steps rather than as a power; four budgets over a factor of 27 leave the "
        "exponents wide, and a logarithm is hard to tell from a weak power. Size may well grow slower than the papers "
        "found: attention and output layer are most of what a narrow model costs, and cost grows slower than "
        "parameters. The mixture of the language, the first weights, the batch and the smallest budget were picked in "
        "single runs before these, among six mixtures, so that models this small learn at all and the best size lies "
        "among the sizes: that the smallest budget has a valley is partly a choice of range. At 4e8 FLOPs, with "
        "smaller batches, the same language had none.",
        "폭이 다른 여러 GPT가 엔트로피를 아는 인공 언어를 읽는다. 그래서 손실 가운데 아직 줄일 수 있는 몫도 안다. "
        "예산마다 모든 모델은 그 예산으로 살 수 있는 만큼 새 토큰을 읽는다. 연산량은 PaLM 부록의 방식대로 어텐션과 "
        "출력층까지 센다. 한 예산의 손실들에 맞춘 포물선이 최적 크기를 주고(친칠라의 둘째 방법), 로그-로그 직선이 그 "
        "증가율을 준다. 예산은 친칠라보다 열에서 열한 자릿수쯤 작다. 가장 작은 예산에서는 가장 작은 모델이 아직 "
        "최선이어서 골짜기가 없을 수 있다. 이렇게 작은 모델은 앞을 돌아보는 법을 배우기 전에 정체 구간을 지나므로 "
        "손실이 거듭제곱보다 계단처럼 줄 수도 있다. 27배 범위의 네 예산으로는 지수의 구간이 넓고, 로그와 약한 "
        "거듭제곱을 가려내기 어렵다. 크기는 논문보다 느리게 늘 수 있다. "
        "좁은 모델에서는 어텐션과 출력층이 비용의 대부분이고 "
        "비용은 파라미터보다 느리게 늘기 때문이다. 언어의 구성, 첫 가중치, 배치, 가장 작은 예산은 이 실행들에 앞서 "
        "구성 여섯 가지를 한 번씩 돌려 보고 골랐다. 이만큼 작은 모델도 배우기는 하고 최적 크기가 시험한 크기들 사이에 "
        "놓이도록 한 것이다. 따라서 가장 작은 예산에도 골짜기가 있다는 결과는 범위를 고른 탓도 있다. 배치를 더 작게 한 "
        "4e8 FLOPs에서는 같은 언어에 골짜기가 없었다.",
    )
    matched = Text(
        "Compute: all sizes of a budget spend the same FLOPs, on the same text in the same order. Each size chooses "
        "its learning rate at each budget, on validation text; the batch grows as the square root of the text.",
        "연산량: 한 예산의 모든 크기가 같은 FLOPs를, 같은 글을 같은 순서로 읽는 데 쓴다. 학습률은 크기와 예산마다 검증 "
        "글로 따로 고르고, 배치는 글 양의 제곱근에 비례한다.",
    )
    claims = (
        Claim(
            id="power-law",
            sentence=Text(
                "Along the best models loss falls as a power law in compute: fitted without the largest budget, it "
                "foretells that budget's loss better than no more gain, a line in compute, or a line in its logarithm.",
                "최선의 모델을 따라가면 손실은 연산량의 거듭제곱으로 준다. 가장 큰 예산을 빼고 맞춘 법칙이 그 예산의 "
                "손실을 '더 나아지지 않음', 연산량의 직선, 로그 연산량의 직선보다 잘 예측한다.",
            ),
            paper="2001.08361",
            reported=Reported(
                number=Text("loss falls as compute to the power of −0.050 when size, data and steps are chosen well",
                            "크기, 데이터, 스텝을 알맞게 고르면 손실은 연산량의 −0.050 거듭제곱으로 준다"),
                model="GPT-like, 768 to 1.5 billion parameters without embeddings",
                data="WebText2",
                checked=False,
            ),
            contrast=lead,
            contrast_text=Text(
                "error of the best other rule less the error of the power law above the known floor, on the largest "
                "budget's best loss",
                "가장 큰 예산의 최저 손실에 대해, 다른 규칙 가운데 가장 나은 것의 오차에서 거듭제곱 법칙의 오차를 뺀 "
                "값",
            ),
            margin=0.005,
            unit=Text("nats a token", "nat/토큰"),
            replicate=ANOTHER,
            control=CONTROL,
            null_world=NO_ORDER,
        ),
        Claim(
            id="valleys",
            sentence=Text(
                "At each budget there is a best size: both the smallest and the largest model lose to one between "
                "them.",
                "예산마다 최적의 크기가 있다. 가장 작은 모델도 가장 큰 모델도 그 사이의 모델보다 못하다.",
            ),
            paper="2203.15556",
            reported=Reported(
                number=Text("IsoFLOP profiles with a clear valley at all 9 budgets from 6e18 to 3e21 FLOPs",
                            "6e18에서 3e21 FLOPs까지 9개 예산 모두에서 뚜렷한 골짜기"),
                model="up to 16B parameters",
                data="MassiveText",
                checked=False,
            ),
            contrast=shallowest,
            contrast_text=Text("loss of the better end less that of the best size between, at the shallowest valley",
                               "가장 얕은 골짜기에서, 더 나은 쪽 끝의 손실에서 사이의 최저 손실을 뺀 값"),
            margin=0.01,
            unit=Text("nats a token", "nat/토큰"),
            replicate=ANOTHER,
            control=CONTROL,
            null_world=NO_ORDER,
        ),
        Claim(
            id="equal-growth",
            sentence=Text(
                "Size and text grow alike: with all parameters counted the best size grows with compute to about the "
                "0.50, off by less than half the way to Kaplan's 0.73.",
                "크기와 글은 함께 는다. 모든 파라미터를 셀 때 최적 크기는 연산량의 약 0.50 거듭제곱으로 늘며, 그 "
                "차이는 카플란의 0.73까지 거리의 절반보다 작다.",
            ),
            paper="2203.15556",
            reported=Reported(
                number=Text("exponent 0.50, 0.49 (0.462 to 0.534) and 0.46 by three approaches; Kaplan et al. 0.73; "
                            "about "
                            "20 tokens a parameter",
                            "세 방법으로 0.50, 0.49(0.462~0.534), 0.46. 카플란 등은 0.73. 파라미터당 약 20토큰"),
                model="over 400 models, 70M to 16B parameters",
                data="MassiveText",
                checked=True,
            ),
            contrast=equal_growth,
            contrast_text=Text(
                "0.115 − |exponent − 0.50|, from the best size at each budget",
                "예산별 최적 크기에서 구한 0.115 − |지수 − 0.50|",
            ),
            margin=0.0,
            unit=Text("exponent", "(지수)"),
            replicate=ANOTHER,
            control=CONTROL,
            null_world=NO_ORDER,
        ),
        Claim(
            id="counting",
            sentence=Text(
                "Counted as Kaplan et al. did, without embeddings, the exponent of the same runs comes out higher.",
                "같은 실행이라도 카플란 등처럼 임베딩을 빼고 세면 지수가 더 높게 나온다.",
            ),
            paper="2406.12907",
            reported=Reported(
                number=Text("0.50 with all parameters, near 0.73 without embeddings at small scale",
                            "모든 파라미터로 0.50, 작은 규모에서 임베딩을 빼면 0.73에 가까움"),
                model="Chinchilla's fitted law, and small models",
                data="simulated, and trained on text",
                checked=True,
            ),
            contrast=raised_by_counting,
            contrast_text=Text("exponent without embeddings less exponent with all parameters",
                               "임베딩을 뺀 지수에서 모든 파라미터의 지수를 뺀 값"),
            margin=0.02,
            unit=Text("exponent", "(지수)"),
            replicate=ANOTHER,
            control=CONTROL,
            null_world=NO_ORDER,
        ),
    )  # fmt: skip
    params = Params
    presets = {
        "quick": {"budgets": 3, "smallest": 4e8, "search": False},
        "standard": {},
        "full": {"budgets": 5, "search": False},
    }
    tiny = {"widths": (4, 8, 16), "budgets": 3, "smallest": 2e6, "search": False}
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = (
        {
            f"w{width}": Text(f"{Size.of(width).parameters:,} parameters", f"파라미터 {Size.of(width).parameters:,}개")
            for width in WIDTHS
        }
        | {
            cell(width, budget): Text(
                f"{Size.of(width).parameters:,} parameters, budget {budget}",
                f"파라미터 {Size.of(width).parameters:,}개, 예산 {budget}",
            )
            for width in WIDTHS
            for budget in range(1, BUDGETS + 1)
        }
        | {"language": Text("the language", "언어"), "all": Text("all sizes and budgets", "모든 크기와 예산")}
    )

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: the laws are fitted to all of its runs.

        :raises BadParam: too few widths, no rate, or a budget that a width cannot spend.
        """
        if len(set(params.widths)) < 3:
            raise BadParam(
                "widths: a valley needs at least three different ones",
                "widths: 골짜기를 보려면 서로 다른 값이 셋 이상 있어야 합니다",
            )
        check_ascending(params, "rates")
        try:
            Plan.of(Size.of(max(params.widths)), flops=params.smallest)
        except ValueError as error:
            raise BadParam(f"smallest: {error}") from error
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Smallest budget first, largest model first: the first points are there at once."""
        from core.training.isoflop_grid import Grid

        grid = Grid.of(unit.params, seed=unit.seed, null=context.null, device=context.device, recorded=self._found())
        yield from _language(unit, grid.language)
        budgets = [unit.params.smallest * RATIO**number for number in range(unit.params.budgets)]
        sizes = [Size.of(width) for width in sorted(set(unit.params.widths), reverse=True)]
        shares = _shares(sizes, budgets)
        runs: list[TrainedRun] = []
        done = 0.0
        for number, flops in enumerate(budgets, start=1):
            text = grid.text(budget=number, flops=flops)
            for size in sizes:
                arm = cell(size.width, number)
                found = grid.best_of(size, flops=flops, text=text, arm=arm)
                for tokens, loss in found.curve(LOOKS):
                    yield _point(unit, width=size.width, budget=number, tokens=tokens, loss=loss)
                run = found.as_run(budget=number)
                runs.append(run)
                yield from _cell_measures(unit, arm, run, asked=flops, rate=found.rate)
                done += shares[size.width, number]
                yield Progress(done=min(1.0, done))
            if unit.replicate == 0:
                yield from _figures(runs, floor=grid.floor)
        yield from _summary(unit, runs, floor=grid.floor)

    def _found(self) -> dict[str, float]:
        from core.reference import found_rates

        return found_rates(self.id)


def _shares(sizes: Sequence[Size], budgets: Sequence[float]) -> dict[tuple[int, int], float]:
    """How much of the time each cell takes, about: by steps, for a step of a small model costs much the same."""
    steps = {
        (size.width, number): Plan.of(size, flops=flops).steps
        for size in sizes
        for number, flops in enumerate(budgets, start=1)
    }
    return {key: count / sum(steps.values()) for key, count in steps.items()}


def _language(unit: Unit, language: MarkovLanguage) -> Iterator[Event]:
    yield unit.measure("floor", language.floor(TIME), "nats/token", arm="language")
    yield unit.measure("unigram_loss", language.unigram_entropy, "nats/token", arm="language")


def _cell_measures(unit: Unit, arm: str, run: TrainedRun, *, asked: float, rate: float) -> Iterator[Event]:
    yield unit.measure("loss", run.loss, "nats/token", arm=arm)
    yield unit.measure("budget", asked, "FLOPs", arm=arm)
    yield unit.measure("flops", run.flops, "FLOPs", arm=arm)
    yield unit.measure("parameters", run.parameters, "parameters", arm=arm)
    yield unit.measure("bare_parameters", run.bare, "parameters", arm=arm)
    yield unit.measure("tokens", run.tokens, "tokens", arm=arm)
    yield unit.measure("best_rate", rate, "1", arm=arm)


def _point(unit: Unit, *, width: int, budget: int, tokens: float, loss: float) -> Point:
    asked = unit.params.smallest * RATIO ** (budget - 1)
    where = Text(f"{READ.en}, {asked:.1e} FLOPs", f"{READ.ko}, {asked:.1e} FLOPs").as_dict()
    arm, chart = f"w{width}", f"budget {budget}"
    return Point(arm=arm, x=tokens, y=loss, replicate=unit.replicate, chart=chart, x_label=where, y_label=LOSS)


def _figures(runs: Sequence[TrainedRun], *, floor: float) -> Iterator[Event]:
    from core import scaling_figures

    drawn: list[tuple[str, Text, dict[str, Any]]] = [
        ("valleys", Text("Loss by size at equal compute, replicate 1", "연산량이 같을 때 크기별 손실, 반복 1"),
         scaling_figures.valleys(runs, floor=floor)),
    ]  # fmt: skip
    if len(by_budget(runs)) > 1:
        drawn += [
            ("law", Text("Best loss by compute, replicate 1", "연산량별 최저 손실, 반복 1"),
             scaling_figures.law(runs, floor=floor)),
            ("growth", Text("Best size by compute, replicate 1", "연산량별 최적 크기, 반복 1"),
             scaling_figures.growth(runs)),
        ]  # fmt: skip
    for name, title, plotly in drawn:
        yield Figure(name=name, title=title.as_dict(), plotly=plotly)


def _summary(unit: Unit, runs: Sequence[TrainedRun], *, floor: float) -> Iterator[Event]:
    """Exponents by both counts and both approaches, the loss exponent, and the ratio of tokens to parameters."""
    compute, sizes = best_sizes(runs, count="total")
    ratio = tokens_at(by_budget(runs)[-1], sizes[-1]) / sizes[-1]
    best = [min(run.loss for run in group) - floor for group in by_budget(runs)]
    above = min(run.loss for run in runs) > floor  # else nothing is left that could fall by a power
    numbers = {
        "size_exponent": size_exponent(runs, count="total"),
        "size_exponent_bare": size_exponent(runs, count="bare"),
        "size_exponent_fitted": two_term_law(runs, floor=floor).size_exponent if above else None,
        "loss_exponent": power_law(compute, best).exponent if above else None,
        "tokens_a_parameter": ratio,
    }
    for name, value in numbers.items():
        if value is not None:
            yield unit.measure(name, value, "1")
    if unit.replicate == 0:
        heads = (
            Text("number", "수치"),
            Text("here", "여기"),
            Text("Chinchilla", "친칠라"),
            Text("Kaplan et al.", "카플란 등"),
        )
        papers = (("0.49", ""), ("", "0.73"), ("0.46", ""), ("", "−0.050"), ("20", ""))
        rows = [
            [name, None if value is None else round(value, 4), *said]
            for (name, value), said in zip(numbers.items(), papers, strict=True)
        ]
        title = Text("Exponents of replicate 1", "반복 1의 지수")
        yield Table(title=title.as_dict(), columns=[head.as_dict() for head in heads], rows=rows)


EXPERIMENT = ScalingLaws()
