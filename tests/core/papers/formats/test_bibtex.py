"""Are arXiv ids found wherever BibTeX files keep them, and titles freed of braces but not of LaTeX?"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from core.papers.formats.bibtex import FORMAT
from core.papers.source import Broken

LISTS = Path(__file__).resolve().parent.parent / "lists"


def page():
    with (LISTS / "library.bib").open("rb") as stream:
        (only,) = FORMAT.read(stream)
    return only


def test_ids_are_found_in_eprint_journal_and_address():
    assert [(paper.id, paper.version) for paper in page().papers] == [
        ("1810.04805", 2),
        ("1706.03762", None),
        ("hep-th/9901001", None),
        ("2005.14165", None),
    ]


def test_protecting_braces_go_and_latex_stays():
    assert page().papers[0].title == r"BERT: Pre-training of Deep $x^{2}$ \emph{Models}"


def test_names_are_turned_and_others_become_et_al():
    assert page().papers[0].authors == ("Jacob Devlin", "Ming-Wei Chang", "et al.")
    assert page().papers[1].authors == ("Ashish Vaswani", "Noam Shazeer")


def test_arxivs_own_doi_is_not_the_journals():
    assert page().papers[0].doi is None
    assert page().papers[2].doi == "10.1234/other"


def test_entries_without_an_id_and_broken_ones_are_named():
    assert [(problem.where, problem.why) for problem in page().problems] == [
        ("nowhere", "no arXiv id"),
        ("line 8", "not a readable BibTeX entry"),
    ]


def test_the_eprint_of_another_archive_is_not_taken_for_arxivs():
    (only,) = FORMAT.read(io.BytesIO(b"@article{a, title={T}, eprint={1706.03762}, archivePrefix={SSRN}}"))
    assert only.papers == ()


def test_latin_1_is_broken_not_garbled():
    with pytest.raises(Broken, match="UTF-8"):
        list(FORMAT.read(io.BytesIO("@article{a, title={Größe}, eprint={1706.03762}}".encode("latin-1"))))
