"""Which papers are in a file? Its format is known from its first bytes; what cannot be read is named in one line."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from core.papers.reading.json_documents import load_json
from core.papers.reading.streams import GZIP_MAGIC, open_unpacked
from core.papers.reading.xml_documents import root_name
from core.papers.source import Broken, Format, Page, Refused, Unrecognised
from core.registry import discover

HEAD = 4096
_DAMAGE = (gzip.BadGzipFile, EOFError, zlib.error)
_MAGIC = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ": "packed with xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it first",
    GZIP_MAGIC: "gzip inside gzip; unpack it first",
    b"%PDF": "a PDF, not a list of papers",
    b"SQLite format 3": "a SQLite database, not a list of papers",
    b"\x89PNG": "a picture, not a list of papers",
    b"\xff\xd8\xff": "a picture, not a list of papers",
    b"PAR1": "a Parquet file; save it as JSON Lines first",
}


def formats() -> dict[str, Format]:
    """Every file format by its id."""
    return dict(discover("core.papers.formats", "FORMAT"))


def recognise_file(path: Path) -> Format:
    """The format of a file.

    :raises Unrecognised: it is in none of the known ones; the line says what it looks like.
    :raises Refused: it is empty, a folder, or text that never holds records.
    :raises Broken: it cannot be opened or unpacked.
    """
    head = _read_head(path)
    if not head.strip():
        raise Refused("the file is empty")
    readable = _as_utf8(head)
    for format_ in formats().values():
        if format_.recognise(path.name, readable):
            return format_
    raise _stranger(path, head, readable)


def read_file(path: Path, format_id: str = "auto") -> Iterator[Page]:
    """The papers of a file, plain or packed with gzip, page by page. Messages do not repeat the file's name.

    :param format_id: a format's id, or `auto` to go by the content.
    :raises ValueError: there is no format of this id (raised at once, the others as the pages are read).
    :raises Refused: it holds nothing that can be taken, and why.
    :raises Broken: it is damaged, and where.
    """
    known = formats()
    if format_id != "auto" and format_id not in known:
        raise ValueError(f"unknown format {format_id!r}; give auto or one of {', '.join(known)}")
    return _pages(path, None if format_id == "auto" else known[format_id])


def _pages(path: Path, format_: Format | None) -> Iterator[Page]:
    if format_ is None:
        format_ = recognise_file(path)
    elif not _read_head(path).strip():
        raise Refused("the file is empty")
    with _open(path) as stream:
        try:
            yield from format_.read(stream)
        except _DAMAGE as error:
            raise _damaged(error) from error


def _open(path: Path) -> IO[bytes]:
    if path.is_dir():
        raise Refused("a folder; give the files in it")
    try:
        return open_unpacked(path)
    except OSError as error:
        raise Broken(f"cannot be opened: {error.strerror or error}", requests=0) from error


def _read_head(path: Path) -> bytes:
    with _open(path) as stream:
        try:
            return stream.read(HEAD)
        except _DAMAGE as error:
            raise _damaged(error) from error
        except OSError as error:
            raise Broken(f"cannot be read: {error.strerror or error}", requests=0) from error


def _damaged(error: Exception) -> Broken:
    return Broken(f"damaged gzip: {error}", requests=0)


def _as_utf8(head: bytes) -> bytes:
    """The head with UTF-16 made readable: XML may come in it."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore").encode()
    return head.removeprefix(b"\xef\xbb\xbf")


def _stranger(path: Path, head: bytes, readable: bytes) -> Refused:
    """What a file that no format knows looks like."""
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            return Unrecognised(what)
    if b"\x00" in readable:
        return Unrecognised("binary data, not a list of papers")
    root = root_name(readable)
    if root is not None and (root.lower() == "html" or re.match(rb"(?i)\s*<!doctype html", readable)):
        return Unrecognised("a web page (HTML), not a list of papers")
    if root is not None:
        return Unrecognised(f"XML that begins with <{root[:40]}>, which is no paper list known here")
    if readable.lstrip()[:1] in (b"[", b"{"):
        return _strange_json(head)
    if readable.lstrip().lower().startswith(b"rate exceeded"):
        return Refused("an error answer of arXiv: Rate exceeded.")
    if suffix in (".xml", ".atom", ".rss", ".json", ".jsonl", ".ndjson"):
        return Refused(f"named {suffix}, but it holds plain text: {_excerpt(readable)}")
    if suffix in (".md", ".markdown", ".rst"):
        return Refused("a text for readers (Markdown), not a list of papers")
    return Unrecognised(f"text in no known format: {_excerpt(readable)}")


def _strange_json(head: bytes) -> Refused:
    if len(head) == HEAD:
        return Unrecognised("JSON with none of the keys of a known paper list")
    try:
        value = load_json(head)
    except Broken as error:
        return Unrecognised(str(error))
    if not value:
        return Refused("it holds no papers: an empty JSON " + ("list" if isinstance(value, list) else "object"))
    return Unrecognised("JSON with none of the keys of a known paper list")


def _excerpt(text: bytes) -> str:
    return repr(" ".join(text.decode("utf-8", "replace").split())[:40])
