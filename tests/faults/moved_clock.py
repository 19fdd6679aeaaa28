"""What if today were another day? Runs `python -m app …` with the clock moved: the first argument says to when (UTC).

arXiv's feeds are of the day on which one asks for them, so that a holiday can only be tried on a holiday.
"""

from __future__ import annotations

import datetime
import runpy
import sys

_real = datetime.datetime
_moved_by = _real.fromisoformat(sys.argv[1]) - _real.now(datetime.UTC)


class _Anyone(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real)


class _Moved(datetime.datetime, metaclass=_Anyone):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return _real.now(tz) + _moved_by


datetime.datetime = _Moved  # type: ignore[misc]
# Its C code wants datetime as it was, and sqlite-utils can do without it.
sys.modules["pandas"] = None  # type: ignore[assignment]
sys.argv = ["trendlab", *sys.argv[2:]]
runpy.run_module("app", run_name="__main__")
