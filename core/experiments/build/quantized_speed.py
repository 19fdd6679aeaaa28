"""What do fewer bits a weight cost in quality, and do they make a model write faster?

One model in fp32, bf16, int8, int4 and nf4. LLM.int8 (arXiv:2208.07339) says that eight bits keep the quality; AWQ
(arXiv:2306.00978) says that four bits decode faster.

The sceptic asks: would this test notice a loss at all? A control rounds the weights to three values. Is the baseline
slow on purpose? int4 is held against the faster of fp32 and bf16. Is the difference noise? fp32 is timed twice, as two
arms that take turns with all others. Is it the bits, or the kernel? The table has the backend, the bytes that a token
reads, and the speed that memory alone would allow.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Measure, Point, Progress, Skip
from core.experiment import LIBRARIES, REPLICATES, Context, PaperQuery, Unit
from core.gpt import formats
from core.gpt.formats import CRUDE, SHAPES
from core.language import Text
from core.params import BadParam, model_param, param
from core.speed_report import speed_table

AGAIN = "fp32-again"
PLANTED, ABSMAX, APART = "outliers", "outliers-absmax", "outliers-apart"
CHANNELS = 4  # of each norm that become outliers: LLM.int8 found at most seven in a model of 13B parameters
KEPT = 0.01  # the relative rise of perplexity that still counts as none
UNQUANTIZED = Text("The quantized arms keep their fp32 weights.", "양자화할 조건들이 fp32 가중치를 그대로 쓴다.")
BATCH = Text("sequences side by side", "한꺼번에 쓰는 시퀀스 수").as_dict()
SIZE = Text("parameters (millions)", "파라미터 수 (백만)").as_dict()
SPEED = Text("tokens a second", "초당 토큰 수").as_dict()


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    model: str = model_param()
    sizes: tuple[int, ...] = param(
        (8, 30, 60, 125),
        choices=tuple(SHAPES),
        label=Text("Sizes for speed", "속도를 잴 크기"),
        help=Text(
            "Millions of parameters. Their weights are random: speed does not depend on the values.",
            "백만 단위 파라미터 수. 가중치는 무작위다. 속도는 값과 상관없다.",
        ),
    )
    tokens: int = param(
        64,
        low=8,
        high=4096,
        label=Text("Tokens timed", "시간을 잴 토큰 수"),
        help=Text(
            "At most, for each arm and size in a replicate.", "반복 한 번에서 조건과 크기마다 쓰는 토큰 수의 상한."
        ),
    )
    seconds: float = param(
        8.0,
        low=0.1,
        high=3600,
        label=Text("Time limit", "시간 제한"),
        help=Text(
            "Seconds of timing for each size in a replicate: a busy machine times fewer tokens.",
            "반복 한 번에서 크기마다 시간을 재는 데 쓰는 초. 바쁜 기계에서는 더 적은 토큰을 잰다.",
        ),
    )
    batches: tuple[int, ...] = param(
        (1, 4, 16),
        low=1,
        high=256,
        label=Text("Batches", "배치"),
        help=Text(
            "Sequences written side by side, at the largest size; the claim about speed is of one alone.",
            "가장 큰 크기에서 한꺼번에 쓰는 시퀀스 수. 속도에 관한 주장은 하나만 쓸 때의 것이다.",
        ),
    )
    outlier: float = param(
        100.0,
        low=1.0,
        high=1e4,
        label=Text("Planted outliers", "심어 넣는 이상치"),
        help=Text(
            "How many times larger a few channels of activations are made, without a change of what is computed.",
            "계산 결과를 바꾸지 않으면서 활성값의 몇몇 채널을 몇 배로 키울지.",
        ),
    )
    texts: int = param(
        64,
        low=1,
        high=4096,
        label=Text("Texts", "글의 수"),
        help=Text("Windows of 128 tokens for the perplexity.", "퍼플렉시티를 재는 128토큰짜리 글의 수."),
    )


def saved_without_loss(measures: Measures) -> float:
    """The share of fp32's bytes that int8 saves in the blocks; 0 where the perplexity rises by more than `KEPT`."""
    rise = measures["perplexity", "int8"] / measures["perplexity", "fp32"] - 1
    saved = 1 - measures["weight_bytes", "int8"] / measures["weight_bytes", "fp32"]
    return saved if rise <= KEPT else 0.0


def speed_up(measures: Measures) -> float:
    """int4 against the faster of the two formats that are not quantized, at the largest size."""
    speed = "tokens_per_second"
    return measures[speed, "int4"] / max(measures[speed, "fp32"], measures[speed, "bf16"])


def kept_apart(measures: Measures) -> float:
    """How much more perplexity absmax int8 costs than int8 with the outliers left in floats, as shares of fp32's."""
    perplexity = "perplexity"
    return (measures[perplexity, ABSMAX] - measures[perplexity, APART]) / measures[perplexity, "fp32"]


def unchanged(measures: Measures) -> float:
    """How much less than a thousandth the planted outliers change the model's own perplexity."""
    return 0.001 - abs(measures["perplexity", PLANTED] / measures["perplexity", "fp32"] - 1)


def repeatability(measures: Measures) -> float:
    """1 less the relative difference of two arms that are the same."""
    return 1 - abs(measures["tokens_per_second", AGAIN] / measures["tokens_per_second", "fp32"] - 1)


class QuantizedSpeed:
    """See the module's docstring."""

    id = "quantized-speed"
    stage = "build"
    topics = ("quantization",)
    techniques = ("int8-int4",)
    title = Text("Fewer bits: quality and speed", "더 적은 비트: 품질과 속도")
    question = Text(
        "Do eight bits a weight keep the quality, and do four bits make a model write faster on this machine?",
        "가중치당 8비트면 품질이 그대로인가? 4비트면 이 기계에서 모델이 더 빨리 쓰는가?",
    )
    how = Text(
        "Quality is the perplexity of a house model on prose that it has not seen. Speed is measured at batch 1 on "
        "models of several sizes with random weights, all formats taking turns. Writing a token reads every weight "
        "once, so fewer bytes can be faster, but only where a kernel unpacks them cheaply; small models are bound by "
        "overhead instead. Where several sequences are written side by side they share one reading of the weights, and "
        "the gain shrinks: the table by batch shows it. LLM.int8 quantizes activations too and keeps outliers apart, "
        "which appear in models from billions of parameters on; a small model has none, so they are planted (a norm's "
        "gain times a factor, the weights behind it divided by it), and int8 arithmetic is played out. That shows what "
        "outliers do, not that models grow them. On a GPU int4 needs compute capability 8.0 or later and is skipped "
        "before it.",
        "품질은 기본 모델이 본 적 없는 산문에서 잰 퍼플렉시티다. 속도는 가중치가 무작위인 여러 크기의 모델로, 배치 "
        "1에서 모든 형식을 번갈아 가며 잰다. 토큰 하나를 쓸 때 모든 가중치를 한 번씩 읽으므로 바이트가 적으면 빨라질 "
        "수 있지만, 커널이 값싸게 풀어낼 때만 그렇고, 작은 모델은 오버헤드에 묶인다. 여러 시퀀스를 한꺼번에 쓰면 "
        "가중치를 한 번만 읽어 나누어 쓰므로 이득이 줄어든다. 배치별 표가 이를 보여 준다. LLM.int8은 활성값도 "
        "양자화하고 수십억 파라미터부터 나타나는 이상치를 따로 다룬다. 작은 모델에는 이상치가 없으므로 심어 "
        "넣고(정규화 이득에 배수를 곱하고 뒤따르는 가중치를 그만큼 나눈다) int8 연산을 흉내 낸다. 이상치가 무엇을 "
        "망가뜨리는지를 보일 뿐 모델에 이상치가 생긴다는 뜻은 아니다. GPU에서 int4는 연산 능력 8.0 이상이 필요하며, "
        "그보다 낮으면 건너뛴다.",
    )
    matched = Text(
        "The same weights, the same text and the same decoding loop; only the format of the blocks' weights differs.",
        "가중치도 글도 디코딩 방식도 같다. 블록 가중치의 형식만 다르다.",
    )
    claims = (
        Claim(
            id="int8-keeps-quality",
            sentence=Text(
                "Eight bits a weight save more than half of the blocks' bytes and raise the perplexity by at most 1 %.",
                "가중치당 8비트로 블록 가중치의 바이트를 절반 넘게 아끼면서 퍼플렉시티는 1 % 넘게 오르지 않는다.",
            ),
            paper="2208.07339",
            reported=Reported(
                number=Text(
                    "C4 perplexity: 12.45 in 32-bit floats, 12.45 with LLM.int8, 19.08 with absmax int8 (Table 1)",
                    "C4 퍼플렉시티: 32비트 12.45, LLM.int8 12.45, 단순 absmax int8 19.08 (표 1)",
                ),
                model="13B parameters",
                data="C4",
                checked=True,
            ),
            contrast=saved_without_loss,
            contrast_text=Text(
                "share of the fp32 bytes saved in the blocks, or 0 where the perplexity rises by more than 1 %",
                "블록에서 아낀 fp32 바이트의 비율. 퍼플렉시티가 1 % 넘게 오르면 0",
            ),
            margin=0.5,
            unit=Text("of the bytes", "(바이트 대비 비율)"),
            replicate=Text(
                "another sample of held-out prose; the model is the same",
                "학습에 쓰지 않은 산문을 새로 뽑는다. 모델은 같다.",
            ),
            control=Control(
                sentence=Text(
                    "The measure notices damage: weights of only three values raise the perplexity by more than 5 %.",
                    "이 측정은 손상을 알아챈다. 가중치를 세 값으로 반올림하면 퍼플렉시티가 5 % 넘게 오른다.",
                ),
                contrast=lambda m: m["perplexity", CRUDE] / m["perplexity", "fp32"] - 1,
                margin=0.05,
            ),
            null_world=UNQUANTIZED,
        ),
        Claim(
            id="int4-decodes-faster",
            sentence=Text(
                "At the largest size of the run, four bits a weight decode more than 1.1 times as fast as the faster "
                "of fp32 and bf16.",
                "실행한 가장 큰 크기에서, 가중치당 4비트는 fp32와 bf16 중 빠른 쪽보다 1.1배 넘게 빨리 디코딩한다.",
            ),
            paper="2306.00978",
            reported=Reported(
                number=Text(
                    "more than 3 times as fast as Hugging Face in FP16",
                    "Hugging Face의 FP16 구현보다 3배 넘게 빠르다",
                ),
                model="several LLMs, with TinyChat's kernels",
                data="desktop and mobile GPUs",
                checked=True,
            ),
            contrast=speed_up,
            contrast_text=Text(
                "tokens a second of int4 / of the faster of fp32 and bf16",
                "int4의 초당 토큰 수 / fp32와 bf16 중 빠른 쪽의 초당 토큰 수",
            ),
            margin=1.1,
            unit=Text("times", "배"),
            replicate=Text("another timing of the same models", "같은 모델의 시간을 다시 잰다."),
            control=Control(
                sentence=Text(
                    "fp32 timed twice differs from itself by less than 15 %.",
                    "두 번 잰 fp32의 속도 차이는 15 %를 넘지 않는다.",
                ),
                contrast=repeatability,
                margin=0.85,
            ),
            null_world=UNQUANTIZED,
        ),
        Claim(
            id="outliers-must-be-kept-apart",
            sentence=Text(
                "Where a few channels of activations are outliers, int8 arithmetic costs more than a tenth of the "
                "perplexity, unless these channels stay in floats.",
                "활성값의 몇몇 채널이 이상치이면 int8 연산은 퍼플렉시티를 10분의 1 넘게 나쁘게 한다. 그 채널만 "
                "부동소수점으로 남기면 그렇지 않다.",
            ),
            paper="2208.07339",
            reported=Reported(
                number=Text(
                    "C4 perplexity at 13B: 19.08 with absmax int8, 12.45 with the outliers kept apart, as in 32-bit "
                    "floats (Table 1)",
                    "13B 모델의 C4 퍼플렉시티: 단순 absmax int8 19.08, 이상치를 따로 두면 32비트와 같은 12.45 (표 1)",
                ),
                model="13B parameters",
                data="C4",
                checked=True,
            ),
            contrast=kept_apart,
            contrast_text=Text(
                "perplexity of absmax int8 less that with outliers kept apart, over that of fp32",
                "(absmax int8의 퍼플렉시티 − 이상치를 따로 둔 것의 퍼플렉시티) / fp32의 퍼플렉시티",
            ),
            margin=0.1,
            unit=Text("of the perplexity", "(퍼플렉시티 대비 비율)"),
            replicate=Text(
                "other channels and another sample of held-out prose; the model is the same",
                "이상치 채널과 학습에 쓰지 않은 산문을 새로 뽑는다. 모델은 같다.",
            ),
            control=Control(
                sentence=Text(
                    "The planted outliers change nothing by themselves: in fp32 the perplexity moves by under 0.1 %.",
                    "심은 이상치만으로는 아무것도 바뀌지 않는다. fp32의 퍼플렉시티는 0.1 % 넘게 움직이지 않는다.",
                ),
                contrast=unchanged,
                margin=0.0,
            ),
            null_world=Text("No outliers are planted.", "이상치를 심지 않는다."),
        ),
    )
    params = Params
    presets = {
        "quick": {"sizes": (1, 8, 30), "tokens": 32, "seconds": 1.5, "texts": 16, "batches": (1,)},
        "standard": {},
        "full": {"tokens": 256, "texts": 256, "batches": (1, 4, 16, 64)},
    }
    tiny = {"sizes": (1,), "tokens": 8, "texts": 2, "batches": (1, 2)}
    papers = PaperQuery(topics=topics)
    libraries = (*LIBRARIES, "torchao", "bitsandbytes")
    replicates = REPLICATES
    side_by_side = False
    labels = {
        "fp32": Text("fp32", "fp32"),
        "bf16": Text("bf16", "bf16"),
        "int8": Text("int8 (torchao)", "int8 (torchao)"),
        "int4": Text("int4 (torchao)", "int4 (torchao)"),
        "nf4": Text("nf4 (bitsandbytes)", "nf4 (bitsandbytes)"),
        AGAIN: Text("fp32, timed again", "fp32, 다시 잰 것"),
        CRUDE: Text("three values (control)", "세 값으로 반올림 (대조)"),
        PLANTED: Text("fp32 with outliers", "이상치를 심은 fp32"),
        ABSMAX: Text("int8 arithmetic with outliers", "이상치를 심은 int8 연산"),
        APART: Text("the same, outliers kept in floats", "이상치만 부동소수점으로 남긴 int8 연산"),
        "all": Text("all arms", "모든 조건"),
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: its arms take turns on the same machine.

        :raises BadParam: there is no size, or nothing is written alone.
        """
        if not params.sizes:
            there = ", ".join(map(str, SHAPES))
            raise BadParam(
                f"sizes: there is none; choose from {there}", f"sizes: 비어 있습니다. 다음에서 고르세요: {there}"
            )
        if 1 not in params.batches:
            raise BadParam(
                "batches: 1 is missing, and the claim about speed is of a sequence alone; add it",
                "batches: 1이 없습니다. 속도에 관한 주장은 한 시퀀스에 대한 것이니 1을 넣으세요",
            )
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Speed first, because it needs no text; then quality; then both in a table."""
        by_batch = yield from self._speed(unit, context)
        yield Progress(done=0.8, note=Text("perplexity", "퍼플렉시티").as_dict())
        perplexities: dict[str, float] = {}
        for event in self._quality(unit, context):
            if event.name == "perplexity":
                perplexities[event.arm] = event.value
            yield event
        largest = max(unit.params.sizes)
        found, _missing = formats.random_model(largest, context.device, context.null)
        yield speed_table(largest, context.device, found, by_batch, perplexities)
        yield Progress(done=1.0)

    def _quality(self, unit: Unit, context: Context) -> Iterator[Measure]:
        from core.gpt import outliers
        from core.text.batches import random_batches
        from core.text.held_out import held_out_ids
        from core.training.evaluate import loss, perplexity

        ids = next(random_batches(held_out_ids(unit.params.model), batch=unit.params.texts, time=128, seed=unit.seed))
        house = formats.house_model(unit.params.model, context.device, context.null)
        for arm, count in house.block_bytes.items():
            yield unit.measure("weight_bytes", count, "B", arm=arm)
        factor = 1.0 if context.null else unit.params.outlier
        planted = outliers.plant(house.models["fp32"], channels=CHANNELS, factor=factor, seed=unit.seed)
        played = {
            PLANTED: planted,
            ABSMAX: outliers.with_int8(planted, keep_outliers=False),
            APART: outliers.with_int8(planted, keep_outliers=True),
        }
        for arm, model in (house.models | played).items():
            yield unit.measure("perplexity", perplexity(loss(model, ids.split(16))), "1", arm=arm)

    def _speed(self, unit: Unit, context: Context) -> Generator[Event, None, dict[int, dict[str, float]]]:
        """Times every size alone, and the largest in every batch; returns the speeds of the largest by batch."""
        sizes = sorted(set(unit.params.sizes))
        turns = [(size, 1) for size in sizes]
        turns += [(sizes[-1], batch) for batch in sorted(set(unit.params.batches) - {1})]
        by_batch: dict[int, dict[str, float]] = {}
        for place, (size, batch) in enumerate(turns):
            note = Text(f"{size}M, batch {batch}", f"{size}M, 배치 {batch}")
            yield Progress(done=0.8 * place / len(turns), note=note.as_dict())
            speeds = self._timed(unit, context, size=size, batch=batch)
            if size == sizes[-1]:
                by_batch[batch] = speeds
            for arm, speed in speeds.items():
                if batch == 1:
                    yield _point(unit, arm=arm, x=size, y=speed, chart="main", label=SIZE)
                if size == sizes[-1]:
                    yield _point(unit, arm=arm, x=batch, y=speed, chart="batch", label=BATCH)
                yield unit.measure(_speed_name(size, batch, sizes[-1]), speed, "tokens/s", arm=arm, exact=False)
        found_here, missing = formats.random_model(sizes[-1], context.device, context.null)
        for arm, reason in missing.items():
            yield Skip(arm=arm, reason=reason)
        for arm, found in found_here.items():
            yield unit.measure("bytes_per_token", found.bytes_per_token, "B", arm=arm)
        return by_batch

    def _timed(self, unit: Unit, context: Context, *, size: int, batch: int) -> dict[str, float]:
        """Tokens a second of every format, fp32 a second time too."""
        from core.gpt.decoding_speed import interleaved_speeds

        found_here, _missing = formats.random_model(size, context.device, context.null)
        models = {arm: found.model for arm, found in found_here.items()} | {AGAIN: found_here["fp32"].model}
        params = unit.params
        return interleaved_speeds(models, tokens=params.tokens, seed=unit.seed, seconds=params.seconds, batch=batch)


def _speed_name(size: int, batch: int, largest: int) -> str:
    """The name without size and batch is that of the largest size alone: that is what the claim is about."""
    at = "" if size == largest else f"_{size}M"
    return f"tokens_per_second{at}" + ("" if batch == 1 else f"_batch_{batch}")


def _point(unit: Unit, *, arm: str, x: int, y: float, chart: str, label: dict[str, str]) -> Point:
    return Point(arm=arm, x=x, y=y, replicate=unit.replicate, chart=chart, x_label=label, y_label=SPEED)


EXPERIMENT = QuantizedSpeed()
