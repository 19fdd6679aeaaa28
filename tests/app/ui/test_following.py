"""What is a followed search called?"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import settings
from app.ui import following
from db.follows import Follow

NOW = datetime(2026, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("quantization agents", "quantization agents"),
        ("stage:ask topic:agents tool use", "Ask · Agents and tools · tool use"),
        ('author:"Ada Example"', "Ada Example"),
        ("author:Example", "Example"),
        ("topic:nonsense", "topic:nonsense"),
    ],
)
def test_a_search_is_named_by_what_it_asks_for(home: Path, query: str, name: str) -> None:
    assert following.name_of(query) == name


def test_a_topic_is_called_as_in_the_visitors_language(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = Follow(id=1, kind="topic", name="RLHF", query="topic:rlhf", created=NOW, visited=NOW)
    monkeypatch.setenv("TRENDLAB_LANGUAGE", "ko")
    settings.cache_clear()
    assert following.title(follow) == "인간 피드백 강화학습"
