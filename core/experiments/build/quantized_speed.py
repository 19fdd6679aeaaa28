"""What do fewer bits a weight cost in quality, and do they make a model write faster?

One model in fp32, bf16, int8, int4 and nf4. LLM.int8 (arXiv:2208.07339) says that eight bits keep the quality; AWQ
(arXiv:2306.00978) says that four bits decode faster.

The sceptic asks: would this test notice a loss at all? A control rounds the weights to three values. Is the baseline
slow on purpose? int4 is held against the faster of fp32 and bf16. Is the difference noise? fp32 is timed twice, as two
arms that take turns with all others. Is it the bits, or the kernel? The table has the backend, the bytes that a token
reads, and the speed that memory alone would allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Measure, Point, Progress, Skip, Table
from core.experiment import LIBRARIES, REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import BadParam, model_param, param

if TYPE_CHECKING:
    from core.gpt.model import GPT
    from core.gpt.quantize import Quantized

ARMS = ("fp32", "bf16", "int8", "int4", "nf4")
QUANTIZED = ("int8", "int4", "nf4")
AGAIN = "fp32-again"
CRUDE = "ternary"
KEPT = 0.01  # the relative rise of perplexity that still counts as none
SEEN = 12  # tokens in the cache of keys and values, on the average of a turn
# Millions of parameters to width, layers and heads, with a vocabulary of 2,048.
SHAPES = {1: (128, 4, 4), 8: (256, 10, 4), 30: (512, 9, 8), 60: (640, 12, 10), 125: (768, 17, 12)}
UNQUANTIZED = Text("The quantized arms keep their fp32 weights.", "양자화할 조건들이 fp32 가중치를 그대로 쓴다.")
COLUMNS = (
    Text("arm", "실험군"),
    Text("backend", "백엔드"),
    Text("MB stored", "저장 크기 (MB)"),
    Text("MB a token", "토큰당 읽는 크기 (MB)"),
    Text("tokens/s", "초당 토큰 수"),
    Text("tokens/s at the bandwidth", "대역폭 한계의 초당 토큰 수"),
    Text("perplexity", "퍼플렉서티"),
)
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
        15.0,
        low=0.1,
        high=3600,
        label=Text("Time limit", "시간 제한"),
        help=Text(
            "Seconds of timing for each size in a replicate: a busy machine times fewer tokens.",
            "반복 한 번에서 크기마다 시간을 재는 데 쓰는 초. 바쁜 기계에서는 더 적은 토큰을 잰다.",
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


def repeatability(measures: Measures) -> float:
    """1 less the relative difference of two arms that are the same."""
    return 1 - abs(measures["tokens_per_second", AGAIN] / measures["tokens_per_second", "fp32"] - 1)


class QuantizedSpeed:
    """See the module's docstring."""

    id = "quantized-speed"
    stage = "build"
    topics = ("quantization",)
    title = Text("Fewer bits: quality and speed", "더 적은 비트: 품질과 속도")
    question = Text(
        "Do eight bits a weight keep the quality, and do four bits make a model write faster on this machine?",
        "가중치당 8비트면 품질이 그대로인가? 4비트면 이 기계에서 모델이 더 빨리 쓰는가?",
    )
    how = Text(
        "Quality is the perplexity of a house model on prose that it has not seen. Speed is measured at batch 1 on "
        "models of several sizes with random weights, all formats taking turns. Writing a token reads every weight "
        "once, so fewer bytes can be faster, but only where a kernel unpacks them cheaply; small models are bound by "
        "overhead instead. LLM.int8 also quantizes activations and keeps outliers apart, which appear in models from "
        "billions of parameters on; here only weights are quantized, so that this is an easier case. On a GPU int4 "
        "needs compute capability 8.0 or later and is skipped before it.",
        "품질은 기본 모델이 본 적 없는 산문에서 잰 퍼플렉시티다. 속도는 가중치가 무작위인 여러 크기의 모델로, 배치 "
        "1에서 모든 형식을 번갈아 가며 잰다. 토큰 하나를 쓸 때 모든 가중치를 한 번씩 읽으므로 바이트가 적으면 빨라질 "
        "수 있지만, 커널이 값싸게 풀어낼 때만 그렇고, 작은 모델은 오버헤드에 묶인다. LLM.int8은 활성값도 양자화하고 "
        "수십억 파라미터부터 나타나는 이상치를 따로 다루지만, 여기서는 가중치만 양자화하므로 더 쉬운 경우다. GPU에서 "
        "int4는 연산 능력 8.0 이상이 필요하며, 그보다 낮으면 건너뛴다.",
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
    )
    params = Params
    presets = {
        "quick": {"sizes": (1, 8, 30), "tokens": 32, "seconds": 1.5, "texts": 32},
        "standard": {},
        "full": {"tokens": 256, "texts": 256},
    }
    tiny = {"sizes": (1,), "tokens": 8, "texts": 2}
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
        "all": Text("all arms", "모든 조건"),
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: its arms take turns on the same machine.

        :raises BadParam: there is no size.
        """
        if not params.sizes:
            raise BadParam(f"sizes: there is none; choose from {', '.join(map(str, SHAPES))}")
        return [
            Unit(id=f"replicate-{number}", arm="all", replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """Speed first, because it needs no text; then quality."""
        from core.gpt.decoding_speed import interleaved_speeds

        sizes = sorted(set(unit.params.sizes))
        speeds: dict[str, float] = {}
        for place, size in enumerate(sizes):
            yield Progress(done=0.8 * place / len(sizes), note=Text(f"{size}M", f"{size}M").as_dict())
            formats, missing = _random_model(size, context.device, context.null)
            models = {arm: found.model for arm, found in formats.items()} | {AGAIN: formats["fp32"].model}
            speeds = interleaved_speeds(models, tokens=unit.params.tokens, seed=unit.seed, seconds=unit.params.seconds)
            last = size == sizes[-1]
            for arm, speed in speeds.items():
                yield Point(arm=arm, x=size, y=speed, replicate=unit.replicate, x_label=SIZE, y_label=SPEED)
                # The name without a size is the largest size's: that is what the claim is about.
                name = "tokens_per_second" if last else f"tokens_per_second_{size}M"
                yield unit.measure(name, speed, "tokens/s", arm=arm, exact=False)
        for arm, reason in missing.items():
            yield Skip(arm=arm, reason=reason)
        for arm, found in formats.items():
            yield unit.measure("bytes_per_token", found.bytes_per_token, "B", arm=arm)
        yield Progress(done=0.8, note=Text("perplexity", "퍼플렉시티").as_dict())
        perplexities: dict[str, float] = {}
        for event in self._quality(unit, context):
            if event.name == "perplexity":
                perplexities[event.arm] = event.value
            yield event
        yield _table(sizes[-1], context.device, formats, speeds, perplexities)

    def _quality(self, unit: Unit, context: Context) -> Iterator[Measure]:
        from core.text.batches import random_batches
        from core.text.held_out import held_out_ids
        from core.training.evaluate import loss, perplexity

        ids = next(random_batches(held_out_ids(unit.params.model), batch=unit.params.texts, time=128, seed=unit.seed))
        house = _house_model(unit.params.model, context.device, context.null)
        for arm, count in house.block_bytes.items():
            yield unit.measure("weight_bytes", count, "B", arm=arm)
        for arm, model in house.models.items():
            yield unit.measure("perplexity", perplexity(loss(model, ids.split(16))), "1", arm=arm)


Formats = tuple[dict[str, "Quantized"], dict[str, dict[str, str]]]


def _in_all_formats(model: GPT, *, null: bool) -> Formats:
    """The model in each format that can be had here, and why the others cannot."""
    from core.gpt.quantize import Unavailable, quantize

    formats, missing = {}, {}
    for arm in ARMS:
        try:
            formats[arm] = quantize(model, "fp32" if null and arm in QUANTIZED else arm)
        except Unavailable as error:
            missing[arm] = Text(error.reason).as_dict()
    return formats, missing


@cache
def _random_model(size: int, device: str, null: bool) -> Formats:
    """Made once a process: replicates time the same models again."""
    import torch

    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT

    width, layers, heads = SHAPES[size]
    torch.manual_seed(size)
    with torch.device(device):
        model = GPT(GPTConfig(hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads)).eval()
    return _in_all_formats(model, null=null)


@dataclass(frozen=True, kw_only=True)
class House:
    """The house model in each format and rounded to three values; and the bytes of each format's blocks."""

    models: dict[str, GPT]
    block_bytes: dict[str, int]


@cache
def _house_model(name: str, device: str, null: bool) -> House:
    from core.gpt import load
    from core.gpt.quantize import stored_bytes

    model = load(name, device=device)
    formats, _missing = _in_all_formats(model, null=null)
    return House(
        models={arm: found.model for arm, found in formats.items()} | {CRUDE: _ternary(model)},
        # Counted at once: some kernels repack the weights when they are first used.
        block_bytes={arm: stored_bytes(found.model.model.layers) for arm, found in formats.items()},
    )


def _ternary(model: GPT) -> GPT:
    """A copy whose block weights are rounded to three values a row: minus the largest, zero, the largest."""
    import copy

    import torch

    crude = copy.deepcopy(model)
    with torch.no_grad():
        for weights in crude.model.layers.parameters():
            if weights.ndim == 2:
                largest = weights.abs().amax(dim=1, keepdim=True)
                weights.copy_((weights / largest).round() * largest)
    return crude


def _table(
    size: int, device: str, formats: dict[str, Quantized], speeds: dict[str, float], perplexities: dict[str, float]
) -> Table:
    from core.gpt.roofline import roofline

    bandwidth = _bandwidth(device)
    lines = {arm: roofline(found, tokens=SEEN, bandwidth=bandwidth) for arm, found in formats.items()}
    rows: list[list[Any]] = [
        [
            arm,
            found.backend,
            round(found.stored_bytes / 1e6, 1),
            round(lines[arm].bytes_per_token / 1e6, 1),
            round(speeds[arm], 1),
            round(lines[arm].bound_tokens_per_second, 1),
            round(perplexities[arm], 3),
        ]
        for arm, found in formats.items()
    ]
    title = Text(
        f"{size}M random weights at batch 1 (bandwidth {bandwidth / 1e9:.1f} GB/s), and the house model's perplexity",
        f"배치 1, 무작위 가중치 {size}M(대역폭 {bandwidth / 1e9:.1f} GB/s)과 기본 모델의 퍼플렉시티",
    )
    return Table(title=title.as_dict(), columns=[column.as_dict() for column in COLUMNS], rows=rows)


@cache
def _bandwidth(device: str) -> float:
    from core.gpt.decoding_speed import read_bandwidth

    return read_bandwidth(device)


EXPERIMENT = QuantizedSpeed()
