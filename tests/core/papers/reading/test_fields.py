"""Is a stranger's field read as what it says, and dropped where it says nothing sound?"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.paper import Link
from core.papers.reading.fields import (
    is_web_address,
    is_withdrawn,
    read_count,
    read_day,
    read_doi,
    read_id,
    read_links,
    read_past,
    read_submitted,
    read_text,
    read_texts,
    read_time,
    split_names,
    turn_name,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  wrapped\n  text ", "wrapped text"),
        (r"$\alpha$ \textbf{x}", r"$\alpha$ \textbf{x}"),
        ("a\x00b\x1bc\ud800d", "abcd"),
        ("한국어", "한국어"),
        ("   ", None),
        (None, None),
        (5, None),
    ],
)
def test_text_loses_its_wrapping_and_what_cannot_be_stored(value, text):
    assert read_text(value) == text


@given(st.text())
def test_any_text_can_be_stored_afterwards(value):
    text = read_text(value)
    assert text is None or text.encode("utf-8").decode() == text
    assert read_text(text) == text


def test_texts_come_once_each_and_in_order():
    assert read_texts(["b", " a ", None, "b", 3, ""]) == ("b", "a")
    assert read_texts("ab") == ()


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-02-29T23:30:00Z", datetime(2024, 2, 29, 23, 30, tzinfo=UTC)),
        ("2024-02-29T23:30:00-05:00", datetime(2024, 3, 1, 4, 30, tzinfo=UTC)),
        ("2024-02-29T23:30:00", datetime(2024, 2, 29, 23, 30, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
        ("Mon, 22 Oct 2018 22:41:50 GMT", datetime(2018, 10, 22, 22, 41, 50, tzinfo=UTC)),
        ("2023-02-29", None),
        ("0001-01-01", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("soon", None),
        ("", None),
        (1700000000, None),
    ],
)
def test_a_time_is_in_utc_or_unknown(value, moment):
    assert read_time(value) == moment
    assert read_day(value) == (moment.date() if moment else None)


@given(st.text())
def test_no_text_makes_the_reading_of_times_fail(value):
    moment = read_time(value)
    assert moment is None or moment.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("base", "value", "believed"),
    [
        ("2305.18290", "2023-05-29", True),
        ("2305.18290", "2023-04-30", True),
        ("2305.18290", "2023-06-01T03:00:00Z", True),
        ("2305.18290", "2022-11-01", True),
        ("2305.18290", "2023-06-02", False),
        ("2305.18290", "2021-05-29", False),
        ("hep-th/9901001", "1999-01-04", True),
        ("hep-th/9901001", "2009-01-04", False),
    ],
)
def test_a_submission_day_must_fit_the_month_in_the_id(base, value, believed):
    assert (read_submitted(base, value) is not None) is believed


@pytest.mark.parametrize(
    ("value", "count"),
    [(0, 0), (7, 7), (-1, None), (True, None), (1.5, None), ("7", None), (None, None), (10**30, None)],
)
def test_a_count_is_a_sensible_whole_number(value, count):
    assert read_count(value) == count


@pytest.mark.parametrize(
    ("value", "doi"),
    [
        ("10.1000/182", "10.1000/182"),
        ("https://doi.org/10.1000/182", "10.1000/182"),
        ("doi:10.1000/a.b.", "10.1000/a.b"),
        ("10.1103/A.1, 10.1103/B.2", "10.1103/A.1"),
        ("none", None),
        (None, None),
    ],
)
def test_the_first_doi_is_taken(value, doi):
    assert read_doi(value) == doi


@pytest.mark.parametrize("value", [None, "", "x", "2413.00001", "٢٣٠٥.18290", 2305.18290, "9" * 10_000])
def test_what_is_no_id_is_refused_in_a_short_line(value):
    with pytest.raises(ValueError, match="arXiv id") as caught:
        read_id(value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("A. One, B. Two and C. Three", ("A. One", "B. Two", "C. Three")),
        ("A. One, B. Two, and C. Three", ("A. One", "B. Two", "C. Three")),
        ("A. One (1 and 2), B. Two ((1) There, (2) Here)", ("A. One", "B. Two")),
        ("Alexandra Anderson", ("Alexandra Anderson",)),
        ("", ()),
    ],
)
def test_a_line_of_authors_is_split(line, names):
    assert split_names(line) == names


def test_a_turned_name_is_turned_back():
    assert turn_name("Lovász, László") == "László Lovász"
    assert turn_name("The CMS Collaboration") == "The CMS Collaboration"


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://github.com/x/y", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//github.com/x", False),
        ("https://", False),
        ("https://a b", False),
        ("http://[", False),
        ("https://x/" + "a" * 3000, False),
    ],
)
def test_only_web_addresses_become_links(url, good):
    assert is_web_address(url) is good
    assert read_links([("code", url)]) == ((Link("code", url),) if good else ())


@pytest.mark.parametrize(
    ("comment", "abstract", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error", None, True),
        ("Withdrawn", None, True),
        ("paper withdrawn; see v2", None, True),
        ("This submission has been withdrawn by arXiv administrators", None, True),
        ("has errors and needs to be withdrawn", None, True),
        (None, "This paper has been withdrawn.", True),
        (None, "The manuscript was temporarily withdrawn", True),
        ("Withdrawn from ICLR 2024", None, False),
        ("12 pages", "A drug was withdrawn from the market.", False),
        (None, "We study how consent can be withdrawn by users.", False),
        (None, None, False),
    ],
)
def test_a_withdrawn_paper_is_told_from_one_that_is_about_withdrawing(comment, abstract, withdrawn):
    assert is_withdrawn(comment, abstract) is withdrawn


@pytest.mark.parametrize("piece", ["this paper (", "(", "((", ")", "withdrawn ", " and ", "10.1234/", '"', ", "])
def test_no_field_takes_long_however_it_is_made(piece):
    text = piece * 200_000
    began = time.monotonic()
    is_withdrawn(text, text)
    split_names(text)
    read_doi(text)
    read_time(text)
    assert time.monotonic() - began < 5


def test_a_moment_ahead_of_every_clock_is_not_known():
    now = datetime.now(UTC)
    assert read_past((now + timedelta(days=2)).isoformat()) is None
    assert read_past((now + timedelta(hours=20)).isoformat()) == now + timedelta(hours=20)
    assert read_past("2924-01-01") is None
    assert read_past("never") is None
