"""Are the three metadata formats of arXiv's OAI-PMH read, and its refusals named?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.papers.formats.oai import parse_oai
from core.papers.source import Broken, Problem

LISTS = Path(__file__).resolve().parent.parent / "lists"


def records(name: str):
    return list(parse_oai((LISTS / name).read_bytes()))


def test_the_arxiv_format_gives_names_in_order_dates_and_the_first_doi():
    paper = records("oai-arxiv.xml")[0]
    assert paper.id == "1706.05371"
    assert paper.title == "Photosensors in Liquid Xenon Detectors"
    assert paper.authors == ("Tyler Anderson Jr", "A Collaboration")
    assert paper.submitted == datetime(2017, 6, 16, tzinfo=UTC)
    assert paper.updated == datetime(2017, 12, 12, tzinfo=UTC)
    assert (paper.categories, paper.primary_category) == (("physics.ins-det", "hep-ex"), "physics.ins-det")
    assert paper.doi == "10.1103/PhysRevD.93.016005"
    assert paper.comment == "10 pages"


def test_deleted_foreign_and_unreadable_records_are_named():
    problems = {item.where: item.why for item in records("oai-arxiv.xml") if isinstance(item, Problem)}
    assert problems == {
        "oai:arXiv.org:1706.00009": "deleted at arXiv",
        "oai:elsewhere.org:5": "not a record of arXiv",
        "oai:arXiv.org:1706.00010": "metadata format 'marc' is not one of arXiv, arXivRaw and oai_dc",
        "oai:arXiv.org:1706.00011": "no metadata",
    }


def test_a_creation_day_years_after_the_id_is_not_believed():
    paper = next(item for item in records("oai-arxiv.xml") if getattr(item, "id", "") == "1407.7587")
    assert paper.submitted is None


def test_the_raw_format_counts_the_versions():
    paper = records("oai-raw.xml")[0]
    assert paper.version == 2
    assert paper.submitted == datetime(2018, 10, 22, 22, 41, 50, tzinfo=UTC)
    assert paper.updated == datetime(2019, 1, 13, 11, 17, 9, tzinfo=UTC)
    assert paper.authors == ("Raphael Chetrite", "Shamik Gupta", "Izaak Neri", r"\'Edgar Rold\'an")
    assert paper.journal_ref == "EPL 124,60006 (2018)"


def test_dublin_core_is_taken_apart_again():
    paper = records("oai-dublin-core.xml")[0]
    assert paper.id == "astro-ph/9501013"
    assert paper.authors == ("Phillip Helbig", "Rainer Kayser")
    assert (paper.abstract, paper.comment) == ("Written for a test.", "10 pages, wrapped")
    assert (paper.submitted, paper.updated) == (datetime(1995, 1, 5, tzinfo=UTC), datetime(1995, 9, 1, tzinfo=UTC))
    assert (paper.doi, paper.journal_ref) == ("10.1017/S0963548305006826", "Astron.Astrophys.308:359,1996")


def test_other_xml_is_broken():
    with pytest.raises(Broken, match="<feed>"):
        list(parse_oai(b"<feed/>"))
