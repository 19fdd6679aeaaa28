"""How do words from below the pages reach visitors in every language the app speaks?

The pages' own strings go through gettext catalogs. A plug-in is one file, and whoever raises an error does not know who
will read it: their Korean stands beside their English.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class Text:
    """One text in English and, where the author wrote it, in Korean.

    :param en: the English text; the source of truth.
    :param ko: the Korean text, or None: then English is shown with a badge.
    """

    en: str
    ko: str | None = None

    def to(self, language: str) -> str:
        """The text in `language`, or English where there is no translation."""
        return self.ko if language == "ko" and self.ko is not None else self.en

    def is_translated(self, language: str) -> bool:
        """Whether `to(language)` is really in that language."""
        return language == "en" or (language == "ko" and self.ko is not None)

    def as_dict(self) -> dict[str, str]:
        """The form that travels in events and files: language to text."""
        return {"en": self.en} if self.ko is None else {"en": self.en, "ko": self.ko}


class Told(Exception):
    """An error that visitors of the pages may meet; `str` is its English line, for terminals and logs.

    :param en, ko: its line, as `Text` takes it.
    """

    def __init__(self, en: str, ko: str | None = None) -> None:
        super().__init__(en, ko)
        self.said = Text(en, ko)

    def __str__(self) -> str:
        return self.said.en


def said_in(words: Mapping[str, str], language: str) -> str:
    """Of a text by language (as `Text.as_dict` makes it) that of `language`, or the English where there is none."""
    return words.get(language) or words.get("en", "")


def in_language(value: Any, language: str) -> Any:
    """JSON in which each text by language (as `Text.as_dict` makes it) has become the text of that language."""
    if isinstance(value, dict):
        if value and value.keys() <= set(LANGUAGES) and all(isinstance(words, str) for words in value.values()):
            return said_in(value, language)
        return {key: in_language(part, language) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [in_language(part, language) for part in value]
    return value
