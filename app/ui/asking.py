"""What do my papers say to a question? A box, and under it their sentences, each one click from where it stands.

The quotes are there at once. Where the settings name a model, it answers from them while they are read, and can be
stopped; what it says is shown as its own, and only sentences that cite a quote.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import streamlit as st
from sqlite_utils import Database

from app import summarising
from app.asking.catalog import Answer, Quote, ask
from app.asking.model import Telling, Told
from app.settings import settings
from app.ui import address, navigation, papers, quoting
from app.ui.escape import plain
from app.ui.words import _, n_
from core.papers.answering.checked import Cited
from core.papers.latex import readable
from core.retrieval.question import LONGEST
from db import arrivals

PARAM = "ask"  # the question in the address
POLL = 0.5  # seconds between two looks for a model's answer


@dataclass
class _Asked:
    """The question of one box, its answer, and the model that is at it.

    :param stamp: of the papers that were looked through.
    """

    question: str
    stamp: object
    answer: Answer
    telling: Telling | None
    stopped: bool = False


def box(db: Database, stage: str | None = None) -> None:
    """The box, and the answer to what stands in it.

    :param stage: whose papers are asked; None asks all.
    """
    scope = stage or "all"
    key = f"ask-{scope}"
    address.ask(key, PARAM, lambda words: words[:LONGEST])
    words = st.text_input(
        _("Ask the catalog") if stage is None else _("Ask the papers of this stage"),
        placeholder=_("a question, as: What does LoRA train?"),
        help=_("Answered with sentences of your papers, quoted word for word, or with “not found”."),
        icon=":material/forum:",
        max_chars=LONGEST,
        key=key,
    ).strip()
    address.tell(PARAM, words)
    if not words:
        st.session_state.pop(f"asked-{scope}", None)
        return
    asked = _asked(db, scope, words, stage)
    with st.container(border=True, key=f"answer-{scope}", gap="small"):
        _draw(asked, scope)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.caption(_looked(asked.answer), width="content")
            st.button(
                _("Close"), icon=":material/close:", key=f"close-{key}", type="tertiary", on_click=_close, args=(key,)
            )


def _asked(db: Database, scope: str, words: str, stage: str | None) -> _Asked:
    """The answer to a question; it is looked for when papers have come, not with every click on the page."""
    held: _Asked | None = st.session_state.get(f"asked-{scope}")
    stamp = arrivals.stamp(db)
    if held is not None and (held.question, held.stamp) == (words, stamp):
        return held
    with st.spinner(_("Looking through the papers …")):
        answer = ask(db, words, stage=stage)
    asked = _Asked(words, stamp, answer, None)
    if held is not None and held.question == words and _handed(held.answer) == _handed(answer):
        # What came since says nothing else: the model is not asked the same twice.
        asked.telling, asked.stopped = held.telling, held.stopped
    elif answer.found and summarising.is_configured(settings()):
        asked.telling = Telling(summarising.open_chat(settings()), answer)
    st.session_state[f"asked-{scope}"] = asked
    return asked


def _handed(answer: Answer) -> tuple[bool, list[tuple[str, str]]]:
    """What a model has of an answer."""
    return answer.found, [(quote.stored.paper.id, quote.text) for quote in answer.quotes]


def _draw(asked: _Asked, scope: str) -> None:
    answer = asked.answer
    if answer.cut:
        st.warning(
            _("The search took too long and was ended. Ask with fewer or rarer words."), icon=":material/timer_off:"
        )
        _again(scope)
        return
    if not answer.found:
        _not_found(answer)
    elif asked.telling is not None and not asked.stopped:
        if asked.telling.told is None:
            _coming(scope)
        else:
            _told(asked.telling.told, answer)
            if asked.telling.told.failure is not None:
                _again(scope)
    for quote in answer.quotes:
        _quote(quote, scope)


def _again(scope: str) -> None:
    st.button(
        _("Ask again"),
        icon=":material/refresh:",
        key=f"again-{scope}",
        type="tertiary",
        on_click=_forget,
        args=(scope,),
    )


def _forget(scope: str) -> None:
    st.session_state.pop(f"asked-{scope}", None)


def _not_found(answer: Answer) -> None:
    if not answer.papers:
        st.info(_("There is no paper to ask yet. Press Sync on the Inbox to pull some."), icon=":material/inbox:")
        return
    lines = [_("**Not found.** No paper here answers this.")]
    if answer.missing and answer.quotes:
        words = ", ".join(f"“{plain(word)}”" for word in answer.missing)
        lines.append(_("What comes nearest does not speak of {words}.").format(words=words))
    if answer.korean:
        lines.append(
            _("Of a question in Korean only the terms of the field are understood, for most papers are in English.")
        )
    st.info(" ".join(lines), icon=":material/search_off:")
    if answer.quotes:
        st.caption(_("Nearest, and not an answer:"))


def _quote(quote: Quote, scope: str) -> None:
    paper = quote.stored.paper
    said = [papers.day(paper)]
    if quote.place == "summary":
        said.append(_("from its summary in the catalog"))
    if paper.withdrawn:
        said.append(_("withdrawn"))
    with st.container(key=f"quote-{scope}-{quote.number}", gap=None):
        words = escape(readable(" ".join(quote.text.split())))
        st.html(f'<blockquote class="tl-quote"><b>[{quote.number}]</b> “{words}”</blockquote>')
        st.page_link(
            navigation.target("paper"),
            label=plain(readable(paper.title)),
            icon=":material/format_quote:",
            query_params=quoting.params(paper.id, quote.text),
        )
        st.html(f'<span class="tl-meta" style="font-size:.8rem">{escape(" · ".join(said))}</span>')


# --- a model ----------------------------------------------------------------------------------------------------------


@st.fragment(run_every=POLL)
def _coming(scope: str) -> None:
    """Looks for the model's answer until it is there, without the rest of the page."""
    asked: _Asked | None = st.session_state.get(f"asked-{scope}")
    if asked is None or asked.telling is None:
        return
    if asked.stopped or asked.telling.told is not None:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        words = _("{model} reads the passages below …").format(model=plain(asked.telling.model))
        st.caption(f":material/hourglass_top: {words}", width="content")
        st.button(_("Do not wait"), key=f"stop-{scope}", type="tertiary", on_click=_stop, args=(scope,))


def _stop(scope: str) -> None:
    st.session_state[f"asked-{scope}"].stopped = True


def _told(told: Told, answer: Answer) -> None:
    """What a model said, each sentence with links to what it cites; or why there is nothing of it."""
    model = plain(told.model)
    if told.failure is not None:
        words = _("The model gave no answer: {why}. The papers speak for themselves:")
        st.warning(words.format(why=plain(told.failure).rstrip(".")), icon=":material/error:")
        return
    if told.sentences:
        st.markdown(" ".join(_linked(sentence, answer) for sentence in told.sentences))
        st.caption(
            _("Written by {model} from the passages below; no person has checked it.").format(model=model)
            + _left_out(told)
        )
    else:
        words = _("{model} said nothing that the passages bear out. The papers speak for themselves:")
        st.caption(words.format(model=model) + _left_out(told))


def _linked(sentence: Cited, answer: Answer) -> str:
    quotes = {quote.number: quote for quote in answer.quotes}
    links = (
        f"[\\[{number}\\]]({quoting.address(quotes[number].stored.paper.id, quotes[number].text)})"
        for number in sentence.cites
    )
    return f"{plain(sentence.text)} {''.join(links)}"


def _left_out(told: Told) -> str:
    """How many sentences of the model are not shown, and why; '' where all are."""
    words = {
        "uncited": _("{n} without a citation"),
        "unknown": _("{n} citing what it was not given"),
        "number": _("{n} with a number that its passages do not have"),
        "unrelated": _("{n} sharing hardly a word with its passages"),
    }
    parts = ", ".join(words[fault].format(n=n) for fault, n in told.dropped.items())
    return " " + _("Left out of its answer: {parts}.").format(parts=parts) if parts else ""


def _looked(answer: Answer) -> str:
    seconds = f"{answer.seconds:.1f}"
    papers_ = n_("{n} paper", "{n} papers", answer.papers)
    return _("{papers} looked through, {read} of them read, in {seconds} s").format(
        papers=papers_, read=f"{answer.read:,}", seconds=seconds
    )


def _close(key: str) -> None:
    st.session_state[key] = ""
