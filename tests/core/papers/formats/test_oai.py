"""Are the three metadata formats of arXiv's OAI-PMH read, and its refusals named?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.papers.formats.oai import parse_harvest, parse_oai
from core.papers.paper import Paper, Version
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


def test_the_raw_format_lists_the_dates_of_all_versions():
    first, second = records("oai-raw.xml")[0].history
    assert first == Version(1, datetime(2018, 10, 22, 22, 41, 50, tzinfo=UTC))
    assert second == Version(2, datetime(2019, 1, 13, 11, 17, 9, tzinfo=UTC))


RAW = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>
<identifier>oai:arXiv.org:{id}</identifier></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">{fields}
</arXivRaw></metadata></record></ListRecords></OAI-PMH>"""


def raw(fields: str, id_: str = "2401.00001") -> Paper:
    (paper,) = parse_harvest(RAW.format(id=id_, fields=fields).encode()).records
    assert isinstance(paper, Paper)
    return paper


def test_versions_out_of_order_are_put_in_order():
    paper = raw(
        '<title>T</title><version version="v2"><date>Fri, 02 Feb 2024 10:00:00 GMT</date></version>'
        '<version version="v1"><date>Mon, 01 Jan 2024 10:00:00 GMT</date></version>'
    )
    assert [version.number for version in paper.history] == [1, 2]
    assert (paper.version, paper.updated) == (2, datetime(2024, 2, 2, 10, tzinfo=UTC))


def test_a_date_that_lies_ahead_is_not_believed():
    paper = raw(
        '<title>T</title><version version="v1"><date>Mon, 01 Jan 2024 10:00:00 GMT</date></version>'
        '<version version="v2"><date>Mon, 01 Jan 2924 10:00:00 GMT</date></version>'
    )
    assert paper.history[1] == Version(2, None)
    assert (paper.version, paper.updated) == (2, None)
    assert paper.submitted == datetime(2024, 1, 1, 10, tzinfo=UTC)


def test_a_first_version_dated_after_the_ids_month_is_no_submission():
    paper = raw('<title>T</title><version version="v1"><date>Fri, 01 Mar 2024 10:00:00 GMT</date></version>')
    assert paper.submitted is None


def test_old_ids_latex_html_and_classes_come_as_they_are():
    paper = raw(
        r"<title>A &lt;b&gt;bound&lt;/b&gt; on $O(n^2)$ and"
        "\n   100%</title><authors>A. One (Lab (X)), B. Two</authors><categories>math.GT cs.CL</categories>"
        "<msc-class>57M25</msc-class><acm-class>I.2.7</acm-class>",
        "math/0309136",
    )
    assert paper.id == "math/0309136"
    assert paper.title == "A <b>bound</b> on $O(n^2)$ and 100%"
    assert paper.authors == ("A. One", "B. Two")
    assert paper.categories == ("math.GT", "cs.CL")


def test_a_harvest_has_its_token_and_its_deleted_papers_apart():
    harvest = parse_harvest((LISTS / "oai-arxiv.xml").read_bytes())
    assert harvest.deleted == ("1706.00009",)
    assert "1706.00009" not in str(harvest.records)
    assert (harvest.token, harvest.error) == (None, None)


def test_an_error_answer_is_told_by_its_code():
    harvest = parse_harvest((LISTS / "oai-token-expired.xml").read_bytes())
    assert (harvest.error, harvest.records) == ("badResumptionToken", ())
    assert harvest.message


def test_an_endless_token_is_broken():
    body = (LISTS / "oai-raw.xml").read_text().replace("GetRecord>", "ListRecords>")
    body = body.replace("</ListRecords>", f"<resumptionToken>{'x' * 5_000}</resumptionToken></ListRecords>")
    with pytest.raises(Broken, match="token of 5,000 characters"):
        parse_harvest(body.encode())


@pytest.mark.parametrize("body", [b"<feed/>", b"<record/>", b'<OAI-PMH xmlns="x"/>', b"<!DOCTYPE a><OAI-PMH/>", b"{}"])
def test_anything_but_a_list_of_records_is_broken(body):
    with pytest.raises(Broken):
        parse_harvest(body)


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
