"""The notebook as one page that opens offline: no script, nothing loaded, whatever a note holds."""

from __future__ import annotations

from html import escape

from core.exports import words
from core.exports.export import Export
from core.exports.markdown_html import markdown_html
from core.exports.notebook_markdown import notebook
from core.exports.report import Report
from core.language import Text

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", sans-serif;
  max-width: 48rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 0.9em; }
th, td { border: 1px solid #8888; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
pre { overflow-x: auto; padding: 0.75rem; background: #8882; }
h2 { border-top: 1px solid #8888; padding-top: 1rem; }
""".strip()


def _render(report: Report, language: str) -> bytes:
    body = markdown_html(notebook(report, language))
    page = (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words.NOTEBOOK.to(language))}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
    return page.encode()


EXPORT = Export(
    id="notebook-html",
    suffix=".html",
    mime="text/html",
    kind="notebook",
    name=Text("Web page", "웹 페이지"),
    help=Text(
        "One page that opens in any browser without a network.",
        "네트워크 없이 어느 브라우저에서나 열리는 한 쪽짜리 문서.",
    ),
    render=_render,
)
