"""The committed queries: is the set made up as it says, and what its script makes?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.benchmarks.queries import COMMON, FILE, RARE, document, load, make, shares
from core.papers.generator.vocabulary import vocabulary
from db.query import parse_text

QUERIES = load()
TERMS = [part for query in QUERIES for part in query.terms]
FILTERS = [part for query in QUERIES for part in query.filters]


def test_there_are_enough_different_queries() -> None:
    assert len({query.text for query in QUERIES}) == len(QUERIES) >= 120


def test_half_of_the_terms_stand_in_a_tenth_of_the_papers() -> None:
    words = [part for part in TERMS if not part.text.endswith("*") and not part.text.startswith("title:")]
    real = [vocabulary().share(part.text.removeprefix("-").strip('"')) for part in words]
    # The index finds a word's other forms too, so that no share is below that of the word itself.
    assert all(part.share > share - 1e-3 for part, share in zip(words, real, strict=True))
    assert sum(share >= COMMON for share in real) / len(real) > 0.4
    assert 0.5 <= sum(part.share >= COMMON for part in TERMS) / len(TERMS) < 0.56


def test_forms_of_a_word_are_one_to_the_index() -> None:
    found = shares()
    assert found.of("retrieval") == found.of("retrieve") > vocabulary().share("retrieval")
    assert found.of("large language model") == found.of("large language models")
    assert found.of_beginning("retri") == pytest.approx(found.of("retrieval"), abs=0.02)


def test_a_quarter_of_the_filters_is_rare() -> None:
    assert 0.25 <= sum(part.share < RARE for part in FILTERS) / len(FILTERS) < 0.3
    kinds = {part.text.partition(":")[0] for part in FILTERS}
    assert {"stage", "topic", "app", "cat", "author", "after", "before", "source", "is", "votes>50"} <= kinds
    assert {"is:unread", "is:withdrawn"} <= {part.text for part in FILTERS}


def test_all_kinds_of_terms_are_asked_for() -> None:
    texts = [part.text for part in TERMS]
    for sort in ('"', "-", "title:"):
        assert sum(text.startswith(sort) for text in texts) >= 8, sort
    assert sum(text.endswith("*") for text in texts) >= 8
    assert {1, 2, 3, 4} <= {len(query.terms) for query in QUERIES}
    both = [query for query in QUERIES if sum(part.share >= COMMON for part in query.terms) > 1]
    assert len(both) >= 20, "common words meet"


def test_the_search_box_takes_every_query_as_it_looks() -> None:
    for query in QUERIES:
        read = parse_text(query.text)
        assert not read.hints and not read.hopeless, query.text


def test_the_file_is_what_its_script_makes() -> None:
    raw = json.loads(FILE.read_text(encoding="utf-8"))
    assert document(raw["seed"], raw["tags"], make(raw["seed"], raw["tags"])) == FILE.read_text(encoding="utf-8")
    assert make(raw["seed"] + 1, raw["tags"]) != QUERIES


@pytest.mark.parametrize("text", ["[]", '{"queries": 3}', '["language"]'])
def test_a_file_without_queries_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"set\.json"):
        load(path)


def test_a_list_of_bare_queries_is_a_set(tmp_path: Path) -> None:
    path = tmp_path / "set.json"
    path.write_text('[{"query": "language"}]', encoding="utf-8")
    assert [query.text for query in load(path)] == ["language"]
