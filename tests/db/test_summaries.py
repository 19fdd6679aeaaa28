"""Is what models said kept beside the papers, and does it change nothing by itself?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.papers.paper import Paper
from db import summaries
from db.papers import get, upsert
from db.records import Filters
from db.rows import UnknownPaper
from db.summaries import TRIES, Summary
from db.tags import correct, effective, set_curated

NOW = datetime(2026, 8, 3, tzinfo=UTC)
IDS = ["2401.00003", "2401.00002", "2401.00001"]  # newest first


@pytest.fixture(autouse=True)
def _filled(db: Database) -> None:
    papers = [
        Paper(
            id=paper_id,
            version=1,
            title=f"Paper {paper_id[-1]}",
            abstract="Of adapters." if paper_id != IDS[1] else "Of retrieval.",
            submitted=datetime(2024, 1, int(paper_id[-1]), tzinfo=UTC),
        )
        for paper_id in IDS
    ]
    bare = Paper(id="2401.00008", title="Without an abstract", submitted=NOW)
    gone = Paper(id="2401.00009", title="Gone", abstract="This was withdrawn.", withdrawn=True, submitted=NOW)
    upsert(db, [*papers, bare, gone], source="arxiv", day=NOW.date(), seen_at=NOW)


def said(summary: str = "One. Two.", *, language: str = "en", model: str = "toy", hours: int = 0) -> Summary:
    return Summary(language=language, model=model, summary=summary, version=1, told=NOW + timedelta(hours=hours))


def waiting(db: Database, *, query: str | None = None, language: str = "en", model: str = "toy", **more) -> list[str]:
    return summaries.waiting(db, Filters(text=query), language=language, model=model, **{"limit": 10, **more})[0]


def fail(db: Database, paper_id: str, *, answered: bool = True) -> None:
    outcome = "broken" if answered else "unreachable"
    summaries.fail(db, paper_id, language="en", model="toy", outcome=outcome, why="no good", answered=answered, now=NOW)


def test_the_newest_papers_with_an_abstract_wait_first(db: Database) -> None:
    assert waiting(db) == IDS
    assert waiting(db, limit=2) == IDS[:2]
    assert waiting(db, query="retrieval") == [IDS[1]]
    assert waiting(db, query=IDS[2]) == [IDS[2]]
    assert waiting(db, query="nothing-like-it") == []


def test_what_of_a_search_is_not_understood_is_said(db: Database) -> None:
    found, hints = summaries.waiting(db, Filters(text="ad*"), language="en", model="toy", limit=10)
    assert found == [] and "ad*" in hints[0]


def test_a_told_paper_waits_no_longer_in_that_language_of_that_model(db: Database) -> None:
    summaries.keep(db, IDS[0], said(), {})
    assert waiting(db) == IDS[1:]
    assert waiting(db, again=True) == waiting(db, language="ko") == waiting(db, model="other") == IDS
    assert summaries.is_told(db, IDS[0], language="en", model="toy")
    assert not summaries.is_told(db, IDS[0], language="ko", model="toy")


def test_a_paper_whose_answers_were_never_good_is_left_alone_until_asked_for(db: Database) -> None:
    for _ in range(TRIES - 1):
        fail(db, IDS[0])
    for _ in range(TRIES):
        fail(db, IDS[1], answered=False)
    assert waiting(db) == IDS
    fail(db, IDS[0])
    assert waiting(db) == IDS[1:]
    assert waiting(db, again=True) == IDS
    failure = summaries.last_failure(db, IDS[0], language="en", model="toy")
    assert failure is not None and (failure.outcome, failure.why, failure.tries) == ("broken", "no good", TRIES)
    summaries.keep(db, IDS[0], said(), {})
    assert summaries.last_failure(db, IDS[0], language="en", model="toy") is None


def test_a_failure_leaves_what_was_said_before(db: Database) -> None:
    summaries.keep(db, IDS[0], said(), {"stage": ["adapt"]})
    fail(db, IDS[0])
    assert summaries.latest(db, IDS, "en") == {IDS[0]: said()}
    assert summaries.proposals(db, IDS[0]) == {"stage": ("adapt",)}


def test_the_newest_summary_in_the_reader_s_language_is_shown(db: Database) -> None:
    summaries.keep(db, IDS[0], said("New. Two.", model="b", hours=1), {})
    summaries.keep(db, IDS[0], said("Old. Two.", model="z"), {})
    summaries.keep(db, IDS[0], said("하나다. 둘이다.", language="ko", hours=2), {})
    assert summaries.latest(db, IDS, "en")[IDS[0]].summary == "New. Two."
    assert summaries.latest(db, IDS, "ko")[IDS[0]].summary == "하나다. 둘이다."
    assert summaries.latest(db, [], "en") == {}
    summaries.keep(db, IDS[0], said("Newest. Two.", model="z", hours=3), {})
    assert summaries.latest(db, IDS, "en")[IDS[0]].summary == "Newest. Two."


def test_proposals_count_for_nothing_until_a_person_says_so(db: Database) -> None:
    set_curated(db, {IDS[0]: {"stage": ["build"]}})
    before = effective(db, IDS)
    summaries.keep(db, IDS[0], said(), {"topic": ["peft", "attention"], "stage": ["adapt"]})
    summaries.keep(db, IDS[1], said(), {"stage": ["ask"]})
    assert effective(db, IDS) == before
    assert waiting(db, query="stage:adapt", again=True) == waiting(db, query="topic:peft", again=True) == []
    proposed = summaries.proposals(db, IDS[0])
    assert proposed == {"stage": ("adapt",), "topic": ("peft", "attention")}
    assert list(proposed) == ["stage", "topic"]

    correct(db, IDS[0], "stage", proposed["stage"])
    assert [tag.value for tag in effective(db, IDS)[IDS[0]]] == ["adapt"]
    assert waiting(db, query="stage:adapt", again=True) == [IDS[0]]
    assert summaries.proposals(db, IDS[0]) == proposed


def test_new_proposals_take_the_place_of_the_old_ones(db: Database) -> None:
    summaries.keep(db, IDS[0], said(), {"stage": ["adapt"], "topic": ["peft"]})
    summaries.keep(db, IDS[0], said(language="ko"), {"stage": ["ask"]})
    assert summaries.proposals(db, IDS[0]) == {"stage": ("ask",)}


def test_what_was_said_follows_a_paper_whose_day_becomes_known(db: Database) -> None:
    late = Paper(id="2312.00001", title="Late", abstract="Of adapters.")
    upsert(db, [late], source="huggingface", day=date(2024, 1, 1), seen_at=NOW)
    summaries.keep(db, late.id, said(), {"stage": ["adapt"]})
    dated = Paper(id=late.id, title="Late", abstract="Of adapters.", submitted=datetime(2023, 12, 5, tzinfo=UTC))
    upsert(db, [dated], source="arxiv", day=date(2024, 1, 2), seen_at=NOW)
    stored = get(db, late.id)
    assert stored is not None and stored.paper.submitted is not None
    assert late.id in summaries.latest(db, [late.id], "en")
    assert summaries.proposals(db, late.id) == {"stage": ("adapt",)}


def test_an_unknown_paper_is_named(db: Database) -> None:
    with pytest.raises(UnknownPaper, match=r"2401\.99999"):
        summaries.keep(db, "2401.99999", said(), {})
    with pytest.raises(UnknownPaper, match=r"2401\.99999"):
        fail(db, "2401.99999")
    assert summaries.latest(db, ["2401.99999"], "en") == summaries.proposals(db, "2401.99999") == {}
