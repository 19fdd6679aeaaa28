"""Where does real text come from without a download? Every Python ships prose and code.

Prose is the language reference (`pydoc_data.topics`) and the docstrings of the standard library; code is its sources.
They differ between Python versions, so a corpus carries the version and a hash.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import sysconfig
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Tests, bundled third-party code, and tables of numbers that only look like code.
SKIPPED = {
    "__pycache__", "dist-packages", "encodings", "ensurepip", "idle_test", "lib2to3", "pydoc_data", "site-packages",
    "test", "tests", "turtledemo",
}  # fmt: skip
SHORTEST = 200
_HOLDERS = (ast.stmt, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Documents of one kind, in a fixed order.

    :param name: "prose" or "code".
    :param documents: the texts.
    :param sources: for each document where it comes from. A module's docstrings and its code have the same source.
    :param python: the version of the Python that shipped them.
    :param sha256: of all sources and documents: equal means the same corpus.
    """

    name: str
    documents: tuple[str, ...]
    sources: tuple[str, ...]
    python: str
    sha256: str

    def split(self, held_out: float = 0.1) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Documents to train on, and documents kept out: about the fraction `held_out` of them.

        The hash of the source decides, so that the same module is kept out of prose and code, in every Python.

        :raises ValueError: a fraction outside 0 to 1.
        """
        if not 0 <= held_out <= 1:
            raise ValueError(f"held_out {held_out} is no fraction; choose from 0 to 1")
        train: list[str] = []
        kept: list[str] = []
        for document, source in zip(self.documents, self.sources, strict=True):
            draw = int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], "big") / 2**64
            (kept if draw < held_out else train).append(document)
        return tuple(train), tuple(kept)


@cache
def prose() -> Corpus:
    """The topics of the language reference, then the docstrings of each module of the standard library (English)."""
    from pydoc_data.topics import topics

    documents = [(f"topics/{name}", text.strip()) for name, text in sorted(topics.items())]
    documents += [(source, "\n\n".join(_docstrings(text))) for source, text in _sources()]
    return _corpus("prose", documents)


@cache
def code() -> Corpus:
    """The Python sources of the standard library, without tests and tables, docstrings included."""
    return _corpus("code", list(_sources()))


def _corpus(name: str, documents: list[tuple[str, str]]) -> Corpus:
    kept = [(source, text) for source, text in documents if len(text) >= SHORTEST]
    digest = hashlib.sha256()
    for pair in kept:
        for part in pair:
            # The length first: no two corpora can run together into the same bytes.
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return Corpus(
        name=name,
        documents=tuple(text for _, text in kept),
        sources=tuple(source for source, _ in kept),
        python=platform.python_version(),
        sha256=digest.hexdigest(),
    )


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    """Path within the standard library and text of each module, sorted by path."""
    root = Path(sysconfig.get_path("stdlib"))
    found = []
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        inside = path.relative_to(root)
        if SKIPPED.isdisjoint(inside.parts) and not inside.name.startswith("_sysconfigdata"):
            with tokenize.open(path) as stream:
                found.append((inside.as_posix(), stream.read().strip()))
    return tuple(found)


def _docstrings(source: str) -> Iterator[str]:
    """The docstrings of a module, of its classes and functions, and of theirs: level by level."""
    level: list[ast.AST] = [ast.parse(source)]
    while level:
        below: list[ast.AST] = []
        for node in level:
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield text
            # Definitions stand in lists of statements alone: to walk expressions too would take twice as long.
            for name in node._fields:
                part = getattr(node, name, None)
                if isinstance(part, list):
                    below += [item for item in part if isinstance(item, _HOLDERS)]
        level = below
