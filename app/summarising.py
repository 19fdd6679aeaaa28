"""How do papers get the two sentences that a language model writes, one paper at a time?

Each answer, and each failure, is committed before the next paper is asked about: whatever happens then, at most the
paper in hand is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlite_utils import Database

from app.settings import Settings
from core.papers.paper import Paper
from core.papers.source import SourceError
from db import summaries
from db.papers import get
from db.summaries import Summary

if TYPE_CHECKING:
    from core.papers.asking.chat import Chat

TIMEOUT = 120.0  # seconds for one answer; a model on a laptop's processor takes one of them
IN_A_ROW = 3  # papers for which the server was not there; then it is not asked for the next


class NotConfigured(Exception):
    """No model is named in the settings; one line that says which."""


class Stopped(Exception):
    """The server will not answer the next question either; one line."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What became of one paper.

    :param outcome: `told`, or the name of the failure: `throttled`, `unreachable` or `broken`.
    :param words: the summary, or why there is none.
    """

    paper: Paper
    outcome: str
    words: str


def is_configured(found: Settings) -> bool:
    """Whether the settings name a model to ask."""
    return bool(found.llm_url and found.llm_model)


def open_chat(found: Settings) -> Chat:
    """The model that the settings name.

    :raises NotConfigured: they name none.
    """
    if not is_configured(found):
        raise NotConfigured(
            "no language model is set up; set TRENDLAB_LLM_URL (as http://127.0.0.1:11434/v1) and TRENDLAB_LLM_MODEL, "
            "and TRENDLAB_LLM_KEY where the server asks for one"
        )
    # Here, so that who asks no model loads no client.
    from core.papers.asking.chat import Chat

    return Chat(
        url=found.llm_url,
        model=found.llm_model,
        key=found.llm_key.get_secret_value(),
        timeout=found.http_timeout or TIMEOUT,
    )


def tell(db: Database, chat: Chat, paper: Paper, language: str) -> Summary:
    """Have one paper told in two sentences, and keep them and the tags that were proposed with them.

    :param language: `en` or `ko`.
    :raises SourceError: it failed, which was written down for this paper.
    :raises core.papers.asking.chat.Unusable: it would fail for every paper; nothing was written down.
    """
    from core.papers.asking.chat import Unusable
    from core.papers.summarising.answer import read_answer
    from core.papers.summarising.prompt import messages, schema

    try:
        answer = read_answer(chat.ask(messages(paper, language), schema=schema(language)), language)
    except Unusable:
        raise
    except SourceError as error:
        summaries.fail(
            db,
            paper.id,
            language=language,
            model=chat.model,
            outcome=error.outcome,
            why=str(error),
            answered=error.outcome == "broken",
            now=datetime.now(UTC),
        )
        raise
    said = Summary(
        language=language, model=chat.model, summary=answer.summary, version=paper.version, told=datetime.now(UTC)
    )
    summaries.keep(db, paper.id, said, answer.tags)
    return said


def tell_all(db: Database, chat: Chat, ids: list[str], language: str, *, again: bool = False) -> Iterator[Step]:
    """Have these papers told one after the other; one that fails costs only itself.

    :param again: also those that this model has told of in this language.
    :raises Stopped: the endpoint accepts no question, or was not there for `IN_A_ROW` papers in a row.
    """
    from core.papers.asking.chat import Unusable

    missed = 0
    for paper_id in ids:
        stored = get(db, paper_id)
        # Another process may have been here since the list was made.
        if stored is None or (not again and summaries.is_told(db, paper_id, language=language, model=chat.model)):
            continue
        try:
            said = tell(db, chat, stored.paper, language)
        except Unusable as error:
            raise Stopped(str(error)) from error
        except SourceError as error:
            missed = 0 if error.outcome == "broken" else missed + 1
            yield Step(paper=stored.paper, outcome=error.outcome, words=str(error))
            if missed == IN_A_ROW:
                why = f"stopped after {IN_A_ROW} papers in a row without an answer ({error}); run it again later"
                raise Stopped(why) from error
        else:
            missed = 0
            yield Step(paper=stored.paper, outcome="told", words=said.summary)
