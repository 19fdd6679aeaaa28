"""Does a model come whole from the hub, go on after a break, and is every refusal one line?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants
from transformers import GPT2Config, GPT2LMHeadModel

import core.gpt
from core.gpt.loading import fetching, hub
from core.gpt.loading.hub import HubError, HubId
from core.gpt.loading.weight_files import BadCheckpoint
from core.text.tokenizer import train_tokenizer
from tests.core.gpt.loading.hub_server import COMMIT, Hub, files_of, served

CORE = ("config.json", "model.safetensors")
TINY = HubId("tiny/gpt2")
IDS = torch.tensor([[5, 9, 23, 4]])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A small GPT-2 of 2.5 MB as `transformers` saves it, with a tokenizer and with what nobody needs."""
    folder = tmp_path_factory.mktemp("published")
    torch.manual_seed(0)
    GPT2LMHeadModel(GPT2Config(vocab_size=258, n_embd=128, n_layer=3, n_head=4, n_positions=64)).save_pretrained(folder)
    train_tokenizer(["some text"], vocab_size=258, context=64).save_pretrained(folder)
    for name in ("pytorch_model.bin", "README.md", "tf_model.h5", "vocab.json"):
        (folder / name).write_bytes(b"x" * 20_000)
    return files_of(folder)


@pytest.fixture
def server(files: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with that model, and an empty cache."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with served(dict(files)) as found:
        yield found


def fetch(server: Hub, model: HubId = TINY) -> tuple[Path, list[int]]:
    told: list[int] = []
    offer = hub.ask(model, endpoint=server.url)
    return fetching.download(offer, endpoint=server.url, on_bytes=told.append), told


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Qwen/Qwen2-0.5B", HubId("Qwen/Qwen2-0.5B")),
        ("Qwen/Qwen2-0.5B@refs/pr/1", HubId("Qwen/Qwen2-0.5B", "refs/pr/1")),
        ("gpt2", HubId("openai-community/gpt2")),
        ("gpt2-xl@v1", HubId("openai-community/gpt2-xl", "v1")),
        ("nano", None),
        ("../../etc/passwd", None),
        ("a/b/c", None),
        ("a/b@../c", None),
        ("a/b@", None),
        ("/a/b", None),
    ],
)
def test_a_name_is_read_or_is_none(name: str, read: HubId | None) -> None:
    assert hub.read_id(name) == read
    assert read is None or hub.read_id(str(read)) == read


def test_asking_says_what_would_come_and_fetches_nothing(server: Hub, files: dict[str, bytes]) -> None:
    offer = hub.ask(TINY, endpoint=server.url)
    names = [file.name for file in offer.files]
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= set(names)
    assert not {"pytorch_model.bin", "README.md", "tf_model.h5", "vocab.json"} & set(names)
    assert names[-1] == "model.safetensors", "who is refused is refused before the weights"
    assert offer.bytes == sum(len(files[name]) for name in names)
    assert (offer.commit, offer.licence, offer.family, offer.gated) == (COMMIT, "mit", "gpt2", False)
    assert [path for _, path, _ in server.seen] == ["/api/models/tiny/gpt2/revision/main"]
    assert fetching.fetched(offer) == 0


def test_what_was_downloaded_loads_by_its_name_and_the_network_is_not_asked_again(server: Hub) -> None:
    with pytest.raises(BadCheckpoint, match="tiny/gpt2 is not on this machine; .* python -m app models download tiny"):
        core.gpt.load("tiny/gpt2")
    folder, told = fetch(server)
    assert told == sorted(told) and told[-1] == fetching.fetched(hub.ask(TINY, endpoint=server.url))
    asked = len(server.seen)
    with torch.no_grad():
        expected = GPT2LMHeadModel.from_pretrained(folder)(IDS).logits
        assert torch.allclose(core.gpt.load("tiny/gpt2")(IDS).logits, expected, atol=1e-5)
        assert torch.equal(core.gpt.load(f"tiny/gpt2@{COMMIT}")(IDS).logits, core.gpt.load(folder)(IDS).logits)
    assert core.gpt.load_tokenizer("tiny/gpt2").decode([*b"ab"]) != ""
    assert (TINY, folder) in list(hub.cached_models())
    assert len(server.seen) == asked


def test_a_second_download_fetches_nothing(server: Hub) -> None:
    fetch(server)
    server.seen.clear()
    _, told = fetch(server)
    assert not server.fetched("model.safetensors")
    assert told[-1] == fetching.fetched(hub.ask(TINY, endpoint=server.url))


def test_a_download_that_is_stopped_half_way_is_kept_and_gone_on_with(server: Hub, files: dict[str, bytes]) -> None:
    offer = hub.ask(TINY, endpoint=server.url)

    def stop(here: int) -> None:
        if here > offer.bytes // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetching.download(offer, endpoint=server.url, on_bytes=stop)
    kept = fetching.fetched(offer)
    assert offer.bytes // 2 < kept < offer.bytes
    with pytest.raises(BadCheckpoint, match="on this machine; download it"):
        core.gpt.load("tiny/gpt2")
    small = offer.bytes - len(files["model.safetensors"])
    fetch(server)
    assert server.fetched("model.safetensors") == ["bytes=0-", f"bytes={kept - small}-"]
    assert core.gpt.load("tiny/gpt2").config.num_hidden_layers == 3


def test_a_connection_that_is_reset_is_one_line_and_the_next_download_goes_on(server: Hub) -> None:
    server.cut = 1_500_000
    with pytest.raises(HubError, match=r"the hub was lost \(.+\); what came is kept, try again"):
        fetch(server)
    spans = server.fetched("model.safetensors")
    assert len(spans) == 2 and spans[0] == "bytes=0-" and spans[1] != "bytes=0-", "it was tried again where it broke"
    server.cut = None
    fetch(server)
    assert server.fetched("model.safetensors")[2] == spans[1]
    assert core.gpt.load("tiny/gpt2").num_parameters() > 600_000


def test_a_server_that_always_begins_anew_is_listened_to(server: Hub) -> None:
    server.cut = 1_500_000
    with pytest.raises(HubError):
        fetch(server)
    server.cut, server.deaf = None, True
    fetch(server)
    assert core.gpt.load("tiny/gpt2").num_parameters() > 600_000


def test_what_came_damaged_is_thrown_away(server: Hub, files: dict[str, bytes]) -> None:
    offer = hub.ask(TINY, endpoint=server.url)
    server.files["model.safetensors"] = bytes(len(files["model.safetensors"]))
    with pytest.raises(HubError, match=r"model\.safetensors came damaged and was thrown away"):
        fetching.download(offer, endpoint=server.url, on_bytes=lambda here: None)
    server.files["model.safetensors"] = files["model.safetensors"]
    fetching.download(offer, endpoint=server.url, on_bytes=lambda here: None)
    assert core.gpt.load("tiny/gpt2").config.num_hidden_layers == 3


@pytest.mark.parametrize(
    ("status", "head", "words"),
    [
        (401, {}, r"no such model, or it is private \(401\); check the name, or log in"),
        (401, {"X_Error_Code": "GatedRepo"}, "accept its terms first"),
        (403, {}, r"private \(403\)"),
        (404, {"X_Error_Code": "RepoNotFound"}, r"no such model, or it is private \(404\)"),
        (404, {"X_Error_Code": "RevisionNotFound"}, "no such revision"),
        (429, {"Retry_After": "17"}, r"asks for a pause \(429\); try again in 17 seconds"),
        (429, {}, r"asks for a pause \(429\); try again later"),
        (503, {}, "the hub answered with 503; try again later"),
    ],
)
def test_a_refusal_is_one_line(server: Hub, status: int, head: dict[str, str], words: str) -> None:
    server.refuse["/api/models/"] = status, head
    with pytest.raises(HubError, match=words) as caught:
        hub.ask(TINY, endpoint=server.url)
    assert str(caught.value).startswith("tiny/gpt2: ") and "\n" not in str(caught.value)


def test_a_gated_model_is_refused_before_its_weights(server: Hub) -> None:
    """The hub tells everybody what a gated model is, and refuses its files."""
    server.card["gated"] = "manual"
    assert hub.ask(TINY, endpoint=server.url).gated
    server.refuse["/tiny/gpt2/resolve/"] = 403, {"X_Error_Code": "GatedRepo"}
    with pytest.raises(HubError, match="accept its terms first"):
        fetch(server)
    assert not server.fetched("model.safetensors")


def test_no_network_is_one_line(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HubError, match="the hub was lost"):
        hub.ask(TINY, endpoint="http://127.0.0.1:1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set; unset it"):
        hub.ask(TINY, endpoint=server.url)
    assert not server.seen


def test_a_disk_that_is_full_is_not_told_as_a_lost_hub(server: Hub, tmp_path: Path) -> None:
    weights = hub.ask(TINY, endpoint=server.url).files[-1]
    part = tmp_path / "cache" / "models--tiny--gpt2" / "blobs" / f"{weights.blob}.incomplete"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(HubError, match=r"the disk refused it \(.*No space left.*\); make room, or set HF_HOME"):
        fetch(server)


def test_an_answer_that_is_no_hub_s_is_one_line(server: Hub) -> None:
    server.refuse["/api/models/"] = 200, {}
    with pytest.raises(HubError, match="what answered is no hub; check TRENDLAB_HF_URL"):
        hub.ask(TINY, endpoint=server.url)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"siblings": 5}, "what answered is no hub"),
        ({"siblings": [{"rfilename": 5}]}, "what answered is no hub"),
        ({"siblings": None}, r"no config\.json"),
        ({"sha": None}, "which version it has"),
        ({"sha": "../../out"}, "which version it has"),
        ({"siblings": [{"rfilename": "config.json"}, {"rfilename": "model.safetensors"}]}, "does not say what config"),
        (
            {"siblings": [{"rfilename": name, "size": 1, "blobId": "../../x"} for name in CORE]},
            r"does not say what config\.json is",
        ),
        ({"config": 5}, "what answered is no hub"),
    ],
)
def test_an_answer_that_makes_no_sense_is_one_line_and_leads_nowhere(
    server: Hub, card: dict[str, object], words: str
) -> None:
    server.card = card
    with pytest.raises((HubError, BadCheckpoint), match=words):
        hub.ask(TINY, endpoint=server.url)


@pytest.mark.parametrize(
    ("gone", "card", "words"),
    [
        ("model.safetensors", {}, "no safetensors; pickled weights are never read"),
        ("config.json", {}, r"no config\.json"),
        (None, {"config": {"model_type": "bert"}}, "model type 'bert' is not one that the core can be"),
        (
            None,
            {"config": {"model_type": "qwen2", "quantization_config": {"quant_method": "gptq"}}},
            r"quantized \(gptq",
        ),
    ],
)
def test_what_the_core_cannot_load_is_refused_before_it_is_fetched(
    server: Hub, gone: str | None, card: dict[str, object], words: str
) -> None:
    server.files.pop(str(gone), None)
    server.card = card
    with pytest.raises(BadCheckpoint, match=words):
        hub.ask(TINY, endpoint=server.url)


def test_shards_come_with_their_index_and_nothing_beside(server: Hub, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = GPT2LMHeadModel(GPT2Config(vocab_size=258, n_embd=64, n_layer=2, n_head=4, n_positions=64))
    model.save_pretrained(tmp_path / "sharded", max_shard_size="200KB")
    server.files = files_of(tmp_path / "sharded") | {"consolidated.safetensors": bytes(20_000)}
    folder, _ = fetch(server)
    names = {path.name for path in folder.iterdir()}
    assert "model.safetensors.index.json" in names and "consolidated.safetensors" not in names
    assert len(names) > 4
    assert core.gpt.load("tiny/gpt2").config.num_hidden_layers == 2


def test_a_download_that_does_not_fit_is_refused_before_it_begins(server: Hub) -> None:
    server.card["siblings"] = [
        Hub.sibling("config.json", b"{}"),
        {"rfilename": "model.safetensors", "size": 10**18, "blobId": "0" * 40},
    ]
    offer = hub.ask(TINY, endpoint=server.url)
    with pytest.raises(HubError, match=r"1000000000\.0 GB are to come, and the disk of .* has [\d.]+ GB free"):
        fetching.download(offer, endpoint=server.url, on_bytes=lambda here: None)
    assert len(server.seen) == 1
    server.card["safetensors"] = {"parameters": {"BF16": 10**12}, "total": 10**12}
    with pytest.raises(HubError, match=r"needs 2000\.0 GB of memory in half precision, and this machine has"):
        fetching.check_memory(hub.ask(TINY, endpoint=server.url))


def test_a_token_is_sent_to_the_hub_and_never_told(server: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secretsecretsecret")
    server.refuse["/api/models/"] = 403, {}
    with pytest.raises(HubError) as caught:
        hub.ask(TINY, endpoint=server.url)
    assert server.tokens == {"Bearer hf_secretsecretsecret"}
    assert "secret" not in str(caught.value)
