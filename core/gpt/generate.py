"""How does a language model write? It guesses one token, reads it back, and guesses again.

`core.gpt.decoding` computes each step; here is what is made of the logits. Greedy, temperature, top-k
(arXiv:1805.04833) and top-p (arXiv:1904.09751) differ only in which guesses they let through. It yields token by token,
so that a page can show them as they come; `transformers`' own `generate` works on the model as well and agrees.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import PreTrainedTokenizerFast

from core.gpt.decoding.decoder import Decoder
from core.gpt.model import GPT
from core.text.tokenizer import start_token


@torch.no_grad()
def stream(
    model: GPT,
    ids: Tensor,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    stop: int | None = None,
    attention_mask: Tensor | None = None,
) -> Iterator[Tensor]:
    """Yield the next token of every row, step by step, until all rows have stopped.

    :param model: in evaluation mode.
    :param ids: the prompts (batch, time); shorter ones padded on the left, with `attention_mask` to say so.
    :param temperature: 0: always the best guess; below 1 bolder, above 1 more random.
    :param top_k: only the k best guesses.
    :param top_p: only the best guesses that together reach this probability.
    :param seed: of the draws; the same seed gives the same text on the same device.
    :param stop: the token id that ends a row; what a stopped row yields after it is the config's `pad_token_id`, or
        `stop` where there is none.
    :param attention_mask: (batch, time), 1 for a token and 0 for padding.
    :returns: iterator of token ids (batch,).
    :raises ValueError: an empty prompt, a model that sees both sides, or a temperature, k or p that makes no sense.
    """
    if ids.ndim != 2 or ids.shape[1] == 0:
        raise ValueError(f"a prompt of shape {tuple(ids.shape)} has nothing to go on from; give (batch, time ≥ 1)")
    _check_sampling(temperature, top_k, top_p)
    generator = torch.Generator(model.device).manual_seed(seed)
    padding = model.config.pad_token_id
    running = torch.ones(len(ids), dtype=torch.bool, device=model.device)
    decoder = Decoder(model, batch=len(ids), length=ids.shape[1] + max_new_tokens, attention_mask=attention_mask)
    new = ids.to(model.device)
    for _ in range(max_new_tokens):
        logits = decoder.step(new)[:, -1]  # (batch, vocab_size)
        if temperature == 0:
            token = logits.argmax(-1)
        else:
            allowed = chances(logits, temperature=temperature, top_k=top_k, top_p=top_p)
            token = torch.multinomial(allowed, 1, generator=generator).squeeze(1)
        if stop is not None:
            token = token.masked_fill(~running, stop if padding is None else padding)
            running &= token != stop
        yield token
        # Only where a text can stop, because on a GPU the question waits for the answer.
        if stop is not None and not running.any():
            return
        new = token.unsqueeze(1)


def generate(model: GPT, ids: Tensor, *, max_new_tokens: int, **how: float | int | Tensor | None) -> Tensor:
    """Prompts and continuations (batch, time + new) in one piece; `how` is what `stream` takes."""
    tokens = list(stream(model, ids, max_new_tokens=max_new_tokens, **how))  # type: ignore[arg-type]
    return torch.cat((ids.to(model.device), torch.stack(tokens, dim=1)), dim=1) if tokens else ids


def stream_text(
    model: GPT,
    tokenizer: PreTrainedTokenizerFast,
    prompt: str,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
) -> Iterator[str]:
    """Yield the continuation of `prompt` as pieces of text, until the model ends its document.

    An empty prompt begins a document. Pieces are whole characters: one that takes several tokens comes with its last.

    :raises ValueError: an empty prompt, and the tokenizer has no token that begins a document; or as `stream`.
    """
    start, end = start_token(tokenizer), tokenizer.eos_token_id
    before = [] if start is None else [start]
    ids = [*before, *tokenizer(prompt, add_special_tokens=False, verbose=False)["input_ids"]]
    written: list[int] = []
    shown = ""
    for token in stream(
        model,
        torch.tensor([ids]),
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        seed=seed,
        stop=end,
    ):
        if int(token) == end:
            break
        written.append(int(token))
        text = str(tokenizer.decode(written))
        # The mark of a character whose last bytes are still to come.
        if not text.endswith("\N{REPLACEMENT CHARACTER}"):
            yield text[len(shown) :]
            shown = text
    rest = str(tokenizer.decode(written))[len(shown) :]
    if rest:
        yield rest


def chances(
    logits: Tensor, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Tensor:
    """The probability of each next token after the filters.

    :param logits: (…, vocab_size).
    :returns: (…, vocab_size), each row sums to 1.
    :raises ValueError: a temperature, k or p that makes no sense.
    """
    _check_sampling(temperature, top_k, top_p)
    if temperature == 0:
        return F.one_hot(logits.argmax(-1), logits.shape[-1]).to(torch.float32)
    scores = logits.float() / temperature
    if top_k is not None:
        smallest = scores.topk(min(top_k, scores.shape[-1]), dim=-1).values[..., -1:]
        scores = scores.masked_fill(scores < smallest, -torch.inf)
    if top_p is not None:
        ordered, order = scores.sort(dim=-1, descending=True)
        before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)  # what better guesses add up to
        dropped = (before >= top_p).scatter(-1, order, before >= top_p)
        scores = scores.masked_fill(dropped, -torch.inf)
    return scores.softmax(-1)


def _check_sampling(temperature: float, top_k: int | None, top_p: float | None) -> None:
    if not 0 <= temperature < float("inf"):
        raise ValueError(f"temperature {temperature} makes no sense; choose 0 for the best guess, or a positive number")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k {top_k} lets no token through; choose 1 or more")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p {top_p} is no probability above 0; choose one up to 1")
