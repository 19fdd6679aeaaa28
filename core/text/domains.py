"""To which new domain does a model move, and what did it read before? Texts about papers, and held-out Python code.

Importing this module costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from core.text.starter_text import Split, split_documents, summaries

if TYPE_CHECKING:
    from torch import Tensor

    from core.papers.paper import Paper

SUMMARIES = {"english": "en", "korean": "ko"}
ABSTRACTS = "abstracts"
DOMAINS = (*SUMMARIES, ABSTRACTS)


def split_domain(domain: str, papers: Sequence[Paper], *, seed: int, train: int, validation: int, test: int) -> Split:
    """Draw papers of a domain (see `starter_text.split`).

    :param domain: one of `DOMAINS`.
    :param papers: the catalog's, whose abstracts are read for "abstracts".
    :raises ValueError: there are fewer than asked for.
    """
    documents: Mapping[str, str]
    if domain == ABSTRACTS:
        documents, origin = {paper.id: paper.abstract for paper in papers if paper.abstract}, "catalog's abstracts"
    else:
        documents, origin = summaries(SUMMARIES[domain]), "starter catalog"
    return split_documents(documents, origin, seed=seed, train=train, validation=validation, test=test)


def encoded(model: str, parts: Split) -> dict[str, Tensor]:
    """Token ids (tokens,) of the parts "train", "validation" and "test", in the model's own tokens."""
    from core.gpt import load_tokenizer
    from core.text.tokenizer import encode_documents

    tokenizer = load_tokenizer(model)
    return {name: encode_documents(tokenizer, getattr(parts, name)) for name in ("train", "validation", "test")}


@cache
def old_ids(model: str) -> Tensor:
    """Token ids (tokens,) of Python code that no house model was trained on; read once a process."""
    from core.gpt import load_tokenizer
    from core.text.tokenizer import encode_documents
    from core.text.unseen import held_out_documents

    return encode_documents(load_tokenizer(model), held_out_documents(model, "code"))
