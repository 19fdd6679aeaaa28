"""Digests: which days each tells, what is in it, and how it reads as Markdown, as a page and as an Atom entry."""
