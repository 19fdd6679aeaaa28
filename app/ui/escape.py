"""How is text from the network shown without being obeyed?"""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"\s+")


def plain(words: str) -> str:
    """Text for a Markdown place, shown letter by letter: no markup, mathematics, links, colours, icons or HTML.

    CommonMark takes a backslash before any ASCII punctuation as that character itself.
    """
    return _PUNCTUATION.sub(r"\\\1", _SPACE.sub(" ", words).strip())
