"""How does a digest stand in a browser? One page that opens offline, without scripts, whatever a title holds."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", sans-serif;
  max-width: 46rem; margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere; word-break: keep-all; }
h1 { font-size: 1.5rem; line-height: 1.3; }
h2 { font-size: 1.2rem; border-top: 1px solid #8886; padding-top: 1rem; margin-top: 1.75rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.5rem; }
ul { padding-left: 1.1rem; }
li { margin: 0.5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: 0.25rem 1rem 0.25rem 0; text-align: left; }
a { color: #1a5fb4; text-decoration-thickness: 1px; text-underline-offset: 2px; }
@media (prefers-color-scheme: dark) { a { color: #8ab8f0; } }
""".strip()
_OPEN, _CLOSE = "<main>\n", "</main>"


def page(title: str, body: str, language: str) -> bytes:
    """A whole page around `body`."""
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n{_OPEN}{body}{_CLOSE}\n</body>\n</html>\n"
    ).encode()


def body_of_page(content: bytes) -> str:
    """The body that `page` was given; empty where the file is none of its pages."""
    return content.decode("utf-8", "replace").partition(_OPEN)[2].rpartition(_CLOSE)[0]
