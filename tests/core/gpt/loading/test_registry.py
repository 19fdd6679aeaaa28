"""Does the list of models say what is here, what could come, and what is wrong, without a model library?"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from core.gpt.config import GPTConfig
from core.gpt.families.family import families
from core.gpt.loading import checkpoints, fetching, hub, registry
from core.gpt.loading.config_files import OWN, kinds
from core.gpt.loading.hub import HubId, Offer, RemoteFile
from core.gpt.model import GPT
from tests.core.gpt.loading.hub_server import files_of, served

SIZES = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "cache"


def named(entries: list[registry.Entry], name: str) -> registry.Entry:
    (found,) = [entry for entry in entries if entry.name == name]
    return found


def test_the_kinds_are_the_families_and_the_core_s_own() -> None:
    assert set(kinds()) == {OWN, *families()}
    assert GPTConfig.model_type == OWN
    assert {item.family for item in registry.KNOWN} <= set(families())
    assert all(hub.read_id(item.repo) == HubId(item.repo) for item in registry.KNOWN)
    assert set(hub.ALIASES.values()) <= {item.repo for item in registry.KNOWN}


def test_house_models_and_known_ones_are_there_from_the_first_day() -> None:
    found = registry.models()
    nano = named(found, "nano")
    assert nano.here and nano.kind == "house" and nano.memory == 4 * (nano.parameters or 0)
    gpt2 = named(found, "openai-community/gpt2")
    assert (gpt2.here, gpt2.bytes, gpt2.licence, gpt2.parameters) == (False, None, "mit", 124_439_808)


@pytest.mark.parametrize(
    "model",
    [
        lambda: GPT2LMHeadModel(GPT2Config(vocab_size=64, n_embd=32, n_layer=2, n_head=4, n_positions=40)),
        lambda: LlamaForCausalLM(LlamaConfig(**SIZES, max_position_embeddings=40)),
        lambda: LlamaForCausalLM(LlamaConfig(**SIZES, max_position_embeddings=40, tie_word_embeddings=True)),
        lambda: GPT(GPTConfig(**SIZES, max_position_embeddings=40)),
    ],
    ids=["gpt2", "llama", "llama, tied", "own"],
)
def test_a_folder_is_described_as_the_model_is(tmp_path: Path, model: object) -> None:
    made = model()  # type: ignore[operator]
    made.save_pretrained(tmp_path / "mine", max_shard_size="20KB")
    found = registry.describe(tmp_path / "mine")
    assert found.parameters == sum(parameter.numel() for parameter in made.parameters())
    assert found.bytes == sum(path.stat().st_size for path in (tmp_path / "mine").glob("*.safetensors"))
    assert (found.family, found.context, found.here) == (made.config.model_type, 40, True)


def test_the_masks_of_the_first_gpt_2_are_no_parameters(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    model = GPT2LMHeadModel(GPT2Config(vocab_size=64, n_embd=32, n_layer=1, n_head=4, n_positions=40))
    model.save_pretrained(tmp_path)
    tensors = {name: value.clone() for name, value in model.state_dict().items()}
    tensors |= {"h.0.attn.bias": torch.ones(1, 1, 40, 40), "h.0.attn.masked_bias": torch.tensor(-1e4)}
    save_file(tensors, tmp_path / "model.safetensors")
    assert registry.describe(tmp_path).parameters == model.num_parameters()


def test_a_folder_that_is_damaged_stays_in_the_list_and_says_why(tmp_path: Path) -> None:
    checkpoints.save(GPT(GPTConfig(**SIZES)), tmp_path / "mine")
    weights = tmp_path / "mine" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    found = named(registry.models([tmp_path / "mine", tmp_path / "gone"]), str(tmp_path / "mine"))
    assert not found.here and "is damaged" in (found.problem or "")


def test_a_folder_that_cannot_be_asked_about_stays_in_the_list_and_says_why(tmp_path: Path) -> None:
    """As one that belongs to somebody else, whose files cannot even be asked whether they are there."""
    unreadable = tmp_path / ("x" * 300)
    found = registry.models([unreadable])[-1]
    assert found.name == str(unreadable) and not found.here and "cannot be read (File name too long)" in found.problem


def test_what_was_downloaded_is_listed_and_what_others_cached_is_not(tmp_path: Path, cache: Path) -> None:
    GPT2LMHeadModel(GPT2Config(vocab_size=64, n_embd=32, n_layer=2, n_head=4)).save_pretrained(tmp_path / "gpt2")
    with served(files_of(tmp_path / "gpt2")) as server:
        offer = hub.ask(HubId("openai-community/gpt2"), endpoint=server.url)
        fetching.download(offer, endpoint=server.url, on_bytes=lambda here: None)
    other = cache / "models--google--bert" / "snapshots" / ("0" * 40)
    other.mkdir(parents=True)
    (other / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    found = registry.models(offers={str(offer.id): offer})
    gpt2 = named(found, "openai-community/gpt2")
    assert gpt2.here and gpt2.kind == "hub" and gpt2.licence == "mit" and gpt2.parameters != 124_439_808
    assert not [entry for entry in found if entry.name == "google/bert"]


def test_what_the_hub_said_of_a_model_is_told() -> None:
    file = RemoteFile(name="model.safetensors", size=7, blob="0" * 40)
    offers = [
        Offer(repo="openai-community/gpt2", revision="main", commit="c", files=(file,), licence="mit"),
        Offer(repo="someone/else", revision="v1", commit="c", files=(file,), licence=None, family="llama", gated=True),
    ]
    found = registry.models(offers={str(offer.id): offer for offer in offers})
    assert named(found, "openai-community/gpt2").bytes == 7
    other = named(found, "someone/else@v1")
    assert (other.bytes, other.licence, other.family, other.gated, other.here) == (7, None, "llama", True, False)


def test_listing_imports_no_model_library() -> None:
    code = (
        "import sys\nfrom core.gpt.loading import registry\nregistry.models()\n"
        "sys.exit(bool({'torch', 'transformers', 'safetensors'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
