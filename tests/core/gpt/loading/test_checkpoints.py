"""Does a folder load as it was saved, and does a damaged one get one clear line?"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

import core.gpt
from core.gpt.config import GPTConfig
from core.gpt.loading import checkpoints
from core.gpt.loading.checkpoints import BadCheckpoint
from core.gpt.model import GPT
from core.text.tokenizer import train_tokenizer

BIASES = {"qkv_bias": True, "output_bias": True, "mlp_bias": True}

IDS = torch.tensor([[5, 9, 23, 4, 17, 8, 30, 2]])


def make(**settings: object) -> GPT:
    torch.manual_seed(0)
    return GPT(GPTConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2, **settings)).eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    checkpoints.save(make(), tmp_path)
    return tmp_path


@pytest.mark.parametrize("settings", [{}, {"tie_word_embeddings": False, "num_key_value_heads": 1, **BIASES}])
def test_what_is_saved_loads_equal_here_and_in_transformers(tmp_path: Path, settings: dict) -> None:
    model = make(**settings)
    checkpoints.save(model, tmp_path)
    expected = model(IDS).logits
    again = core.gpt.load(tmp_path)
    assert torch.equal(again(IDS).logits, expected)
    assert torch.equal(AutoModelForCausalLM.from_pretrained(tmp_path)(IDS).logits, expected)
    assert not again.training
    assert all(parameter.requires_grad for parameter in again.parameters())
    assert (again.lm_head.weight is again.model.embed_tokens.weight) is again.config.tie_word_embeddings


def test_shards_and_folders_of_transformers_load_too(tmp_path: Path) -> None:
    model = make(tie_word_embeddings=False)
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    assert torch.equal(core.gpt.load(tmp_path)(IDS).logits, model(IDS).logits)
    next(tmp_path.glob("model-*.safetensors")).unlink()
    with pytest.raises(BadCheckpoint, match=r"shard .* is missing"):
        core.gpt.load(tmp_path)


def test_stored_bfloat16_loads_as_float32_unless_told(tmp_path: Path) -> None:
    checkpoints.save(make(), tmp_path, dtype=torch.bfloat16)
    assert core.gpt.load(tmp_path).dtype == torch.float32
    assert core.gpt.load(tmp_path, dtype=torch.bfloat16).dtype == torch.bfloat16


def test_a_name_that_is_nothing_lists_what_there_is() -> None:
    with pytest.raises(BadCheckpoint, match=r"~nobody-here/x cannot be read \(Could not determine home directory"):
        core.gpt.load("~nobody-here/x")
    with pytest.raises(BadCheckpoint, match=r"cannot be read \(File name too long\)"):
        core.gpt.load("x" * 300)
    with pytest.raises(BadCheckpoint, match="'gpt-17' is neither a house model"):
        core.gpt.load("gpt-17")


def test_a_truncated_file_is_named(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors is damaged"):
        core.gpt.load(folder)


def test_pickled_weights_are_never_read(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(BadCheckpoint, match="pickled weights are never read"):
        core.gpt.load(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hidden_size": 64, "head_dim": 16}, "is .* in the weights and .* by config.json"),
        ({"num_hidden_layers": 3, "layer_types": None}, r"the weights lack model\.layers\.2"),
        ({"num_hidden_layers": 1}, "layer_types .* for each of the 1 layers"),
        ({"num_hidden_layers": 1, "layer_types": None}, r"the weights hold model\.layers\.1"),
        ({"model_type": "bert"}, "model type 'bert' is not one that the core can be: trendlab_gpt, gpt2, llama"),
        ({"norm": "batch"}, "norm 'batch' is unknown"),
    ],
)
def test_a_config_that_does_not_fit_is_named(folder: Path, change: dict, words: str) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(BadCheckpoint, match=words):
        core.gpt.load(folder)


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "config.json is damaged"), ("[]", "holds no values"), ("{}", "model type None"), ("[" * 10**6, "damaged")],
    ids=["cut off", "a list", "empty", "too deep"],
)
def test_a_config_that_is_none_is_named(folder: Path, text: str, words: str) -> None:
    (folder / "config.json").write_text(text)
    with pytest.raises(BadCheckpoint, match=words):
        core.gpt.load(folder)


def test_a_tokenizer_loads_from_the_folder_or_is_missed(folder: Path) -> None:
    with pytest.raises(BadCheckpoint, match=r"no tokenizer\.json"):
        core.gpt.load_tokenizer(folder)
    train_tokenizer(["some text"], vocab_size=258, context=32).save_pretrained(folder)
    tokenizer = core.gpt.load_tokenizer(folder)
    assert tokenizer.decode(tokenizer("some 글")["input_ids"]) == "some 글"
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(BadCheckpoint, match="damaged"):
        core.gpt.load_tokenizer(folder)


def test_importing_the_package_and_asking_for_house_models_loads_no_torch() -> None:
    code = "import sys, core.gpt; core.gpt.house_models(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_model_that_does_not_fit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Half a terabyte of weights: a header, and a file that is long but takes no room."""
    config = GPTConfig(vocab_size=100_000, hidden_size=100_000, num_hidden_layers=1, num_attention_heads=1)
    with torch.device("meta"):
        model = GPT(config)
    header, offset = {}, 0
    for name, parameter in model.named_parameters():
        size = parameter.numel() * 4
        header[name] = {"dtype": "F32", "shape": list(parameter.shape), "data_offsets": [offset, offset + size]}
        offset += size
    encoded = json.dumps(header).encode()
    with (tmp_path / "model.safetensors").open("wb") as stream:
        stream.write(len(encoded).to_bytes(8, "little") + encoded)
        stream.truncate(8 + len(encoded) + offset)
    config.save_pretrained(tmp_path)
    with pytest.raises(BadCheckpoint, match=r"needs [\d.]+ GB as float32, and cpu has [\d.]+ GB free"):
        core.gpt.load(tmp_path)


def rewrite(folder: Path, change: dict[str, object]) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")


def with_header(folder: Path, header: object, *, size: int = 0) -> None:
    """A weight file with this head, and nothing behind it but a length."""
    encoded = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as stream:
        stream.write(len(encoded).to_bytes(8, "little") + encoded)
        stream.truncate(8 + len(encoded) + size)


WRONG = (None, "x", -1, 0, 10**12, 10**30, 1e30, [], {}, {"a": 1})


@pytest.mark.parametrize(
    "name",
    ["vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "head_dim"]
    + ["intermediate_size", "max_position_embeddings", "rope_stretch", "layer_types", "dtype", "model_type"],
)
def test_a_config_of_wrong_types_and_absurd_sizes_loads_or_is_one_line(folder: Path, name: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for value in WRONG:
        rewrite(folder, {name: value})
        try:
            core.gpt.load(folder)
        except BadCheckpoint as error:
            assert "\n" not in str(error) and len(str(error)) < 1000, value
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000, f"{grown} kB: a billion layers would take far more"


def test_a_config_that_asks_for_a_billion_layers_is_told_so(folder: Path) -> None:
    rewrite(folder, {"num_hidden_layers": 10**9, "layer_types": None})
    with pytest.raises(BadCheckpoint, match=r"asks for 1,000,000,000 layers, and there are \d+ tensors"):
        core.gpt.load(folder)


def test_quantized_weights_are_named(folder: Path) -> None:
    rewrite(folder, {"quantization_config": {"quant_method": "fp8"}})
    with pytest.raises(BadCheckpoint, match=r"its weights are quantized \(fp8\); choose the model as it was made"):
        core.gpt.load(folder)


@pytest.mark.parametrize("dtype", ["F8_E4M3", "I8", "I32", "U8", "BOOL", "F4"])
def test_weights_that_are_no_plain_numbers_are_named_before_any_is_read(folder: Path, dtype: str) -> None:
    header, end = {}, 0
    for name, parameter in make().named_parameters():
        span = [end, end + parameter.numel()]
        header[name] = {"dtype": dtype, "shape": list(parameter.shape), "data_offsets": span}
        end = span[1]
    with_header(folder, header, size=end)
    with pytest.raises(BadCheckpoint, match=f"is stored as {dtype}, and the core reads F64, F32, F16, BF16"):
        core.gpt.load(folder)


@pytest.mark.parametrize(
    "header",
    [
        [],
        5,
        {"a": 5},
        {"a": {"dtype": "F32", "shape": 5, "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": ["x"], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": []}},
        {"a": {"dtype": "F32", "shape": [1]}},
    ],
)
def test_a_header_of_the_wrong_shape_is_named(folder: Path, header: object) -> None:
    with_header(folder, header)
    with pytest.raises(BadCheckpoint, match=r"model\.safetensors is damaged"):
        core.gpt.load(folder)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("[]", "is damaged"),
        ('{"weight_map": 5}', "is damaged"),
        ('{"weight_map": {"a": 5}}', "is damaged"),
        ('{"weight_map": {}}', "is missing"),
        ('{"weight_map": {"a": "../../etc/passwd"}}', r"shard \.\./\.\./etc/passwd is missing"),
        ('{"weight_map": {"a": "model-2.safetensors"}}', r"shard model-2\.safetensors is missing"),
    ],
)
def test_an_index_that_leads_nowhere_is_named(folder: Path, index: str, words: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")
    with pytest.raises(BadCheckpoint, match=words):
        core.gpt.load(folder)
