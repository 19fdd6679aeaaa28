"""Which colours and sizes hold everywhere? Stage colours from the taxonomy, on the theme that the visitor sees."""

from __future__ import annotations

from html import escape
from typing import Literal

import streamlit as st

from app.ui.words import language
from core.papers.tags import TagKind
from core.papers.taxonomy import Entry, entry, stages

_RULES = """
.block-container {padding-top: 3.2rem; padding-bottom: 4rem; max-width: 1180px}
@media (min-width: 800px) {.block-container {padding-left: 2.5rem; padding-right: 2.5rem}}
.tl-chips {display: flex; flex-wrap: wrap; gap: .3rem .35rem; align-items: center; font-size: .8rem;
  line-height: 1.5; padding: .15rem 0}
.tl-chip {border: 1px solid currentColor; border-radius: 999px; padding: 0 .5rem; font-weight: 600; white-space: nowrap}
.tl-chip.tl-soft {font-weight: 400; border-style: dashed}
.tl-meta {opacity: .82}
.tl-new {background: #0d7a3e; color: #fff; border-radius: .3rem; padding: 0 .4rem; font-weight: 700}
.tl-abstract {line-height: 1.55; max-width: 72ch; overflow-wrap: anywhere}
.tl-quote {border-left: 3px solid #8a8f98; padding-left: .7rem; margin: .2rem 0 .5rem; line-height: 1.5;
  max-width: 80ch; overflow-wrap: anywhere}
.tl-quoted {background: #ffe08a; color: #1a1a1a; padding: .1em 0}
.tl-mark {border-bottom: 2px solid; font-weight: 600}
[data-testid="stMain"] :is(h1, h2, h3, p, li) {word-break: keep-all; overflow-wrap: break-word}
.st-key-courier {display: none}
.st-key-pipeline {container-type: inline-size; margin-bottom: .3rem}
.st-key-pipeline a:focus-visible {outline: 2px solid; outline-offset: 2px}
.st-key-pipeline-map {flex-wrap: nowrap}
.st-key-pipeline-map > div:has(.tl-flow) {flex: 1 1 0; min-width: 0}
.st-key-pipeline-map > [class*="st-key-map-"] {flex: 0 1 auto; min-width: 0}
.st-key-pipeline a {border: 2px solid; border-radius: .6rem; padding: .2rem .75rem}
.st-key-pipeline a p {display: flex; flex-direction: column; line-height: 1.25}
.st-key-pipeline a p span {font-size: .74rem; font-weight: 400; white-space: nowrap}
.tl-flow {position: relative; padding: 0 .9rem .45rem .35rem; text-align: center; font-size: .76rem; line-height: 1.2;
  min-height: 1.6rem; display: flex; align-items: flex-end; justify-content: center}
.tl-flow::before, .tl-flow::after {content: ""; position: absolute; bottom: 0; border-color: currentColor;
  border-style: solid; opacity: .6}
.tl-flow::before {left: .3rem; right: .45rem; border-width: 0 0 1.5px 0; bottom: .28rem}
.tl-flow::after {right: .45rem; width: .45rem; height: .45rem; border-width: 1.5px 1.5px 0 0; transform: rotate(45deg);
  bottom: .06rem}
@container (max-width: 800px) {
  .st-key-pipeline-map > div:has(.tl-flow) {flex: 1 1 1.1rem; max-width: 4rem}
  .st-key-pipeline-map > div:has(.tl-flow):first-child, .st-key-pipeline-map > div:has(.tl-flow):last-child
    {display: none}
  .st-key-pipeline-map > [class*="st-key-map-"] {flex: 2 1 auto}
  .tl-flow {padding: 0; min-height: .6rem}
  .tl-flow span {position: absolute; clip-path: inset(50%)}
  .tl-flow::before {left: .15rem; right: .2rem}
  .tl-flow::after {right: .2rem}
}
@container (max-width: 440px) {
  .st-key-pipeline a {padding: .2rem .4rem}
  .st-key-pipeline a > span:has([data-testid="stIconMaterial"]) {display: none}
}
.st-key-rising-place {min-height: 3.4rem; margin-bottom: .4rem}
[class*="st-key-rising-"] {row-gap: .55rem}
[class*="st-key-rising-"] [data-testid="stPageLink"] a {border: 1px solid #8a8f98; border-radius: 999px;
  padding: 0 .7rem}
[class*="st-key-closed-"] {padding: .55rem .9rem; row-gap: .35rem; column-gap: .8rem}
[class*="st-key-closed-"] > div:has(> [class*="st-key-what-"]) {flex: 1 1 26rem; min-width: 0}
[class*="st-key-what-"] button {padding: 0; min-height: 1.6rem; text-align: left}
[class*="st-key-what-"] button p {font-weight: 600; font-size: 1.02rem; white-space: normal}
[class*="st-key-what-"] [data-testid="stCaptionContainer"] {padding-left: 1.6rem}
[class*="st-key-seen-"] p {line-height: 1.7}
[class*="st-key-closed-"] > div:has(> [class*="st-key-seen-"]) {flex: 0 1 21.5rem; min-width: 0}
[class*="st-key-closed-"] > div:has(> .stButton) {flex: 0 0 auto; margin-left: auto}
[class*="st-key-experiment-"] [data-testid="stPageLink"] a {padding-left: 0}
[class*="st-key-preset-"] [role="radiogroup"] {flex-wrap: wrap}
[class*="st-key-paper-"] a p {font-size: 1.06rem; font-weight: 600; white-space: normal; line-height: 1.35}
[class*="st-key-paper-"] a, [class*="st-key-similar-"] a, [class*="st-key-quote-"] a {padding-left: 0;
  padding-right: 0; background: transparent}
[class*="st-key-paper-"] .stButton button {min-height: 1.7rem; padding-top: 0; padding-bottom: 0}
[class*="st-key-similar-"] a p, [class*="st-key-quote-"] a p {font-weight: 600; line-height: 1.35}
[class*="st-key-similar-"], [class*="st-key-quote-"] {margin-bottom: .35rem}
[data-testid="stMain"] [data-testid="stPageLink"] a span {white-space: normal; overflow: visible; text-overflow: clip}
[data-testid="stMain"] [data-testid="stPageLink"] p {white-space: normal}
.st-key-news button p {white-space: nowrap}
.st-key-examples code {font-size: .85rem}
.st-key-examples button {min-height: 1.9rem}
/* Else the button that copies is there for a mouse alone. */
[data-testid="stCode"] > div:has(button) {visibility: visible; opacity: 1}
[data-testid="stBottomBlockContainer"] {padding: .4rem 1rem .6rem; max-width: 1180px}
[class*="st-key-undo"] p {overflow-wrap: anywhere}
[class*="st-key-boxed-"] {flex-wrap: nowrap}
@media (max-width: 900px) {
  [class*="st-key-closed-"] > div:has(> [class*="st-key-what-"]) {flex-basis: 100%}
  [class*="st-key-what-"] [data-testid="stCaptionContainer"] {padding-left: 0}
  [class*="st-key-closed-"] > div:has(> [class*="st-key-seen-"]) {flex: 1 1 0}
}
@media (max-width: 640px) {
  .st-key-news {flex-wrap: nowrap; overflow-x: auto}
  .st-key-news > div {flex-shrink: 0}
  [class*="st-key-followed-"] code {display: none}
  [class*="st-key-star-"] button p, [class*="st-key-followed-"] button p {position: absolute; clip-path: inset(50%)}
  [class*="st-key-paper-"] [data-testid="stHorizontalBlock"], [class*="st-key-paper-"] .stHorizontalBlock {gap: .5rem}
}
"""

# Streamlit's own small print and its keys on buttons have less contrast than the 4.5 that WCAG's AA asks for.
_LEGIBLE = """
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p {{opacity: 1; color: {small}}}
[data-testid="stMain"] button kbd {{opacity: 1; color: inherit}}
"""


def theme() -> Literal["light", "dark"]:
    """The theme in the visitor's browser."""
    return "dark" if st.context.theme.type == "dark" else "light"


def colour(found: Entry) -> str:
    """An entry's colour on the visitor's theme, as #rrggbb."""
    return found.dark if theme() == "dark" else found.light


def stage_colours() -> dict[str, str]:
    """Stage id to colour on the visitor's theme."""
    return {key: colour(stage) for key, stage in stages().items()}


def chip(kind: TagKind, value: str, *, soft: bool = False, hint: str = "") -> str:
    """HTML of one tag in its stage's colour. `hint` (shown on hover) is escaped."""
    found = entry(kind, value)
    look = "tl-chip tl-soft" if soft else "tl-chip"
    title = f' title="{escape(hint)}"' if hint else ""
    return f'<span class="{look}" style="color:{colour(found)}"{title}>{escape(found.name.to(language()))}</span>'


def apply() -> None:
    """Put the app's rules on the page."""
    paper, small = ("#12171d", "#a7afb8") if theme() == "dark" else ("#ffffff", "#5a636d")
    rules = [_RULES, _LEGIBLE.format(small=small)]
    if theme() == "dark":
        bright = 'button[kind^="primary"], button[kind^="primary"] *, [data-testid="stMultiSelect"] span[title]'
        rules.append(f"{bright} {{color: {paper}}}")
    for key, shade in stage_colours().items():
        rules.append(
            f".st-key-map-{key} a {{border-color: {shade}}} .st-key-map-{key} a p {{color: {shade}; font-weight: 700}}"
        )
        rules.append(f".st-key-map-{key}-lit a {{border-color: {shade}; background: {shade}}}")
        rules.append(f".st-key-map-{key}-lit a p, .st-key-map-{key}-lit a span {{color: {paper}; font-weight: 700}}")
    st.html(f"<style>{''.join(rules)}</style>")
