"""Does a batch of summaries that is killed lose at most the paper in hand?"""

from __future__ import annotations

import signal
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from core.papers.paper import Paper
from db import summaries
from db.connect import open_catalog
from db.papers import upsert
from tests.faults.chat_server import ChatServer, Question, Writer, said, told
from tests.forked_app import ForkedApp, run

NOW = datetime(2024, 8, 22, tzinfo=UTC)
IDS = [f"2408.{number:05d}" for number in range(8, 0, -1)]  # newest first
HAND = 3  # the place of the paper that is in hand


@pytest.mark.parametrize("phase", ["asked", "half answered"])
def test_a_killed_batch_loses_the_paper_in_hand_alone(environment: dict[str, str], phase: str) -> None:
    home = Path(environment["TRENDLAB_HOME"])
    db = open_catalog(home / "catalog.db")
    papers = [
        Paper(id=paper_id, title=paper_id, abstract="Of adapters.", submitted=NOW - timedelta(days=place))
        for place, paper_id in enumerate(IDS)
    ]
    upsert(db, papers, source="arxiv", day=NOW.date(), seen_at=NOW)
    server = ChatServer()
    settings = {"TRENDLAB_LLM_URL": server.url, "TRENDLAB_LLM_MODEL": "toy", "TRENDLAB_LLM_KEY": "sk-unseen"}
    batch = ForkedApp(["summarize"], environment | settings)

    def killing(question: Question) -> Writer | None:
        if question.title != IDS[HAND]:
            return None

        def answer(handler: BaseHTTPRequestHandler) -> None:
            if phase == "half answered":
                said(told(question)).write_half(handler)
            batch.kill()

        return answer

    server.fault = killing
    try:
        out, _ = batch.communicate(timeout=60)
        assert batch.returncode == -signal.SIGKILL
        assert set(summaries.latest(db, IDS, "en")) == set(IDS[:HAND])
        assert server.titles == IDS[: HAND + 1]

        server.fault = None
        done = run(environment | settings, "summarize")
        assert (done.returncode, done.stderr) == (0, "")
        assert server.titles == [*IDS[: HAND + 1], *IDS[HAND:]]
        assert set(summaries.latest(db, IDS, "en")) == set(IDS)
        assert "sk-unseen" not in out + done.stdout
    finally:
        server.close()
        db.close()
