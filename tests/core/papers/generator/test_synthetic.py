"""Made-up papers: do their words, lengths, days and authors count like real ones, and always come out the same?"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from core.papers.generator.synthetic import Synthetic
from core.papers.generator.vocabulary import vocabulary
from core.papers.ids import parse_arxiv_id
from core.papers.paper import Paper

SAMPLE = 2_000
WORD = re.compile(r"[^\W_]+")


@pytest.fixture(scope="module")
def papers() -> list[Paper]:
    return list(Synthetic(papers=SAMPLE, seed=5).papers())


@pytest.fixture(scope="module")
def abstracts(papers: list[Paper]) -> list[list[str]]:
    return [WORD.findall((paper.abstract or "").lower()) for paper in papers]


def share(abstracts: list[list[str]], unit: str) -> float:
    wanted = unit.split()
    size = len(wanted)
    return sum(any(words[at : at + size] == wanted for at in range(len(words))) for words in abstracts) / len(abstracts)


def test_words_stand_in_as_many_papers_as_in_real_abstracts(abstracts: list[list[str]]) -> None:
    found = Counter(word for words in abstracts for word in set(words))
    units = [unit for unit in vocabulary().units if " " not in unit]
    off = {unit: found[unit] / SAMPLE - vocabulary().share(unit) for unit in units}
    assert max(map(abs, off.values())) < 0.045, sorted(off.items(), key=lambda item: -abs(item[1]))[:5]
    assert [unit for unit in ("language", "reasoning", "retrieval", "the", "models") if abs(off[unit]) >= 0.03] == []
    # Not only one by one: no sort of word is too frequent as a whole.
    for low, high in ((0.5, 1.0), (0.1, 0.5), (0.01, 0.1), (0.001, 0.01)):
        mine = [unit for unit in units if low <= vocabulary().share(unit) < high]
        made, real = (sum(of(unit) for unit in mine) for of in (lambda u: found[u] / SAMPLE, vocabulary().share))
        assert made == pytest.approx(real, rel=0.06), (low, high)


@pytest.mark.parametrize(
    "unit", ["large language models", "chain of thought", "fine tuning", "retrieval augmented generation", "of the"]
)
def test_words_that_belong_together_stand_together(abstracts: list[list[str]], unit: str) -> None:
    real = vocabulary().share(unit)
    assert 0.7 * real - 0.01 < share(abstracts, unit) < 1.25 * real + 0.01


def test_abstracts_and_titles_are_as_long_as_real_ones(papers: list[Paper], abstracts: list[list[str]]) -> None:
    at = (5, 25, 50, 75, 95)
    made = np.percentile([len(words) for words in abstracts], at)
    assert np.abs(made - vocabulary().abstract_lengths[list(at)]).max() < 10
    titles = np.percentile([len(WORD.findall(paper.title)) for paper in papers], at)
    assert np.abs(titles - vocabulary().title_lengths[list(at)]).max() <= 2


def test_the_vocabulary_grows_like_that_of_real_text(abstracts: list[list[str]]) -> None:
    after_1000 = len({word for words in abstracts[:1000] for word in words})
    # 11,350 different words stand in the first thousand of the measured abstracts.
    assert 9_500 < after_1000 < 13_000
    assert len({word for words in abstracts for word in words}) > 1.25 * after_1000


def test_words_are_bursty(abstracts: list[list[str]]) -> None:
    having = [words.count("reasoning") for words in abstracts if "reasoning" in words]
    assert 1.6 < np.mean(having) < 4.0


def test_papers_become_more_over_ten_years_and_come_in_the_order_of_submission(papers: list[Paper]) -> None:
    new = [paper for paper in papers if "/" not in paper.id]
    days = [paper.submitted for paper in new if paper.submitted]
    assert all(one <= other for one, other in pairwise(days))
    years = Counter(day.year for day in days)
    assert years[2025] > years[2021] > years[2017]
    assert min(years) == 2016 and max(years) == 2026
    assert Synthetic(papers=1_000_000, seed=0).sizes[-1] == pytest.approx(22_500, rel=0.05)


def test_ids_are_the_months_and_old_ones_are_there(papers: list[Paper]) -> None:
    assert len({paper.id for paper in papers}) == SAMPLE
    assert all(parse_arxiv_id(paper.id).base == paper.id for paper in papers)
    assert all(paper.submitted and paper.id.startswith(f"{paper.submitted:%y%m}.") for paper in papers[5:])
    assert any("/" in paper.id for paper in papers)


def test_there_are_votes_links_comments_versions_and_withdrawn_papers(papers: list[Paper]) -> None:
    listed = [paper for paper in papers if paper.listed]
    assert 0.01 < len(listed) / SAMPLE < 0.06
    assert all(paper.upvotes is not None for paper in listed)
    assert any(paper.links and paper.stars is not None for paper in listed)
    assert 0 < sum(paper.withdrawn is True for paper in papers) < 0.01 * SAMPLE
    assert 0.3 < sum((paper.version or 0) > 1 for paper in papers) / SAMPLE < 0.5
    assert all(paper.updated and paper.submitted and paper.updated >= paper.submitted for paper in papers)
    assert all(1 <= len(paper.authors) <= 12 and paper.categories for paper in papers)


def test_few_authors_write_much_and_most_write_little(papers: list[Paper]) -> None:
    written = Counter(author for paper in papers for author in paper.authors)
    assert sum(n == 1 for n in written.values()) > 0.7 * len(written)
    families = Counter(author.split()[-1] for paper in papers for author in set(paper.authors))
    assert families.most_common(1)[0][1] > 0.04 * SAMPLE


def test_the_same_seed_gives_the_same_papers_and_another_seed_others() -> None:
    first, again, other = (list(Synthetic(papers=150, seed=seed).papers()) for seed in (1, 1, 2))
    assert first == again
    assert [paper.abstract for paper in first] != [paper.abstract for paper in other]


@pytest.mark.parametrize("papers", [0, 10_000_000])
def test_numbers_that_cannot_be_made_are_refused(papers: int) -> None:
    with pytest.raises(ValueError, match=str(papers)):
        Synthetic(papers=papers, seed=0)
