"""How is a moment told, near and far, in both languages?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.settings import settings
from app.ui.moments import when

NOW = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", ("09:30", "Aug 17", "Aug 20, 2025")), ("ko", ("09:30", "8월 17일", "2025년 8월 20일"))],
)
def test_the_further_away_the_more_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, language: str, told: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TRENDLAB_LANGUAGE", language)
    settings.cache_clear()
    moments = (NOW.replace(hour=9, minute=30), NOW - timedelta(days=3), NOW.replace(year=2025))
    assert tuple(when(moment, NOW) for moment in moments) == told
