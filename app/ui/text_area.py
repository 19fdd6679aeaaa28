"""How does the page hear what is typed while it is typed? A text area that reports a moment after a key.

Streamlit's own reports when it is left. What is typed stays with the browser: the page is told of it and never writes
it back, so that focus, caret and a syllable half composed (Korean, Japanese) are left alone.
"""

from __future__ import annotations

import streamlit as st

MOST = 20_000  # letters that can be typed

# Hidden until the script has given it its label.
_HTML = '<label for="typed"></label><textarea id="typed" spellcheck="false" aria-describedby="help" hidden></textarea>'
_HTML += '<div id="help"></div>'

_CSS = """
label {display: block; font-size: .875rem; margin-bottom: .25rem; color: var(--st-text-color)}
textarea {box-sizing: border-box; width: 100%; min-height: 5rem; padding: .6rem .75rem; resize: vertical;
  font-family: var(--st-font); font-size: 1rem; line-height: 1.5; color: var(--st-text-color);
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius)}
textarea:focus {outline: 2px solid var(--st-primary-color); outline-offset: -1px}
#help {font-size: .8rem; margin-top: .25rem; opacity: .82; color: var(--st-text-color)}
"""

# A report waits for a pause in typing, but not longer than LATEST: the answer follows fast fingers too.
_JS = """
const PAUSE = 120, LATEST = 360;
export default function ({ data, setStateValue, parentElement }) {
  const area = parentElement.querySelector("textarea");
  parentElement.querySelector("label").textContent = data.label;
  parentElement.querySelector("#help").textContent = data.help;
  area.maxLength = data.most;
  area.hidden = false;
  if (!area.state) {
    area.state = { told: null, since: null, timer: null };
    area.value = data.text;
  }
  const state = area.state;
  const tell = () => {
    clearTimeout(state.timer);
    state.timer = state.since = null;
    if (area.value !== state.told) {
      state.told = area.value;
      setStateValue("typed", area.value);
    }
  };
  area.oninput = () => {
    state.since ??= performance.now();
    clearTimeout(state.timer);
    state.timer = setTimeout(tell, Math.min(PAUSE, Math.max(0, state.since + LATEST - performance.now())));
  };
  area.onfocus = area.onblur = tell;
}
"""

_area = st.components.v2.component("trendlab_text_area", html=_HTML, css=_CSS, js=_JS)


def draw(label: str, begin: str, *, help: str, key: str) -> str | None:
    """A text area for what is answered while one types.

    :param begin: what stands in it at first.
    :returns: what stands in it now; None as long as nobody came to it.
    """
    data = {"label": label, "help": help, "text": begin, "most": MOST}
    typed = _area(key=key, data=data, default={"typed": None}, on_typed_change=_nothing).typed
    return typed[:MOST] if isinstance(typed, str) else None


def _nothing() -> None:
    """A state has a callback."""
