"""New domains: summaries, and the abstracts of one's own catalog."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from core.text.domains import old_ids, split_domain
from core.text.starter_text import split


@dataclass(frozen=True)
class Described:
    """What is read of a paper."""

    id: str
    abstract: str | None


CATALOG = [Described(f"2301.{number:05}", f"abstract {number}" if number % 4 else None) for number in range(40)]


def test_summaries_are_those_of_the_starter_catalog() -> None:
    assert split_domain("korean", (), seed=3, train=5, validation=2, test=3) == split(
        "ko", seed=3, train=5, validation=2, test=3
    )


def test_abstracts_are_the_catalogs_and_a_paper_without_one_does_not_count() -> None:
    parts = split_domain("abstracts", CATALOG, seed=1, train=20, validation=5, test=5)
    drawn = [*parts.train, *parts.validation, *parts.test]
    assert len(set(drawn)) == 30
    assert all(text.startswith("abstract ") for text in drawn)
    fewer = split_domain("abstracts", CATALOG, seed=1, train=5, validation=5, test=5)
    assert (fewer.test, fewer.train) == (parts.test, parts.train[:5])


def test_a_catalog_with_too_few_abstracts_is_told_how_many_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"21 \+ 5 \+ 5 papers are more than the 30 of the catalog's abstracts; train on 20"
    ):
        split_domain("abstracts", CATALOG, seed=1, train=21, validation=5, test=5)
    with pytest.raises(ValueError, match="hold out fewer, or get more"):
        split_domain("abstracts", CATALOG[:4], seed=1, train=1, validation=5, test=5)


def test_the_old_domain_is_code_in_the_models_own_tokens() -> None:
    ids = old_ids("nano")
    assert ids.ndim == 1
    assert len(ids) > 50_000
