"""Which prose has a house model not seen? The held-out documents of the corpus that it was trained on."""

from __future__ import annotations

from functools import cache

from torch import Tensor

from core.gpt import load_tokenizer
from core.text.tokenizer import encode_documents
from core.text.unseen import held_out_documents


@cache
def held_out_ids(model: str) -> Tensor:
    """Token ids (tokens,) of the held-out prose, in the model's own tokens; read once a process.

    :param model: a house model's name or a local folder.
    :raises core.gpt.loading.checkpoints.BadCheckpoint: there is no such tokenizer.
    """
    return encode_documents(load_tokenizer(model), held_out_documents(model, "prose"))
