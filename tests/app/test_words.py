"""No string of the app lacks a translation, and none is left over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.settings import Settings
from app.words import po_file, translations

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"_": None, "n_": (1, 2), "tr": None}


def strings_of_the_app() -> set[str | tuple[str, ...]]:
    found: set[str | tuple[str, ...]] = {field.description or "" for field in Settings.model_fields.values()}
    for room in ("app", "pages"):
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / room, method_map=[("**.py", "python")], keywords=KEYWORDS
        ):
            found.add(message)
    return {message for message in found if message and message != "''"}


@pytest.fixture(scope="module")
def korean() -> Catalog:
    with po_file("ko").open("rb") as stream:
        return read_po(stream, locale="ko")


def test_every_string_is_translated(korean: Catalog) -> None:
    translated = {entry.id for entry in korean if entry.id and entry.string and all(entry.string)}
    assert strings_of_the_app() - translated == set()


def test_no_translation_is_left_over(korean: Catalog) -> None:
    assert {entry.id for entry in korean if entry.id} - strings_of_the_app() == set()


def test_a_translation_keeps_the_places_of_its_string(korean: Catalog) -> None:
    for entry in korean:
        if entry.id:
            source = entry.id if isinstance(entry.id, str) else entry.id[1]
            for target in [entry.string] if isinstance(entry.string, str) else entry.string:
                assert sorted(re.findall(r"{\w+}", source)) == sorted(re.findall(r"{\w+}", target)), source


def test_no_string_hides_from_extraction_in_an_f_string() -> None:
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("pages/*.py")]:
        assert not re.search(r"\{(_|n_|tr)\(", path.read_text(encoding="utf-8")), path


def test_korean_plurals_take_one_form() -> None:
    say = translations("ko")
    assert say.ngettext("{n} paper", "{n} papers", 1) == say.ngettext("{n} paper", "{n} papers", 5) == "논문 {n}편"


def test_an_unknown_language_says_which_there_are() -> None:
    with pytest.raises(ValueError, match="en, ko"):
        translations("fr")
