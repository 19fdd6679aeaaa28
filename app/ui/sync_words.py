"""How is a sync told in words? What each source answered, what it means, and what a person can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlite_utils import Database

from app.schedule import Plan
from app.syncing.asking import PROVIDERS
from app.ui import moments
from app.ui.escape import plain
from app.ui.words import _, n_, text
from core.papers.calendar.holiday_names import names_of
from core.papers.source import Source
from core.registry import discover
from db import ledger
from db.cooldowns import Cooldown, read_cooldown
from db.ledger import LedgerRow


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A source whose last sync did not end well; words are safe as Markdown.

    :param head: which source, what, when, which days.
    :param came: what it brought all the same.
    :param why: what failed.
    :param mend: what to do, and when.
    """

    head: str
    came: str
    why: str
    mend: str


def outcome_name(outcome: str | None) -> str:
    """A ledger outcome in the visitor's language."""
    return {
        "complete": _("complete"),
        "quiet day": _("quiet day"),
        "throttled": _("throttled"),
        "stale": _("stale"),
        "partial": _("partial"),
        "broken": _("broken"),
        "unreachable": _("unreachable"),
        "refused": _("refused"),
        None: _("under way"),
    }.get(outcome, str(outcome))


def source_of(source_id: str) -> Source | None:
    """The source of this id; None where it is no longer there."""
    found: Source | None = discover("core.papers.sources", "SOURCE").get(source_id)
    return found


def title(source_id: str) -> str:
    """A source's name, safe as Markdown."""
    found = source_of(source_id)
    return plain(text(found.about.title) if found else source_id)


def new_papers(n: int) -> str:
    """So many new papers."""
    return n_("{n} new paper", "{n} new papers", n)


def window(row: LedgerRow) -> str:
    """The days that were asked for."""
    since, until = days_of(row)
    today = datetime.now(UTC).date()
    names = dict.fromkeys((moments.day(since, today), moments.day(until, today)))
    return " – ".join(names)


def days_of(row: LedgerRow) -> tuple[date, date]:
    """The first and the last day that a sync asked for."""
    since, _dots, until = str(row.window).partition("..")
    return date.fromisoformat(since), date.fromisoformat(until)


def brought(db: Database, row: LedgerRow) -> int:
    """How many new papers a window brought, those of the rows that it goes on from included."""
    new = row.new
    while row.continues is not None:
        row = ledger.get_row(db, row.continues)
        new += row.new
    return new


def amount(row: LedgerRow) -> str:
    """How many papers came, of how many."""
    if row.expected is None:
        return n_("{n} paper", "{n} papers", row.received)
    form = _("{received} of {expected} papers") if row.expected != 1 else _("{received} of {expected} paper")
    return form.format(received=f"{row.received:,}", expected=f"{row.expected:,}")


def good_news(row: LedgerRow) -> str:
    """What a source that is well said: nothing for complete, why where it had nothing to say."""
    if row.outcome != ledger.QUIET:
        return ""
    source = source_of(row.source)
    names = names_of(*days_of(row))
    why = ", ".join(text(name) for name in names[:2]) or _("the day is not over")
    if source is not None and source.about.provider == "arxiv":
        return _("arXiv announced nothing ({why})").format(why=why)
    return _("{source} listed nothing ({why})").format(source=title(row.source), why=why)


def trouble(db: Database, row: LedgerRow, plan: Plan | None, *, now: datetime) -> Trouble:
    """A source that is not well, told whole.

    :param plan: of the daily sync; None where there is none.
    """
    moment = row.finished or row.started
    head = " · ".join((f"**{title(row.source)}**", outcome_name(row.outcome), moments.clock(moment, now)))
    asked = _("asked for papers of {days}").format(days=window(row))
    return Trouble(
        head=f"{head} · {asked}", came=_came(db, row), why=plain(row.error or ""), mend=_mend(db, row, plan, now)
    )


def _came(db: Database, row: LedgerRow) -> str:
    """What came before it failed."""
    if not row.received:
        return _("No paper came.")
    new = brought(db, row)
    if not new:
        return _("{amount} came; none of them is new.").format(amount=amount(row))
    return _("{amount} came, with {new}: they are in the catalog.").format(amount=amount(row), new=new_papers(new))


def progress(row: LedgerRow) -> str:
    """How far a source is that is asked now; safe as Markdown."""
    parts = [title(row.source)]
    if row.received:
        parts += [amount(row), new_papers(row.new)]
    if row.requests:
        parts.append(n_("{n} request", "{n} requests", row.requests))
    return " · ".join(parts) if row.requests else _("{source}: asking …").format(source=parts[0])


def cooldown_of(db: Database, source_id: str, *, now: datetime) -> Cooldown | None:
    """The cool-down of a source's provider, while it lasts."""
    source = source_of(source_id)
    found = None if source is None or source.about.provider is None else read_cooldown(db, source.about.provider)
    return found if found is not None and found.until > now else None


def _mend(db: Database, row: LedgerRow, plan: Plan | None, now: datetime) -> str:
    """What to do, and when."""
    cooldown = cooldown_of(db, row.source, now=now)
    again = plan is not None and plan.tries > 0 and row.source in plan.missing
    words = []
    if cooldown is not None:
        provider = PROVIDERS.get(cooldown.provider, cooldown.provider)
        until = moments.clock(cooldown.until, now)
        words.append(
            _("{provider} is left alone until {time}, for it asks us to slow down.").format(
                provider=provider, time=until
            )
        )
    elif row.outcome == "throttled":
        words.append(_("It asked us to slow down; that time is over."))
    else:
        words.append(_what_it_is(row.outcome))
    if plan is not None and again:
        time, left = moments.clock(plan.due, now), moments.left(plan.due, now)
        words.append(_("It is tried again by itself at {time} ({left}).").format(time=time, left=left))
    elif cooldown is not None:
        words.append(_("Press Sync then."))
    else:
        words.append(_("Press Sync to try again."))
    if row.resume is not None and row.received:
        words.append(_("It goes on at result {n}.").format(n=f"{row.received + 1:,}"))
    return " ".join(word for word in words if word)


def _what_it_is(outcome: str | None) -> str:
    """An outcome in plain words."""
    return {
        "unreachable": _("The server did not answer. Is there a network?"),
        "broken": _("The answer was not what it should be; if that stays, the source has changed."),
        "stale": _("The source showed an old day; it mends that itself, mostly within hours."),
        "partial": _("Not all came that there is."),
    }.get(outcome or "", "")
