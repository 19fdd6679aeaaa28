"""A catalog whose trends are known: one topic doubles, one phrase is new, a few papers are noticed and join stages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlite_utils import Database

from core.papers.paper import Paper
from core.papers.tags import Tag, Tagging, TagKind
from core.papers.trends import Period
from db.papers import upsert
from db.tags import set_tags

PERIOD = Period(date(2026, 7, 1), date(2026, 8, 31))
SHARES = {"retrieval": 0.08, "prompting": 0.12, "safety": 0.1}
_STAGES = {"retrieval": "ask", "prompting": "ask", "safety": "align"}
_A_DAY = 12


def fill(db: Database) -> None:
    """Twelve papers a day from May to August 2026; in July and August a quarter of them is about retrieval."""
    chance = np.random.default_rng(11)
    papers, taggings = [], {}
    for number in range(123 * _A_DAY):
        day = date(2026, 5, 1) + timedelta(days=number // _A_DAY)
        new = day >= PERIOD.start
        topics = [
            topic
            for topic, share in SHARES.items()
            if chance.random() < (0.25 if topic == "retrieval" and new else share)
        ]
        title = f"Paper number {number}" + (": Memory Palaces" if new and number % 20 == 0 else "")
        noticed = new and number % 100 == 0
        papers.append(
            Paper(
                id=f"{day:%y%m}.{number:05d}",
                title=title,
                submitted=datetime(day.year, day.month, day.day, tzinfo=UTC),
                upvotes=number if noticed else None,
                listed=day if noticed else None,
            )
        )
        stages = list(dict.fromkeys(_STAGES[topic] for topic in topics))
        kinds: dict[TagKind, list[str]] = {"stage": stages, "topic": topics}
        taggings[papers[-1].id] = Tagging(
            tags=tuple(Tag(kind=kind, value=value, confidence=0.9) for kind, some in kinds.items() for value in some),
            confidence={},
        )
    upsert(db, papers, source="arxiv", day=date(2026, 9, 1), seen_at=datetime(2026, 9, 1, tzinfo=UTC))
    set_tags(db, taggings)
