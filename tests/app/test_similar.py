"""Are the papers that are like one found, with the reason; and does an embedding model rank them where there is one?"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlite_utils import Database

from app import similar as room
from app.cli import run
from app.settings import settings
from app.similar import similar
from core.papers.paper import Paper
from core.papers.similarity.embedding import encoder_name
from core.papers.similarity.likeness import likeness
from db import vectors
from db.papers import upsert
from db.rows import UnknownPaper, key_of
from db.tags import correct

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 8, 3, tzinfo=UTC)
PAPERS = {
    "2401.00001": ("Low-rank adapters for tuning language models", "We fine-tune by low-rank adapter matrices."),
    "2401.00002": ("Rank of adapters in parameter-efficient fine-tuning", "How low a rank do adapters need?"),
    "2401.00003": ("Quantized low-rank adapters", "We tune adapters on a quantized language model."),
    "2401.00004": ("Jailbreak attacks on chatbots", "Adversarial prompts break the safety of aligned chatbots."),
    "2401.00005": ("Retrieval of passages for open questions", "A dense retriever finds passages that answer."),
    "2401.00006": ("언어 모델의 저계수 적응", None),
}
ASKED = "2401.00001"
TEXTS = ["adapters", "low-rank adapters for tuning language models " * 20]


@pytest.fixture
def filled(catalog: Database) -> Database:
    papers = [
        Paper(id=key, title=title, abstract=abstract, submitted=datetime(2024, 1, number, tzinfo=UTC))
        for number, (key, (title, abstract)) in enumerate(PAPERS.items(), start=1)
    ]
    upsert(catalog, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    return catalog


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder with random weights and a tokenizer trained on the spot, as transformers saves it.

    Beside it lies `partial`, which lacks a tensor and says in refused.txt how it was refused, and wanted.jsonl with the
    vectors of `TEXTS`, read one by one and without padding.
    """
    folder = tmp_path_factory.mktemp("models") / "tiny-encoder"
    texts = [f"{title} {abstract}" for title, abstract in PAPERS.values()]
    # In a process of its own, so that this one stays as light as the web process.
    code = f"""
import json, shutil, torch
from pathlib import Path
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import BertConfig, BertModel
from core.papers.similarity.embedding import BadEncoder, encode
from core.papers.similarity.likeness import to_int8
tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
tokenizer.train_from_iterator({texts!r}, trainers.WordPieceTrainer(vocab_size=300, special_tokens=special))
torch.manual_seed(0)
config = BertConfig(vocab_size=tokenizer.get_vocab_size(), hidden_size=16, num_hidden_layers=1,
                    num_attention_heads=2, intermediate_size=16, max_position_embeddings=40, pad_token_id=0)
model = BertModel(config).eval()
folder = Path({str(folder)!r})
model.save_pretrained(folder)
tokenizer.save(str(folder / "tokenizer.json"))
with torch.inference_mode():
    states = [model(input_ids=torch.tensor([tokenizer.encode(text).ids[:38]])) for text in {TEXTS!r}]
vectors = [to_int8(each.last_hidden_state[0].mean(0).numpy()).tolist() for each in states]
(folder.parent / "wanted.jsonl").write_text("\\n".join(map(json.dumps, vectors)))
partial = folder.parent / "partial"
shutil.copytree(folder, partial)
tensors = load_file(partial / "model.safetensors")
del tensors["embeddings.word_embeddings.weight"]
save_file(tensors, partial / "model.safetensors", metadata={{"format": "pt"}})
try:
    list(encode(partial, ["x"]))
except BadEncoder as error:
    (partial / "refused.txt").write_text(str(error))
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True)
    return folder


@pytest.fixture(autouse=True)
def _nothing_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_failed", {})


def ids(found: room.Similar) -> list[str]:
    return [near.stored.paper.id for near in found.papers]


def test_the_nearest_come_first_with_the_words_they_share(filled: Database) -> None:
    found = similar(filled, ASKED)
    assert set(ids(found)[:2]) == {"2401.00002", "2401.00003"}
    assert ASKED not in ids(found) and "2401.00004" not in ids(found)
    assert "adapters" in " ".join(found.papers[0].words)
    assert [near.score for near in found.papers] == sorted((near.score for near in found.papers), reverse=True)
    assert found.known and found.note is None and found.model == likeness().model
    assert len(similar(filled, ASKED, limit=1).papers) == 1


def test_topics_that_both_are_filed_under_are_named(filled: Database) -> None:
    for key in (ASKED, "2401.00003"):
        correct(filled, key, "topic", ["peft"])
        correct(filled, key, "stage", ["adapt"])
    shared = {near.stored.paper.id: [tag.value for tag in near.tags] for near in similar(filled, ASKED).papers}
    assert shared["2401.00003"] == ["peft"] and shared["2401.00002"] == []


def test_vectors_are_made_once_and_kept(filled: Database) -> None:
    first = similar(filled, ASKED)
    keys = [key_of(filled, key) for key in ids(first)]
    kept = vectors.load(filled, likeness().model, keys)
    assert set(kept) == set(keys)
    # Were the vectors made anew, this one would not be found far away.
    nearest = vectors.texts(filled, keys[:1])[0]
    away = (-np.frombuffer(kept[nearest.key], dtype=np.int8)).tobytes()
    vectors.store(filled, likeness().model, [(nearest, away)])
    assert ids(first)[0] not in ids(similar(filled, ASKED))


def test_a_paper_whose_words_changed_is_judged_by_the_new_ones(filled: Database) -> None:
    assert "2401.00003" in ids(similar(filled, ASKED))
    later = NOW.replace(hour=1)
    changed = Paper(id="2401.00003", version=2, title="Jailbreaks", abstract="Of adapters, prompts attack chatbots.")
    upsert(filled, [changed], source="arxiv", day=NOW.date(), seen_at=later)
    near = {found.stored.paper.id: found.score for found in similar(filled, ASKED).papers}
    assert near.get("2401.00003", 0.0) < near["2401.00002"]


def test_a_title_alone_is_enough_and_a_korean_one_says_so(filled: Database) -> None:
    korean = similar(filled, "2401.00006")
    assert not korean.known and korean.papers == ()
    title = Paper(id="2401.00007", title="Adapters of low rank", submitted=datetime(2024, 1, 9, tzinfo=UTC))
    upsert(filled, [title], source="arxiv", day=NOW.date(), seen_at=NOW)
    assert set(ids(similar(filled, "2401.00007"))[:3]) >= {"2401.00002", "2401.00003"}


def test_a_lonely_paper_has_no_similar_one(filled: Database) -> None:
    lonely = Paper(id="2401.00008", title="Galaxies in radio surveys", submitted=datetime(2024, 1, 9, tzinfo=UTC))
    upsert(filled, [lonely], source="arxiv", day=NOW.date(), seen_at=NOW)
    found = similar(filled, "2401.00008")
    assert found.known and found.papers == ()


def test_an_unknown_paper_is_named(filled: Database) -> None:
    with pytest.raises(UnknownPaper, match=r"2401\.99999"):
        similar(filled, "2401.99999")


# --- an embedding model -----------------------------------------------------------------------------------------------


def test_an_embedding_model_ranks_and_is_asked_once(
    filled: Database, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = similar(filled, ASKED)
    # Another test may have brought it in before; this must not.
    had_torch = "torch" in sys.modules
    found = similar(filled, ASKED, embedding_model=str(encoder))
    name = encoder_name(encoder)
    assert found.note is None and found.model == name
    assert set(ids(found)) == set(ids(plain))
    assert [near.score for near in found.papers] != [near.score for near in plain.papers]
    kept = vectors.load(filled, name, [key_of(filled, key) for key in [ASKED, *ids(found)]])
    assert {len(vector) for vector in kept.values()} == {16} and len(kept) == len(found.papers) + 1
    assert ("torch" in sys.modules) == had_torch
    monkeypatch.setattr(room.sys, "executable", "/nowhere/python")
    assert similar(filled, ASKED, embedding_model=str(encoder)) == found


def test_a_vector_is_the_mean_of_the_tokens_and_padding_changes_nothing(encoder: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "app.embedding", str(encoder)],
        cwd=ROOT,
        input="".join(json.dumps({"text": text}) + "\n" for text in TEXTS),
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    ours = np.array([json.loads(line)["vector"] for line in found.stdout.splitlines()])
    wanted = (encoder.parent / "wanted.jsonl").read_text(encoding="utf-8").splitlines()
    assert np.abs(ours - np.array([json.loads(line) for line in wanted])).max() <= 1, "rounding alone may differ"


def test_a_folder_that_is_none_is_one_line_and_the_built_in_vectors_rank(filled: Database, tmp_path: Path) -> None:
    found = similar(filled, ASKED, embedding_model=str(tmp_path / "nowhere"))
    assert ids(found) == ids(similar(filled, ASKED)) and found.model == likeness().model
    assert found.note is not None and "nowhere" in found.note and "\n" not in found.note


def test_weights_that_do_not_fit_are_one_line_and_are_not_tried_at_once_again(
    filled: Database, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (broken / name).write_bytes((encoder / name).read_bytes())
    (broken / "model.safetensors").write_bytes(b"\x00" * 64)
    found = similar(filled, ASKED, embedding_model=str(broken))
    assert found.model == likeness().model and ids(found) == ids(similar(filled, ASKED))
    assert found.note is not None and "broken" in found.note and "cannot be loaded" in found.note

    monkeypatch.setattr(room.sys, "executable", "/nowhere/python")
    assert similar(filled, ASKED, embedding_model=str(broken)) == found


def test_weights_with_missing_tensors_are_refused(encoder: Path) -> None:
    refused = (encoder.parent / "partial" / "refused.txt").read_text(encoding="utf-8")
    assert "embeddings.word_embeddings.weight" in refused and "\n" not in refused


def test_what_an_encoder_has_read_in_time_is_kept(
    filled: Database, encoder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PATIENCE", 0.01)
    found = similar(filled, ASKED, embedding_model=str(encoder))
    assert found.model == likeness().model and found.papers
    assert found.note is not None and "read 0 of" in found.note


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_answers_people_and_programs(
    filled: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(*arguments: str) -> tuple[int, str, str]:
        code = run(["similar", *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    rows = json.loads(said(f"arXiv:{ASKED}v1", "--limit", "2", "--json")[1])
    assert {row["id"] for row in rows} == {"2401.00002", "2401.00003"}
    assert set(rows[0]) == {"id", "title", "submitted", "score", "words", "topics", "applications"}
    assert "Quantized low-rank adapters" in said(ASKED)[1]
    code, out, _ = said("2401.00006")
    assert code == 0 and "known" in out
    assert said("2401.00006", "--json") == (0, "[]\n", "")
    for wrong, expected in (("2401.99999", 1), ("no-id", 2)):
        code, out, err = said(wrong)
        assert (code, out) == (expected, "") and len(err.splitlines()) == 1

    monkeypatch.setenv("TRENDLAB_EMBEDDING_MODEL", "/nowhere")
    settings.cache_clear()
    code, out, err = said(ASKED, "--json")
    assert code == 0 and json.loads(out)
    assert len(err.splitlines()) == 1 and "/nowhere" in err
