"""What is the day called on which arXiv announces nothing? For people who wonder why nothing came."""

from __future__ import annotations

from datetime import date, timedelta

from core.language import Text
from core.papers.calendar.announcements import is_holiday

WEEKEND = Text("weekend", "주말")
OWN_DAY = Text("a day off at arXiv", "arXiv 휴무일")
_SATURDAY = 5
# Holidays with the first and last day of the year on which each is kept, as (month, day).
_HOLIDAYS = (
    ((1, 1), (1, 1), Text("New Year's Day", "새해 첫날")),
    ((1, 15), (1, 21), Text("Martin Luther King Jr. Day", "마틴 루서 킹의 날")),
    ((6, 18), (6, 20), Text("Juneteenth", "준틴스")),
    ((7, 3), (7, 5), Text("Independence Day", "미국 독립기념일")),
    ((9, 1), (9, 7), Text("Labor Day", "미국 노동절")),
    ((11, 22), (11, 28), Text("Thanksgiving", "추수감사절")),
    ((12, 24), (12, 25), Text("Christmas", "성탄절")),
)


def name_of(day: date) -> Text | None:
    """The name of a day without deadline at arXiv; None for a working day."""
    if day.weekday() >= _SATURDAY:
        return WEEKEND
    if not is_holiday(day):
        return None
    place = (day.month, day.day)
    return next((name for first, last, name in _HOLIDAYS if first <= place <= last), OWN_DAY)


def names_of(since: date, until: date) -> list[Text]:
    """The names of the days from `since` to `until`, each once, holidays before weekends."""
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    found = [name for day in days if (name := name_of(day)) is not None]
    return sorted(dict.fromkeys(found), key=lambda name: name == WEEKEND)
