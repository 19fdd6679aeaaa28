"""What has changed at arXiv in these days? OAI-PMH, for bulk harvests and daily increments, with all version dates.

The answers are read here and not by a client library: oaipmh-scythe makes its own requests, past the limits that all of
arXiv's services share, and mends broken XML, so that half a page would pass for a whole one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from core.language import Text
from core.papers.formats.oai import Harvest, parse_harvest
from core.papers.paper import Paper
from core.papers.source import About, Broken, Checkpoint, Page, Problem, SourceError, Window

if TYPE_CHECKING:
    from core.papers.asking.http import Http

# Groups of archives; all other archives are physics (info.arxiv.org/help/oa, "Sets").
_GROUPS = ("cs", "econ", "eess", "math", "q-bio", "q-fin", "stat")
# The day of the oldest datestamp; arXiv refuses days before it.
EARLIEST = date(2005, 9, 16)
_NOTHING, _BAD_TOKEN = "noRecordsMatch", "badResumptionToken"


def set_of(category: str) -> str:
    """The OAI-PMH set of a category: group, archive, subject, such as cs:cs:CL or physics:hep-th."""
    archive, _, subject = category.partition(".")
    group = archive if archive in _GROUPS else "physics"
    return ":".join(part for part in (group, archive, subject) if part)


class OaiConnection:
    """Harvests one set after another; without categories, all of arXiv."""

    def __init__(self, endpoint: str, http: Http) -> None:
        self._endpoint, self._http = endpoint, http

    def pages(self, window: Window, checkpoint: Checkpoint | None = None) -> Iterator[Page]:
        """The records modified on the window's days (UTC), about 2,000 a page; arXiv does not say how many there are.

        A resumption token lives until midnight UTC. A set whose token has died is begun again, which repeats papers and
        loses none; so a harvest that takes longer than a day ought to be asked for in shorter windows.

        :raises SourceError: one of the named errors.
        """
        sets: list[str | None] = [set_of(category) for category in window.categories] or [None]
        number = int(checkpoint["set"]) if checkpoint else 0
        token = checkpoint["token"] if checkpoint and checkpoint["day"] == _today().isoformat() else None
        before: set[str] = set()
        begun_again: int | None = None
        while number < len(sets):
            try:
                harvest = self._ask(window, sets[number], token)
                if harvest.error == _BAD_TOKEN and token is not None and begun_again != number:
                    begun_again, token, before = number, None, set()
                    continue
                now = _names(harvest)
                if (now and now == before) or (harvest.token is not None and harvest.token == token):
                    raise Broken("arXiv's OAI-PMH answered with the same part again and again")
                if harvest.error not in (None, _NOTHING):
                    raise Broken(f"arXiv's OAI-PMH says {_said(harvest)}")
            except SourceError as error:
                error.requests, error.waited = self._http.take_spent()
                raise
            token = harvest.token
            before = now if token is not None else set()
            number += token is None
            requests, waited = self._http.take_spent()
            yield Page(
                papers=tuple(record for record in harvest.records if isinstance(record, Paper)),
                received=len(harvest.records) + len(harvest.deleted),
                checkpoint=_checkpoint(number, token) if number < len(sets) else None,
                problems=tuple(record for record in harvest.records if isinstance(record, Problem)),
                deleted=harvest.deleted,
                requests=requests,
                waited=waited,
            )

    def _ask(self, window: Window, set_: str | None, token: str | None) -> Harvest:
        params = {"verb": "ListRecords"}
        if token is not None:
            # A token stands for the whole question; anything beside it is an error.
            params["resumptionToken"] = token
        else:
            params["metadataPrefix"] = "arXivRaw"
            if set_ is not None:
                params["set"] = set_
            if window.since >= EARLIEST:
                params["from"] = window.since.isoformat()
            if window.until < _today():
                params["until"] = window.until.isoformat()
        return parse_harvest(self._http.get(self._endpoint, expect="xml", params=params, explain=_message_of))


def _names(harvest: Harvest) -> set[str]:
    """The records of an answer by name, to tell whether it is the one before."""
    return {record.id if isinstance(record, Paper) else record.where for record in harvest.records} | {*harvest.deleted}


def _checkpoint(number: int, token: str | None) -> Checkpoint:
    return {"set": number, "token": token, "day": _today().isoformat()}


def _today() -> date:
    return datetime.now(UTC).date()


def _said(harvest: Harvest) -> str:
    return f"{harvest.error}: {harvest.message}" if harvest.message else str(harvest.error)


def _message_of(body: bytes) -> str | None:
    """arXiv's own words in the body of an error status."""
    try:
        harvest = parse_harvest(body)
    except Broken:
        return None
    return _said(harvest) if harvest.error else None


class OaiSource:
    """arXiv by modification day."""

    id = "oai"
    about = About(
        title=Text("arXiv, in bulk (OAI-PMH)", "arXiv 일괄 수집(OAI-PMH)"),
        help=Text(
            "Every paper of the chosen categories that was added or changed on these days, with the dates of all its "
            "versions; also what arXiv has deleted. For filling a catalog with years of papers, and for changes that a "
            "search by submission day does not see.",
            "선택한 분야에서 이 기간에 새로 올라오거나 바뀐 논문을 모든 버전의 날짜와 함께 가져오고, arXiv가 삭제한 "
            "논문도 알려 준다. 몇 년 치를 한꺼번에 채우거나 제출일 검색으로는 보이지 않는 변경을 따라갈 때 쓴다.",
        ),
        limits=Text(
            "One request every 3 seconds, shared with arXiv's other services; about 2,000 papers an answer, which may "
            "take minutes. A list must be read to its end on one day (UTC). Metadata is CC0.",
            "요청은 3초에 한 번이며 arXiv의 다른 서비스와 함께 센다. 응답 하나에 2,000편쯤 담기고 몇 분이 걸리기도 "
            "한다. 목록 하나는 같은 날(UTC) 안에 끝까지 읽어야 한다. 메타데이터는 CC0이다.",
        ),
        setting="oai_url",
        default=False,
        provider="arxiv",
        days="modified",
        again=1,
        # On some dates the first byte takes 183 seconds.
        silence=200.0,
    )

    def open(self, *, endpoint: str, http: Http, memory: Checkpoint | None = None) -> OaiConnection:
        """A connection; there is nothing to remember."""
        return OaiConnection(endpoint, http)


SOURCE = OaiSource()
