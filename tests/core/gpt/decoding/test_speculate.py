"""May a text be guessed ahead without a trace in it?"""

from __future__ import annotations

import pytest
import torch
from scipy.stats import chisquare

from core.gpt.config import GPTConfig
from core.gpt.decoding.speculate import PromptLookup, judge, speculate
from core.gpt.generate import chances, generate
from core.gpt.model import GPT

PROMPT = torch.tensor([[5, 9, 23, 4, 17, 9, 23]])


def make(seed: int, *, layers: int = 2, noise: float = 0.3, **kind: object) -> GPT:
    torch.manual_seed(seed)
    sizes = {"vocab_size": 41, "hidden_size": 32, "num_hidden_layers": layers, "num_attention_heads": 4}
    model = GPT(GPTConfig(**sizes | kind))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * noise)
    return model.eval()


def nearly(model: GPT, noise: float) -> GPT:
    """A model that often guesses like `model`, but not always."""
    other = GPT(model.config).to(model.dtype).eval()
    other.load_state_dict(model.state_dict())
    torch.manual_seed(9)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(torch.randn_like(parameter) * noise)
    return other


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_text_is_that_of_plain_greedy_decoding(seed: int, ahead: int, dtype: torch.dtype) -> None:
    model = make(seed, sliding_window=6 if seed else None, num_key_value_heads=2).to(dtype)
    expected = generate(model, PROMPT, max_new_tokens=24)
    for draft in (nearly(model, 0.02), make(7, layers=1).to(dtype), PromptLookup(), model):
        found = speculate(model, draft, PROMPT, max_new_tokens=24, ahead=ahead)
        assert torch.equal(found.ids, expected)
        assert 0 <= found.accepted <= found.drafted <= ahead * found.readings
        # Each reading adds one token of the model's own to the guesses that stayed; the prompt gave the first.
        assert found.readings + found.accepted == 23
        if draft is model:
            assert found.accepted == found.drafted > 0


def test_good_guesses_save_readings_and_bad_ones_do_not() -> None:
    model = make(0)
    alike, strange = (
        speculate(model, draft, PROMPT, max_new_tokens=30) for draft in (nearly(model, 0.01), make(7, layers=1))
    )
    assert alike.readings < 20
    assert alike.accepted / alike.drafted > strange.accepted / strange.drafted


def test_a_text_that_repeats_is_guessed_from_itself() -> None:
    model = make(0)
    with torch.no_grad():
        # Without layers the next token is a function of the last: the text runs in circles.
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
    model.lm_head.weight = torch.nn.Parameter(model.model.embed_tokens.weight.roll(1, dims=0))
    prompt = torch.arange(41).repeat(2)[None, :60]
    found = speculate(model, PromptLookup(), prompt, max_new_tokens=30)
    assert torch.equal(found.ids, generate(model, prompt, max_new_tokens=30))
    assert found.accepted > 15
    assert found.readings < 12


def test_it_stops_where_plain_decoding_stops() -> None:
    model = make(0)
    free = generate(model, PROMPT, max_new_tokens=20)
    stop = int(free[0, 15])
    expected = generate(model, PROMPT, max_new_tokens=20, stop=stop)
    for draft in (nearly(model, 0.01), PromptLookup()):
        assert torch.equal(speculate(model, draft, PROMPT, max_new_tokens=20, stop=stop).ids, expected)


def surprise(model: GPT, ids: torch.Tensor, *, first: int, temperature: float) -> float:
    """How far the tokens' summed log chances are from what they should be, in standard deviations."""
    with torch.no_grad():
        found = chances(model(ids).logits[:, first - 1 : -1], temperature=temperature).double()[0]
    logs = found.log()
    mean = (found * logs).sum(-1)
    spread = ((found * logs.square()).sum(-1) - mean.square()).sum().sqrt()
    return float((logs.gather(1, ids[0, first:, None]).sum() - mean.sum()) / spread)


def test_what_is_drawn_has_the_chances_of_the_model() -> None:
    model, draft = make(3, noise=0.1), make(4, noise=0.1, layers=1)
    found = speculate(model, draft, PROMPT, max_new_tokens=300, ahead=3, temperature=0.8, seed=1)
    assert 0.1 < found.accepted / found.drafted < 0.95
    assert abs(surprise(model, found.ids, first=7, temperature=0.8)) < 3
    assert abs(surprise(model, found.ids, first=7, temperature=0.5)) > 5
    assert abs(surprise(draft, found.ids, first=7, temperature=0.8)) > 5


@pytest.mark.parametrize("biased", [False, True])
def test_guesses_are_kept_and_replaced_so_that_the_chances_stay_exact(biased: bool) -> None:
    """Over many rounds; where guesses come from other chances than the rule is told, it must show."""
    generator = torch.Generator().manual_seed(0)
    expected, wanted = (torch.rand(count, 6, generator=generator).square() for count in (1, 2))
    expected, wanted = expected / expected.sum(1, keepdim=True), wanted / wanted.sum(1, keepdim=True)
    firsts = torch.zeros(6)
    source = expected.flip(1) if biased else expected
    for guess in torch.multinomial(source[0], 3000, replacement=True, generator=generator):
        count, following = judge(guess.view(1), expected, wanted, generator)
        firsts[guess if count else following[0]] += 1
    chance = chisquare(firsts.double(), wanted[0].double() / wanted[0].double().sum() * 3000).pvalue
    assert chance < 1e-4 if biased else chance > 0.01


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ids": PROMPT.repeat(2, 1)}, "one text"),
        ({"ahead": 0}, "ahead 0 guesses nothing"),
        ({"draft": make(0, vocab_size=40)}, "vocabulary of 40 and the model one of 41"),
        ({"temperature": -1.0}, "temperature -1.0"),
        ({"model": make(0, rope_stretch={"type": "dynamic", "factor": 2.0})}, "dynamic rope_stretch"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(wrong: dict, words: str) -> None:
    given = {"model": make(0), "draft": PromptLookup(), "ids": PROMPT, "max_new_tokens": 3} | wrong
    with pytest.raises(ValueError, match=words):
        speculate(**given)
