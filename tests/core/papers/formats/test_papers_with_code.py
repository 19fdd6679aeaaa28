"""Are the dumps read as a stream, with one paper for all rows of its code?"""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.papers.formats.papers_with_code import FORMAT
from core.papers.paper import Link, Paper
from core.papers.reading.files import formats, read_file, recognise_file
from core.papers.source import Broken, Refused

LISTS = Path(__file__).resolve().parent.parent / "lists"
ROOT = Path(__file__).resolve().parents[4]


def page(name: str):
    with (LISTS / name).open("rb") as stream:
        (only,) = FORMAT.read(stream)
    return only


def test_an_entry_with_abstract_gives_its_fields():
    paper = page("pwc-abstracts.json").papers[0]
    assert (paper.id, paper.version) == ("1805.10616", 4)
    assert paper.title == "Dynamic Network Model from Partial Observations"
    assert paper.submitted == datetime(2018, 5, 27, tzinfo=UTC)
    assert (paper.authors, paper.keywords) == (("Elahe Ghalebi", "Baharan Mirzasoleiman"), ("Link Prediction",))


def test_an_arxiv_address_serves_where_the_id_is_missing():
    assert (page("pwc-abstracts.json").papers[1].id, page("pwc-abstracts.json").papers[1].version) == ("1706.03762", 5)


def test_a_paper_that_is_not_on_arxiv_is_named():
    first, second = page("pwc-abstracts.json").problems
    assert (first.where, first.why) == ("Only in the proceedings", "no arXiv id")
    assert second.where == "entry 4"


def test_the_code_links_of_one_paper_come_together():
    first, second = page("pwc-code-links.json").papers
    assert first.links == (Link("code", "https://github.com/x/one"), Link("code", "https://github.com/x/two"))
    assert second.links == (Link("code", "https://github.com/x/bert"),)


class Slow(io.RawIOBase):
    """A dump without end, of which a reader should take no more than it needs."""

    def __init__(self) -> None:
        self.given = 0
        self._rest = b"["

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size:
            number = self.given + len(self._rest)
            entry = {
                "paper_url": "x",
                "arxiv_id": f"1805.{number % 99999 + 1:05d}",
                "title": "T",
                "abstract": "a" * 500,
            }
            self._rest += json.dumps(entry).encode() + b","
        piece, self._rest = self._rest[:size], self._rest[size:]
        self.given += len(piece)
        return piece


def test_a_page_comes_before_the_dump_is_read_to_its_end():
    dump = Slow()
    first = next(iter(FORMAT.read(dump)))
    assert len(first.papers) == 500
    assert dump.given < 2_000_000


def entry(number: int, **facts: object) -> dict[str, object]:
    return {"paper_url": "x", "arxiv_id": f"1805.{number:05d}", "title": "T", **facts}


def read(*entries: object) -> list[Paper]:
    (only,) = FORMAT.read(io.BytesIO(json.dumps(entries).encode()))
    assert not only.problems
    return list(only.papers)


def until_damage(pages: Iterator) -> tuple[list[Paper], str]:
    """The papers that come before the error, and the error."""
    papers: list[Paper] = []
    with pytest.raises(Broken) as caught:
        for one in pages:
            papers += one.papers
    return papers, str(caught.value)


def test_every_paper_before_the_damage_is_kept():
    good = json.dumps([entry(number) for number in range(1, 1201)]).encode()
    cut = good.index(b"1805.01197")
    papers, why = until_damage(FORMAT.read(io.BytesIO(good[:cut])))
    assert [paper.id for paper in papers] == [f"1805.{number:05d}" for number in range(1, 1197)]
    assert "bad JSON" in why


def test_every_paper_before_the_damage_of_a_packed_dump_is_kept_but_for_the_last_few(tmp_path):
    # Not one repeated text, or the last kilobytes would hold thousands of entries.
    dump = [entry(number, abstract=f"{number * 7919:x} " * 40) for number in range(1, 3001)]
    path = tmp_path / "links.json.gz"
    packed = gzip.compress(json.dumps(dump).encode())
    path.write_bytes(packed[: len(packed) * 2 // 3])
    papers, why = until_damage(read_file(path))
    assert 1900 < len(papers) < 2100
    assert [paper.id for paper in papers] == [f"1805.{number:05d}" for number in range(1, len(papers) + 1)]
    assert "damaged gzip" in why


def test_the_authors_own_repos_come_first():
    repos = [
        entry(1, repo_url=f"https://github.com/x/{place}", is_official=stated)
        for place, stated in enumerate([False, None, "yes", True, True])
    ]
    (paper,) = read(*repos)
    assert [link.url[-1] for link in paper.links] == ["3", "4", "0", "1", "2"]


def test_a_repo_that_is_named_twice_is_one_link_and_official_if_it_ever_is():
    one, two = "https://github.com/x/one", "https://github.com/x/two"
    (paper,) = read(
        entry(1, repo_url=one), entry(1, repo_url=two), entry(1, repo_url=two, is_official=True), entry(1, repo_url=one)
    )
    assert paper.links == (Link("code", two), Link("code", one))


def test_a_paper_whose_rows_never_end_has_a_bounded_number_of_links():
    (paper,) = read(*(entry(1, repo_url=f"https://github.com/x/{number}") for number in range(3000)))
    assert len(paper.links) == 1000


@pytest.mark.parametrize(
    ("facts", "id_", "version"),
    [
        ({"arxiv_id": None, "url_abs": "http://arxiv.org/abs/1706.03762v5"}, "1706.03762", 5),
        ({"arxiv_id": "1706.03762", "url_abs": "http://arxiv.org/abs/1706.03762v5"}, "1706.03762", 5),
        ({"arxiv_id": "1706.03762v2", "url_abs": "http://arxiv.org/abs/1706.03762v5"}, "1706.03762", 2),
        ({"arxiv_id": "1706.03762", "url_abs": "http://arxiv.org/abs/1805.00001v5"}, "1706.03762", None),
        ({"arxiv_id": "1706.03762", "url_abs": "http://arxiv.org/abs/nonsense"}, "1706.03762", None),
        ({"arxiv_id": 1706.03762, "url_abs": "http://arxiv.org/abs/1706.03762v5"}, "1706.03762", 5),
        ({"arxiv_id": "cs/0112017", "url_abs": None}, "cs/0112017", None),
    ],
)
def test_the_stated_id_counts_and_the_address_adds_the_version(facts, id_, version):
    (paper,) = read(entry(1) | facts)
    assert (paper.id, paper.version) == (id_, version)


def test_odd_entries_are_problems_with_a_reason_and_the_others_are_kept():
    odd = [None, 7, "text", [], {}, {"title": "No id"}, {"arxiv_id": "9999.99999", "title": "x"}, entry(1, title=None)]
    (only,) = FORMAT.read(io.BytesIO(json.dumps([*odd, entry(2)]).encode()))
    assert [paper.id for paper in only.papers] == ["1805.00002"]
    assert len(only.problems) == len(odd)
    assert all(problem.where and problem.why and "\n" not in problem.why for problem in only.problems)


def test_null_and_mistyped_fields_are_unknown():
    (paper,) = read(
        entry(1, abstract=5, authors="A. One", tasks=[None, {"name": "x"}, "Parsing"], date="3018-01-01", repo_url=[])
    )
    assert paper == Paper(id="1805.00001", title="T", keywords=("Parsing",))


def test_a_repo_that_is_no_web_address_is_no_link():
    (paper,) = read(entry(1, repo_url="javascript:alert(1)"), entry(1, repo_url="file:///etc/passwd"))
    assert paper.links == ()


OTHER_DUMPS = {
    "methods": {
        "url": "https://paperswithcode.com/method/adam",
        "name": "Adam",
        "full_name": "Adam",
        "description": "Written for a test.",
        "paper": {"title": "Adam", "url": "https://paperswithcode.com/paper/adam"},
        "introduced_year": 2014,
        "source_url": "http://arxiv.org/abs/1412.6980v9",
        "source_title": "Adam",
        "code_snippet_url": None,
        "num_papers": 9,
        "collections": [],
    },
    "datasets": {
        "url": "https://paperswithcode.com/dataset/mnist",
        "name": "MNIST",
        "full_name": None,
        "homepage": "http://example.org/",
        "description": "Written for a test.",
        "paper": {"title": "MNIST", "url": "https://paperswithcode.com/paper/mnist"},
        "introduced_date": "1998-01-01",
        "warning": None,
        "modalities": ["Images"],
        "tasks": [],
        "num_papers": 9,
        "data_loaders": [],
    },
    "evaluation-tables": {
        "categories": ["Natural Language Processing"],
        "datasets": [{"dataset": "SST", "dataset_citations": [], "dataset_links": [], "sota": {"rows": []}}],
        "description": "Written for a test.",
        "source_link": None,
        "subtasks": [],
        "synonyms": [],
        "task": "Sentiment Analysis",
    },
}


@pytest.mark.parametrize("name", OTHER_DUMPS)
def test_the_archives_other_dumps_are_known_and_refused_with_a_reason(name, tmp_path):
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps([OTHER_DUMPS[name]] * 3))
    head = path.read_bytes()
    assert [id_ for id_, format_ in formats().items() if format_.recognise(path.name, head)] == [FORMAT.id]
    assert recognise_file(path) is FORMAT
    with pytest.raises(Refused, match=f"dump {name}, which holds .* no papers; import papers-with-abstracts"):
        list(read_file(path))


def test_a_paper_that_lists_its_methods_is_still_a_paper():
    method = {key: value for key, value in OTHER_DUMPS["methods"].items() if key != "url"}
    (paper,) = read(entry(1, methods=[method], tasks=["Parsing"]))
    assert paper.keywords == ("Parsing",)


MEASURE = """
import resource, sys
from pathlib import Path
from core.papers.reading.files import read_file

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def count(path):
    return sum(page.received for page in read_file(Path(path)))

count(sys.argv[1])
before = peak()
print(count(sys.argv[2]), peak() - before)
"""


@pytest.mark.parametrize("suffix", [".json", ".json.gz"])
def test_a_dump_of_30_000_papers_is_read_without_growing(suffix, tmp_path):
    def write(path: Path, count: int) -> Path:
        with gzip.open(path, "wt", compresslevel=1) if suffix.endswith(".gz") else path.open("w") as stream:
            for number in range(count):
                abstract = " ".join(f"{number * place * 2654435761 % 99991:x}" for place in range(1, 180))
                text = json.dumps(entry(number % 99999 + 1, abstract=abstract, tasks=["Parsing"]))
                stream.write(("[" if not number else ",") + text)
            stream.write("]")
        return path

    small, large = write(tmp_path / f"small{suffix}", 1_500), write(tmp_path / f"large{suffix}", 30_000)
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE, str(small), str(large)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        cwd=ROOT,
    )
    received, grown = map(int, ran.stdout.split())
    assert received == 30_000
    # Unpacked, the dump has 30 MiB, and as Python objects far more.
    assert grown < 4 * 1024  # KiB
