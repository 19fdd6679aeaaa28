"""How fast is each format, and how fast could the memory let it be? One table, for any batch."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from core.events import Table
from core.language import Text

if TYPE_CHECKING:
    from core.gpt.quantize import Quantized

SEEN = 12  # tokens in the cache of keys and values, on the average of a turn
COLUMNS = (
    Text("arm", "실험군"),
    Text("backend", "백엔드"),
    Text("MB stored", "저장 크기 (MB)"),
    Text("perplexity", "퍼플렉시티"),
)
BATCH_COLUMNS = (
    ("tokens/s, batch {}", "초당 토큰 수, 배치 {}"),
    ("at the bandwidth, batch {}", "대역폭 한계, 배치 {}"),
    ("× fp32, batch {}", "fp32의 몇 배, 배치 {}"),
)


def speed_table(
    size: int,
    device: str,
    formats: Mapping[str, Quantized[Any]],
    speeds: Mapping[int, Mapping[str, float]],
    perplexities: Mapping[str, float],
) -> Table:
    """Bytes, perplexity, and for every batch the speed beside what the bandwidth would let it be."""
    from core.gpt.roofline import roofline

    bandwidth = _bandwidth(device)
    rows: list[list[Any]] = []
    for arm, found in formats.items():
        row: list[Any] = [arm, found.backend, round(found.stored_bytes / 1e6, 1), round(perplexities[arm], 3)]
        for batch, measured in speeds.items():
            bound = roofline(found, tokens=SEEN, bandwidth=bandwidth, batch=batch).memory_bound
            row += [round(measured[arm], 1), round(bound, 1), round(measured[arm] / measured["fp32"], 2)]
        rows.append(row)
    title = Text(
        f"{size}M random weights (bandwidth {bandwidth / 1e9:.1f} GB/s), and the house model's perplexity",
        f"무작위 가중치 {size}M(대역폭 {bandwidth / 1e9:.1f} GB/s)과 기본 모델의 퍼플렉시티",
    )
    heads = [column.as_dict() for column in COLUMNS]
    for batch in speeds:
        heads += [Text(en.format(batch), ko.format(batch)).as_dict() for en, ko in BATCH_COLUMNS]
    return Table(title=title.as_dict(), columns=heads, rows=rows)


@cache
def _bandwidth(device: str) -> float:
    from core.gpt.decoding_speed import read_bandwidth

    return read_bandwidth(device)
