"""How is a moment told to the visitor? The time where it is today, the day where it is not; on the visitor's clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel.dates import format_skeleton

from app.ui.words import language


def when(moment: datetime, now: datetime | None = None) -> str:
    """`09:14` today, `Aug 20` or `8월 20일` in this year, with the year in another.

    :param moment, now: aware.
    """
    zone = _zone()
    there, today = moment.astimezone(zone), (now or datetime.now(UTC)).astimezone(zone)
    if there.date() == today.date():
        return f"{there:%H:%M}"
    return str(format_skeleton("MMMd" if there.year == today.year else "yMMMd", there, locale=language()))


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
