"""What if today were another day? Moves the clock of a process that has done nothing yet.

arXiv's feeds are of the day on which one asks for them, so that a holiday can only be tried on a holiday.
"""

from __future__ import annotations

import datetime
import sys

_real = datetime.datetime


class _Anyone(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)


class _Moved(datetime.datetime, metaclass=_Anyone):
    by = datetime.timedelta()

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return _real.now(tz) + cls.by


def move_clock(moment: str) -> None:
    """Let it be that moment now (ISO, UTC), for what is imported already and for what will be."""
    _Moved.by = _real.fromisoformat(moment) - _real.now(datetime.UTC)
    for module in list(sys.modules.values()):
        if vars(module).get("datetime") is _real:
            module.datetime = _Moved  # type: ignore[attr-defined]
