"""Is it understood when a server wants to be asked again, in every form in which servers say it?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.papers.asking.limits import read_rate_limit, read_retry_after

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1" * 400, None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value, now=NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit": '"api";r=0;t=117'}, 117.0),
        ({"ratelimit": '"api" ; r = 0 ; t = 117'}, 117.0),
        ({"RateLimit": '"api";t=117;r=0'}, 117.0),
        ({"RateLimit": '"api";r=12;t=117'}, None),
        ({"RateLimit": '"api";r=0'}, None),
        ({"RateLimit": '"api";r=0;t=5, "pages";r=0;t=60'}, 60.0),
        ({"RateLimit": '"api";r=3;t=5,"pages";r=0;t=60'}, 60.0),
        ({"RateLimit": "limit=500, remaining=0, reset=54"}, 54.0),
        ({"RateLimit": "limit=500, remaining=7, reset=54"}, None),
        ({"RateLimit-Limit": "500", "RateLimit-Remaining": "0", "RateLimit-Reset": "30"}, 30.0),
        ({"RateLimit-Remaining": "1", "RateLimit-Reset": "30"}, None),
        ({"RateLimit-Remaining": "0"}, None),
        ({"RateLimit": '"api";r=0;t=' + "9" * 5000}, None),
        ({"RateLimit": "nonsense"}, None),
        ({}, None),
    ],
)
def test_a_quota_that_is_used_up_is_read_in_its_three_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert read_rate_limit(headers) == seconds
