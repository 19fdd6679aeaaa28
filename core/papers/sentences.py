"""Where does a sentence of an abstract or of a summary end? Not after "et al.", "e.g." or a decimal point."""

from __future__ import annotations

import re

# A sentence ends before a word, but not before one in small letters alone ("e.g. low-rank"); vLLM may begin one.
_END = re.compile(r"[.!?。！？]+[\"'”’»)\]]*(?=\s+(?![a-z-]+[\s,;])\S|$)")
_SHORT = re.compile(r"(?:\b(?:[Ff]igs?|[Ee]qs?|[Ss]ecs?|al|cf|vs|e\.g|i\.e|Dr|Prof)|\b[A-Z])\.$")
MOST_WORDS = 40  # of a passage; longer sentences are lists, or texts whose full stops were not recognised

_WORD = re.compile(r"\S+")
_PAUSE = re.compile(r"[.!?;:,](?=\s)")
_LONGEST_SHORT = 8  # letters before an end that tell whether it is one


def sentence_ends(text: str) -> list[int]:
    """Where the sentences of a text end; what follows the last of them is no whole sentence."""
    ends = (match.end() for match in _END.finditer(text))
    return [end for end in ends if not _SHORT.search(text[max(0, end - _LONGEST_SHORT) : end])]


def sentences(text: str) -> list[str]:
    """The sentences of a text in their order, each as it stands there, without the blanks between them.

    A rest that nothing ends counts as one too.
    """
    edges = [0, *sentence_ends(text), len(text)]
    parts = (text[low:high].strip() for low, high in zip(edges, edges[1:], strict=False))
    return [part for part in parts if part]


def passages(text: str, most: int = MOST_WORDS) -> list[str]:
    """The sentences of a text; one of more than `most` words is cut in two where it pauses, and so on.

    Each stands letter by letter in the text.
    """
    found: list[str] = []
    for sentence in sentences(text):
        rest = sentence
        while (edge := _edge(rest, most)) is not None:
            found.append(rest[:edge].rstrip())
            rest = rest[edge:].lstrip()
        found.append(rest)
    return found


def _edge(text: str, most: int) -> int | None:
    """Where to cut a text of too many words: at the last pause in the second half of the limit, or at the limit."""
    starts = [match.start() for match, _ in zip(_WORD.finditer(text), range(most + 1), strict=False)]
    if len(starts) <= most:
        return None
    pauses = [match.end() for match in _PAUSE.finditer(text, starts[most // 2], starts[most])]
    return pauses[-1] if pauses else starts[most]
