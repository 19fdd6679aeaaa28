"""Does a model answer better if it writes its steps down first? Training on one format, and asking with free decoding.

What is asked is never helped: the model writes every step and the answer itself, greedily, after the question alone.
Then somebody else's steps, or one step turned round, are put in its mouth, to see whether the answer comes from them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.experiment import Cache
from core.gpt.config import GPTConfig
from core.gpt.generate import generate
from core.gpt.model import GPT
from core.text import parity
from core.training.ask import shared_rates
from core.training.flops import TrainingFlops
from core.training.train import train

LAYERS = 2
HEADS = 4
FIRST_WEIGHTS = 0.1
LOOKS = 5
LOOKED_AT = 100  # questions at each look
SEARCHED_ON = 400  # questions, of all lengths, by which a rate is chosen


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One format, and how long it is trained.

    :param rows: questions a step in format steps; shorter formats get more, so that all cost as much compute.
    :param empty: the steps are random bits: the null world.
    """

    form: str
    width: int
    longest: int
    steps: int
    rows: int
    empty: bool
    device: str

    def model(self, *, seed: int) -> GPT:
        """A fresh one; of the same shape for all formats."""
        torch.manual_seed(seed)
        return GPT(
            GPTConfig(
                vocab_size=parity.VOCABULARY,
                hidden_size=self.width,
                intermediate_size=2 * self.width,
                num_hidden_layers=LAYERS,
                num_attention_heads=HEADS,
                max_position_embeddings=2 * self.longest + 3,
                activation="gelu",
                initializer_range=FIRST_WEIGHTS,
                use_cache=False,
            )
        )

    def rows_a_step(self, model: GPT) -> int:
        """So many that a step costs at least what it costs in format steps."""
        flops = TrainingFlops.of(model)
        if flops is None:
            raise ValueError("a model whose shape is not known has no compute to match")
        full, own = (_tokens(form, self.longest) for form in ("steps", self.form))
        return math.ceil(self.rows * full * flops.a_token(full) / (own * flops.a_token(own)))

    def flops(self, model: GPT) -> float:
        """What the whole training costs."""
        flops, tokens = TrainingFlops.of(model), _tokens(self.form, self.longest)
        return float(self.steps * self.rows_a_step(model) * tokens * (flops.a_token(tokens) if flops else math.nan))

    def learn(self, model: GPT, *, rate: float, seed: int, looks: int = LOOKS) -> Iterator[tuple[int, float]]:
        """Train; yields steps done and the share of right answers to long held-out questions, `looks` times.

        :raises core.training.train.Diverged: the rate was too high.
        """
        generator = torch.Generator().manual_seed(seed + 1)
        asked = parity.draw(
            LOOKED_AT, longest=self.longest, length=self.longest, generator=generator, held=True, empty=self.empty
        )
        count = self.rows_a_step(model)
        every = max(1, self.steps // looks)
        records = train(
            model,
            parity.batches(self.form, count=count, longest=self.longest, seed=seed, empty=self.empty),
            steps=self.steps,
            learning_rate=rate,
            warmup=max(1, self.steps // 20),
            weight_decay=0.0,
            device=self.device,
        )
        for record in records:
            if record.step % every == 0 or record.step == self.steps:
                yield record.step, right(answers(model, self.form, asked), asked)

    def searched_rate(self, cache: Cache, rates: Sequence[float]) -> float:
        """The rate after which the right answers are likeliest (`shared_rates`).

        Their likelihood, and over all lengths: the share of right answers to the longest questions is the same coin for
        every rate at which these are not learned, and the same one for every rate at which they are.
        """
        generator = torch.Generator().manual_seed(shared_rates.SEED + 2)
        asked = parity.draw(SEARCHED_ON, longest=self.longest, generator=generator, held=True, empty=self.empty)

        def attempt(rate: float) -> float:
            model = self.model(seed=shared_rates.SEED)
            for _step, _right in self.learn(model, rate=rate, seed=shared_rates.SEED, looks=1):
                continue
            return answer_loss(model, self.form, asked)

        return shared_rates.shared_rate(
            cache, {"of": "scratchpad", "by": "answer loss", "arm": repr(self)}, rates, attempt
        )


def _tokens(form: str, longest: int) -> int:
    """Of a row."""
    return longest + 2 if form == "direct" else 2 * longest + 3


def written(model: GPT, form: str, asked: parity.Questions, *, given: Tensor | None = None) -> Tensor:
    """What the model writes after the questions, greedily, up to its answer.

    :param given: (rows, count), the first steps, put in its mouth; it goes on after them.
    :returns: (rows, all tokens up to the answer), of the format's whole rows, question and given steps included.
    """
    longest = asked.bits.shape[1]
    prompt = parity.rows(form, asked)["input_ids"][:, : parity.prompt_length(form, longest)]
    until = 2 * longest + 3 if form == "steps" else prompt.shape[1] + 1
    if given is not None:
        prompt = torch.cat([prompt, given], dim=1)
    model.eval()
    return generate(model, prompt, max_new_tokens=until - prompt.shape[1]).cpu()


def answers(model: GPT, form: str, asked: parity.Questions, *, given: Tensor | None = None) -> Tensor:
    """The last token that is written: (rows,)."""
    return written(model, form, asked, given=given)[:, -1]


@torch.no_grad()
def answer_loss(model: GPT, form: str, asked: parity.Questions) -> float:
    """Nats lost on the right answer after what the model wrote before it by itself, mean over the questions."""
    own = written(model, form, asked)
    logits = model(input_ids=own[:, :-1].to(model.device)).logits[:, -1].float()
    return float(F.cross_entropy(logits.cpu(), asked.answers))


def right(said: Tensor, asked: parity.Questions) -> float:
    """The share of right answers."""
    return float((said == asked.answers).float().mean())


def another_s_steps(model: GPT, asked: parity.Questions) -> Tensor:
    """Answers after the steps of the question in the row before: (rows,)."""
    return answers(model, "steps", asked, given=asked.states.roll(1, dims=0))


def after_a_turn(model: GPT, own: Tensor, *, longest: int, place: int) -> Tensor:
    """Answers after a step of its own was turned round: (rows,).

    :param own: what the model wrote (`written`), in format steps.
    :param longest: bits of a question.
    :param place: which step, from 0.
    :raises ValueError: there is no such place.
    """
    if not 0 <= place < longest:
        raise ValueError(f"place {place} is not one of {longest} steps")
    prompt = own[:, : longest + 2 + place].clone()
    prompt[:, -1] = 1 - prompt[:, -1].clamp(0, 1)
    model.eval()
    return generate(model, prompt, max_new_tokens=own.shape[1] - prompt.shape[1]).cpu()[:, -1]
