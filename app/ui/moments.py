"""How is a moment told to the visitor? The time where it is today, the day where it is not; on the visitor's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st
from babel.dates import format_skeleton

from app.ui.words import _, language, n_

_DAY = timedelta(days=1)


def when(moment: datetime, now: datetime | None = None) -> str:
    """`09:14` today, `Aug 20` or `8월 20일` in this year, with the year in another.

    :param moment, now: aware.
    """
    there, today = _there(moment, now)
    return f"{there:%H:%M}" if there.date() == today.date() else day(there.date(), today.date())


def clock(moment: datetime, now: datetime | None = None) -> str:
    """The time of day always: `09:14` today, `tomorrow 09:14`, `yesterday 09:14`, `Aug 20 09:14`.

    :param moment, now: aware.
    """
    there, today = _there(moment, now)
    words = {
        today.date(): "{time}",
        today.date() + _DAY: _("tomorrow {time}"),
        today.date() - _DAY: _("yesterday {time}"),
    }
    form = words.get(there.date(), f"{day(there.date(), today.date())} {{time}}")
    return form.format(time=f"{there:%H:%M}")


def day(moment: date, today: date) -> str:
    """`Aug 20` or `8월 20일` in this year, with the year in another."""
    return str(format_skeleton("MMMd" if moment.year == today.year else "yMMMd", moment, locale=language()))


def left(moment: datetime, now: datetime | None = None) -> str:
    """How far off a moment is: `in 25 min`, `in 13 h`.

    :param moment, now: aware.
    """
    minutes = max(1, round((moment - (now or datetime.now(UTC))).total_seconds() / 60))
    if minutes < 60:
        return n_("in {n} min", "in {n} min", minutes)
    return n_("in {n} h", "in {n} h", round(minutes / 60))


def zone() -> str:
    """The visitor's time zone; UTC where the browser does not say."""
    return _zone().key


def _there(moment: datetime, now: datetime | None) -> tuple[datetime, datetime]:
    found = _zone()
    return moment.astimezone(found), (now or datetime.now(UTC)).astimezone(found)


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
