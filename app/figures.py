"""What does a paper look like at a glance? Its overview figure, fetched when somebody asks to see it, and kept.

The first figure of arXiv's web version; where there is none, the card that Hugging Face draws of the paper. Only these
two hosts are asked. What comes is decoded and written anew, so that nothing but pixels is kept, and the folder keeps to
its size. That a paper has no figure is remembered for a week, for its web version may come later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlite_utils import Database

from app.settings import Settings, is_loopback
from app.syncing.asking import PROVIDERS, http_to
from core.language import Text
from core.papers.figures.first import first_figure
from core.papers.paper import Paper
from core.papers.source import Broken, SourceError, Throttled
from core.replacing import put
from db.cooldowns import read_cooldown

SILENCE = 10.0  # seconds that a server may say nothing
PATIENCE = 15.0  # seconds that one's turn is waited for
MOST_BYTES = 200 << 20  # of the folder
AGAIN = timedelta(days=7)  # after which a paper without a figure is asked for once more
THUMBNAILS = "cdn-thumbnails.huggingface.co"
NONE = Text("This paper has no figure on the web.", "이 논문은 웹에 공개된 그림이 없습니다.")


@dataclass(frozen=True, kw_only=True)
class Overview:
    """A paper's figure, or why there is none.

    :param picture: the file, WebP; None where there is none.
    :param caption: as the paper has it; '' where it has none.
    :param provider: "arxiv" or "huggingface"; '' where there is no picture.
    :param why: said where there is no picture.
    """

    picture: Path | None = None
    caption: str = ""
    provider: str = ""
    why: Text | None = None


def kept(settings: Settings, paper_id: str) -> Overview | None:
    """What is known of a paper's figure without asking anybody; None where nothing is."""
    return _Kept(settings.home / "figures", paper_id).read()


def overview(db: Database, settings: Settings, paper: Paper) -> Overview:
    """The figure that is kept, or that is fetched now, which takes some seconds.

    A failure on the way is said and not remembered.
    """
    place = _Kept(settings.home / "figures", paper.id)
    if (found := place.read()) is not None:
        return found
    failed: SourceError | None = None
    for provider, fetch in (("arxiv", _from_arxiv), ("huggingface", _from_hugging_face)):
        cooling = read_cooldown(db, provider)
        if cooling is not None and cooling.until > datetime.now(UTC):
            failed = Throttled(f"{PROVIDERS[provider]} asked to be left alone until {cooling.until:%H:%M} UTC")
            continue
        try:
            picture, caption = fetch(settings, paper)
        except SourceError as error:
            failed = failed if isinstance(error, Broken) else error
            continue
        if picture is not None:
            return place.write(picture, caption=caption, provider=provider)
    if failed is not None:
        return Overview(why=Text(f"Not now: {failed}", f"지금은 가져올 수 없습니다: {failed}"))
    return place.write_none()


def _from_arxiv(settings: Settings, paper: Paper) -> tuple[bytes | None, str]:
    """
    :raises Broken: there is no web version, or what came is no picture.
    """
    from core.papers.figures.small import small

    page = f"{settings.html_url}/{paper.id}"
    http = http_to("arxiv", settings.html_url, settings, silence=settings.http_timeout or SILENCE, patience=PATIENCE)
    # The page's own address ends in a version and a slash; a figure's is relative to that, unless the page says other.
    found = first_figure(http.get(page, expect="html"), f"{page}/")
    return (None, "") if found is None else (small(http.get(found.url, expect="image")), found.caption)


def _from_hugging_face(settings: Settings, paper: Paper) -> tuple[bytes | None, str]:
    """
    :raises Broken: what came is no picture.
    """
    from core.papers.figures.small import small

    allowed = {THUMBNAILS, urlsplit(settings.hf_url).netloc if is_loopback(settings.hf_url) else THUMBNAILS}
    address = next((link.url for link in paper.links if link.kind == "thumbnail"), None)
    if address is None or urlsplit(address).netloc not in allowed:
        return None, ""
    http = http_to("huggingface", address, settings, silence=settings.http_timeout or SILENCE, patience=PATIENCE)
    return small(http.get(address, expect="image")), ""


class _Kept:
    """A paper's files in the folder: the picture, and what is known of it."""

    def __init__(self, folder: Path, paper_id: str) -> None:
        self._folder = folder
        name = paper_id.replace("/", "_")
        self._picture, self._about = folder / f"{name}.webp", folder / f"{name}.json"

    def read(self) -> Overview | None:
        """What is known, while it counts; None where nothing is."""
        try:
            about: dict[str, Any] = json.loads(self._about.read_text(encoding="utf-8"))
            at = datetime.fromisoformat(about.pop("at"))
            found = Overview(picture=self._picture if about["provider"] else None, **about)
        except (OSError, ValueError, KeyError, TypeError):
            # Not there, or cut short by a kill: it is fetched anew.
            return None
        if found.picture is None:
            return Overview(why=NONE) if datetime.now(UTC) - at < AGAIN else None
        return found if found.picture.is_file() else None

    def write(self, picture: bytes, *, caption: str, provider: str) -> Overview:
        """Keep a picture, and drop the oldest where they have become too many."""
        self._folder.mkdir(parents=True, exist_ok=True)
        put(self._picture, picture, shared=True)
        self._say(caption=caption, provider=provider)
        _trim(self._folder, keep=self._picture)
        return Overview(picture=self._picture, caption=caption, provider=provider)

    def write_none(self) -> Overview:
        """Remember that there is none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._say(caption="", provider="")
        return Overview(why=NONE)

    def _say(self, **about: str) -> None:
        put(self._about, json.dumps({"at": datetime.now(UTC).isoformat(), **about}), shared=True)


def _trim(folder: Path, *, keep: Path) -> None:
    files = sorted(folder.glob("*.webp"), key=lambda path: path.stat().st_mtime)
    over = sum(path.stat().st_size for path in files) - MOST_BYTES
    for path in files:
        if over <= 0:
            return
        if path != keep:
            over -= path.stat().st_size
            path.unlink(missing_ok=True)
