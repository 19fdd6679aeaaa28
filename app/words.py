"""How does the app say the same thing in two languages? gettext catalogs, read from their .po files."""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path

from core.language import LANGUAGES

LOCALE = Path(__file__).parent / "locale"


def po_file(language: str) -> Path:
    """Where the catalog of a language lies."""
    return LOCALE / language / "LC_MESSAGES" / "trendlab.po"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalog of `language`, compiled in memory, so that no compiled file can go stale.

    :returns: the source strings themselves for English.
    :raises ValueError: the app does not speak that language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"unknown language {language!r}; there are: {', '.join(LANGUAGES)}")
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with po_file(language).open("rb") as stream:
        catalog = read_po(stream, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
