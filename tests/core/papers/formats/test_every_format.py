"""Does every format keep its contract, and is every sample file known to exactly one of them?"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from core.language import Text
from core.papers.ids import parse_arxiv_id
from core.papers.reading.files import HEAD, formats, read_file
from core.papers.reading.streams import open_unpacked
from core.papers.source import Broken, Refused

LISTS = Path(__file__).resolve().parent.parent / "lists"

# file: (format, papers, problems) or (format, the error, words of its reason)
EXPECTED = {
    "atom-two-papers.xml": ("arxiv-atom", 2, 0),
    "atom-utf16.xml": ("arxiv-atom", 2, 0),
    "atom-bad-entries.xml": ("arxiv-atom", 2, 3),
    "atom-error.xml": ("arxiv-atom", Refused, "incorrect id format for abc"),
    "atom-empty.xml": ("arxiv-atom", Refused, "holds no papers"),
    "atom-truncated.xml": ("arxiv-atom", Broken, "bad XML"),
    "feed-announcements.xml": ("arxiv-feed", 2, 0),
    "feed-rss.xml": ("arxiv-feed", 1, 1),
    "feed-error.xml": ("arxiv-feed", Refused, "Feed error for query: cs.XX"),
    "feed-holiday.xml": ("arxiv-feed", Refused, "holds no papers"),
    "hf-day.json.gz": ("hf-daily", 1, 0),
    "hf-odd-rows.json": ("hf-daily", 2, 8),
    "library.bib": ("bibtex", 4, 2),
    "library.ris": ("ris", 2, 2),
    "metadata-snapshot.json": ("jsonl", 1, 0),
    "own-export.jsonl": ("jsonl", 2, 4),
    "oai-arxiv.xml": ("oai", 2, 4),
    "oai-raw.xml": ("oai", 1, 0),
    "oai-dublin-core.xml": ("oai", 1, 0),
    "oai-identify.xml": ("oai", Refused, "Identify, which holds no paper metadata"),
    "oai-elsewhere.xml": ("oai", Refused, "not arXiv's"),
    "oai-token-expired.xml": ("oai", Refused, "badResumptionToken"),
    "pwc-abstracts.json": ("papers-with-code", 2, 2),
    "pwc-code-links.json": ("papers-with-code", 2, 0),
    "pwc-api-papers.json": ("papers-with-code", 1, 0),
    "pwc-api-results.json": ("papers-with-code", Refused, "evaluation results"),
    "pwc-single.json": ("papers-with-code", 1, 0),
}


def test_no_sample_file_lies_unused_and_none_is_missing():
    assert {path.name for path in LISTS.iterdir()} == set(EXPECTED)


def test_every_format_has_a_sample():
    assert set(formats()) == {expected[0] for expected in EXPECTED.values()}


@pytest.mark.parametrize("format_id", formats())
def test_a_format_says_its_name_in_both_languages(format_id):
    title = formats()[format_id].title
    assert isinstance(title, Text)
    assert title.en
    assert title.ko


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_is_recognised_by_one_format_only(name):
    with open_unpacked(LISTS / name) as stream:
        head = stream.read(HEAD)
    if head.startswith(b"\xff\xfe"):
        head = head.decode("utf-16").encode()
    assert [id_ for id_, format_ in formats().items() if format_.recognise(name, head)] == [EXPECTED[name][0]]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_gives_its_papers_or_a_reason_in_one_line(name):
    _, papers, rest = EXPECTED[name]
    if isinstance(papers, int):
        pages = list(read_file(LISTS / name))
        assert sum(len(page.papers) for page in pages) == papers
        assert sum(len(page.problems) for page in pages) == rest
    else:
        with pytest.raises(papers, match=rest) as caught:
            list(read_file(LISTS / name))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name, (_, papers, _) in EXPECTED.items() if isinstance(papers, int)])
def test_every_paper_and_problem_is_sound(name):
    for page in read_file(LISTS / name):
        assert page.received == len(page.papers) + len(page.problems)
        assert page.requests == 0
        assert page.checkpoint is None
        for paper in page.papers:
            assert parse_arxiv_id(paper.id) == (paper.id, None)
            assert paper.title == " ".join(paper.title.split()) != ""
            assert all(paper.authors)
            repr(paper).encode("utf-8")
        for problem in page.problems:
            assert problem.where
            assert problem.why
            assert "\n" not in problem.why


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_packed_with_gzip_says_the_same_as_the_plain_one(name, tmp_path):
    with open_unpacked(LISTS / name) as stream:
        content = stream.read()
    plain = tmp_path / name.removesuffix(".gz")
    plain.write_bytes(content)
    packed = tmp_path / f"{plain.name}.gz"
    packed.write_bytes(gzip.compress(content))

    def outcome(path: Path) -> object:
        try:
            return list(read_file(path))
        except (Refused, Broken) as error:
            return str(error)

    assert outcome(plain) == outcome(packed)


@pytest.mark.parametrize("format_id", formats())
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00rubbish",
        b"plain words",
        b"[" * 100_000,
        b"{",
        b"<a>" * 1000,
        b"\x00" * 99,
        b'"' * 999,
        b"9" * 9999,
    ],
    ids=["bytes", "words", "nested list", "brace", "nested tags", "zeros", "quotes", "number"],
)
def test_rubbish_is_never_a_crash(format_id, content, tmp_path):
    path = tmp_path / "rubbish"
    path.write_bytes(content)
    try:
        pages = list(read_file(path, format_id))
    except (Refused, Broken):
        return
    assert all(not page.papers for page in pages)
