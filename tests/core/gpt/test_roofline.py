"""Are bytes, operations and both bounds what a count by hand gives?"""

from __future__ import annotations

import pytest
import torch

from core.gpt.config import GPTConfig
from core.gpt.model import GPT
from core.gpt.quantize import quantize
from core.gpt.roofline import Roofline, cache_bytes, operations_per_token, roofline

SHAPE = {"vocab_size": 64, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}


@pytest.fixture(scope="module")
def model() -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(**SHAPE)).eval()


def test_the_cache_grows_with_key_heads_and_stops_at_the_window() -> None:
    config = GPTConfig(hidden_size=64, num_hidden_layers=2, num_key_value_heads=2, sliding_window=10)
    assert cache_bytes(config, tokens=7, dtype=torch.float32) == 2 * 2 * 2 * 16 * 7 * 4
    assert cache_bytes(config, tokens=70, dtype=torch.bfloat16) == 2 * 2 * 2 * 16 * 10 * 2


def test_only_the_layers_that_slide_stop_at_the_window() -> None:
    kinds = ["sliding_attention", "full_attention"]
    config = GPTConfig(hidden_size=64, num_hidden_layers=2, sliding_window=10, layer_types=kinds)
    assert cache_bytes(config, tokens=70, dtype=torch.float32) == 2 * (10 + 70) * 64 * 4


@pytest.mark.parametrize(
    "settings", [{}, {"activation": "gelu", "position": "learned", "norm": "layer"}], ids=["", "2"]
)
def test_operations_are_those_that_pytorch_counts(settings: dict) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    model = GPT(GPTConfig(**SHAPE, num_key_value_heads=2, **settings)).eval()
    model.set_attn_implementation("eager")
    ids = torch.arange(11).unsqueeze(0)
    past = model(ids[:, :10], use_cache=True).past_key_values
    with FlopCounterMode(display=False) as counted:
        model(ids[:, 10:], past_key_values=past)
    assert operations_per_token(model.config, tokens=10) == counted.get_total_flops()


def test_a_token_reads_its_share_of_the_weights_and_its_own_cache(model) -> None:
    found = quantize(model, "bf16")
    alone = roofline(found, tokens=100, bandwidth=1e9)
    assert alone.bytes_per_token == found.bytes_per_token + 2 * 2 * 64 * 100 * 2
    assert alone.bound_tokens_per_second == 1e9 / alone.bytes_per_token
    batch = roofline(found, tokens=100, bandwidth=1e9, batch=4)
    assert batch.bytes_per_token == found.bytes_per_token / 4 + 2 * 2 * 64 * 100 * 2
    assert alone.memory_bound < batch.memory_bound < 4 * alone.memory_bound


def test_fewer_bits_raise_the_bound_as_far_as_bytes_fall(model) -> None:
    bound = {method: roofline(quantize(model, method), tokens=0, bandwidth=1e9) for method in ("fp32", "bf16", "int4")}
    assert bound["bf16"].memory_bound == 2 * bound["fp32"].memory_bound
    assert bound["int4"].memory_bound > 1.5 * bound["bf16"].memory_bound
    assert len({line.operations for line in bound.values()}) == 1


def test_the_lower_bound_holds_on_both_sides_of_the_ridge() -> None:
    def line(batch: int) -> Roofline:
        return Roofline(weight_bytes=1000, cache_bytes=10, operations=2000, batch=batch, bandwidth=1e3, peak=1e5)

    one, many = line(1), line(200)
    assert one.ridge == 100
    assert (one.bound_by, one.bound_tokens_per_second) == ("memory", 1e3 / 1010)
    assert one.intensity < one.ridge < many.intensity
    assert (many.bound_by, many.bound_tokens_per_second) == ("compute", 1e5 / 2000)


def test_an_unknown_peak_leaves_the_memory_bound() -> None:
    line = Roofline(weight_bytes=1000, cache_bytes=0, operations=2000, batch=1, bandwidth=1e3, peak=None)
    assert (line.ridge, line.compute_bound) == (None, None)
    assert (line.bound_by, line.bound_tokens_per_second) == ("memory", 1.0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tokens": -1}, "tokens -1"),
        ({"batch": 0}, "batch 0"),
        ({"bandwidth": 0.0}, "bandwidth 0"),
        ({"peak": 0}, "peak 0"),
    ],
)
def test_what_bounds_nothing_is_named(model, wrong: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        roofline(quantize(model, "fp32"), **{"tokens": 1, "bandwidth": 1e9, **wrong})
