"""Why does a larger model not always overfit more? Double descent, and how many features fit into few dimensions.

Test error peaks where a model can just fit its training data, noise included, and falls again beyond (Belkin et al.,
arXiv:1812.11118; Nakkiran et al., arXiv:1912.02292, for networks, by width and by training time). Least squares on
random ReLU features shows it exactly, small trained networks show it roughly. Toy models of superposition
(arXiv:2209.10652) are about the other limit: few dimensions for many features.

The sceptic asks: is the peak where theory puts it? At as many features as rows, or the claim fails. Is it the noise?
The same inputs with clean targets are the first control. Is it the fit? Ridge, chosen on validation rows, is the second
(arXiv:1903.08560, 2003.01897); in the null world it is on everywhere, and networks stop early. Were small networks
trained too little? Their training error stands beside the test error, and the peak must stand where it reaches zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Measures, MissingMeasure, Reported
from core.events import Event, Figure, Point, Progress, Table
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import param

if TYPE_CHECKING:
    from core.training.side_by_side import Look

RATIOS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 2.0, 3.0, 10.0, 30.0)  # features to rows
DRAWS = 8  # in a replicate: at the threshold one draw hangs on one singular value, whose luck has heavy tails
AWAY = 0.3  # of the threshold: what is farther off is not the peak's place
RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
WIDTHS = (1, 2, 3, 4, 6, 8, 10, 12, 16, 24, 48, 96)
RATE = 0.02
NULL_STEPS = 10  # after which every network stops in the null world: none has fitted its noise by then
ACTIVE = (1.0, 0.3, 0.1, 0.03, 0.01)  # chance that a feature is there
FEATURES, DIMENSIONS = 20, 5
FITTED = Text(
    "eight other draws of inputs, teacher, noise and features", "입력, 교사, 잡음, 특징을 여덟 번 새로 뽑는다."
)
TRAINED = Text("another draw of inputs, teacher, noise and first weights", "입력, 교사, 잡음, 첫 가중치를 새로 뽑는다.")
STOPPED = Text(
    "Every network stops after ten steps, before it has fitted any noise.",
    "모든 신경망이 잡음을 외우기 전인 열 스텝에서 멈춘다.",
)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    rows: int = param(
        100, low=20, high=1000,
        label=Text("Training rows", "학습 예제 수"),
        help=Text("The peak should stand at as many random features.", "봉우리는 임의 특징이 이 개수일 때 서야 한다."),
    )  # fmt: skip
    noise: float = param(
        0.5, low=0.0, high=5.0,
        label=Text("Noise of the numbers", "수치 잡음"),
        help=Text("Standard deviation of the noise on the targets of random features; the signal has 1.",
                  "임의 특징 실험에서 목표값에 더하는 잡음의 표준편차. 신호는 1이다."),
    )  # fmt: skip
    label_noise: float = param(
        0.2, low=0.0, high=0.5,
        label=Text("Label noise", "레이블 잡음"),
        help=Text("Fraction of labels turned round for the networks.", "신경망 실험에서 뒤집는 레이블의 비율."),
    )  # fmt: skip
    steps: int = param(
        6000, low=10, high=100000,
        label=Text("Steps of the networks", "신경망 학습 스텝"),
        help=Text("Full-batch steps; enough of them for the wider networks to fit every label.",
                  "전체 배치 스텝 수. 넓은 신경망이 모든 레이블을 맞출 만큼 길어야 한다."),
    )  # fmt: skip
    packing_steps: int = param(
        1500, low=10, high=100000,
        label=Text("Steps of the toy models", "중첩 모델 학습 스텝"),
        help=Text("Steps of the autoencoders of the superposition part.", "중첩 실험의 오토인코더를 학습하는 스텝 수."),
    )  # fmt: skip


def curve(measures: Measures, name: str, arm: str) -> dict[float, float]:
    """The values of `name:x` of an arm, by x.

    :raises MissingMeasure: there is none, which is not the same as a curve without a peak.
    """
    prefix = f"{name}:"
    found = {float(key.removeprefix(prefix)): measures[key, of] for key, of in measures
             if of == arm and key.startswith(prefix)}  # fmt: skip
    if not found:
        raise MissingMeasure(name, arm)
    return found


def peak_at_threshold(measures: Measures) -> float:
    """log10 of the test error at as many features as rows over the largest that is away from there."""
    errors = curve(measures, "test_error", "noisy")
    return math.log10(errors[1.0] / max(error for ratio, error in errors.items() if abs(ratio - 1) >= AWAY))


def noise_and_ridge(measures: Measures) -> float:
    """log10 of the error at the threshold over the larger of the two controls' there."""
    noisy, clean, ridge = (curve(measures, "test_error", arm)[1.0] for arm in ("noisy", "clean", "ridge"))
    return math.log10(noisy / max(clean, ridge))


def threshold(measures: Measures) -> float | None:
    """The narrowest network that gets every training label right; None where none does."""
    fitted = [width for width, error in curve(measures, "train_label_error", "network").items() if error == 0]
    return min(fitted, default=None)


def _near(measures: Measures, arm: str) -> tuple[float, float] | None:
    """The largest test loss within a factor of two of the threshold, and the largest elsewhere."""
    centre = threshold(measures)
    losses = curve(measures, "test_loss", arm)
    near = [loss for width, loss in losses.items() if centre and centre / 2 <= width <= centre * 2]
    away = [loss for width, loss in losses.items() if centre and not centre / 2 <= width <= centre * 2]
    return (max(near), max(away)) if near and away else None


def width_peak(measures: Measures) -> float:
    """log10 of the largest test loss near the interpolation threshold over the largest elsewhere; 0 without one."""
    found = _near(measures, "network")
    return math.log10(found[0] / found[1]) if found else 0.0


def width_noise(measures: Measures) -> float:
    """log10 of the peak over that of the same networks on clean labels."""
    noisy, clean = _near(measures, "network"), _near(measures, "clean-network")
    return math.log10(noisy[0] / clean[0]) if noisy and clean else 0.0


def second_fall(measures: Measures) -> float:
    """The bump of the widest network's test error over training: above what came before, and above the end."""
    errors = [error for _step, error in sorted(curve(measures, "error_at_step", "network").items())]
    bumps = [min(error - min(errors[:place]), error - errors[-1]) for place, error in enumerate(errors) if place]
    return max(bumps, default=0.0)


class DoubleDescent:
    """See the module's docstring."""

    id = "double-descent"
    stage = "build"
    topics = ("scaling", "interpretability")
    techniques = ("double-descent", "superposition")
    title = Text("Double descent and superposition", "이중 하강과 중첩")
    question = Text(
        "Does test error peak where a model can just fit its training data, and fall again in larger models?",
        "시험 오차는 모델이 학습 데이터를 겨우 다 맞출 수 있는 지점에서 치솟고, 더 큰 모델에서 다시 떨어지는가?",
    )
    how = Text(
        "First, least squares on random ReLU features of noisy numbers, eight draws a replicate (at P = n the error "
        "hangs on one singular value, and with a single draw the control was lost in noise), solved by the SVD "
        "(singular values under 1e-10 of the largest count as zero): no training, so nothing can be undertrained. "
        "Second, two-layer networks of many widths on labels of which some are wrong, trained side by side by "
        "full-batch Adam. Third, the widest of them over its training time. Last, autoencoders that send 20 features "
        "through 5 dimensions. The third may well fail here: the rise of the test error while noise is learned is "
        "there, but the fall after it was seen in deep networks trained for thousands of epochs on images, and a "
        "two-layer network stops changing once its labels fit. The second depends on the optimizer: narrow networks "
        "that get stuck short of fitting move the threshold.",
        "먼저 잡음 섞인 수치를 임의 ReLU 특징으로(반복마다 여덟 번 뽑아. P = n에서는 특잇값 하나에 오차가 좌우되어 한 "
        "번만 뽑으면 대조가 잡음에 묻혔다) 최소제곱하되 SVD로 정확히 푼다(최대 특잇값의 1e-10 미만은 0으로 본다). 학습 "
        "과정이 없으니 덜 학습될 일도 없다. 둘째, 일부가 틀린 레이블을 여러 폭의 2층 신경망이 전체 배치 Adam으로 "
        "나란히 배운다. 셋째, 그 가운데 가장 넓은 것을 학습 시간에 따라 본다. 끝으로 특징 20개를 5차원으로 통과시키는 "
        "오토인코더를 본다. 셋째는 여기서 성립하지 않을 수 있다. 잡음을 외우는 동안 시험 오차가 오르는 것은 보이지만, "
        "그 뒤의 하강은 이미지로 수천 에폭을 학습한 깊은 신경망에서 관찰되었고, 2층 신경망은 레이블을 다 맞추고 나면 "
        "거의 변하지 않는다. 둘째는 최적화에 달려 있다. 좁은 신경망이 다 맞추지 못한 채 멈추면 임곗값의 위치가 옮겨 "
        "간다.",
    )
    matched = Text(
        "Random features: the same rows in all arms, and every width takes the first features of one list. Networks: "
        "the same inputs, steps and learning rate for every width. Toy models: the same steps and examples a step.",
        "임의 특징: 모든 조건이 같은 예제를 쓰고, 폭마다 한 목록의 앞쪽 특징을 쓴다. 신경망: 폭이 달라도 입력, 스텝, "
        "학습률이 같다. 중첩 모델: 스텝과 스텝당 예제 수가 같다.",
    )
    claims = (
        Claim(
            id="peak",
            sentence=Text(
                "On noisy data the test error of least squares peaks at as many random features as training rows.",
                "잡음 섞인 데이터에서 최소제곱의 시험 오차는 임의 특징의 수가 학습 예제의 수와 같을 때 치솟는다.",
            ),
            paper="1812.11118",
            reported=Reported(
                number=Text("the test risk of random Fourier features peaks at N = n = 10,000",
                            "임의 푸리에 특징의 시험 위험은 N = n = 10,000에서 치솟는다"),
                model="random Fourier features, least norm",
                data="a subset of MNIST",
                checked=False,
            ),
            contrast=peak_at_threshold,
            contrast_text=Text("log10 of the test error at P = n over the largest where P is at least 30 % away from n",
                               "P = n의 시험 오차를 P가 n에서 30 % 이상 떨어진 곳의 최대 오차로 나눈 값의 log10"),
            margin=0.3,
            unit=Text("log10", "(log10)"),
            replicate=FITTED,
            control=Control(
                sentence=Text("Clean targets and a tuned ridge each lower the error at P = n to less than half.",
                              "잡음 없는 목표값과 알맞게 고른 릿지는 각각 P = n의 오차를 절반 밑으로 낮춘다."),
                contrast=noise_and_ridge,
                margin=0.3,
            ),
            null_world=Text("A ridge, chosen on validation rows, is on in every arm.",
                            "모든 조건에 검증 예제로 고른 릿지를 건다."),
        ),
        Claim(
            id="width",
            sentence=Text(
                "With label noise the test loss of trained networks peaks at the width where they first fit every "
                "training label.",
                "레이블에 잡음이 있으면 신경망의 시험 손실은 학습 레이블을 처음으로 모두 맞추는 폭에서 치솟는다.",
            ),
            paper="1912.02292",
            reported=Reported(
                number=Text("a peak at the interpolation threshold with 15 % label noise",
                            "레이블 잡음 15 %에서 보간 임곗값에 봉우리"),
                model="ResNet18 of width 1 to 64",
                data="CIFAR-10",
                checked=False,
            ),
            contrast=width_peak,
            contrast_text=Text("log10 of the largest test loss within a factor of two of that width over the largest "
                               "elsewhere; 0 where no width fits",
                               "그 폭의 절반에서 두 배 사이의 최대 시험 손실을 다른 곳의 최대로 나눈 값의 log10. 다 "
                               "맞춘 폭이 없으면 0"),
            margin=0.1,
            unit=Text("log10", "(log10)"),
            replicate=TRAINED,
            control=Control(
                sentence=Text("On clean labels the same networks peak lower.", "깨끗한 레이블에서는 같은 신경망의 "
                                                                               "봉우리가 낮다."),
                contrast=width_noise,
                margin=0.0,
            ),
            null_world=STOPPED,
        ),
        Claim(
            id="epochs",
            sentence=Text(
                "With label noise the test error of a wide network falls, rises and falls again during training.",
                "레이블에 잡음이 있으면 넓은 신경망의 시험 오차는 학습 중에 떨어졌다가 오르고 다시 떨어진다.",
            ),
            paper="1912.02292",
            reported=Reported(
                number=Text("epoch-wise double descent in large models, over up to 4,000 epochs",
                            "큰 모델에서 최대 4,000 에폭에 걸친 에폭별 이중 하강"),
                model="ResNet18",
                data="CIFAR-10 with label noise",
                checked=False,
            ),
            contrast=second_fall,
            contrast_text=Text("the highest bump of the test error over training: above the lowest before it and above "
                               "the end, whichever is less",
                               "학습 중 시험 오차의 가장 높은 혹: 그 전의 최저와 마지막 값 위로 솟은 높이 가운데 작은 "
                               "쪽"),
            margin=0.02,
            unit=Text("of the test labels", "(시험 레이블 비율)"),
            replicate=TRAINED,
            control=Control(
                sentence=Text("The network fits every label, the wrong ones too.", "신경망은 틀린 것까지 모든 "
                                                                                   "레이블을 맞춘다."),
                contrast=lambda m: 0.005 - m[f"train_label_error:{WIDTHS[-1]}", "network"],
                margin=0.0,
            ),
            null_world=STOPPED,
        ),
        Claim(
            id="superposition",
            sentence=Text(
                "Where features are sparse an autoencoder represents more of them than it has dimensions.",
                "특징이 드물게 나타나면 오토인코더는 차원 수보다 많은 특징을 표현한다.",
            ),
            paper="2209.10652",
            reported=Reported(
                number=Text("five features in two dimensions: dense, two are represented; sparse, more",
                            "2차원에 특징 다섯 개: 조밀하면 둘만 표현되고 드물면 더 많이 표현된다"),
                model="ReLU output autoencoder",
                data="synthetic features",
                checked=True,
            ),
            contrast=lambda m: m["features_a_dimension", f"active-{ACTIVE[2]:g}"] - 1,
            contrast_text=Text("|W|² a dimension, less one, where a tenth of the features is there",
                               "특징의 10분의 1만 나타날 때 차원당 |W|²에서 1을 뺀 값"),
            margin=0.5,
            unit=Text("features a dimension", "(차원당 특징 수)"),
            replicate=Text("other examples and first weights", "예제와 첫 가중치를 새로 뽑는다."),
            control=Control(
                sentence=Text("Dense features are not packed: at most 1.2 a dimension.",
                              "조밀한 특징은 겹쳐 담기지 않는다. 차원당 1.2개 이하다."),
                contrast=lambda m: 1.2 - m["features_a_dimension", f"active-{ACTIVE[0]:g}"],
                margin=0.0,
            ),
            null_world=Text("The ReLU is taken away: the model is linear.", "ReLU를 없애 선형 모델로 만든다."),
        ),
    )  # fmt: skip
    params = Params
    presets = {
        "quick": {"steps": 1500, "packing_steps": 400},
        "standard": {},
        "full": {"steps": 20000, "packing_steps": 10000},
    }
    tiny = {"rows": 20, "steps": 20, "packing_steps": 20}
    papers = PaperQuery(topics=("scaling",))
    libraries = ("numpy", "torch")
    replicates = REPLICATES
    side_by_side = True
    labels = {
        "noisy": Text("random features, noisy", "임의 특징, 잡음 있음"),
        "clean": Text("no noise", "잡음 없음"),
        "ridge": Text("noisy, with tuned ridge", "잡음 있음, 릿지 조절"),
        "network": Text("networks, noisy labels", "신경망, 잡음 레이블"),
        "clean-network": Text("networks, clean labels", "신경망, 깨끗한 레이블"),
        "packing": Text("autoencoders", "오토인코더"),
        "all": Text("all parts", "모든 부분"),
    } | {
        f"active-{chance:g}": Text(f"features there {chance:.0%} of the time", f"특징이 나타날 확률 {chance:.0%}")
        for chance in ACTIVE
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: its arms share inputs and noise."""
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Random features first, because they are there at once; then networks; then superposition."""
        yield from _random_features(unit, null=context.null)
        yield Progress(done=0.1, note=Text("training networks", "신경망 학습 중").as_dict())
        yield from _networks(unit, context)
        yield Progress(done=0.8, note=Text("training autoencoders", "오토인코더 학습 중").as_dict())
        yield from _packing(unit, context)
        yield Progress(done=1.0)


def _random_features(unit: Unit, *, null: bool) -> Iterator[Event]:
    """Every arm at every number of features, as the geometric mean over several draws of everything."""
    from core import descent_figures
    from core.training import noisy_teacher, random_features

    rows = unit.params.rows
    most = round(RATIOS[-1] * rows)
    lessons, directions = [], []
    for draw in range(DRAWS):
        seed = unit.seed + 1000 * draw
        lessons.append(noisy_teacher.numbers(rows=rows, test_rows=400, inputs=20, noise=unit.params.noise, seed=seed))
        directions.append(random_features.random_directions(features=most, inputs=20, seed=seed + 1))
    found: dict[str, list[float]] = {"noisy": [], "clean": [], "ridge": []}
    for ratio in RATIOS:
        width = max(1, round(ratio * rows))
        logs: dict[str, list[float]] = {arm: [] for arm in found}
        for lesson, drawn in zip(lessons, directions, strict=True):
            seen = random_features.relu_features(lesson.inputs, drawn[:width])
            tested = random_features.relu_features(lesson.test_inputs, drawn[:width])
            for arm, several in logs.items():
                ridges = RIDGES if null or arm == "ridge" else (0.0,)
                weights = random_features.fit(seen, lesson.clean if arm == "clean" else lesson.noisy, ridges=ridges)
                # The ridge is chosen on one half of the test rows and measured on the other.
                by = random_features.mean_square(tested[:200], weights, lesson.truth[:200]).argmin()
                several.append(math.log10(random_features.mean_square(tested[200:], weights, lesson.truth[200:])[by]))
        for arm, several in logs.items():
            height = sum(several) / DRAWS
            found[arm].append(10**height)
            yield unit.measure(f"test_error:{ratio:g}", 10**height, "1", arm=arm)
            yield _point(unit, "main", arm, math.log10(ratio), height,
                         Text("log10 of features over rows", "특징 수 / 예제 수의 log10"),
                         Text("log10 of the test error", "시험 오차의 log10"))  # fmt: skip
    if unit.replicate == 0:
        title = Text("Test error by random features, replicate 1", "임의 특징 수별 시험 오차, 반복 1")
        figure = descent_figures.descent(
            [ratio * rows for ratio in RATIOS],
            {DoubleDescent.labels[arm]: errors for arm, errors in found.items()},
            rows=rows,
            across=Text("random features P (dotted: P = n)", "랜덤 특징 수 P (점선: P = n)"),
            up=Text("test mean squared error", "시험 평균제곱오차"),
        )
        yield Figure(name="features", title=title.as_dict(), plotly=figure)


def _networks(unit: Unit, context: Context) -> Iterator[Event]:
    import torch

    from core.training import noisy_teacher
    from core.training.side_by_side import SideBySide, learn

    params, count = unit.params, len(WIDTHS)
    lesson = noisy_teacher.labels(
        rows=params.rows, test_rows=1000, inputs=10, noise=params.label_noise, seed=unit.seed + 2
    )

    def tensor(array: object) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float32, device=context.device)

    noisy, clean = (tensor(targets)[:, None].expand(-1, count) for targets in (lesson.noisy, lesson.clean))
    networks = SideBySide(widths=WIDTHS * 2, inputs=10, seed=unit.seed + 3).to(context.device)
    steps = min(params.steps, NULL_STEPS) if context.null else params.steps
    looks = sorted({round(2 * 1.6**power) for power in range(25) if 2 * 1.6**power < steps} | {steps})
    for look in learn(
        networks,
        tensor(lesson.inputs),
        torch.cat([noisy, clean], dim=1),
        test_inputs=tensor(lesson.test_inputs),
        truth=tensor(lesson.truth),
        steps=steps,
        learning_rate=RATE,
        looks=looks,
    ):
        error = look.test_error[count - 1]
        yield unit.measure(f"error_at_step:{look.step}", error, "1", arm="network")
        for arm, place in (("network", count - 1), ("clean-network", 2 * count - 1)):
            yield _point(unit, "epochs", arm, math.log10(look.step), look.test_error[place],
                         Text("log10 of steps", "스텝의 log10"),
                         Text("test error of the widest network", "가장 넓은 신경망의 시험 오차"))  # fmt: skip
        yield Progress(done=0.1 + 0.7 * look.step / steps)
    yield from _by_width(unit, look)


def _by_width(unit: Unit, look: Look) -> Iterator[Event]:
    """What the networks came to, by width."""
    count = len(WIDTHS)
    for place, width in enumerate(WIDTHS * 2):
        arm = "network" if place < count else "clean-network"
        yield unit.measure(f"test_loss:{width}", look.test_loss[place], "1", arm=arm)
        yield unit.measure(f"train_label_error:{width}", look.train_error[place], "1", arm=arm)
        yield unit.measure(f"test_label_error:{width}", look.test_error[place], "1", arm=arm)
        yield _point(unit, "width", arm, math.log2(width), look.test_loss[place],
                     Text("log2 of hidden units", "은닉 유닛 수의 log2"),
                     Text("test loss (squared)", "시험 손실 (제곱 오차)"))  # fmt: skip
    if unit.replicate == 0:
        heads = (Text("hidden units", "은닉 유닛"), Text("parameters", "파라미터"), Text("training error", "학습 오차"),
                 Text("test error", "시험 오차"), Text("test loss", "시험 손실"))  # fmt: skip
        rows = [
            [width, 12 * width + 1, *(round(values[place], 4) for values in
                                      (look.train_error, look.test_error, look.test_loss))]
            for place, width in enumerate(WIDTHS)
        ]  # fmt: skip
        title = Text("Networks with label noise, replicate 1", "레이블 잡음이 있는 신경망, 반복 1")
        yield Table(title=title.as_dict(), columns=[head.as_dict() for head in heads], rows=rows)


def _packing(unit: Unit, context: Context) -> Iterator[Event]:
    from core import descent_figures
    from core.training import superposition

    models = superposition.ToyModels(
        models=len(ACTIVE), features=FEATURES, dimensions=DIMENSIONS, relu=not context.null, seed=unit.seed + 4
    )
    steps = unit.params.packing_steps
    for packing in superposition.learn(
        models, ACTIVE, steps=steps, rows=256, learning_rate=0.02, seed=unit.seed + 5, looks=8
    ):
        for chance, packed in zip(ACTIVE, packing.per_dimension, strict=True):
            yield _point(unit, "superposition", f"active-{chance:g}", packing.step, packed,
                         Text("step", "스텝"), Text("features a dimension, |W|² / m", "차원당 특징 수, |W|² / "
                                                                                    "m"))  # fmt: skip
        yield Progress(done=0.8 + 0.2 * packing.step / steps)
    for chance, packed, lost in zip(ACTIVE, packing.per_dimension, packing.unexplained, strict=True):
        yield unit.measure("features_a_dimension", packed, "1", arm=f"active-{chance:g}")
        yield unit.measure("unexplained", lost, "1", arm=f"active-{chance:g}")
    if unit.replicate == 0:
        figure = descent_figures.overlaps(superposition.overlaps(models)[2].tolist())
        title = Text("How features share 5 dimensions (W · Wᵀ), a tenth of them there, replicate 1",
                     "특징들이 5차원을 나누어 쓰는 모습(W · Wᵀ), 10분의 1이 나타날 때, 반복 1")  # fmt: skip
        yield Figure(name="overlaps", title=title.as_dict(), plotly=figure)


def _point(unit: Unit, chart: str, arm: str, x: float, y: float, across: Text, up: Text) -> Point:
    return Point(
        arm=arm, x=x, y=y, replicate=unit.replicate, chart=chart, x_label=across.as_dict(), y_label=up.as_dict()
    )


EXPERIMENT = DoubleDescent()
