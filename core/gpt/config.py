"""What can vary in the shared GPT? One config for the family that the papers compare.

The field names are Llama's, because `transformers`, `peft` and most readers know them.
"""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedConfig

from core.gpt.stretch import check_stretch

POSITIONS = ("rotary", "learned")
NORMS = ("rms", "layer")
ACTIVATIONS = ("swiglu", "gelu")
LAYER_TYPES = ("full_attention", "sliding_attention")


class GPTConfig(PreTrainedConfig):
    """A decoder (or, with `causal=False`, an encoder) of the GPT family. Keyword arguments only.

    :param vocab_size: number of token ids.
    :param hidden_size: width of the residual stream.
    :param intermediate_size: inner width of the feed-forward network; None: 8/3 of `hidden_size` for swiglu and 4 times
        for gelu, which cost the same, rounded up to a multiple of 64.
    :param num_hidden_layers: number of blocks.
    :param num_attention_heads: number of query heads.
    :param num_key_value_heads: heads of keys and values. As many as query heads: multi-head; one: multi-query
        (arXiv:1911.02150); between: grouped-query attention (arXiv:2305.13245). None: multi-head.
    :param head_dim: width of a head; None: `hidden_size / num_attention_heads`.
    :param max_position_embeddings: context length in tokens. A hard limit for learned positions.
    :param position: "rotary" (arXiv:2104.09864) or "learned" (GPT-1, GPT-2).
    :param rope_theta: base of the rotary wavelengths.
    :param rope_stretch: how rotary positions reach beyond the context they were trained on, as `positions.STRETCHES`
        names it: {"type": "linear" | "dynamic" | "yarn" | "llama3", "factor": …, …}. None: not at all.
    :param norm: "rms" (arXiv:1910.07467) or "layer" (arXiv:1607.06450), always before each sub-layer.
    :param norm_eps: added to the variance.
    :param activation: "swiglu" (arXiv:2002.05202) or "gelu" (arXiv:1606.08415, GPT-2's tanh form).
    :param causal: False lets every token see both sides, as in BERT (arXiv:1810.04805).
    :param sliding_window: each token sees this many tokens, itself included (arXiv:2310.06825); None: all of them.
    :param layer_types: "sliding_attention" or "full_attention" for each layer, where only some slide; None: all alike.
    :param tie_word_embeddings: one matrix for input and output (arXiv:1608.05859).
    :param qkv_bias: biases of queries, keys and values (GPT-2, Qwen2).
    :param output_bias: a bias of the attention's output (GPT-2).
    :param mlp_bias: biases in the feed-forward network (GPT-2).
    :param dropout: probability, on embeddings, attention maps and sub-layer outputs.
    :param initializer_range: standard deviation of the initial weights.
    :raises ValueError: values that do not fit together; the message says which, and how to mend it.
    """

    model_type = "trendlab_gpt"
    keys_to_ignore_at_inference = ["past_key_values"]

    vocab_size: int = 2048
    hidden_size: int = 128
    # Typed as what they are after __post_init__; None asks for the derived value.
    intermediate_size: int = None  # type: ignore[assignment]
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    num_key_value_heads: int = None  # type: ignore[assignment]
    head_dim: int = None  # type: ignore[assignment]
    max_position_embeddings: int = 256
    position: str = "rotary"
    rope_theta: float = 10000.0
    rope_stretch: dict[str, Any] | None = None
    norm: str = "rms"
    norm_eps: float = 1e-5
    activation: str = "swiglu"
    causal: bool = True
    sliding_window: int | None = None
    layer_types: list[str] = None  # type: ignore[assignment]
    tie_word_embeddings: bool = True
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    dropout: float = 0.0
    initializer_range: float = 0.02
    use_cache: bool = True
    pad_token_id: int | None = None
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        for name in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads"):
            _at_least_one(name, getattr(self, name))
        if self.head_dim is None:
            if self.hidden_size % self.num_attention_heads:
                raise ValueError(
                    f"hidden_size {self.hidden_size} does not divide into num_attention_heads "
                    f"{self.num_attention_heads}; choose a multiple or set head_dim"
                )
            self.head_dim = self.hidden_size // self.num_attention_heads
        if self.num_key_value_heads is None:
            self.num_key_value_heads = self.num_attention_heads
        if self.intermediate_size is None:
            wanted = self.hidden_size * 8 / 3 if self.activation == "swiglu" else self.hidden_size * 4
            self.intermediate_size = -int(-wanted // 64) * 64
        if self.layer_types is None:
            self.layer_types = [LAYER_TYPES[self.sliding_window is not None]] * self.num_hidden_layers
        self._check()
        super().__post_init__(**kwargs)

    def _check(self) -> None:
        for name in ("num_key_value_heads", "head_dim", "intermediate_size", "max_position_embeddings"):
            _at_least_one(name, getattr(self, name))
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError(
                f"num_attention_heads {self.num_attention_heads} does not divide among num_key_value_heads "
                f"{self.num_key_value_heads}; choose a divisor"
            )
        for name, known in (("position", POSITIONS), ("norm", NORMS), ("activation", ACTIVATIONS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} {getattr(self, name)!r} is unknown; choose one of {', '.join(known)}")
        for name in ("norm_eps", "rope_theta"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e18:
                raise ValueError(f"{name} {value!r} is not a positive number; choose one as 1e-5 or 10000")
        if not isinstance(self.causal, bool):
            raise ValueError(f"causal {self.causal!r} is neither true nor false")
        if self.position == "rotary" and self.head_dim % 2:
            raise ValueError(f"head_dim {self.head_dim} is odd, and rotary positions turn pairs; choose an even one")
        if self.sliding_window is not None:
            _at_least_one("sliding_window", self.sliding_window)
            if self.sliding_window == 1:
                # transformers' cache keeps one token less than the window, and takes none for all.
                raise ValueError("sliding_window 1 lets a token see itself alone; choose 2 or more")
        self._check_layers()
        if self.rope_stretch is not None:
            check_stretch(self.rope_stretch)
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout {self.dropout} is no probability below 1; choose from 0 up to 1")

    def _check_layers(self) -> None:
        types = self.layer_types
        if len(types) != self.num_hidden_layers or not set(types) <= set(LAYER_TYPES):
            raise ValueError(
                f"layer_types {types!r} does not name one of {', '.join(LAYER_TYPES)} for each of the "
                f"{self.num_hidden_layers} layers; leave it out to treat them alike"
            )
        if LAYER_TYPES[1] in types and self.sliding_window is None:
            raise ValueError("layer_types has sliding layers, but sliding_window is not set; say how much they see")


def _at_least_one(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**53:
        raise ValueError(f"{name} {value!r} is not a positive whole number; choose 1 or more")
