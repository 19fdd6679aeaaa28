"""What is in a digest, and does it say why where nothing is?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlite_utils import Database

from app import schedule
from app.digests.gathering import gather
from app.schedule import Schedule
from core.digests.markdown import digest_markdown
from core.digests.record import Digest
from core.digests.span import Span
from core.digests.words import why_empty
from core.papers.paper import Paper
from db import follows, runs
from db.cooldowns import Cooldown, write_cooldown
from tests.app.digests.world import FRIDAY, WELL, came, listed, moment, paper, synced, well
from tests.run_rows import run_row


def digest_of(db: Database, name: str = FRIDAY) -> Digest:
    return gather(db, Span.parse(name))


def why(db: Database, name: str = FRIDAY) -> list[str]:
    return why_empty(digest_of(db, name), "en")


# --- why it is empty --------------------------------------------------------------------------------------------------


def test_a_catalog_that_was_never_synced_says_so(catalog: Database) -> None:
    digest = digest_of(catalog)
    assert digest.is_empty and not digest.settled
    (line,) = why_empty(digest, "en")
    assert "never synced" in line and "python -m app sync" in line


@pytest.mark.parametrize(
    ("day", "name"), [("2026-11-21", "weekend"), ("2026-11-27", "Thanksgiving"), ("2026-12-28", "Christmas")]
)
def test_a_day_without_announcement_is_called_by_its_name(catalog: Database, day: str, name: str) -> None:
    well(catalog, at=f"{day}T08:00")
    (line,) = why(catalog, day)
    assert line == f"arXiv announces nothing on {date.fromisoformat(day):%A} {day} ({name})."
    assert digest_of(catalog, day).settled


def test_a_throttled_sync_says_until_when(catalog: Database) -> None:
    synced(catalog, "huggingface")
    synced(catalog, "arxiv", "throttled", error="arXiv says 429")
    until = moment(WELL) + timedelta(minutes=40)
    write_cooldown(catalog, Cooldown(provider="arxiv", until=until, why="429", times=1))
    (line,) = why(catalog)
    assert line == ("arXiv asked us to slow down at 2026-11-20 08:00 UTC. It is left alone until 2026-11-20 08:40 UTC.")
    assert not digest_of(catalog).settled


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("unreachable", "could not be reached"),
        ("broken", "could not be read"),
        ("stale", "showed an old day"),
        ("partial", "broke off before its end"),
        (None, "is being asked at this moment"),
    ],
)
def test_a_failed_sync_is_called_by_its_name_and_never_a_quiet_day(
    catalog: Database, outcome: str | None, words: str
) -> None:
    synced(catalog, "huggingface")
    synced(catalog, "arxiv", outcome, error="it says why")
    digest = digest_of(catalog)
    (line,) = why_empty(digest, "en")
    assert line.startswith("arXiv ") and words in line
    assert not digest.settled
    assert "announces nothing" not in digest_markdown(digest, "en")


def test_an_old_sync_says_when_it_was(catalog: Database) -> None:
    well(catalog, at="2026-11-19T08:00")
    lines = why(catalog)
    assert [line.partition(" was last asked at ")[0] for line in lines] == ["arXiv", "Hugging Face Papers"]
    assert all("2026-11-19 08:00 UTC" in line for line in lines)


def test_a_sync_that_came_before_the_announcement_was_shown_is_not_taken_for_a_quiet_one(catalog: Database) -> None:
    well(catalog, at="2026-11-20T05:46")
    (line,) = why(catalog)
    assert line.startswith("arXiv did not show the announcement yet")
    came(catalog, [paper(1)], at="2026-11-20T05:46")
    digest = digest_of(catalog)
    assert why_empty(digest, "en") == [] and not digest.settled
    synced(catalog, "arxiv", at=WELL)
    assert digest_of(catalog).settled


def test_a_sync_that_left_days_out_is_found(catalog: Database) -> None:
    synced(catalog, "huggingface")
    synced(catalog, "arxiv", days=1)
    (line,) = why(catalog)
    assert "but not for all days on which these papers were submitted" in line


def test_where_all_answered_and_none_had_a_paper_that_is_said(catalog: Database) -> None:
    well(catalog)
    digest = digest_of(catalog)
    (line,) = why_empty(digest, "en")
    assert line.startswith("All sources were asked and answered")
    assert digest.settled


def test_papers_of_a_day_on_which_a_source_failed_come_with_that_word(catalog: Database) -> None:
    came(catalog, [paper(1)])
    synced(catalog, "arxiv")
    synced(catalog, "huggingface", "unreachable")
    text = digest_markdown(digest_of(catalog), "en")
    assert "**1** paper announced" in text
    assert "This digest is not complete" in text and "Hugging Face Papers could not be reached" in text


def test_a_source_that_no_sync_asks_is_not_missed(catalog: Database) -> None:
    chosen = schedule.read_schedule(catalog, zone="UTC")
    schedule.choose(catalog, Schedule(on=True, at=chosen.at, zone="UTC", sources=("arxiv",)), now=moment(WELL))
    synced(catalog, "arxiv")
    assert [source.id for source in digest_of(catalog).sources] == ["arxiv"]
    assert digest_of(catalog).settled


def test_that_nothing_fits_what_is_followed_is_said(catalog: Database) -> None:
    came(catalog, [paper(1), paper(2)])
    well(catalog)
    assert "You follow nothing yet." in digest_markdown(digest_of(catalog), "en")
    follows.add(catalog, kind="author", name="Nobody", query='author:"No Body"')
    text = digest_markdown(digest_of(catalog), "en")
    assert "None of these papers fits what you follow (1 followed)." in text
    assert "**2** papers announced" in text and "sparse attention" in text


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_a_paper_stands_in_one_day_and_one_week_however_late_it_was_synced(catalog: Database) -> None:
    came(catalog, [paper(1)], at="2026-11-24T09:00")
    well(catalog, at="2026-11-24T09:00")
    days = [f"2026-11-{number}" for number in range(16, 28)]
    assert [name for name in days if digest_of(catalog, name).announced] == [FRIDAY]
    assert [digest_of(catalog, name).announced for name in ("2026-W46", "2026-W47", "2026-W48")] == [0, 1, 0]


def test_one_that_moderation_held_stands_on_the_day_on_which_it_appeared(catalog: Database) -> None:
    came(catalog, [paper(1)])
    well(catalog)
    came(catalog, [paper(2)], at="2026-11-24T08:00")
    assert digest_of(catalog).ids == ("2611.00001",)
    assert digest_of(catalog, "2026-11-24").ids == ("2611.00002",)


def test_lists_bring_old_papers_and_do_not_count_them_as_announced(catalog: Database) -> None:
    came(catalog, [listed(7, "2026-11-19"), listed(8, "2026-11-20")], source="huggingface")
    # A paper of Friday's announcement that only a list told of.
    came(catalog, [paper(9, upvotes=3, listed=date(2026, 11, 23))], source="huggingface")
    well(catalog)
    digest = digest_of(catalog)
    assert (digest.announced, digest.listed, digest.ids) == (0, 1, ("2611.00007",))
    assert digest_of(catalog, "2026-11-23").ids == ("2611.00008",)
    assert digest_of(catalog, "2026-11-24").ids == ("2611.00009",)


def test_starter_papers_and_undated_ones_are_no_news(catalog: Database) -> None:
    came(catalog, [paper(1)], source="starter")
    came(catalog, [paper(2, submitted=None)])
    well(catalog)
    assert digest_of(catalog).is_empty
    came(catalog, [paper(3, submitted=None, announced=date(2026, 11, 20))], source="rss")
    assert digest_of(catalog).ids == ("2611.00003",)


def test_what_is_followed_comes_first_and_a_paper_is_told_once(catalog: Database) -> None:
    both = paper(1, title="Retrieval-augmented generation by Ada", authors=("Ada Example",), upvotes=9)
    by_ada = paper(2, title="Fine-tuning language models with LoRA adapters", authors=("Ada Example",))
    other = paper(3, title="Scaling laws of language models", authors=("Cy Other",), upvotes=50)
    came(catalog, [both, by_ada, other])
    well(catalog)
    follows.add(catalog, kind="author", name="Ada", query='author:"Ada Example"')
    follows.add(catalog, kind="search", name="Retrieval", query="retrieval")
    digest = digest_of(catalog)
    first, second = digest.followed
    assert (first.name.en, first.n, [one.paper.id for one in first.papers]) == (
        "Ada",
        2,
        ["2611.00002", "2611.00001"],  # by stage: adapt before ask
    )
    assert (second.name.en, second.n, second.above, second.papers) == ("Retrieval", 1, 1, ())
    assert digest.fitting == 2
    assert [one.paper.id for one in digest.noticed] == ["2611.00003"]
    text = digest_markdown(digest, "en")
    assert all(text.count(f"/abs/{one}") == 1 for one in digest.ids)
    assert "1 of them stand above." in text


def test_withdrawn_papers_are_counted_and_not_shown(catalog: Database) -> None:
    came(catalog, [paper(1), paper(2, withdrawn=True, upvotes=99)])
    well(catalog)
    digest = digest_of(catalog)
    assert digest.announced == 2
    assert "2611.00002" not in digest_markdown(digest, "en")


def test_what_is_usual_is_told_of_days_that_were_looked_at_whole(catalog: Database) -> None:
    days = [span.day for _number, span in zip(range(12), Span.parse(FRIDAY).before(), strict=False)]
    number = 100
    for place, day in enumerate(days):
        papers: list[Paper] = []
        batch = Span.of_day(day).batches[0]
        for _one in range(2 + place % 3):
            number += 1
            papers.append(paper(number, submitted=batch.last - timedelta(minutes=number)))
        came(catalog, papers, at=f"{day}T08:00")
    came(catalog, [paper(1), paper(2)])
    well(catalog)
    # Of the days before nobody knows whether that was all.
    assert digest_of(catalog).usual is None
    assert "What is usual cannot be told yet" in digest_markdown(digest_of(catalog), "en")
    for day in days:
        well(catalog, at=f"{day}T08:00")
    usual = digest_of(catalog).usual
    assert usual is not None
    # The first of these syncs looked back at one announcement more, of which nothing came.
    assert (usual.median, usual.low, usual.high, usual.spans) == (3.0, 2.0, 4.0, 13)
    assert "(usually 2 to 4)" in digest_markdown(digest_of(catalog), "en")
    build = digest_of(catalog).stages[0]
    assert (build.stage, build.n, build.usual) == ("build", 2, 3.0)


def test_runs_of_the_days_since_the_digest_before_are_told(catalog: Database) -> None:
    came(catalog, [paper(1)])
    well(catalog)
    run = run_row(
        "r1",
        "gone-experiment",
        created=moment("2026-11-19T10:00"),
        state="finished",
        finished=moment("2026-11-19T10:01"),
    )
    runs.insert(catalog, run)
    runs.insert(catalog, replace(run, id="r2", created=moment("2026-11-20T10:00")))
    runs.insert(catalog, replace(run, id="r3", null=True))
    assert [found.id for found in digest_of(catalog).runs] == ["r1"]
    assert [found.id for found in digest_of(catalog, "2026-W47").runs] == ["r2", "r1"]
    assert "gone" in digest_markdown(digest_of(catalog), "en")
