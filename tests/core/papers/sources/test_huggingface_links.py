"""Do linked repos and today's votes come in paper by paper, without one bad page costing the others?"""

from __future__ import annotations

import json
from datetime import date

import pytest

from core.papers.asking.gate import Gate
from core.papers.asking.http import Http
from core.papers.paper import Link
from core.papers.source import Broken, Problem, Throttled, Window
from core.papers.sources.huggingface_links import SOURCE, LinksConnection, linked, parse_page

JSON = "application/json"
DAY = Window(since=date(2026, 1, 5), until=date(2026, 1, 5))
TWO_DAYS = Window(since=date(2026, 1, 5), until=date(2026, 1, 6))


class Small(LinksConnection):
    """Pages of two papers, so that a test needs few."""

    BATCH = 2
    MOST_FAILURES = 3


def reader(server) -> LinksConnection:
    return Small(server.url, Http(gate=Gate(delay=0.0)))


def name(number: int) -> str:
    return f"2601.{number:05d}"


def rows(*numbers: int) -> str:
    return json.dumps([{"paper": {"id": name(number), "title": f"Paper {number}"}} for number in numbers])


def page(number: int, **facts: object) -> str:
    return json.dumps({"id": name(number), "title": f"Paper {number}", **facts})


def say(server, *bodies: str) -> None:
    for body in bodies:
        server.say(body, kind=JSON)


def asked(server) -> list[str]:
    return [seen.query.get("date") or seen.path.removeprefix("/api/papers/") for seen in server.seen]


def test_a_page_gives_the_paper_with_its_votes_and_linked_repos(server):
    say(
        server,
        rows(1),
        page(
            1,
            summary="Written for a test.",
            upvotes=12,
            githubRepo="https://github.com/x/y",
            githubStars=300,
            projectPage="https://example.org/",
            ai_summary="A line.",
            ai_keywords=["pruning"],
            linkedModels=[{"id": "org/small", "downloads": 5}, {"id": "org/big", "downloads": 50}, {"id": "gpt2"}],
            linkedDatasets=[{"id": "org/data"}],
            linkedSpaces=[{"id": "org/demo", "emoji": "x", "running": True}],
            numTotalModels=3,
        ),
    )
    (only,) = SOURCE.open(endpoint=server.url + "/", http=Http(gate=Gate(delay=0.0))).pages(DAY)
    (paper,) = only.papers
    assert [(link.kind, link.url) for link in paper.links] == [
        ("code", "https://github.com/x/y"),
        ("project", "https://example.org/"),
        ("model", "https://huggingface.co/org/big"),
        ("model", "https://huggingface.co/org/small"),
        ("model", "https://huggingface.co/gpt2"),
        ("dataset", "https://huggingface.co/datasets/org/data"),
        ("space", "https://huggingface.co/spaces/org/demo"),
    ]
    assert (paper.upvotes, paper.stars, paper.listed) == (12, 300, date(2026, 1, 5))
    assert (paper.keywords, paper.summary, paper.abstract) == (("pruning",), {"en": "A line."}, "Written for a test.")
    assert (only.received, only.requests, only.checkpoint) == (1, 2, None)
    assert [seen.path for seen in server.seen] == ["/api/daily_papers", f"/api/papers/{name(1)}"]


def test_papers_are_taken_in_the_order_of_their_ids_a_few_at_a_time(server):
    say(server, rows(3, 1, 2, 1), page(1), page(2), page(3), rows(4), page(4))
    pages = list(reader(server).pages(TWO_DAYS))
    assert [[paper.id for paper in one.papers] for one in pages] == [[name(1), name(2)], [name(3)], [name(4)]]
    assert [one.checkpoint for one in pages] == [
        {"day": "2026-01-05", "after": name(2)},
        {"day": "2026-01-06", "after": ""},
        None,
    ]
    assert sum(one.requests for one in pages) == len(server.seen) == 6


def test_from_a_checkpoint_only_the_papers_behind_it_are_asked_for_in_whatever_order_the_list_is_now(server):
    say(server, rows(3, 2, 1, 0), page(3), rows(4), page(4))
    pages = list(reader(server).pages(TWO_DAYS, {"day": "2026-01-05", "after": name(2)}))
    assert asked(server) == ["2026-01-05", name(3), "2026-01-06", name(4)]
    assert [paper.id for one in pages for paper in one.papers] == [name(3), name(4)]


def test_a_day_without_papers_still_leads_on(server):
    say(server, "[]", rows(1), page(1))
    first, second = reader(server).pages(TWO_DAYS)
    assert (first.received, first.checkpoint) == (0, {"day": "2026-01-06", "after": ""})
    assert [paper.id for paper in second.papers] == [name(1)]


def test_a_missing_page_is_a_problem_of_that_paper(server):
    say(server, rows(1, 2))
    server.say('{"error": "Paper not found"}', status=404, kind=JSON)
    say(server, page(2))
    (only,) = reader(server).pages(DAY)
    assert [paper.id for paper in only.papers] == [name(2)]
    (problem,) = only.problems
    assert problem.where == name(1)
    assert "404: Paper not found" in problem.why
    assert only.received == 2


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"error": "Internal"}', "Hugging Face says: Internal"),
        ("[]", "a JSON list came"),
        ("null", "a JSON NoneType came"),
        ("{}", "no arXiv id"),
        ('{"id": "2601.00009", "title": "Another"}', "about 2601.00009"),
        ('{"id": "2601.00001", "title": null}', "no title"),
        ('{"id": "2601.00001', "bad JSON"),
    ],
)
def test_an_answer_that_is_not_this_papers_page_is_its_problem(server, body, why):
    say(server, rows(1, 2), body, page(2))
    (only,) = reader(server).pages(DAY)
    assert [paper.id for paper in only.papers] == [name(2)]
    assert [problem.where for problem in only.problems] == [name(1)]
    assert why in only.problems[0].why


def test_where_no_page_at_all_can_be_read_the_source_is_broken(server):
    say(server, rows(1, 2, 3, 4, 5))
    server.say("gone", status=404, kind="text/plain")
    pages = reader(server).pages(DAY)
    with pytest.raises(Broken, match="3 papers in a row"):
        list(pages)
    assert len(server.seen) == 4


def test_bad_pages_among_good_ones_are_not_in_a_row(server):
    say(server, rows(1, 2, 3, 4, 5), "{}", "{}", page(3), "{}", "{}")
    assert sum(len(one.problems) for one in reader(server).pages(DAY)) == 4


def test_another_status_than_missing_ends_the_sync_with_the_papers_id(server):
    say(server, rows(1))
    server.say("no", status=403, kind="text/plain")
    with pytest.raises(Broken, match="2601.00001: .*403") as caught:
        list(reader(server).pages(DAY))
    assert caught.value.requests == len(server.seen) == 2


def test_what_came_before_a_failure_is_kept_and_the_next_sync_goes_on_behind_it(server):
    say(server, rows(1, 2, 3, 4), page(1), page(2), page(3))
    server.say("", status=429, Retry_After="3600")
    pages = reader(server).pages(DAY)
    kept = [next(pages), next(pages)]
    with pytest.raises(Throttled) as caught:
        next(pages)
    assert [paper.id for one in kept for paper in one.papers] == [name(1), name(2), name(3)]
    assert sum(one.requests for one in kept) + caught.value.requests == len(server.seen) == 5
    server.answers.clear()
    server.seen.clear()
    say(server, rows(1, 2, 3, 4), page(4))
    (rest,) = reader(server).pages(DAY, kept[-1].checkpoint)
    assert [paper.id for paper in rest.papers] == [name(4)]
    assert rest.checkpoint is None


def test_a_failure_at_the_first_paper_carries_the_cost_of_the_list_too(server):
    say(server, rows(1))
    server.say("", status=429, Retry_After="3600")
    with pytest.raises(Throttled) as caught:
        list(reader(server).pages(DAY))
    assert caught.value.requests == len(server.seen) == 2


def test_rows_without_a_paper_are_told_of_once(server):
    body = json.dumps([None, {"paper": {"id": "not-arxiv", "title": "x"}}, *json.loads(rows(1))])
    say(server, body, page(1))
    (only,) = reader(server).pages(DAY)
    assert [problem.where for problem in only.problems] == ["row 1", "row 2"]
    server.answers.clear()
    server.seen.clear()
    say(server, body)
    (rest,) = reader(server).pages(DAY, {"day": "2026-01-05", "after": name(1)})
    assert rest.received == 0


def test_only_the_most_used_repos_become_links():
    models = [{"id": f"org/m{n}", "downloads": n} for n in range(30)]
    spaces = [{"id": f"org/s{n}", "likes": n} for n in range(30)]
    links = linked({"linkedModels": models, "linkedDatasets": models, "linkedSpaces": spaces})
    urls = {kind: [link.url for link in links if link.kind == kind] for kind in ("model", "dataset", "space")}
    assert {kind: len(found) for kind, found in urls.items()} == {"model": 20, "dataset": 20, "space": 10}
    assert urls["model"][0] == "https://huggingface.co/org/m29"
    assert urls["space"][-1] == "https://huggingface.co/spaces/org/s20"


@pytest.mark.parametrize(
    "rows_",
    [
        None,
        "org/model",
        {"id": "org/model"},
        [None, 7, "org/model", ["org/model"]],
        [{"id": None}, {"id": 5}, {"id": ""}, {}],
        [{"id": "javascript:alert(1)"}, {"id": "../../settings"}, {"id": "a/b/c"}, {"id": "org/m?x=1"}],
        [{"id": "https://example.org/x"}, {"id": "org/a b"}, {"id": "x" * 400}, {"id": "조직/모델"}],
    ],
)
def test_what_is_no_repo_becomes_no_link(rows_):
    assert linked({"linkedModels": rows_, "linkedDatasets": rows_, "linkedSpaces": rows_}) == ()


def test_absurd_counts_do_not_lead_the_order():
    repos = [{"id": "a/honest", "downloads": 9}, {"id": "a/text", "downloads": "10"}, {"id": "a/less", "downloads": -5}]
    repos += [{"id": "a/huge", "downloads": 10**30}, {"id": "a/honest", "downloads": 3}]
    links = linked({"linkedModels": repos})
    assert links[0] == Link("model", "https://huggingface.co/a/honest")
    assert len(links) == 4


def test_votes_that_cannot_be_are_unknown_and_fewer_than_before_are_simply_told():
    assert parse_page(page(1, upvotes=-3, githubStars="12").encode(), name(1)).upvotes is None
    assert parse_page(page(1, upvotes=3).encode(), name(1)).upvotes == 3
    assert parse_page(page(1, upvotes=2).encode(), name(1)).upvotes == 2


def test_problems_are_one_line_each(server):
    say(server, rows(1, 2), '{"error": "two\\nlines"}', page(2))
    (only,) = reader(server).pages(DAY)
    assert only.problems == (Problem(name(1), "Hugging Face says: two lines"),)
