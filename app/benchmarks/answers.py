"""What would arXiv and Hugging Face have answered? The papers of a made-up catalog, in the servers' own formats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from core.papers.paper import Paper

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom" \
xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/made-up</id>
  <title>arXiv Query: a made-up month</title>
  <updated>2026-09-01T00:00:00Z</updated>
"""


def atom_page(papers: Sequence[Paper], *, total: int, start: int) -> bytes:
    """One page of arXiv's query API.

    :param total: results of the whole query.
    :param start: place of the first paper among them.
    """
    counts = (
        f"  <opensearch:itemsPerPage>{len(papers)}</opensearch:itemsPerPage>\n"
        f"  <opensearch:totalResults>{total}</opensearch:totalResults>\n"
        f"  <opensearch:startIndex>{start}</opensearch:startIndex>\n"
    )
    return "".join((_HEAD, counts, *map(_entry, papers), "</feed>\n")).encode()


def _entry(paper: Paper) -> str:
    name = f"{paper.id}v{paper.version}"
    categories = "".join(
        f'    <category term={quoteattr(term)} scheme="http://arxiv.org/schemas/atom"/>\n' for term in paper.categories
    )
    authors = "".join(f"    <author>\n      <name>{escape(name)}</name>\n    </author>\n" for name in paper.authors)
    comment = f"    <arxiv:comment>{escape(paper.comment)}</arxiv:comment>\n" if paper.comment else ""
    return (
        f"  <entry>\n    <id>http://arxiv.org/abs/{name}</id>\n    <title>{escape(paper.title)}</title>\n"
        f"    <updated>{paper.updated:%Y-%m-%dT%H:%M:%SZ}</updated>\n"
        f'    <link href="https://arxiv.org/abs/{name}" rel="alternate" type="text/html"/>\n'
        f'    <link href="https://arxiv.org/pdf/{name}" rel="related" type="application/pdf" title="pdf"/>\n'
        f"    <summary>{escape(paper.abstract or '')}</summary>\n{categories}"
        f"    <published>{paper.submitted:%Y-%m-%dT%H:%M:%SZ}</published>\n{comment}"
        f'    <arxiv:primary_category term="{paper.primary_category}"/>\n{authors}  </entry>\n'
    )


def daily_list(papers: Sequence[Paper]) -> bytes:
    """An answer of Hugging Face's daily papers with those that were listed."""
    return json.dumps([_row(paper) for paper in papers]).encode()


def _row(paper: Paper) -> dict[str, Any]:
    facts = {
        "id": paper.id,
        "title": paper.title,
        "summary": paper.abstract,
        "authors": [{"name": name, "hidden": False} for name in paper.authors],
        "publishedAt": f"{paper.submitted:%Y-%m-%dT%H:%M:%S.000Z}",
        "submittedOnDailyAt": f"{paper.listed:%Y-%m-%dT00:00:00.000Z}",
        "upvotes": paper.upvotes,
        "ai_keywords": list(paper.keywords),
    }
    code = next((link.url for link in paper.links if link.kind == "code"), None)
    if code is not None:
        facts |= {"githubRepo": code, "githubStars": paper.stars}
    return {"paper": facts, "title": paper.title, "publishedAt": facts["publishedAt"]}
