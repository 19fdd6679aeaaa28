"""When does a server want to be asked again? `Retry-After`, and the `RateLimit` headers in their three forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# draft-ietf-httpapi-ratelimit-headers: from version 8 on, as huggingface.co sends it, `"api";r=0;t=117`; before that
# `limit=500, remaining=0, reset=117`; and at first three headers of their own.
_LEFT = re.compile(r"(?:^|[;,\s])(?:r|remaining)\s*=\s*(\d{1,9})(?!\d)", re.IGNORECASE)
_RESET = re.compile(r"(?:^|[;,\s])(?:t|reset)\s*=\s*(\d{1,9})(?!\d)", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,9})\s*(?:[;,]|$)")
_POLICY = re.compile(r",(?=\s*\")")  # between the policies of a newer header, each of which begins with its name


def read_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110, 10.2.3); None where there is none that can be read."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.utcoffset() is None else moment
    return max(0.0, (moment - now).total_seconds())


def read_rate_limit(headers: Mapping[str, str]) -> float | None:
    """Seconds until requests are free again, where none is left now; None where some are, or nothing is said.

    :param headers: an answer's, whose names may be in any case.
    """
    said = {name.lower(): value for name, value in headers.items()}
    waits = []
    for policy in _POLICY.split(said.get("ratelimit", "")):
        left, reset = _LEFT.search(policy), _RESET.search(policy)
        if left and reset and int(left[1]) == 0:
            waits.append(float(reset[1]))
    left, reset = (_NUMBER.match(said.get(f"ratelimit-{name}", "")) for name in ("remaining", "reset"))
    if left and reset and int(left[1]) == 0:
        waits.append(float(reset[1]))
    return max(waits, default=None)
