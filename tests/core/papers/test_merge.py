"""Does merging end in the same knowledge whatever came first, and does the better word win?"""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.merge import (
    Known,
    Sighting,
    changes,
    first_known,
    merge,
    pack_marks,
    rank_of,
    unpack_marks,
    version_day,
    version_value,
)
from core.papers.paper import Link, Paper, Version

DAY = date(2026, 8, 3)


def seen(source: str = "arxiv", day: date = DAY, **fields: Any) -> Sighting:
    return Sighting(paper=Paper(id="2401.00001", **({"title": "A title"} | fields)), source=source, day=day)


def known_after(*sightings: Sighting) -> Known:
    known = first_known(sightings[0])
    for sighting in sightings[1:]:
        known = merge(known, sighting)
    return known


def some_or_none(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


words = st.sampled_from(["", "alpha", "beta", "gamma  delta"])
moments = st.datetimes(datetime(2023, 1, 1), datetime(2023, 1, 9)).map(lambda moment: moment.replace(tzinfo=UTC))
histories = st.dictionaries(st.integers(1, 4), some_or_none(moments), max_size=4).map(
    lambda dates: tuple(Version(number, dates[number]) for number in sorted(dates))
)
papers = st.builds(
    Paper,
    id=st.just("2401.00001"),
    title=st.sampled_from(["One", "Two", "Three"]),
    version=some_or_none(st.integers(1, 3)),
    abstract=some_or_none(words),
    authors=st.lists(st.sampled_from(["Ada", "Bo"]), max_size=2).map(tuple),
    categories=st.lists(st.sampled_from(["cs.CL", "cs.LG"]), max_size=2).map(tuple),
    submitted=some_or_none(moments),
    updated=some_or_none(moments),
    announced=some_or_none(st.dates(date(2023, 1, 1), date(2023, 1, 3))),
    withdrawn=some_or_none(st.booleans()),
    links=st.lists(st.sampled_from([Link("code", "https://a.example"), Link("model", "https://b.example")])).map(tuple),
    upvotes=some_or_none(st.integers(0, 3)),
    stars=some_or_none(st.integers(0, 3)),
    summary=some_or_none(st.dictionaries(st.sampled_from(["en", "ko"]), words, max_size=2)),
    history=histories,
)
sightings = st.builds(
    Sighting,
    paper=papers,
    source=st.sampled_from(["arxiv", "oai", "rss", "huggingface", "bibtex", "starter"]),
    day=st.dates(date(2024, 1, 1), date(2024, 1, 3)),
)


@given(st.lists(sightings, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_of_sightings_gives_the_same_knowledge(heard: list[Sighting], random: Any) -> None:
    shuffled = list(heard)
    random.shuffle(shuffled)
    one, other = known_after(*heard), known_after(*shuffled)
    assert one == other
    assert changes(one) == changes(other)
    assert [version_day(one, version) for version in one.versions] == [version_day(other, v) for v in one.versions]


@given(st.lists(sightings, min_size=1, max_size=4))
def test_hearing_it_all_again_changes_nothing(heard: list[Sighting]) -> None:
    known = known_after(*heard)
    for sighting in heard:
        assert merge(known, sighting) is known


@given(st.lists(sightings, min_size=1, max_size=4))
def test_packed_marks_come_back_as_they_were(heard: list[Sighting]) -> None:
    known = known_after(*heard)
    assert unpack_marks(known.paper, pack_marks(known.marks)) == known.marks


@given(st.lists(sightings, min_size=1, max_size=4))
def test_every_version_that_was_told_of_is_known_and_the_record_has_the_highest(heard: list[Sighting]) -> None:
    known = known_after(*heard)
    told = {sighting.paper.version for sighting in heard} - {None}
    told |= {version.number for sighting in heard for version in sighting.paper.history}
    assert known.versions == told
    assert known.paper.version == max(told, default=None)
    assert known.paper.history == ()
    dated = {version.number for sighting in heard for version in sighting.paper.history if version.submitted}
    assert all(version_day(known, version) for version in dated)


def test_silence_never_overwrites() -> None:
    known = known_after(seen(version=1, abstract="Known.", doi="10.1/x"), seen(version=2, title="Newer"))
    assert (known.paper.title, known.paper.abstract, known.paper.doi) == ("Newer", "Known.", "10.1/x")


def test_the_highest_version_wins_before_the_better_source() -> None:
    known = known_after(seen("arxiv", version=1, title="First"), seen("rss", version=2, title="Second"))
    assert known.paper.title == "Second"
    assert known.paper.version == 2


def test_the_better_source_wins_within_a_version() -> None:
    known = known_after(
        seen("bibtex", title="{T}itle"), seen("arxiv", title="Title"), seen("huggingface", title="title")
    )
    assert known.paper.title == "Title"


def test_a_later_sighting_of_the_same_version_corrects_it() -> None:
    later = seen(version=1, categories=("cs.CL", "cs.AI"), day=date(2026, 8, 9))
    for order in permutations([seen(version=1, categories=("cs.CL",)), later]):
        assert known_after(*order).paper.categories == ("cs.CL", "cs.AI")


def test_votes_may_fall() -> None:
    newest = seen("huggingface", upvotes=3, day=date(2026, 8, 9))
    for order in permutations([seen("huggingface", upvotes=7), newest]):
        assert known_after(*order).paper.upvotes == 3


def test_the_first_submission_is_the_earliest_that_the_best_source_says() -> None:
    first, second = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 5, tzinfo=UTC)
    known = known_after(seen("huggingface", submitted=first), seen("arxiv", version=2, submitted=second))
    assert known.paper.submitted == second
    assert merge(known, seen("oai", submitted=first)).paper.submitted == first


def test_a_summary_written_by_hand_stands_and_each_language_is_its_own() -> None:
    known = known_after(
        seen("starter", summary={"ko": "손으로"}), seen("huggingface", summary={"ko": "기계", "en": "machine"})
    )
    assert known.paper.summary == {"en": "machine", "ko": "손으로"}


def test_versions_say_what_changed_whatever_came_first() -> None:
    first = seen(version=1, title="Old", abstract="Same\ntext.", updated=datetime(2024, 1, 1, tzinfo=UTC))
    second = seen(version=2, title="New", abstract="Same text.", updated=datetime(2024, 2, 1, tzinfo=UTC))
    for order in permutations([first, second]):
        known = known_after(*order)
        assert changes(known) == {1: (), 2: ("title",)}
        assert version_value(known, "title", 1) == "Old"
        assert version_day(known, 1) == datetime(2024, 1, 1, tzinfo=UTC)
        assert version_day(known, 2) == datetime(2024, 2, 1, tzinfo=UTC)


def test_a_history_dates_the_versions_between_whatever_came_first() -> None:
    days = [datetime(2024, month, 1, tzinfo=UTC) for month in (1, 2, 3)]
    bulk = seen("oai", version=3, updated=days[2], history=tuple(Version(n, day) for n, day in enumerate(days, 1)))
    feed = seen("rss", version=2, title="Second")
    first = seen("arxiv", version=1, title="First", submitted=days[0], updated=days[0])
    for order in permutations([bulk, feed, first]):
        known = known_after(*order)
        assert [version_day(known, number) for number in (1, 2, 3)] == days
        assert known.versions == {1, 2, 3}
        assert (known.paper.title, known.paper.updated, known.paper.version) == ("A title", days[2], 3)


def test_a_version_of_which_only_the_date_is_known_hides_no_change() -> None:
    dates = tuple(Version(number, datetime(2024, number, 1, tzinfo=UTC)) for number in (1, 2, 3))
    for order in permutations([seen("oai", version=3, title="New", history=dates), seen(version=1, title="Old")]):
        assert changes(known_after(*order)) == {1: (), 2: (), 3: ("title",)}


def test_a_version_without_a_date_is_a_version() -> None:
    known = known_after(seen("oai", version=2, history=(Version(1, None), Version(2, None))))
    assert (known.versions, version_day(known, 1), known.paper.updated) == ({1, 2}, None, None)


def test_a_replacement_in_a_feed_leaves_the_facts_of_the_first_version() -> None:
    submitted = datetime(2024, 1, 1, tzinfo=UTC)
    first = seen("arxiv", version=1, title="First", submitted=submitted, announced=date(2024, 1, 2))
    replaced = seen("rss", version=2, title="Second")
    for order in permutations([first, replaced]):
        known = known_after(*order)
        assert (known.paper.submitted, known.paper.announced) == (submitted, date(2024, 1, 2))
        assert (known.paper.title, version_value(known, "title", 1)) == ("Second", "First")


def test_file_formats_rank_as_the_service_that_wrote_them() -> None:
    assert rank_of("arxiv-atom") == rank_of("arxiv") == rank_of("oai") > rank_of("arxiv-feed") > rank_of("hf-daily")
    assert rank_of("hf-daily") == rank_of("huggingface") > rank_of("papers-with-code")
    assert rank_of("papers-with-code") > rank_of("bibtex") == rank_of("ris") == rank_of("jsonl") > rank_of("starter")


def test_curated_tags_are_not_part_of_the_record() -> None:
    assert first_known(seen(stages=("ask",))).paper.stages is None


def test_two_papers_are_never_merged() -> None:
    other = replace(seen(), paper=Paper(id="2401.00002", title="Other"))
    with pytest.raises(ValueError, match=r"2401\.00002"):
        merge(first_known(seen()), other)


def test_a_paper_without_a_title_is_refused() -> None:
    with pytest.raises(ValueError, match="no title"):
        first_known(seen(title=""))
