"""Is the arXiv id of a citation found, and nothing taken for one that is not?"""

from __future__ import annotations

import pytest

from core.papers.citations import find_arxiv_id


@pytest.mark.parametrize(
    "text",
    [
        "arXiv preprint arXiv:1706.03762",
        "https://arxiv.org/abs/1706.03762",
        "http://www.arxiv.org/pdf/1706.03762.pdf",
        "10.48550/arXiv.1706.03762",
        "https://doi.org/10.48550/ARXIV.1706.03762",
        "https://huggingface.co/papers/1706.03762",
        "see arXiv: 1706.03762 for details",
    ],
)
def test_an_id_is_found_where_arxiv_is_named(text):
    assert find_arxiv_id(exact=[], prose=[text]) == ("1706.03762", None)


def test_an_old_id_and_a_version_are_found():
    assert find_arxiv_id(exact=[], prose=["arXiv:hep-th/9901001v2"]) == ("hep-th/9901001", 2)


def test_a_field_of_its_own_needs_no_name_and_goes_first():
    assert find_arxiv_id(exact=["junk", "1810.04805"], prose=["arXiv:1706.03762"]).base == "1810.04805"


@pytest.mark.parametrize("text", ["1706.03762", "pp. 1706.0376", "arXiv:1713.03762", "10.1234/1706.03762", "arXiv"])
def test_numbers_that_only_look_like_an_id_are_not_taken(text):
    with pytest.raises(ValueError, match="no arXiv id"):
        find_arxiv_id(exact=[], prose=[text])
