"""Does decoding write what `transformers` writes, and draw as it is told?"""

from __future__ import annotations

import pytest
import torch
from scipy.stats import chi2_contingency, chisquare
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, TopKLogitsWarper, TopPLogitsWarper

from core.gpt.config import GPTConfig
from core.gpt.generate import chances, generate, stream, stream_text
from core.gpt.model import GPT
from core.text.tokenizer import train_tokenizer


@pytest.fixture(scope="module")
def model() -> GPT:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=61, hidden_size=32, num_hidden_layers=2, num_key_value_heads=2, pad_token_id=0))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


PROMPT = torch.tensor([[5, 9, 23, 4, 17], [8, 30, 2, 41, 3]])


def test_greedy_text_equals_that_of_transformers(model: GPT) -> None:
    expected = model.generate(PROMPT, max_new_tokens=15, do_sample=False)
    assert torch.equal(generate(model, PROMPT, max_new_tokens=15), expected)


def test_padded_prompts_and_stops_equal_those_of_transformers(model: GPT) -> None:
    padded = torch.tensor([[0, 0, 5, 9, 23, 4, 17], [8, 30, 2, 41, 3, 9, 12]])
    mask = (padded != 0).long()
    free = generate(model, padded, max_new_tokens=12, attention_mask=mask)
    stop = int(free[0, 10])
    expected = model.generate(padded, attention_mask=mask, max_new_tokens=12, do_sample=False, eos_token_id=stop)
    found = generate(model, padded, max_new_tokens=12, attention_mask=mask, stop=stop)
    assert torch.equal(found, expected)
    assert (found[0, 11:] == 0).all()


def test_tokens_come_one_by_one_and_only_as_they_are_asked_for(model: GPT) -> None:
    seen: list[int] = []
    handle = model.model.embed_tokens.register_forward_hook(
        lambda _module, inputs, _output: seen.append(inputs[0].numel())
    )
    tokens = stream(model, PROMPT, max_new_tokens=10**9)
    assert next(tokens).shape == (2,)
    assert seen == [10]
    next(tokens), next(tokens)
    handle.remove()
    assert seen == [10, 2, 2]


def test_a_seed_decides_the_draws(model: GPT) -> None:
    one, same, other = (
        generate(model, PROMPT, max_new_tokens=20, temperature=1.5, seed=seed).tolist() for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


def test_filters_agree_with_those_of_transformers() -> None:
    logits = torch.randn(4, 50, generator=torch.Generator().manual_seed(0)) * 3
    expected = TopPLogitsWarper(0.8)(None, TopKLogitsWarper(20)(None, logits / 0.7)).softmax(-1)
    assert torch.allclose(chances(logits, temperature=0.7, top_k=20, top_p=0.8), expected)
    assert torch.allclose(chances(logits), logits.softmax(-1))
    assert torch.equal(chances(logits, top_k=1).argmax(-1), logits.argmax(-1))
    assert torch.equal(chances(logits, temperature=0), chances(logits, top_p=1e-9))


def draw_pairs(model: GPT, *, how_many: int, **sampling: float) -> torch.Tensor:
    """How often each pair of tokens follows the first prompt, (7 · 7,)."""
    found = generate(model, PROMPT[:1, :3].remainder(7).expand(how_many, -1), max_new_tokens=2, **sampling)
    return (found[:, 3] * 7 + found[:, 4]).bincount(minlength=49).double()


@pytest.mark.parametrize("temperature", [0.9, 0.7])
def test_draws_have_the_chances_of_the_model_and_those_of_transformers(temperature: float) -> None:
    """Drawn at 0.7 they must not pass for 0.9."""
    torch.manual_seed(1)
    model = GPT(GPTConfig(vocab_size=7, hidden_size=16, num_hidden_layers=1, num_attention_heads=2)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    how_many, filters = 8000, {"top_k": 6, "top_p": 0.97}
    drawn = draw_pairs(model, how_many=how_many, temperature=temperature, seed=3, **filters)

    prompt = PROMPT[:1, :3].remainder(7)
    with torch.no_grad():
        texts = torch.cat((prompt.expand(7, -1), torch.arange(7).unsqueeze(1)), dim=1)
        first, second = chances(model(texts).logits[:, 2:].double(), temperature=0.9, **filters).double().unbind(1)
    expected = (first[0].unsqueeze(1) * second).flatten()
    possible = expected * how_many >= 5
    assert drawn[expected == 0].sum() == 0
    exact = chisquare(drawn[possible], expected[possible] / expected[possible].sum() * drawn[possible].sum()).pvalue

    torch.manual_seed(3)
    theirs = model.generate(
        prompt.expand(how_many, -1), max_new_tokens=2, do_sample=True, temperature=0.9, use_cache=False, **filters
    )
    counts = (theirs[:, 3] * 7 + theirs[:, 4]).bincount(minlength=49).double()
    alike = chi2_contingency(torch.stack((drawn[possible], counts[possible]))).pvalue
    if temperature == 0.9:
        assert min(exact, alike) > 0.01
    else:
        assert max(exact, alike) < 1e-4


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"temperature": -1.0}, "temperature -1.0"), ({"top_k": 0}, "top_k 0"), ({"top_p": 1.5}, "top_p 1.5")],
)
def test_settings_that_make_no_sense_are_named(model: GPT, wrong: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        next(stream(model, PROMPT, max_new_tokens=1, **wrong))
    with pytest.raises(ValueError, match="nothing to go on from"):
        next(stream(model, PROMPT[:, :0], max_new_tokens=1))


@pytest.mark.parametrize(
    "marks", [{"bos_token": "<s>", "eos_token": "</s>"}, {"eos_token": "</s>"}, {}], ids=["two marks", "one", "none"]
)
def test_streamed_text_begins_and_ends_with_the_marks_of_the_tokenizer(marks: dict[str, str]) -> None:
    inner = Tokenizer(models.WordLevel({"a": 0, "b": 1, "c": 2}))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, **marks)
    start = [3] if marks else []
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=1, num_attention_heads=2))
    drawn = {"max_new_tokens": 30, "temperature": 2.0, "seed": 3}
    free = [int(token) for token in stream(model.eval(), torch.tensor([[*start, 1]]), **drawn)]
    end = tokenizer.eos_token_id
    written = free if end is None else free[: free.index(end)]
    assert len(written) > 2
    read: list[list[list[int]]] = []
    model.model.embed_tokens.register_forward_hook(lambda _module, inputs, _output: read.append(inputs[0].tolist()))
    assert "".join(stream_text(model, tokenizer, "b", **drawn)) == tokenizer.decode(written)
    assert read[0] == [[*start, 1]]


def test_nothing_to_begin_with_is_said(model: GPT) -> None:
    with pytest.raises(ValueError, match="nothing to go on from"):
        next(
            stream_text(
                model, PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel())), "", max_new_tokens=1
            )
        )


def test_streamed_text_is_the_whole_text_in_whole_characters() -> None:
    tokenizer = train_tokenizer(["한국어 문장과 text"], vocab_size=258, context=64)
    torch.manual_seed(3)
    model = GPT(GPTConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1)).eval()
    pieces = list(stream_text(model, tokenizer, "한", max_new_tokens=40, temperature=1.0, seed=5))
    ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer("한")["input_ids"]]])
    tokens = [int(token) for token in stream(model, ids, max_new_tokens=40, temperature=1.0, seed=5)]
    assert "".join(pieces) == tokenizer.decode(tokens)
