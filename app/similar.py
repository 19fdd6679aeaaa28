"""Which papers of the catalog are like this one, and why?

Candidates come from the full-text index, and their vectors from the catalog or, where it has none yet, from
core/papers/similarity/likeness.py here and now. Where a person names an embedding model, the nearest of these are read
by it in a process of its own and ranked by its vectors instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from app.settings import ROOT
from core.papers.similarity.embedding import BadEncoder, encoder_name
from core.papers.similarity.likeness import Terms, cosines, likeness
from core.papers.tags import Tag
from db import vectors
from db.filing import tag_word
from db.records import Stored
from db.rows import key_of
from db.stored import load_stored
from db.vectors import Words

LIMIT = 10
CANDIDATES = 800
WORDS = 12  # that candidates are found by
READ_BY_ENCODER = 200
PATIENCE = 60.0  # seconds that an encoder has; what it has read by then is kept
_FORGIVEN = 600.0  # seconds until a folder that failed is tried again
_SHARED_WORDS = 3
_FLOOR = 0.25  # of a cosine; below it two papers have no more in common than any two of one field

_one_at_a_time = threading.Lock()
_failed: dict[str, tuple[float, str]] = {}  # encoder -> when, and the line that said why


@dataclass(frozen=True, kw_only=True)
class Near:
    """One similar paper, and why it is one.

    :param score: cosine of the two vectors, up to 1.
    :param words: what both say, as it stands in the paper that was asked about, the most telling first.
    :param tags: topics and applications that both are filed under.
    """

    stored: Stored
    score: float
    words: tuple[str, ...]
    tags: tuple[Tag, ...]


@dataclass(frozen=True, kw_only=True)
class Similar:
    """What was found.

    :param papers: nearest first.
    :param known: whether the paper has any word that the vectors know; without one nothing can be near.
    :param model: whose vectors ranked them.
    :param note: one line, in English, where an embedding model was named and could not do its part.
    """

    papers: tuple[Near, ...] = ()
    known: bool = True
    model: str
    note: str | None = None


def similar(db: Database, paper_id: str, *, limit: int = LIMIT, embedding_model: str = "") -> Similar:
    """The papers most like the one with this base id, nearest first.

    :param embedding_model: folder of an encoder; '' ranks by the built-in vectors.
    :raises UnknownPaper: there is no such paper.
    """
    key = key_of(db, paper_id)
    model = likeness()
    (asked,) = load_stored(db, [key])
    terms = model.read(asked.paper.title, asked.paper.abstract)
    vector = model.vector(terms)
    if not vector.any():
        return Similar(known=False, model=model.model)
    words = model.telling(terms, asked.paper.title, asked.paper.abstract, most=WORDS)
    filed = [tag_word("topic", value) for value in asked.values("topic")]
    keys = vectors.candidates(db, key, words, filed, most=CANDIDATES)
    ranked = _nearest(vector, _built_in(db, keys), most=max(limit, READ_BY_ENCODER), floor=_FLOOR)
    answer = Similar(model=model.model)
    if embedding_model and ranked:
        answer, ranked = _by_encoder(db, Path(embedding_model).expanduser(), key, ranked, answer)
    ranked = ranked[:limit]
    found = load_stored(db, [near for near, _ in ranked])
    papers = tuple(_near(asked, terms, stored, score) for stored, (_, score) in zip(found, ranked, strict=True))
    return replace(answer, papers=papers)


def _near(asked: Stored, terms: Terms, stored: Stored, score: float) -> Near:
    paper, other = asked.paper, stored.paper
    shared = likeness().shared(
        terms, likeness().read(other.title, other.abstract), paper.title, paper.abstract, most=_SHARED_WORDS
    )
    its = {(tag.kind, tag.value) for tag in stored.tags}
    tags = (tag for tag in asked.tags if tag.kind != "stage" and (tag.kind, tag.value) in its)
    return Near(stored=stored, score=round(score, 4), words=tuple(shared), tags=tuple(tags))


def _nearest(
    vector: np.ndarray, others: dict[int, bytes], *, most: int, floor: float = -1.0
) -> list[tuple[int, float]]:
    """Keys and cosines, nearest first; of two that are as near, the newer paper first."""
    keys = sorted(others, reverse=True)
    if not keys:
        return []
    near = cosines(vector, np.frombuffer(b"".join(map(others.__getitem__, keys)), dtype=np.int8).reshape(len(keys), -1))
    best = (-near).argsort(kind="stable")[:most]
    return [(keys[place], float(near[place])) for place in best if near[place] >= floor]


def _built_in(db: Database, keys: Sequence[int]) -> dict[int, bytes]:
    """The built-in vectors of these papers; those that were not there yet are made in one batch, and kept."""
    model = likeness()
    held = vectors.load(db, model.model, keys)
    if missing := vectors.texts(db, [key for key in keys if key not in held]):
        made = model.vectors([(words.title, words.abstract) for words in missing])
        new = [(words, vector.tobytes()) for words, vector in zip(missing, made, strict=True)]
        vectors.store(db, model.model, new)
        held |= {words.key: vector for words, vector in new}
    return held


# --- an embedding model -----------------------------------------------------------------------------------------------


def _by_encoder(
    db: Database, folder: Path, key: int, ranked: list[tuple[int, float]], plain: Similar
) -> tuple[Similar, list[tuple[int, float]]]:
    """The nearest by the built-in vectors, ranked anew; as they were, with the reason, where that cannot be done."""
    try:
        name = encoder_name(folder)
        keys = [key, *(near for near, _ in ranked[:READ_BY_ENCODER])]
        held, note = _embedded(db, folder, name, keys)
    except BadEncoder as error:
        return replace(plain, note=f"{error}; ranked by the built-in vectors"), ranked
    if key not in held:
        return replace(plain, note=f"{note or folder}; ranked by the built-in vectors"), ranked
    asked = np.frombuffer(held.pop(key), dtype=np.int8)
    return Similar(model=name, note=note), _nearest(asked, held, most=len(held))


def _embedded(db: Database, folder: Path, name: str, keys: Sequence[int]) -> tuple[dict[int, bytes], str | None]:
    """The encoder's vectors of these papers, and a line where it could not read them all."""
    held = vectors.load(db, name, keys)
    missing = vectors.texts(db, [key for key in keys if key not in held])
    if not missing:
        return held, None
    when, why = _failed.get(name, (-_FORGIVEN, ""))
    if time.monotonic() - when < _FORGIVEN:
        return held, why
    # Two readers at once would take twice the memory, and the second finds what the first has made.
    with _one_at_a_time:
        made, note = _read_by_encoder(folder, missing)
    if note is not None and not made:
        _failed[name] = (time.monotonic(), note)
    new = list(zip(missing, made, strict=False))
    vectors.store(db, name, new)
    return held | {words.key: vector for words, vector in new}, note


def _read_by_encoder(folder: Path, missing: Sequence[Words]) -> tuple[list[bytes], str | None]:
    """As many vectors as the encoder made in time, in the order of the papers, and why there are not more."""
    lines = "".join(json.dumps({"text": f"{words.title}. {words.abstract or ''}".strip()}) + "\n" for words in missing)
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    note = None
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "app.embedding", str(folder.absolute())],
            cwd=ROOT,
            env=environment,
            input=lines.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        told = ended.stdout
        if ended.returncode:
            last = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
            note = (
                last[0].removeprefix("trendlab: ") if last else f"{folder}: the encoder ended with {ended.returncode}"
            )
    except subprocess.TimeoutExpired as error:
        told = error.stdout or b""
    # The last line may have been cut off in the middle, and a library may have said something between.
    whole = [line for line in told[: told.rfind(b"\n") + 1].splitlines() if line.startswith(b'{"vector"')]
    made = [np.array(json.loads(line)["vector"], dtype=np.int8).tobytes() for line in whole]
    if note is None and len(made) < len(missing):
        note = f"{folder}: read {len(made)} of {len(missing)} papers in {PATIENCE:g} seconds; the rest when asked again"
    return made, note
