"""Is the text that every Python ships found, named, hashed and split in the same way each time?"""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from core.text.corpora import Corpus, code, prose


def test_prose_and_code_are_real_and_differ() -> None:
    topics = dict(zip(prose().sources, prose().documents, strict=True))
    modules = dict(zip(code().sources, code().documents, strict=True))
    assert "assert" in topics["topics/assert"]
    assert "def dumps(" in modules["json/__init__.py"]
    assert "Serialize ``obj`` to a JSON formatted ``str``" in topics["json/__init__.py"]
    assert "def dumps(" not in topics["json/__init__.py"]
    assert sum(map(len, prose().documents)) > 1_000_000
    assert sum(map(len, code().documents)) > 5_000_000


def test_tests_and_installed_packages_are_left_out() -> None:
    parts = {part for source in code().sources for part in source.split("/")}
    assert parts.isdisjoint({"test", "tests", "site-packages", "idle_test", "encodings"})


def test_a_corpus_says_which_python_made_it_and_another_process_makes_the_same() -> None:
    command = "from core.text.corpora import code; print(code().sha256)"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [code().sha256]
    assert prose().python == platform.python_version()


def make(documents: tuple[str, ...], sources: tuple[str, ...]) -> Corpus:
    return Corpus(name="made", documents=documents, sources=sources, python="3", sha256="")


def test_a_split_keeps_about_a_tenth_out_and_every_document_once() -> None:
    names = tuple(f"module{number}.py" for number in range(1000))
    corpus = make(tuple(f"text of {name}" for name in names), names)
    train, kept = corpus.split()
    assert 70 < len(kept) < 130
    assert sorted((*train, *kept)) == sorted(corpus.documents)
    assert corpus.split() == (train, kept)
    assert set(kept) < set(corpus.split(0.3)[1])


def test_a_module_is_kept_out_of_prose_and_code_alike() -> None:
    corpora = (prose(), code())
    kept = [set(corpus.split()[1]) for corpus in corpora]
    out = [
        {source for source, text in zip(corpus.sources, corpus.documents, strict=True) if text in texts}
        for corpus, texts in zip(corpora, kept, strict=True)
    ]
    both = set(corpora[0].sources) & set(corpora[1].sources)
    assert out[0] & both == out[1] & both
    assert out[0] & both


def test_a_fraction_that_is_none_is_named() -> None:
    with pytest.raises(ValueError, match="held_out 1.5"):
        prose().split(1.5)
