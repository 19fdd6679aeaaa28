"""Does the GPT do what users of `transformers` expect of a model: heads, masks, images, searches, the Trainer?"""

from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSequenceClassification,
    Trainer,
    TrainingArguments,
)

from core.gpt.config import GPTConfig
from core.gpt.model import GPT, GPTForSequenceClassification, GPTModel

PAD = 0
POSITIONS = ["rotary", "learned"]


def make(head: type = GPT, **settings: object) -> GPT:
    torch.manual_seed(0)
    base = {"vocab_size": 31, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "pad_token_id": PAD}
    model = head(GPTConfig(**{**base, **settings})).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


def ids(batch: int = 2, time: int = 7, seed: int = 1) -> Tensor:
    return torch.randint(1, 31, (batch, time), generator=torch.Generator().manual_seed(seed))


def padded(text: Tensor, side: str) -> dict[str, Tensor]:
    """`text` with three tokens of padding on one side, and its mask."""
    pad = torch.full((len(text), 3), PAD)
    longer = torch.cat((pad, text) if side == "left" else (text, pad), dim=1)
    return {"input_ids": longer, "attention_mask": (longer != PAD).long()}


def learn(model: nn.Module, steps: int, rate: float = 0.01, **inputs: Tensor) -> list[float]:
    """Losses before each step."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        loss = model(**inputs).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("labels", [torch.tensor([0, 3, 1, 2]), torch.tensor([0.5, -1.0, 2.0, 0.0])], ids=["4", "1"])
def test_a_classifier_and_a_reward_model_learn_and_come_back(tmp_path, labels: Tensor) -> None:
    classes = 4 if labels.dtype == torch.long else 1
    model, text = make(GPTForSequenceClassification, num_labels=classes), ids(batch=4)
    losses = learn(model.train(), 12, input_ids=text, labels=labels)
    assert losses[-1] < losses[0] / 2
    model.eval().save_pretrained(tmp_path)
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    assert type(again) is GPTForSequenceClassification
    assert again.score.out_features == classes
    assert torch.equal(again(text).logits, model(text).logits)
    assert isinstance(AutoModel.from_pretrained(tmp_path), GPTModel)


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "two-sided"])
@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_on_either_side_leaves_scores_and_logits_alone(side: str, position: str, causal: bool) -> None:
    settings = {"position": position, "causal": causal}
    scorer, text = make(GPTForSequenceClassification, num_labels=3, **settings).double(), ids()
    scores = scorer(text).logits
    assert torch.allclose(scorer(**padded(text, side)).logits, scores, atol=1e-4)
    writer = make(**settings).double()
    place = slice(3, None) if side == "left" else slice(0, 7)
    assert torch.allclose(writer(**padded(text, side)).logits[:, place], writer(text).logits, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 2])
def test_without_a_mask_the_padding_token_says_where_a_text_ends(batch: int) -> None:
    model, text = make(GPTForSequenceClassification, num_labels=3), ids(batch=batch)
    assert torch.allclose(model(padded(text, "right")["input_ids"]).logits, model(text).logits, atol=1e-5)


def test_the_last_token_of_embeddings_is_the_last_that_the_mask_shows() -> None:
    model, text = make(GPTForSequenceClassification, num_labels=3), ids()
    batch = padded(text, "right")
    vectors = model.get_input_embeddings()(batch["input_ids"])
    found = model(inputs_embeds=vectors, attention_mask=batch["attention_mask"]).logits
    assert torch.allclose(found, model(text).logits, atol=1e-5)


def test_several_texts_without_a_word_on_padding_are_refused() -> None:
    model, text = make(GPTForSequenceClassification, pad_token_id=None), ids()
    with pytest.raises(ValueError, match=r"2 texts ends; give attention_mask or set config\.pad_token_id"):
        model(text)
    assert model(text[:1]).logits.shape == (1, 2)
    assert torch.allclose(
        model(text, attention_mask=torch.ones_like(text)).logits[:1], model(text[:1]).logits, atol=1e-5
    )


@pytest.mark.parametrize("position", POSITIONS)
def test_a_masked_language_model_learns_what_is_hidden_from_both_sides(tmp_path, position: str) -> None:
    model, text = make(causal=False, position=position), ids(batch=4)
    mask_id, hidden = 30, torch.zeros_like(text, dtype=torch.bool)
    hidden[:, 3] = True
    batch = {"input_ids": text.masked_fill(hidden, mask_id), "labels": text.masked_fill(~hidden, -100)}
    losses = learn(model.train(), 25, **batch)
    assert losses[-1] < 0.1 < losses[0]
    model.eval().save_pretrained(tmp_path)
    again = AutoModelForMaskedLM.from_pretrained(tmp_path)
    guesses = again(batch["input_ids"]).logits.argmax(-1)
    assert torch.equal(guesses[hidden], text[hidden])


def test_image_patches_in_front_of_the_text_are_read(tmp_path) -> None:
    """As in LLaVA (arXiv:2304.08485): a projection makes patches look like tokens."""
    torch.manual_seed(0)
    model, project = make(), nn.Linear(16, 32)
    images = torch.randn(4, 5, 16)  # (batch, patches, pixels)
    prompt, answers = torch.full((4, 1), 7), torch.tensor([3, 9, 4, 12])  # the same prompt: only the image can tell

    def loss() -> Tensor:
        vectors = torch.cat((project(images), model.get_input_embeddings()(prompt)), dim=1)
        # A causal model learns the label of the next position, so the answer stands behind the prompt.
        answer = model.get_input_embeddings()(answers.unsqueeze(1))
        labels = torch.cat((torch.full((4, 6), -100), answers.unsqueeze(1)), dim=1)
        return model(inputs_embeds=torch.cat((vectors, answer), dim=1), labels=labels).loss

    optimizer = torch.optim.Adam(project.parameters(), lr=0.03)  # the model stays as it is
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        found = loss()
        found.backward()
        optimizer.step()
        losses.append(found.item())
    assert losses[-1] < losses[0] / 4
    vectors = torch.cat((project(images), model.get_input_embeddings()(prompt)), dim=1)
    written = model.generate(inputs_embeds=vectors, max_new_tokens=1, do_sample=False)
    assert torch.equal(written[:, 0], answers)


@pytest.mark.parametrize("way", ["dynamic", "static"])
def test_a_beam_as_wide_as_the_vocabulary_finds_the_best_text(way: str) -> None:
    model = make(vocab_size=6, pad_token_id=None).double()
    prompt = torch.tensor([[0, 1, 4]])
    endings = torch.tensor(list(product(range(6), repeat=3)))
    texts = torch.cat((prompt.expand(len(endings), -1), endings), dim=1)
    chances = model(texts).logits.log_softmax(-1)[:, 2:-1].gather(2, endings.unsqueeze(2)).sum((1, 2))
    found = model.generate(
        prompt,
        attention_mask=torch.ones_like(prompt),
        num_beams=36,
        max_new_tokens=3,
        do_sample=False,
        cache_implementation=way,
    )
    assert torch.equal(found[0], texts[chances.argmax()])
    greedy = model.generate(prompt, max_new_tokens=3, do_sample=False)
    assert not torch.equal(found, greedy), "the search would prove nothing"


@pytest.mark.parametrize("settings", [{}, {"position": "learned", "num_key_value_heads": 1}], ids=POSITIONS)
def test_assisted_decoding_writes_what_the_model_alone_writes(settings: dict) -> None:
    model, draft = make(**settings).double(), make(num_hidden_layers=1, **settings).double()
    prompt = ids(batch=1)
    alone = model.generate(prompt, max_new_tokens=12, do_sample=False)
    assert torch.equal(model.generate(prompt, assistant_model=draft, max_new_tokens=12, do_sample=False), alone)
    assert torch.equal(model.generate(prompt, prompt_lookup_num_tokens=3, max_new_tokens=12, do_sample=False), alone)


def test_the_attention_path_is_chosen_when_loading_or_later(tmp_path) -> None:
    model, text = make(num_key_value_heads=2), ids()
    model.save_pretrained(tmp_path)
    shown = AutoModelForCausalLM.from_pretrained(tmp_path, attn_implementation="eager")
    maps = shown(text, output_attentions=True).attentions
    assert [one.shape for one in maps] == [(2, 4, 7, 7)] * 2
    shown.set_attn_implementation("sdpa")
    assert torch.allclose(shown(text).logits, model(text).logits, atol=1e-6)
    with pytest.raises(ValueError, match="set_attn_implementation"):
        shown(text, output_attentions=True)


def test_hidden_states_go_from_the_embeddings_to_what_the_head_reads() -> None:
    model, text = make(), ids()
    states = model(text, output_hidden_states=True).hidden_states
    assert [one.shape for one in states] == [(2, 7, 32)] * 3
    assert torch.equal(states[0], model.model.embed_tokens(text))
    assert torch.equal(states[-1], model.model(text).last_hidden_state)
    assert torch.equal(model.lm_head(states[-1]), model(text).logits)


def test_the_trainer_of_transformers_trains_and_saves_it(tmp_path) -> None:
    model, text = make(), ids(batch=8)
    before = model.lm_head.weight.clone()
    options = TrainingArguments(
        output_dir=str(tmp_path),
        max_steps=2,
        per_device_train_batch_size=2,
        gradient_accumulation_steps=2,
        gradient_checkpointing=True,
        learning_rate=0.01,
        logging_steps=1,
        save_steps=2,
        use_cpu=True,
        report_to=[],
        disable_tqdm=True,
    )
    trainer = Trainer(model=model, args=options, train_dataset=[{"input_ids": row, "labels": row} for row in text])
    trainer.train()
    losses = [record["loss"] for record in trainer.state.log_history if "loss" in record]
    # Mean over the labels of both micro-batches, as one batch would have it.
    assert len(losses) == 2
    assert not torch.equal(model.lm_head.weight, before)
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "checkpoint-2")
    assert torch.equal(again(text).logits, model.eval()(text).logits)


def test_a_larger_vocabulary_keeps_the_old_rows_and_the_tie() -> None:
    model, text = make(), ids()
    expected = model(text).logits
    model.resize_token_embeddings(40, mean_resizing=False)
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert torch.allclose(model(text).logits[..., :31], expected, atol=1e-6)
    assert model(text).logits.shape[-1] == model.config.vocab_size == 40
