"""How does a digest lie in a folder? As Markdown, as a page, as JSON for programs, and as an entry of one Atom feed.

The JSON is written after the other two, and the feed is made of all of them, last: whoever is killed in between leaves
a feed that is whole, and the next one who writes the same digest completes it. `updated` comes from what is told (the
newest sighting or sync in it), so that the same digest gives the same bytes in any folder; where a digest became
different without anything newer in it (a new follow, a correction), it moves on by a second.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from app.digests.files import keep
from core.digests import words
from core.digests.atom import Entry, digests_atom, id_of
from core.digests.markdown import digest_markdown
from core.digests.page import body_of_page, page
from core.digests.record import Digest
from core.digests.span import Span
from core.exports.json_text import json_text
from core.exports.markdown_html import markdown_html

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A digest in its folder.

    :param changed: the files that are new or different now; none where it had been written just so before.
    """

    span: Span
    folder: Path
    language: str
    updated: datetime
    changed: tuple[Path, ...]

    @property
    def page(self) -> Path:
        """Its page."""
        return self.folder / f"{_stem(self.span, self.language)}.html"

    @property
    def markdown(self) -> Path:
        """Its Markdown."""
        return self.page.with_suffix(".md")

    @property
    def data(self) -> Path:
        """Its JSON."""
        return self.page.with_suffix(".json")

    @property
    def feed(self) -> Path:
        """The feed of all digests."""
        return self.folder / feed_name(self.language)


def write(digest: Digest, folder: Path, language: str, *, only_more: bool = False) -> Written:
    """Bring a folder up to date with a digest.

    :param only_more: leave one that lies there already as it is where it has the same papers and the same reasons for
        what is missing: new votes alone would show it again in every feed reader.
    :raises OSError: a file cannot be written; what was whole before still is.
    """
    text = digest_markdown(digest, language)
    title = words.title(digest.span, language)
    shown = page(title, markdown_html(text), language)
    found = Written(span=digest.span, folder=folder, language=language, updated=digest.newest, changed=())
    before = _read(found.data)
    if only_more and before is not None and _is_same(digest, before, language):
        return replace(found, updated=datetime.fromisoformat(before["updated"]))
    facts = _facts(digest, title, language, hashlib.sha256(shown).hexdigest(), before)
    files = ((found.markdown, text.encode()), (found.page, shown), (found.data, _json(facts)))
    changed = [path for path, content in files if keep(path, content)]
    if keep(found.feed, digests_atom(_entries(folder, language), language)):
        changed.append(found.feed)
    return replace(found, updated=datetime.fromisoformat(facts["updated"]), changed=tuple(changed))


def _is_same(digest: Digest, before: dict[str, Any], language: str) -> bool:
    return sorted(digest.ids) == sorted(before["papers"]) and words.why_empty(digest, language) == before["why"]


def _facts(digest: Digest, title: str, language: str, content: str, before: dict[str, Any] | None) -> dict[str, Any]:
    """The digest for programs.

    :param content: a hash of the page: what "the same digest" means.
    """
    updated = digest.newest.astimezone(UTC).replace(microsecond=0)
    if before is not None:
        last = datetime.fromisoformat(before["updated"])
        updated = last if before["content"] == content else max(updated, last + _SECOND)
    return {
        "v": 1,
        "id": id_of(digest.span, language),
        "digest": digest.span.name,
        "language": language,
        "title": title,
        "updated": updated.isoformat(),
        "content": content,
        "settled": digest.settled,
        "announced": digest.announced,
        "listed": digest.listed,
        "fitting": digest.fitting,
        "why": words.why_empty(digest, language),
        "sources": [
            {"id": source.id, "state": source.state, "moment": source.moment, "error": source.error}
            for source in digest.sources
        ],
        "papers": list(digest.ids),
    }


def _read(path: Path) -> dict[str, Any] | None:
    """What was written of a digest before; None where nothing was, or where it is none of ours."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        Span.parse(found["digest"])
        datetime.fromisoformat(found["updated"])
        known = {"title": str, "content": str, "language": str, "papers": list, "why": list}
        return found if all(isinstance(found[name], kind) for name, kind in known.items()) else None
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return None


def _entries(folder: Path, language: str) -> list[Entry]:
    """The digests of this language that lie in a folder."""
    entries: list[Entry] = []
    for path in sorted(folder.glob("digest-*.json")):
        facts, shown = _read(path), path.with_suffix(".html")
        if facts is None or facts["language"] != language or not shown.is_file():
            continue
        entries.append(
            Entry(
                span=Span.parse(facts["digest"]),
                title=facts["title"],
                file=shown.name,
                body=body_of_page(shown.read_bytes()),
                updated=datetime.fromisoformat(facts["updated"]),
            )
        )
    return entries


def _json(facts: dict[str, Any]) -> bytes:
    return (json_text(facts, indent=1) + "\n").encode()


def _stem(span: Span, language: str) -> str:
    return f"digest-{span.name}{_ending(language)}"


def feed_name(language: str) -> str:
    """The file of the feed of all digests."""
    return f"digests{_ending(language)}.atom"


def _ending(language: str) -> str:
    return "" if language == "en" else f"-{language}"
