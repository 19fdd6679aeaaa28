"""Made-up names: different for every rank, and the commonest as common as is said."""

from __future__ import annotations

import numpy as np
import pytest

from core.papers.generator.synthetic_names import Names, rare_word


def test_every_rank_has_a_word_of_its_own() -> None:
    words = {rare_word(rank) for rank in range(60_000)}
    assert len(words) == 60_000
    assert all(word.isascii() and word.isalpha() and word.islower() for word in words)


def test_an_author_is_as_likely_as_is_said() -> None:
    names = Names()
    drawn = names.authors(np.random.default_rng(0), np.full(50_000, 4))
    wanted = f"{names.given(0)} {names.family(0)}"
    # Four authors a paper, of whom few are drawn twice.
    assert sum(wanted in authors for authors in drawn) == pytest.approx(4 * 50_000 * names.share(0), rel=0.35)


def test_nobody_stands_twice_on_a_paper() -> None:
    for authors in Names().authors(np.random.default_rng(0), np.full(300, 12)):
        assert len(set(authors)) == len(authors)
