"""How are rivals for a reward shown? Points of their curves, a table of where each ended, figures, and what they said.

`core.training.alignment.rivals` trains and measures; `core.frontier_figures` draws; here the words are put to both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from torch import Tensor

from core.events import Figure, Point, Sample, Table
from core.frontier_figures import Stop, by_n, driven, frontier
from core.language import Text
from core.text.preferences import text
from core.training.alignment.best_of_n import Picked
from core.training.alignment.rivals import Look

STEPS = Text("training step", "학습 스텝")
ROOT = Text("√KL from the supervised policy (√nat)", "지도 미세조정 정책과의 √KL (√nat)")
GOLD = Text("gold (points)", "골드 보상 (점)")
PROXY = Text("proxy (reward model's score)", "프록시 보상 (보상 모델의 점수)")
DRAWS = Text("n, answers to a prompt", "프롬프트당 답의 수 n")
LOSS = Text("loss on unseen pairs (nats; at first log 2 = 0.693)", "보지 않은 쌍의 손실 (nat, 처음 log 2 = 0.693)")
MARGIN = Text("implicit reward margin, unseen pairs", "암묵적 보상 마진, 보지 않은 쌍")
ACCURACY = Text("unseen pairs ordered right", "순서를 맞힌 보지 않은 쌍의 비율")
OBJECTIVE = Text("own objective on unseen data, lower is better", "보지 않은 데이터의 자기 목적 함수, 낮을수록 좋음")
COLUMNS = (
    Text("way", "방법"),
    Text("KL (nats)", "KL (nat)"),
    Text("gold gained (points)", "골드 보상 증가 (점)"),
    Text("proxy gained", "프록시 보상 증가"),
)


def stop_of(kept: Look, first: Look, *, label: str = "") -> Stop:
    """Where a training ended, held against where it began."""
    here, start = kept.reached, first.reached
    return Stop(kl=here.kl, gold=here.gold - start.gold, proxy=here.proxy - start.proxy, label=label)


def picked_stop(picked: Picked, one: Picked) -> Stop:
    """The same of best-of-n, held against one draw."""
    label = str(picked.n) if picked.n > 1 else ""
    return Stop(kl=picked.kl, gold=picked.gold - one.gold, proxy=picked.highest - one.highest, label=label)


def curves(looks: Sequence[Look], *, arm: str, replicate: int) -> Iterator[Point]:
    """Gold and proxy over the root of the divergence; for DPO also what it makes of unseen pairs, over its steps."""

    def point(chart: str, x: float, y: float, across: Text, up: Text) -> Point:
        return Point(
            arm=arm, x=x, y=y, replicate=replicate, chart=chart, x_label=across.as_dict(), y_label=up.as_dict()
        )

    for look in looks:
        root = math.sqrt(max(0.0, look.reached.kl))
        yield point("gold", root, look.reached.gold, ROOT, GOLD)
        yield point("proxy", root, look.reached.proxy, ROOT, PROXY)
        if look.judged is not None:
            yield point("dpo loss", look.step, look.judged.loss, STEPS, LOSS)
            yield point("dpo margin", look.step, look.judged.margin, STEPS, MARGIN)
            yield point("dpo accuracy", look.step, look.judged.accuracy, STEPS, ACCURACY)


def picked_points(picked: Picked, *, arm: str, replicate: int) -> Iterator[Point]:
    """Gold and proxy of best-of-n over n."""
    for chart, value, up in (("best-of-n gold", picked.gold, GOLD), ("best-of-n proxy", picked.highest, PROXY)):
        yield Point(arm=arm, x=picked.n, y=value, replicate=replicate, chart=chart,
                    x_label=DRAWS.as_dict(), y_label=up.as_dict())  # fmt: skip


def rate_point(arm: str, rate: float, score: float, *, origin: Text, replicate: int) -> Point:
    """One learning rate that was tried."""
    across = Text(f"learning rate ({origin.en})", f"학습률 ({origin.to('ko')})")
    return Point(arm=arm, x=rate, y=score, replicate=replicate, chart=f"rates {arm}",
                 x_label=across.as_dict(), y_label=OBJECTIVE.as_dict())  # fmt: skip


def frontier_figure(ways: Mapping[str, Sequence[Stop]]) -> Figure:
    """All ways from their common start."""
    title = Text(
        "Gold (full) and proxy (dotted) gained by divergence, replicate 1",
        "멀어진 거리에 따른 골드 보상(실선)과 프록시 보상(점선)의 증가, 반복 1",
    )
    origin = Stop(kl=0.0, gold=0.0, proxy=0.0)
    found = frontier({Text(name): [origin, *stops] for name, stops in ways.items()})
    return Figure(name="frontier", title=title.as_dict(), plotly=found)


def driven_figure(free: Sequence[Look], on_gold: Sequence[Look]) -> Figure:
    """PPO without a price on KL, rewarded by the proxy and by gold itself."""
    title = Text(
        "PPO without a price on KL, replicate 1: gold (full) and proxy (dotted); a star where gold is highest",
        "KL 계수 없는 PPO, 반복 1: 골드 보상(실선)과 프록시 보상(점선). 별은 골드 보상의 정점",
    )
    names = {Text("rewarded by the proxy", "프록시로 보상"): free, Text("rewarded by gold", "골드로 보상"): on_gold}
    ways = {name: [stop_of(look, looks[0]) for look in looks] for name, looks in names.items()}
    return Figure(name="driven", title=title.as_dict(), plotly=driven(ways))


def by_n_figure(picked: Sequence[Picked]) -> Figure:
    """Best-of-n held against one draw: what the proxy promises, and what is there."""
    title = Text(
        "Best of n, replicate 1: what the proxy promises and what gold gains",
        "best-of-n, 반복 1: 프록시가 약속한 이득과 골드 보상의 이득",
    )
    one = picked[0]
    lines = {
        Text("highest proxy", "최대 프록시"): [each.highest - one.highest for each in picked],
        Text("median proxy", "프록시 중앙값"): [each.median - one.median for each in picked],
        Text("gold of the pick", "고른 답의 골드"): [each.gold - one.gold for each in picked],
        Text("gold of a random pick", "무작위 답의 골드"): [each.random_gold - one.gold for each in picked],
    }
    return Figure(name="best-of-n", title=title.as_dict(), plotly=by_n([each.n for each in picked], lines))


def stops_table(stops: Mapping[str, Mapping[str, Stop]], *, policy: str, accuracy: float) -> Table:
    """Where each training ended, and best-of-n.

    :param stops: of each way, arm to stop.
    :param policy: name of the supervised policy's checkpoint.
    :param accuracy: of the reward model on unseen pairs.
    """
    title = Text(
        f"Where each way ended, replicate 1 (policy {policy}; reward model {accuracy:.0%} right on unseen pairs)",
        f"방법마다 이른 곳, 반복 1 (정책 {policy}, 보지 않은 쌍에서 보상 모델의 정확도 {accuracy:.0%})",
    )
    rows: list[list[str | float]] = [
        [arm, round(stop.kl, 2), round(stop.gold, 3), round(stop.proxy, 3)]
        for found in stops.values()
        for arm, stop in found.items()
    ]
    return Table(title=title.as_dict(), columns=[head.as_dict() for head in COLUMNS], rows=rows)


def samples(looks: Mapping[str, Look], asked: Tensor) -> Iterator[Sample]:
    """The first prompts, answered at each of some looks (arm to look)."""
    for arm, look in looks.items():
        for prompt, said in zip(asked, look.reached.said, strict=False):
            yield Sample(arm=arm, prompt=text(prompt), text=said, replicate=0)
