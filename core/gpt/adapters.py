"""How does one adapt a model without training all of it? `peft`'s methods by name, on the shared GPT.

They differ in what they add. LoRA and its kin learn a change of each weight matrix, small by rank (LoRA, QLoRA, DoRA,
AdaLoRA), by sharing (VeRA) or by being a rotation (OFT); IA3 and norm tuning scale states; prompt tuning, P-tuning,
prefix tuning and LLaMA-Adapter let attention look at learned vectors that stand for no token. Here is what the core
must know to use them: the names of its layers, and what does not go together. Importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from peft import PeftConfig, PeftModel

    from core.gpt.config import GPTConfig
    from core.gpt.model import GPT, GPTForSequenceClassification

    Model = GPT | GPTForSequenceClassification

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
FEED_FORWARD = {"swiglu": ("gate_proj", "up_proj", "down_proj"), "gelu": ("up_proj", "down_proj")}
NORMS = ("input_layernorm", "post_attention_layernorm", "norm")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How much a method may add.

    :param rank: of the change of a matrix; for VeRA of the shared random matrices (its paper takes 256 and more); for
        OFT the size of the blocks that are rotated.
    :param alpha: LoRA's change counts `alpha / rank` times; None: twice the rank.
    :param dropout: on what LoRA, QLoRA, DoRA, AdaLoRA and VeRA read, while training.
    :param virtual_tokens: how many learned vectors attention may look at.
    :param steps: how many optimizer steps there will be; AdaLoRA plans its ranks by it.
    """

    rank: int = 8
    alpha: int | None = None
    dropout: float = 0.0
    virtual_tokens: int = 8
    steps: int | None = None

    def __post_init__(self) -> None:
        for name in ("rank", "virtual_tokens"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} adds nothing to a model; choose 1 or more")


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to adapt.

    :param title: as the field writes it.
    :param paper: its arXiv id.
    :param make: `peft`'s config of it, for a model of this config and a budget.
    :param merges: what it learns can be folded into the weights, so that it costs nothing afterwards.
    :param shifts: its virtual tokens take positions, and come off the context.
    """

    title: str
    paper: str
    make: Callable[[GPTConfig, Budget], PeftConfig]
    merges: bool = True
    shifts: bool = False


def _linear(config: GPTConfig) -> list[str]:
    return [*ATTENTION, *FEED_FORWARD[config.activation]]


def _alpha(budget: Budget) -> int:
    return 2 * budget.rank if budget.alpha is None else budget.alpha


def _low_rank(config: GPTConfig, budget: Budget, **more: Any) -> PeftConfig:
    from peft import LoraConfig

    return LoraConfig(
        target_modules=_linear(config),
        r=budget.rank,
        lora_alpha=_alpha(budget),
        lora_dropout=budget.dropout,
        **more,
    )


def _dora(config: GPTConfig, budget: Budget) -> PeftConfig:
    return _low_rank(config, budget, use_dora=True)


def _adalora(config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import AdaLoraConfig

    if budget.steps is None:
        raise ValueError("adalora plans its ranks over the whole training; give steps")
    return AdaLoraConfig(
        target_modules=_linear(config),
        # It starts with half as much again, and prunes from a tenth of the steps to the middle.
        init_r=-(-budget.rank * 3 // 2),
        target_r=budget.rank,
        tinit=budget.steps // 10,
        tfinal=budget.steps // 2,
        total_step=budget.steps,
        lora_alpha=_alpha(budget),
        lora_dropout=budget.dropout,
    )


def _vera(config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import VeraConfig

    return VeraConfig(target_modules=_linear(config), r=budget.rank, vera_dropout=budget.dropout)


def _oft(config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import OFTConfig

    return OFTConfig(target_modules=_linear(config), oft_block_size=budget.rank, r=0)


def _ia3(_config: GPTConfig, _budget: Budget) -> PeftConfig:
    from peft import IA3Config

    # As in the paper: keys, values and the inner states of the feed-forward network.
    return IA3Config(target_modules=["k_proj", "v_proj", "down_proj"], feedforward_modules=["down_proj"])


def _norms(_config: GPTConfig, _budget: Budget) -> PeftConfig:
    from peft import LNTuningConfig

    return LNTuningConfig(target_modules=list(NORMS))


def _prompt(_config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import PromptTuningConfig

    return PromptTuningConfig(num_virtual_tokens=budget.virtual_tokens)


def _p_tuning(config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import PromptEncoderConfig

    return PromptEncoderConfig(num_virtual_tokens=budget.virtual_tokens, encoder_hidden_size=config.hidden_size)


def _prefix(_config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import PrefixTuningConfig

    return PrefixTuningConfig(num_virtual_tokens=budget.virtual_tokens)


def _llama_adapter(config: GPTConfig, budget: Budget) -> PeftConfig:
    from peft import AdaptionPromptConfig

    return AdaptionPromptConfig(adapter_len=budget.virtual_tokens, adapter_layers=config.num_hidden_layers)


METHODS = {
    "lora": Method(title="LoRA", paper="2106.09685", make=_low_rank),
    "dora": Method(title="DoRA", paper="2402.09353", make=_dora),
    "qlora": Method(title="QLoRA", paper="2305.14314", merges=False, make=_low_rank),
    "adalora": Method(title="AdaLoRA", paper="2303.10512", make=_adalora),
    "vera": Method(title="VeRA", paper="2310.11454", make=_vera),
    "oft": Method(title="OFT", paper="2306.07280", make=_oft),
    "ia3": Method(title="IA3", paper="2205.05638", make=_ia3),
    "norms": Method(title="norm tuning", paper="2312.11420", make=_norms),
    "prompt": Method(title="prompt tuning", paper="2104.08691", merges=False, shifts=True, make=_prompt),
    "p-tuning": Method(title="P-tuning", paper="2103.10385", merges=False, shifts=True, make=_p_tuning),
    "prefix": Method(title="prefix tuning", paper="2101.00190", merges=False, shifts=True, make=_prefix),
    "llama-adapter": Method(title="LLaMA-Adapter", paper="2303.16199", merges=False, make=_llama_adapter),
}


def attach(
    model: Model,
    method: str,
    *,
    rank: int = 8,
    alpha: int | None = None,
    dropout: float = 0.0,
    virtual_tokens: int = 8,
    steps: int | None = None,
) -> PeftModel:
    """`model` with what the method adds, which alone is set to train (and the head, if it is one that scores).

    The model itself is changed, as `peft` does; QLoRA works on a copy in NF4. The parameters are those of `Budget`.

    :param method: one of `METHODS`.
    :raises ValueError: an unknown method, or a model on which it cannot work; the message says why.
    :raises core.gpt.quantize.Unavailable: QLoRA without bitsandbytes.
    """
    from peft import get_peft_model

    budget = Budget(rank=rank, alpha=alpha, dropout=dropout, virtual_tokens=virtual_tokens, steps=steps)
    _check(model, method, budget)
    config = METHODS[method].make(_config(model), budget)
    config.task_type = "CAUSAL_LM" if model.get_output_embeddings() is not None else "SEQ_CLS"
    return get_peft_model(_base(model, method), config)


def reattach(model: Model, method: str, folder: str | Path) -> PeftModel:
    """`model` with the adapter that `save_pretrained` wrote to `folder`, ready to run.

    :param model: what the adapter was attached to, as it was before.
    :raises ValueError: no such method, or an adapter of another; and what `peft` says of a folder without one.
    """
    from peft import PeftConfig, PeftModel

    _known(method)
    found = PeftConfig.from_pretrained(str(folder))
    if type(found) is not type(METHODS[method].make(_config(model), Budget(steps=1))):
        kind = found.peft_type.value
        raise ValueError(f"{folder} holds a {kind} adapter, which {method} did not make; name the method that did")
    return PeftModel.from_pretrained(_base(model, method), folder).eval()


def merge(tuned: PeftModel) -> Model:
    """The model with what was learned folded into its weights: the same logits, and nothing added any more.

    :raises ValueError: the method's change is none of the weights, or the weights are rounded to 4 bits.
    """
    if getattr(tuned.get_base_model(), "is_loaded_in_4bit", False):
        raise ValueError("a merge would round what was learned to 4 bits; keep the adapter beside its NF4 base")
    if not hasattr(tuned.base_model, "merge_and_unload"):
        kind = tuned.active_peft_config.peft_type.value
        raise ValueError(f"{kind} changes what attention looks at, not the weights; keep the adapter beside its base")
    merged: Model = tuned.merge_and_unload()
    return merged


def allocate(tuned: PeftModel, step: int) -> None:
    """AdaLoRA's own step, which moves rank to where it helps: after the optimizer's, while the gradients are there.

    :param step: counted from 0, up to the `steps` that the method was attached with.
    """
    adalora: Any = tuned.base_model
    adalora.update_and_allocate(step)


def _config(model: Model) -> GPTConfig:
    config: Any = model.config
    return config


def _base(model: Model, method: str) -> Model:
    """What `peft` may work on: for QLoRA a copy in NF4, for LLaMA-Adapter with the core's attention made known."""
    if method == "qlora":
        from core.gpt.quantize import quantize

        return quantize(model, "nf4", dtype=model.dtype).model
    if method == "llama-adapter":
        from peft.tuners.adaption_prompt.config import TRANSFORMERS_MODEL_CONFIG

        # The names are Llama's; only the queries are the core's own, because learned positions turn nothing.
        known = TRANSFORMERS_MODEL_CONFIG["llama"]._replace(compute_query_states=_queries)
        TRANSFORMERS_MODEL_CONFIG[model.config.model_type] = known
    return model


def _queries(model: Any, hidden_states: Any, position_embeddings: Any = None, **_: Any) -> Any:
    """The queries (batch, heads, time, head_dim) of an `Attention`, by the names that `peft` calls with."""
    from core.gpt.positions import rotate

    batch, time, _width = hidden_states.shape
    states = model.q_proj(hidden_states).view(batch, time, -1, model.head_dim).transpose(1, 2)
    return states if position_embeddings is None else rotate(states, position_embeddings)


def _known(method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"method {method!r} is unknown; choose one of {', '.join(METHODS)}")


def _check(model: Model, method: str, budget: Budget) -> None:
    """What `peft` would only notice as shapes that do not fit, or not at all."""
    _known(method)
    config = _config(model)
    room = config.max_position_embeddings
    if METHODS[method].shifts and config.position == "learned" and budget.virtual_tokens >= room:
        raise ValueError(
            f"{method} with {budget.virtual_tokens} virtual tokens leaves no room for text in {room} learned "
            f"positions; choose fewer virtual_tokens or a model with rotary positions"
        )
    if method == "prefix":
        if not config.use_cache:
            raise ValueError("prefix lives in the cache of keys and values; set use_cache=True in the model's config")
        if model.model.gradient_checkpointing:
            raise ValueError("prefix and gradient checkpointing exclude each other; gradient_checkpointing_disable()")
    if method == "llama-adapter" and config.num_attention_heads * config.head_dim != config.hidden_size:
        raise ValueError(
            f"llama-adapter expects heads that fill the width: {config.num_attention_heads} heads of {config.head_dim} "
            f"are no hidden_size of {config.hidden_size}; choose another method"
        )
