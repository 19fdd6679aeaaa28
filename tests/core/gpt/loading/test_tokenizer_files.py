"""Does every fast tokenizer load with its special tokens, and does a bad one get one line?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
from tokenizers.models import BPE

import core.gpt
from core.gpt.loading.weight_files import BadCheckpoint

TEXT = "hello 글 <|endoftext|>"


@pytest.fixture(scope="module")
def trained() -> Tokenizer:
    """As GPT-2's, and of a few words."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=280, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(["hello world"] * 5, trainer)
    return tokenizer


@pytest.fixture
def folder(tmp_path: Path, trained: Tokenizer) -> Path:
    trained.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def say(folder: Path, file: str, **values: object) -> None:
    (folder / file).write_text(json.dumps(values), encoding="utf-8")


def test_gpt_2_s_two_files_are_the_same_tokenizer_as_its_one(folder: Path, trained: Tokenizer, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    trained.model.save(str(old))
    say(old, "config.json", model_type="gpt2")
    mine, theirs = core.gpt.load_tokenizer(old), core.gpt.load_tokenizer(folder)
    assert mine(TEXT)["input_ids"] == theirs(TEXT)["input_ids"] == trained.encode(TEXT).ids
    assert mine.decode(mine(TEXT)["input_ids"]) == TEXT
    assert mine.eos_token == "<|endoftext|>"
    # Qwen2 has the same two files, and cuts text into other pieces.
    say(old, "config.json", model_type="qwen2")
    with pytest.raises(BadCheckpoint, match=r"there is no tokenizer\.json"):
        core.gpt.load_tokenizer(old)


@pytest.mark.parametrize(
    ("files", "end"),
    [
        ({"tokenizer_config.json": {"eos_token": "hell"}, "config.json": {"eos_token_id": 0}}, "hell"),
        ({"tokenizer_config.json": {"eos_token": {"content": "hell", "__type": "AddedToken"}}}, "hell"),
        ({"special_tokens_map.json": {"eos_token": "hell"}}, "hell"),
        ({"generation_config.json": {"eos_token_id": [0, 5]}, "config.json": {"eos_token_id": 5}}, "<|endoftext|>"),
        ({"config.json": {"eos_token_id": 0}}, "<|endoftext|>"),
        ({"config.json": {"eos_token_id": 10**6}}, None),
        ({"config.json": {"eos_token_id": "end"}}, None),
        ({"tokenizer_config.json": {"auto_map": {"AutoTokenizer": ["evil.Tokenizer", None]}}}, None),
        ({}, None),
    ],
)
def test_special_tokens_come_from_the_first_file_that_says_them(
    folder: Path, files: dict[str, dict[str, object]], end: str | None
) -> None:
    for name, values in files.items():
        say(folder, name, **values)
    (folder / "evil.py").write_text("raise SystemExit('a model ran its own code')", encoding="utf-8")
    assert core.gpt.load_tokenizer(folder).eos_token == end


@pytest.mark.parametrize(
    ("file", "text"),
    [
        *(("tokenizer.json", text) for text in ("", "{", "[]", "5", "null", "{}", '{"model": 5}', "\xff\xfe")),
        (
            "tokenizer.json",
            '{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": 5}}',
        ),
        ("tokenizer.json", '{"added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["x", "y"]]}}'),
        *(("tokenizer_config.json", text) for text in ("[]", "{", '{"eos_token": 5}', '{"model_max_length": []}')),
        ("tokenizer_config.json", '{"padding_side": "up"}'),
        ("special_tokens_map.json", "[]"),
        ("config.json", "5"),
    ],
)
def test_a_tokenizer_of_the_wrong_shape_is_one_line(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text, encoding="latin-1")
    with pytest.raises(BadCheckpoint, match="damaged") as caught:
        core.gpt.load_tokenizer(folder)
    assert "\n" not in str(caught.value) and str(folder) in str(caught.value)
