"""What is the shared GPT, as a whole? Token ids in, logits out; and a real `transformers` model at the same time.

`GPTModel` is the stack, `GPT` adds the language-model head, `GPTForSequenceClassification` a head that scores a text
(with `num_labels=1` a reward model, arXiv:2203.02155). GPT-1 to GPT-3 (arXiv:2005.14165), Llama (arXiv:2302.13971) and
Mistral (arXiv:2310.06825) are settings of `GPTConfig`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    Cache,
    DynamicCache,
    GenerationMixin,
    PreTrainedModel,
)
from transformers.masking_utils import (
    create_bidirectional_mask,
    create_bidirectional_sliding_window_mask,
    create_causal_mask,
    create_sliding_window_causal_mask,
)
from transformers.modeling_layers import GenericForSequenceClassification
from transformers.modeling_outputs import (
    BaseModelOutputWithPast,
    CausalLMOutputWithPast,
    SequenceClassifierOutputWithPast,
)
from transformers.utils.generic import can_return_tuple
from transformers.utils.output_capturing import capture_outputs

from core.gpt.attention import Attention
from core.gpt.block import Block
from core.gpt.config import GPTConfig
from core.gpt.loss import token_loss
from core.gpt.norm import make_norm
from core.gpt.positions import LearnedPositions, RotaryPositions


class GPTPreTrainedModel(PreTrainedModel):
    """What all heads share, and what `transformers` may switch on. First weights: normal, `initializer_range` wide."""

    config_class = GPTConfig
    base_model_prefix = "model"
    supports_gradient_checkpointing = True
    _no_split_modules = ["Block"]
    _skip_keys_device_placement = ["past_key_values"]
    _supports_sdpa = True
    _can_compile_fullgraph = True
    _can_record_outputs = {"hidden_states": Block, "attentions": Attention}


class GPTModel(GPTPreTrainedModel):
    """The stack of blocks: token ids (batch, time) to states (batch, time, hidden_size)."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        if config.position == "learned":
            self.embed_positions = LearnedPositions(config.max_position_embeddings, config.hidden_size)
        else:
            self.rotary = RotaryPositions(
                head_dim=config.head_dim,
                theta=config.rope_theta,
                context=config.max_position_embeddings,
                stretch=config.rope_stretch,
            )
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(Block(config, index) for index in range(config.num_hidden_layers))
        self.norm = make_norm(config)
        self.gradient_checkpointing = False
        self.post_init()

    @capture_outputs
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | dict[str, Tensor] | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        use_cache: bool | None = None,
        **kwargs: Any,
    ) -> BaseModelOutputWithPast:
        """
        :param input_ids: (batch, time); or give `inputs_embeds` (batch, time, hidden_size), as image patches are.
        :param attention_mask: (batch, seen), 1 for a token and 0 for padding; or, as `generate` gives it with a static
            cache, the finished mask of each kind of layer.
        :param position_ids: (batch, time); default: counted on from the cache, and learned ones without the padding.
        :param past_key_values: the cache; one is made where `use_cache` asks for it.
        :raises ValueError: both or neither of ids and embeddings, or attention maps asked of the fused path.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give exactly one of input_ids and inputs_embeds")
        if kwargs.get("output_attentions") and self.config._attn_implementation != "eager":
            raise ValueError(
                "the fused path keeps no attention maps; call model.set_attn_implementation('eager') before asking"
            )
        states = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        if use_cache is None:
            use_cache = self.config.use_cache and self.config.causal and not self.training
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        if position_ids is None:
            position_ids = self._positions(states, attention_mask, past_key_values)

        masks: Mapping[str, Tensor | None] = (
            attention_mask
            if isinstance(attention_mask, dict)
            else {
                kind: self._mask(kind, states, attention_mask, past_key_values, position_ids)
                for kind in dict.fromkeys(self.config.layer_types)
            }
        )
        rotation = None
        if self.config.position == "learned":
            states = states + self.embed_positions(position_ids)
        else:
            rotation = self.rotary(position_ids, states.dtype)
        states = self.dropout(states)
        for block, kind in zip(self.layers, self.config.layer_types, strict=True):
            states = block(
                states,
                position_embeddings=rotation,
                attention_mask=masks[kind],
                past_key_values=past_key_values,
                position_ids=position_ids,
            )
        return BaseModelOutputWithPast(last_hidden_state=self.norm(states), past_key_values=past_key_values)

    def _positions(self, states: Tensor, padding: Any, cache: Cache | None) -> Tensor:
        """Where each token stands, (batch or 1, time). Rotary positions need not know of padding: they only differ."""
        time = states.shape[1]
        if self.config.position == "learned" and isinstance(padding, Tensor) and padding.ndim == 2:
            return (padding.long().cumsum(-1) - 1).clamp(min=0)[:, -time:]
        seen = cache.get_seq_length() if cache is not None else 0
        return (torch.arange(time, device=states.device) + seen).unsqueeze(0)

    def _mask(
        self, kind: str, states: Tensor, padding: Tensor | None, cache: Cache | None, position_ids: Tensor
    ) -> Tensor | None:
        """Who may look at whom in layers of a kind: (batch, 1, time, seen); None where the causal rule says it all."""
        common: dict[str, Any] = {"config": self.config, "inputs_embeds": states, "attention_mask": padding}
        common["past_key_values"] = cache
        window = kind == "sliding_attention"
        if self.config.causal:
            make = create_sliding_window_causal_mask if window else create_causal_mask
            mask: Any = make(**common, position_ids=position_ids)
        elif window:
            mask = create_bidirectional_sliding_window_mask(**common)
        else:
            mask = create_bidirectional_mask(**common)
        return mask  # a BlockMask comes from flex attention alone, which the core does not use


class GPT(GPTPreTrainedModel, GenerationMixin):
    """The language model: token ids (batch, time) to logits (batch, time, vocab_size)."""

    _tied_weights_keys = {"lm_head.weight": "model.embed_tokens.weight"}

    def __init__(self, config: GPTConfig) -> None:
        super().__init__(config)
        self.model = GPTModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        **kwargs: Any,
    ) -> CausalLMOutputWithPast:
        """
        :param labels: (batch, time) token ids, -100 where nothing is to be learned. A causal model predicts the label
            of the *next* position, a two-sided one that of its own.
        :param logits_to_keep: how many last positions get logits (0: all), or their indices.
        :returns: `loss` is the mean over labels, in nats a token.
        """
        outputs = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            **kwargs,
        )
        keep = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(outputs.last_hidden_state[:, keep])
        loss = None
        if labels is not None:
            loss = token_loss(logits, labels, shift=self.config.causal, count=kwargs.get("num_items_in_batch"))
        return CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            past_key_values=outputs.past_key_values,
            hidden_states=outputs.hidden_states,
            attentions=outputs.attentions,
        )


class GPTForSequenceClassification(GenericForSequenceClassification, GPTPreTrainedModel):
    """Scores a text from the state of its last token: (batch, time) to (batch, num_labels)."""

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        **kwargs: Any,
    ) -> SequenceClassifierOutputWithPast:
        """
        :param attention_mask: (batch, seen), 1 for a token and 0 for padding, on either side; without it padding is
            what has the config's `pad_token_id`.
        :param labels: (batch,) classes, or with `num_labels=1` scores to come near to.
        :raises ValueError: several texts, and nothing says where each ends.
        """
        outputs = self.model(
            input_ids=input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            **kwargs,
        )
        states = outputs.last_hidden_state
        last = self._last_token(input_ids, attention_mask, states)
        scores = self.score(states[torch.arange(len(states), device=states.device), last])
        loss = None
        if labels is not None:
            loss = self.loss_function(logits=scores, labels=labels, pooled_logits=scores, config=self.config)
        return SequenceClassifierOutputWithPast(
            loss=loss,
            logits=scores,
            past_key_values=outputs.past_key_values,
            hidden_states=outputs.hidden_states,
            attentions=outputs.attentions,
        )

    def _last_token(self, input_ids: Tensor | None, padding: Tensor | None, states: Tensor) -> Tensor:
        """The place (batch,) of each text's last token among `states` (batch, time, hidden_size)."""
        batch, time, _width = states.shape
        if padding is None and input_ids is not None:
            if self.config.pad_token_id is not None:
                padding = input_ids != self.config.pad_token_id
            elif batch > 1:
                raise ValueError(
                    f"nothing says where each of {batch} texts ends; give attention_mask or set config.pad_token_id"
                )
        places = torch.arange(time, device=states.device)
        # A mask may also cover a cache, whose tokens have no states here.
        return places[-1].expand(batch) if padding is None else (places * (padding[:, -time:] != 0)).argmax(-1)


AutoConfig.register(GPTConfig.model_type, GPTConfig)
AutoModel.register(GPTConfig, GPTModel)
AutoModelForCausalLM.register(GPTConfig, GPT)
AutoModelForMaskedLM.register(GPTConfig, GPT)
AutoModelForSequenceClassification.register(GPTConfig, GPTForSequenceClassification)
