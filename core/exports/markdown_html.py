"""How does a note's Markdown become HTML that runs nothing and loads nothing?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.exports.escape import clean

_DEEPEST = 6


def markdown_html(text: str, *, below: int = 0) -> str:
    """HTML of Markdown; its own HTML is shown as text, and so are pictures, whose addresses would be fetched.

    :param below: the level of the heading under which it stands; its own headings begin one deeper.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.add_render_rule("link_open", _link)
    tokens = reader.parse(clean(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + below, _DEEPEST)}"
    return str(reader.renderer.render(tokens, reader.options, {}))


def _link(renderer: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    tokens[place].attrSet("rel", "noopener noreferrer")
    return str(renderer.renderToken(tokens, place, options, env))
