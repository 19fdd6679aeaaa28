"""When is the next daily sync, and what becomes of one that fails? A choice, and a plan that survives a restart.

The plan names the moment that a sync was planned for. It is carried out when each of its sources has a complete or
quiet row in the ledger that was finished after that moment, whoever brought it about; until then it is tried again,
at the latest at the next planned moment, which takes its place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlite_utils import Database

from app.ingest import choose_sources
from core.papers.calendar.announcements import EASTERN
from core.papers.source import Source
from core.registry import discover
from db import ledger
from db.connect import transaction
from db.cooldowns import read_cooldown
from db.settings import read_setting, write_setting

FIRST_RETRY = timedelta(minutes=15)  # doubled after each failure
_MARGIN = timedelta(seconds=1)  # after a cool-down's end
# arXiv announces at 20:00 in New York, but its servers show that about midnight; and a while for the last of them.
_SHOWN_AT = time(0, 45)
_CHOICE, _PLAN = "sync-schedule", "sync-plan"
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The choice: whether there is a daily sync, and when.

    :param at: the time of day in `zone`, to the minute.
    :param zone: an IANA time zone, such as Asia/Seoul.
    :param sources: whom it asks; those that a sync asks by default where empty.
    """

    on: bool = False
    at: time
    zone: str
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        find_zone(self.zone)
        choose_sources(self.sources)

    @property
    def asked(self) -> list[Source]:
        """The sources that it asks."""
        return choose_sources(self.sources)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done next; moments are in UTC.

    :param planned: the moment that the choice asks for.
    :param due: when it is tried: `planned`, or later after a failure.
    :param tries: how often it has failed.
    :param ended: when the last try of all came to its end; None before the first one.
    :param missing: the sources that had not become good by then.
    """

    planned: datetime
    due: datetime
    tries: int = 0
    ended: datetime | None = None
    missing: tuple[str, ...] = ()


def find_zone(name: str) -> ZoneInfo:
    """The time zone of this name.

    :raises ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; write it as Asia/Seoul") from error


def machine_zone() -> str:
    """The zone that this machine is set to; UTC where it does not say."""
    link = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), link):
        try:
            return find_zone(name).key
        except ValueError:
            continue
    return "UTC"


def default_time(zone: str, *, year: int) -> time:
    """Shortly after arXiv shows what it announced, on the clock of this zone.

    As in January, when that is at its latest for those whose clocks do not change with New York's.
    """
    moment = datetime.combine(date(year, 1, 15), _SHOWN_AT, EASTERN)
    return moment.astimezone(find_zone(zone)).time()


def read_schedule(db: Database, *, zone: str | None = None) -> Schedule:
    """The choice; off where nobody has chosen yet.

    :param zone: of the person, for the time that is suggested; the machine's where None.
    """
    kept = read_setting(db, _CHOICE)
    if kept is None:
        here = zone or machine_zone()
        return Schedule(at=default_time(here, year=datetime.now(UTC).year), zone=here)
    found = json.loads(kept)
    known = discover("core.papers.sources", "SOURCE")
    return Schedule(
        on=found["on"],
        at=time.fromisoformat(found["at"]),
        zone=found["zone"],
        sources=tuple(source for source in found["sources"] if source in known),
    )


def read_plan(db: Database) -> Plan | None:
    """What is to be done next; None while there is no daily sync."""
    kept = json.loads(read_setting(db, _PLAN) or "null")
    if kept is None:
        return None
    return Plan(
        planned=datetime.fromisoformat(kept["planned"]),
        due=datetime.fromisoformat(kept["due"]),
        tries=kept["tries"],
        ended=None if kept["ended"] is None else datetime.fromisoformat(kept["ended"]),
        missing=tuple(kept["missing"]),
    )


def write_plan(db: Database, plan: Plan | None) -> None:
    """Put a plan in the place of the one before."""
    write_setting(db, _PLAN, json.dumps(None if plan is None else asdict(plan), default=_text))


def choose(db: Database, schedule: Schedule, *, now: datetime) -> Plan | None:
    """Keep a choice and plan by it; a change of the time begins a new plan."""
    with transaction(db):
        before, plan = read_schedule(db), read_plan(db)
        write_setting(db, _CHOICE, json.dumps(asdict(schedule), default=_text))
        same = plan is not None and before.on and (before.at, before.zone) == (schedule.at, schedule.zone)
        if not schedule.on:
            plan = None
        elif not same:
            at = next_run(schedule, now)
            plan = replace(plan, planned=at, due=at, tries=0) if plan else Plan(planned=at, due=at)
        write_plan(db, plan)
    return plan


def next_run(schedule: Schedule, now: datetime) -> datetime:
    """The first planned moment after `now`, in UTC: one on each day of the zone's calendar.

    A time that the clocks leave out is that much later; of one that they show twice the first counts.

    :raises ValueError: `now` has no time zone.
    """
    return next(moment for moment in _moments(schedule, now) if moment > now)


def last_run(schedule: Schedule, now: datetime) -> datetime:
    """The last planned moment at or before `now`, in UTC."""
    return [moment for moment in _moments(schedule, now) if moment <= now][-1]


def retry_at(ended: datetime, tries: int, first: timedelta) -> datetime:
    """When one tries again after `tries` failures, unless a cool-down lasts longer: after 15, 30, 60 … minutes."""
    return ended + first * 2 ** (min(tries, 16) - 1)


def missing(db: Database, schedule: Schedule, plan: Plan) -> list[str]:
    """The sources that have not become good since the planned moment."""
    good = ledger.last_good(db)
    return [source.id for source in schedule.asked if not _is_done(good.get(source.id), plan)]


def upcoming(db: Database, *, now: datetime) -> Plan | None:
    """The plan as it stands: a sync that somebody else has meanwhile brought to its end is not tried again."""
    schedule, plan = read_schedule(db), read_plan(db)
    if plan is None or not schedule.on or not plan.tries or missing(db, schedule, plan):
        return plan
    at = next_run(schedule, now)
    return replace(plan, planned=at, due=at, tries=0, missing=())


def is_due(db: Database, *, now: datetime) -> bool:
    """Whether a sync is to be tried now."""
    plan = read_plan(db)
    return plan is not None and plan.due <= now and read_schedule(db).on


def begin(db: Database, *, now: datetime) -> list[str]:
    """The sources to ask in a try that is due; none where there is nothing to do, and then the plan says when there is.

    Where several planned moments were missed, the last of them stands for all.
    """
    with transaction(db):
        schedule, plan = read_schedule(db), read_plan(db)
        if plan is None or not schedule.on or plan.due > now:
            return []
        if (latest := last_run(schedule, now)) > plan.planned:
            plan = replace(plan, planned=latest, tries=0)
        wanted = missing(db, schedule, plan)
        if not wanted:
            at = next_run(schedule, now)
            plan = replace(plan, planned=at, due=at, tries=0, ended=now, missing=())
        write_plan(db, plan)
    return wanted


def end(db: Database, *, now: datetime, first_retry: timedelta = FIRST_RETRY) -> Plan | None:
    """Plan on after a try: the next day's where all is well, else another try, where there is time for one before it.

    :param first_retry: how long after the first failure.
    """
    with transaction(db):
        schedule, plan = read_schedule(db), read_plan(db)
        if plan is None or not schedule.on or plan.due > now:
            # Chosen anew while the try was under way.
            return plan
        lacking, following = missing(db, schedule, plan), next_run(schedule, now)
        tries = plan.tries + 1 if lacking else 0
        again = max(retry_at(now, tries, first_retry), _cool_at(db, lacking)) if lacking else following
        if again < following:
            plan = replace(plan, due=again, tries=tries)
        else:
            plan = replace(plan, planned=following, due=following, tries=0)
        plan = replace(plan, ended=now, missing=tuple(lacking))
        write_plan(db, plan)
    return plan


def _moments(schedule: Schedule, now: datetime) -> list[datetime]:
    """The planned moments around `now`, oldest first."""
    if now.utcoffset() is None:
        raise ValueError(f"{now} has no time zone; give it in UTC")
    zone = find_zone(schedule.zone)
    today = now.astimezone(zone).date()
    days = (today + _DAY * number for number in range(-2, 3))
    return [datetime.combine(day, schedule.at, zone).astimezone(UTC) for day in days]


def _is_done(row: ledger.LedgerRow | None, plan: Plan) -> bool:
    """Whether a good row is of a sync after the planned moment, and of its day too."""
    if row is None or row.finished is None:
        return False
    until = str(row.window).partition("..")[2]
    return row.finished >= plan.planned and until >= plan.planned.date().isoformat()


def _cool_at(db: Database, sources: Sequence[str]) -> datetime:
    """When the providers of these sources may be asked again."""
    providers = {source.about.provider for source in choose_sources(sources)}
    found = [read_cooldown(db, provider) for provider in providers if provider is not None]
    return max((cooldown.until + _MARGIN for cooldown in found if cooldown), default=datetime.min.replace(tzinfo=UTC))


def _text(value: Any) -> str:
    """A moment or a time of day in JSON."""
    return value.isoformat(timespec="minutes") if isinstance(value, time) else str(value.isoformat())
