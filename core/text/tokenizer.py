"""How does text become token ids, and what does each id look like to a reader?

Byte-level byte-pair encoding (arXiv:1508.07909; on bytes as in GPT-2): every text can be encoded, none is unknown.
Digits stand alone, as in Llama, so that numbers are written in one way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast

if TYPE_CHECKING:
    import torch

END = "<|end|>"
PAD = "<|pad|>"


def train_tokenizer(documents: Iterable[str], *, vocab_size: int, context: int) -> PreTrainedTokenizerFast:
    """Learn the merges. `END` (id 0) stands between documents, `PAD` (id 1) fills batches; `save_pretrained` saves it.

    :param vocab_size: ids in all, the 256 bytes and the two special tokens included.
    :param context: the model's context in tokens.
    :raises ValueError: fewer ids than bytes and special tokens.
    """
    if vocab_size < 258:
        raise ValueError(
            f"vocab_size {vocab_size} leaves no room for 256 bytes and 2 special tokens; choose 258 or more"
        )
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END, PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        pad_token=PAD,
        model_max_length=context,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )


def encode_documents(tokenizer: PreTrainedTokenizerFast, documents: Iterable[str]) -> torch.Tensor:
    """One 1-D LongTensor: the token that begins a document before each, and at the very end the one that ends it.

    In the project's own tokenizers both are `END`; of others some have one of them alone or none, which is left out.
    """
    import torch

    start, end = start_token(tokenizer), tokenizer.eos_token_id
    before, after = ([] if mark is None else [mark] for mark in (start, end))
    # The inner tokenizer, because the outer one warns of every text longer than the context.
    encoded = tokenizer.backend_tokenizer.encode_batch(list(documents), add_special_tokens=False)
    ids = [token for document in encoded for token in (*before, *document.ids)]
    return torch.tensor([*ids, *after], dtype=torch.long)


def start_token(tokenizer: PreTrainedTokenizerFast) -> int | None:
    """The id that stands before a document, where the tokenizer has one."""
    found: int | None = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    return found


@dataclass(frozen=True)
class Piece:
    """One token as a reader sees it.

    :param id: the token id.
    :param text: its part of the text; "" where a token holds only part of a character.
    :param start, end: where it stands in the text, in characters.
    """

    id: int
    text: str
    start: int
    end: int


def pieces(tokenizer: PreTrainedTokenizerFast, text: str) -> list[Piece]:
    """The tokens of `text`. A character of several tokens belongs to the first; the others have empty text."""
    encoding = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)
    found: list[Piece] = []
    done = 0
    for token, (start, end) in zip(encoding["input_ids"], encoding["offset_mapping"], strict=True):
        start = max(start, done)
        done = max(end, done)
        found.append(Piece(token, text[start:done], start, done))
    return found
