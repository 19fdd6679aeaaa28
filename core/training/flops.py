"""How much arithmetic does it take to train on one token? Counted from the model's shape, as the field reports MFU.

The formula is that of PaLM, appendix B (arXiv:2204.02311): `6 N + 12 L H Q T` floating-point operations a token, for N
parameters, L layers of H heads of width Q, and T tokens a row. The six are two for the forward pass (multiply and add),
two for the gradient of the input and two for that of the weight; the twelve, the same for the two products of attention
(arXiv:2001.08361 counts alike). What it needs, not what a machine does: recomputed activations do not count.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True, kw_only=True)
class TrainingFlops:
    """Floating-point operations of training on one token, forward and backward.

    :param matrices: of the products with weights.
    :param attention: for each layer, operations a token looked at, and how many tokens it looks at at most (None: all).
    """

    matrices: int
    attention: tuple[tuple[int, int | None], ...]

    @classmethod
    def of(cls, model: nn.Module) -> TrainingFlops | None:
        """Count a model whose config has `transformers`' names; None where it has none.

        N counts the matrices that multiply. A token or position table is read, and counts only where it is the output
        matrix too; vectors (norms, biases) are left out. A frozen matrix needs no gradient of its own: four operations
        in the place of six.
        """
        config = getattr(model, "config", None)
        layers, heads, width = (
            getattr(config, name, None) for name in ("num_hidden_layers", "num_attention_heads", "hidden_size")
        )
        if layers is None or heads is None or width is None:
            return None
        multiplied = {
            id(parameter): parameter
            for module in model.modules()
            if not isinstance(module, nn.Embedding)
            for parameter in module.parameters(recurse=False)
            if parameter.ndim >= 2
        }
        matrices = sum(_elements(weight) * (6 if weight.requires_grad else 4) for weight in multiplied.values())
        a_token = 12 * heads * (getattr(config, "head_dim", None) or width // heads)
        window = getattr(config, "sliding_window", None)
        kinds = getattr(config, "layer_types", None) or ["sliding_attention"] * layers  # Mistral: all, if there is one
        return cls(
            matrices=matrices,
            attention=tuple((a_token, window if kind == "sliding_attention" else None) for kind in kinds),
        )

    def a_token(self, time: int) -> int:
        """Operations for one token of a row of `time` tokens.

        As in PaLM the causal half that is masked counts too; beyond a sliding window nothing does.
        """
        return self.matrices + sum(each * min(time, window or time) for each, window in self.attention)


def _elements(weight: nn.Parameter) -> int:
    """How many numbers a weight stands for; NF4 keeps two in a byte and their shape beside them (bitsandbytes)."""
    packed = getattr(weight, "quant_state", None)
    return weight.numel() if packed is None else packed.shape.numel()
