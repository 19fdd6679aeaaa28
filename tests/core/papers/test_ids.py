"""Is a paper known by one id, however it is written, and nothing else taken for one?"""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.papers.ids import ArxivId, month_of, parse_arxiv_id

months = st.tuples(st.integers(7, 40), st.integers(1, 12)).map(lambda month: f"{month[0]:02d}{month[1]:02d}")
new_style = st.builds("{}.{}".format, months, st.from_regex(r"[0-9]{4,5}", fullmatch=True))
old_style = st.builds(
    "{}/{}{}".format,
    st.sampled_from(["hep-th", "cs", "math", "cond-mat", "q-bio"]),
    st.sampled_from(["9108", "9912", "0001", "0703"]),
    st.from_regex(r"[0-9]{3}", fullmatch=True),
)
bases = new_style | old_style
versions = st.none() | st.integers(1, 9_999)
FORMS = (
    "{}",
    " {}\n",
    "arXiv:{}",
    "oai:arXiv.org:{}",
    "https://arxiv.org/abs/{}",
    "http://export.arxiv.org/abs/{}",
    "https://arxiv.org/pdf/{}",
    "https://www.arxiv.org/pdf/{}.pdf",
    "https://arxiv.org/html/{}",
    "https://huggingface.co/papers/{}",
)


@given(bases, versions, st.sampled_from(FORMS))
def test_every_way_of_writing_an_id_is_the_same_paper(base: str, version: int | None, form: str) -> None:
    name = base if version is None else f"{base}v{version}"
    assert parse_arxiv_id(form.format(name)) == ArxivId(base, version)


@given(bases)
def test_a_base_id_is_its_own_and_carries_its_month(base: str) -> None:
    assert parse_arxiv_id(parse_arxiv_id(base).base) == ArxivId(base, None)
    year, month = month_of(base)
    assert 1991 <= year <= 2090
    assert 1 <= month <= 12


@given(st.text(max_size=60) | st.text("0123456789.v/abchep-t:", max_size=20))
@example("2401.00001v0")
@example("2401.000001")
@example("\u0662401.00001")
@example("http://[")
def test_any_text_is_an_id_or_refused_with_its_name(text: str) -> None:
    try:
        found = parse_arxiv_id(text)
    except ValueError as error:
        assert "arXiv id" in str(error)
    else:
        assert parse_arxiv_id(found.base) == ArxivId(found.base, None)
        assert found.base in text or "/" in found.base
        assert found.version is None or found.version >= 1


def test_the_subject_class_of_an_old_id_is_no_other_paper() -> None:
    assert parse_arxiv_id("math.GT/0309136v2") == ArxivId("math/0309136", 2)


@pytest.mark.parametrize("text", ["2413.00001", "hep-th/9900001", "2400.12345"])
def test_a_month_that_does_not_exist_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="month .* does not exist"):
        parse_arxiv_id(text)


@pytest.mark.parametrize("text", ["", "2401", "10.48550/arXiv.2401.00001", "https://evil.example/abs/2401.00001"])
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an arXiv id"):
        parse_arxiv_id(text)
