"""Does the config derive what is left out, and refuse what cannot work?"""

from __future__ import annotations

import pytest

from core.gpt.config import GPTConfig


def test_what_is_left_out_follows_from_the_rest() -> None:
    config = GPTConfig(hidden_size=96, num_attention_heads=6)
    assert (config.head_dim, config.num_key_value_heads, config.intermediate_size) == (16, 6, 256)
    assert GPTConfig(hidden_size=96, num_attention_heads=6, activation="gelu").intermediate_size == 384


def test_a_config_survives_being_written_and_read(tmp_path) -> None:
    config = GPTConfig(hidden_size=64, num_key_value_heads=2, position="learned", sliding_window=9, causal=False)
    config.save_pretrained(tmp_path)
    again = GPTConfig.from_pretrained(tmp_path)
    assert again.to_dict() == config.to_dict()
    assert again.sliding_window == 9
    assert again.causal is False


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"hidden_size": 100, "num_attention_heads": 3}, "hidden_size 100"),
        ({"num_attention_heads": 4, "num_key_value_heads": 3}, "num_key_value_heads 3"),
        ({"head_dim": 7}, "head_dim 7 is odd"),
        ({"position": "alibi"}, "'alibi' is unknown; choose one of rotary, learned"),
        ({"norm": "batch"}, "'batch' is unknown"),
        ({"activation": "relu"}, "'relu' is unknown"),
        ({"vocab_size": 0}, "vocab_size 0"),
        ({"sliding_window": 0}, "sliding_window 0"),
        ({"sliding_window": 1}, "sliding_window 1 lets a token see itself alone"),
        ({"dropout": 1.0}, "dropout 1.0"),
        ({"norm_eps": "x"}, "norm_eps 'x' is not a positive number"),
        ({"rope_theta": 0}, "rope_theta 0 is not a positive number"),
        ({"causal": 1}, "causal 1 is neither true nor false"),
        ({"num_hidden_layers": True}, "num_hidden_layers True"),
    ],
)
def test_values_that_do_not_fit_are_named(wrong: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        GPTConfig(**wrong)


def test_an_odd_head_is_fine_without_rotary_positions() -> None:
    assert GPTConfig(head_dim=7, position="learned").head_dim == 7
