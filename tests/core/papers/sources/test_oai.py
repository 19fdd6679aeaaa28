"""Is a harvest read set by set to its end, its tokens used while they live, and its errors told from its silences?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.paper import Version
from core.papers.source import Broken, Throttled, Unreachable, Window
from core.papers.sources.oai import SOURCE, set_of

TODAY = datetime.now(UTC).date()
WINDOW = Window(since=date(2026, 1, 5), until=date(2026, 1, 6), categories=("cs.CL",))
TWO_SETS = Window(since=date(2026, 1, 5), until=date(2026, 1, 6), categories=("cs.CL", "hep-th"))

RAW = """<record><header><identifier>oai:arXiv.org:{id}</identifier><datestamp>2026-01-05</datestamp></header>
<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{id}</id>
<version version="v1"><date>Mon, 05 Jan 2026 10:00:00 GMT</date></version>
<version version="v2"><date>Tue, 06 Jan 2026 11:00:00 GMT</date></version>
<title>Paper {id}</title><authors>Ada One and Bo Two</authors><categories>cs.CL cs.LG</categories>
<abstract>Written for a test.</abstract></arXivRaw></metadata></record>"""
DELETED = '<record><header status="deleted"><identifier>oai:arXiv.org:{id}</identifier></header></record>'


def answer(inside: str) -> str:
    return f'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{inside}</OAI-PMH>'


def listing(*ids: str, token: str = "", deleted: tuple[str, ...] = ()) -> str:
    records = "".join(RAW.format(id=id_) for id_ in ids) + "".join(DELETED.format(id=id_) for id_ in deleted)
    return answer(f"<ListRecords>{records}<resumptionToken>{token}</resumptionToken></ListRecords>")


def error(code: str, message: str = "") -> str:
    return answer(f'<error code="{code}">{message}</error>')


@pytest.fixture
def harvest(server):
    return SOURCE.open(endpoint=server.url + "/oai", http=Http(gate=Gate(delay=0.01)))


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("cs.CL", "cs:cs:CL"),
        ("stat.ML", "stat:stat:ML"),
        ("math.AG", "math:math:AG"),
        ("eess.AS", "eess:eess:AS"),
        ("q-bio.NC", "q-bio:q-bio:NC"),
        ("hep-th", "physics:hep-th"),
        ("math-ph", "physics:math-ph"),
        ("astro-ph.GA", "physics:astro-ph:GA"),
        ("physics.bio-ph", "physics:physics:bio-ph"),
        ("cs", "cs:cs"),
    ],
)
def test_a_category_is_the_set_that_arxiv_calls_group_archive_and_subject(category, expected):
    assert set_of(category) == expected


def test_the_days_and_the_set_are_asked_for_in_the_raw_format(server, harvest):
    server.say(listing("2601.00001"))
    (page,) = harvest.pages(WINDOW)
    assert server.seen[0].query == {
        "verb": "ListRecords",
        "metadataPrefix": "arXivRaw",
        "set": "cs:cs:CL",
        "from": "2026-01-05",
        "until": "2026-01-06",
    }
    assert (page.received, page.said, page.checkpoint, page.requests) == (1, None, None, 1)


def test_a_record_brings_the_history_of_its_versions(server, harvest):
    server.say(listing("2601.00001"))
    ((paper,),) = (page.papers for page in harvest.pages(WINDOW))
    first, second = datetime(2026, 1, 5, 10, tzinfo=UTC), datetime(2026, 1, 6, 11, tzinfo=UTC)
    assert (paper.version, paper.submitted, paper.updated) == (2, first, second)
    assert paper.history == (Version(1, first), Version(2, second))


def test_an_open_end_is_left_out_and_so_is_a_day_before_the_oldest_datestamp(server, harvest):
    server.say(listing("2601.00001"))
    for window in (
        Window(since=TODAY - timedelta(days=1), until=TODAY),
        Window(since=date(1991, 1, 1), until=TODAY + timedelta(days=3)),
    ):
        list(harvest.pages(window))
    incremental, everything = (set(seen.query) for seen in server.seen)
    assert incremental == {"verb", "metadataPrefix", "from"}
    assert everything == {"verb", "metadataPrefix"}


def test_a_token_is_asked_for_alone_and_followed_to_the_end(server, harvest):
    server.say(listing("2601.00001", token="from%3D2026 1"))
    server.say(listing("2601.00002"))
    first, second = harvest.pages(WINDOW)
    assert server.seen[1].query == {"verb": "ListRecords", "resumptionToken": "from%3D2026 1"}
    assert [paper.id for paper in (*first.papers, *second.papers)] == ["2601.00001", "2601.00002"]
    assert first.checkpoint == {"set": 0, "token": "from%3D2026 1", "day": TODAY.isoformat()}
    assert second.checkpoint is None


def test_one_set_follows_the_other_and_a_set_without_records_is_no_failure(server, harvest):
    server.say(error("noRecordsMatch"))
    server.say(listing("2601.00002"))
    first, second = harvest.pages(TWO_SETS)
    assert [seen.query["set"] for seen in server.seen] == ["cs:cs:CL", "physics:hep-th"]
    assert (first.received, first.checkpoint["set"]) == (0, 1)
    assert (second.received, second.checkpoint) == (1, None)


def test_the_same_records_in_two_sets_are_no_endless_list(server, harvest):
    server.say(listing("2601.00001"))
    assert [page.received for page in harvest.pages(TWO_SETS)] == [1, 1]


def test_todays_token_is_gone_on_with(server, harvest):
    server.say(listing("2601.00009"))
    checkpoint = json.loads(json.dumps({"set": 1, "token": "abc", "day": TODAY.isoformat()}))
    list(harvest.pages(TWO_SETS, checkpoint))
    assert [seen.query for seen in server.seen] == [{"verb": "ListRecords", "resumptionToken": "abc"}]


def test_a_token_of_an_earlier_day_is_dead_and_its_set_begun_again(server, harvest):
    server.say(listing("2601.00009"))
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    list(harvest.pages(TWO_SETS, {"set": 1, "token": "abc", "day": yesterday}))
    assert "resumptionToken" not in server.seen[0].query
    assert [seen.query["set"] for seen in server.seen] == ["physics:hep-th"]


def test_a_token_that_dies_on_the_way_begins_its_set_again_once(server, harvest):
    server.say(listing("2601.00001", token="abc"))
    server.say(error("badResumptionToken", "expired"))
    server.say(listing("2601.00001", token="def"))
    server.say(listing("2601.00002"))
    pages = list(harvest.pages(WINDOW))
    assert [page.received for page in pages] == [1, 1, 1]
    assert [page.requests for page in pages] == [1, 2, 1]
    assert server.seen[2].query["set"] == "cs:cs:CL"


def test_tokens_that_die_again_and_again_are_broken_with_their_code(server, harvest):
    for _ in range(2):
        server.say(listing("2601.00001", token="abc"))
        server.say(error("badResumptionToken", "expired"))
    pages = harvest.pages(WINDOW)
    assert next(pages).checkpoint["token"] == "abc"
    assert next(pages).received == 1
    with pytest.raises(Broken, match="badResumptionToken: expired") as caught:
        next(pages)
    assert caught.value.requests == 1


@pytest.mark.parametrize("code", ["badArgument", "cannotDisseminateFormat", "badVerb"])
def test_any_other_error_is_broken_with_its_code(server, harvest, code):
    server.say(error(code, "Set does not exist"))
    with pytest.raises(Broken, match=f"{code}: Set does not exist"):
        list(harvest.pages(WINDOW))


def test_an_error_with_its_own_status_is_told_in_arxivs_words(server, harvest):
    server.say(error("badArgument", "start date too early"), status=400)
    with pytest.raises(Broken, match="400: badArgument: start date too early"):
        list(harvest.pages(WINDOW))


def test_an_answer_without_records_and_without_an_error_is_broken(server, harvest):
    for body in (answer("<ListRecords/>"), answer("<Identify/>"), answer("")):
        server.say(body)
        with pytest.raises(Broken, match="neither records nor an error"):
            list(harvest.pages(WINDOW))


def test_half_a_page_is_broken_and_not_mended(server, harvest):
    server.say(listing("2601.00001", "2601.00002")[:-200])
    with pytest.raises(Broken, match="bad XML"):
        list(harvest.pages(WINDOW))


@pytest.mark.parametrize("tokens", [("abc", "abc"), ("abc", "def")])
def test_the_same_part_again_and_again_is_broken_not_endless(server, harvest, tokens):
    for token in tokens:
        server.say(listing("2601.00001", token=token))
    pages = harvest.pages(WINDOW)
    next(pages)
    with pytest.raises(Broken, match="again and again"):
        next(pages)


def test_deleted_papers_are_named_and_counted(server, harvest):
    server.say(listing("2601.00001", deleted=("hep-th/9901001", "2601.00005")))
    (page,) = harvest.pages(WINDOW)
    assert page.deleted == ("hep-th/9901001", "2601.00005")
    assert (page.received, page.problems) == (3, ())


def test_a_record_that_cannot_be_read_is_named_and_the_rest_kept(server, harvest):
    bad = "<record><header><identifier>oai:arXiv.org:2613.00001</identifier></header></record>"
    server.say(answer(f"<ListRecords>{RAW.format(id='2601.00001')}{bad}</ListRecords>"))
    (page,) = harvest.pages(WINDOW)
    assert (len(page.papers), page.received) == (1, 2)
    assert [problem.where for problem in page.problems] == ["oai:arXiv.org:2613.00001"]


def test_503_is_unreachable_and_429_throttled_after_the_pages_before_them(server, harvest):
    server.say(listing("2601.00001", token="abc"))
    server.say("", status=503)
    pages = harvest.pages(WINDOW)
    assert next(pages).received == 1
    with pytest.raises(Unreachable) as caught:
        next(pages)
    assert caught.value.requests == len(server.seen) - 1
    server.answers[:] = []
    server.seen.clear()
    server.say("", status=429)
    with pytest.raises(Throttled):
        list(harvest.pages(WINDOW))
