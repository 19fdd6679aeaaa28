"""Which models are here, which can come, and how far is one that comes? Rows with what each needs, and its button."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st
from sqlite_utils import Database
from streamlit.delta_generator import DeltaGenerator

from app import downloads, models
from app.downloads import Busy, Download
from app.models import size
from app.settings import settings
from app.ui import trouble, undo
from app.ui.catalog import catalog
from app.ui.escape import plain
from app.ui.words import _, language
from core.gpt.loading import fetching, hub
from core.gpt.loading.hub import HubError, HubId, Offer
from core.gpt.loading.registry import Entry
from core.gpt.loading.weight_files import BadCheckpoint

LOOK = 1.0  # seconds between two looks at a download
_PENDING, _TROUBLE = "models-pending", "models-trouble"
_BILLION, _MILLION = 1_000_000_000, 1_000_000


def section(db: Database) -> None:
    """All models: those that are here, those that can come, and the ways to more."""
    found = models.listing(db, settings().home)
    st.subheader(_("On this machine"), anchor=False)
    for entry in found:
        if entry.here or entry.kind == "folder":
            _row(db, entry)
    _add_folder(db)
    st.subheader(_("From the Hugging Face hub"), anchor=False)
    st.caption(
        _(
            "Nothing is downloaded by itself, and an experiment never does. What you download lies in Hugging Face's "
            "own cache, where other programs find it too."
        )
    )
    away = [entry for entry in found if not entry.here and entry.kind == "hub"]
    _name_one([entry.name for entry in away])
    offers, pending = downloads.offers(settings().home), st.session_state.get(_PENDING)
    for entry in sorted(away, key=lambda entry: entry.name != pending):
        _offered(entry, offers)


def _row(db: Database, entry: Entry) -> None:
    with _card(entry):
        with st.container(width="stretch", gap="xsmall"):
            _head(entry)
            if entry.problem:
                st.caption(f":material/error: {plain(entry.problem)}")
            elif entry.folder is not None and entry.kind == "folder":
                st.caption(plain(str(entry.folder)))
        if entry.kind == "folder" and entry.folder is not None:
            st.button(
                _("Forget"),
                icon=":material/close:",
                type="tertiary",
                key=f"forget-{_key(entry)}",
                help=_("Takes it from this list; its files stay as they are."),
                on_click=_forget,
                args=(entry.folder,),
            )


def _card(entry: Entry) -> DeltaGenerator:
    """The frame of a model: what it is at the left, what can be done at the right, or below where there is no room."""
    return st.container(
        border=True, key=f"model-{_key(entry)}", horizontal=True, vertical_alignment="center", gap="small"
    )


def _head(entry: Entry) -> None:
    """The name with its state, and one line of facts."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = Path(entry.name).name if entry.kind == "folder" else entry.name
        st.markdown(f"**{plain(name)}**", width="content")
        if entry.kind == "house":
            st.badge(_("ships with the app"), icon=":material/home:", color="green")
        elif entry.here:
            words = _("downloaded") if entry.kind == "hub" else _("your folder")
            st.badge(words, icon=":material/check:", color="green")
        elif entry.problem:
            st.badge(_("cannot be loaded"), icon=":material/error:", color="red")
        elif entry.gated:
            st.badge(_("terms to accept"), icon=":material/lock:", color="orange")
    if facts := _facts(entry):
        st.caption(" · ".join(facts))


def _facts(entry: Entry) -> list[str]:
    """What is known of it; safe as Markdown."""
    facts = [] if entry.family is None or entry.kind == "house" else [plain(entry.family)]
    if entry.parameters is not None:
        facts.append(_("{n} parameters").format(n=_count(entry.parameters)))
    if entry.bytes is not None:
        words = _("{size} on disk") if entry.here else _("{size} to download")
        facts.append(words.format(size=size(entry.bytes)))
    if entry.memory is not None:
        facts.append(_("{size} of memory in float32").format(size=size(entry.memory)))
    if entry.context is not None:
        facts.append(_("context {n}").format(n=f"{entry.context:,}"))
    if entry.licence is not None:
        facts.append(_("licence {name}").format(name=plain(entry.licence)))
    return facts


# --- downloads --------------------------------------------------------------------------------------------------------


def _offered(entry: Entry, offers: Mapping[str, Offer]) -> None:
    model = hub.read_id(entry.name)
    if model is None:
        return
    stands = downloads.look(settings().home, model)
    offer = offers.get(entry.name)
    with _card(entry):
        with st.container(width="stretch", gap="xsmall"):
            _head(entry)
            if stands is not None and stands.is_going:
                _live(model)
            elif offer is not None and st.session_state.get(_PENDING) == entry.name:
                _confirm(offer)
            else:
                _tell_trouble(entry, stands)
        if not (stands is not None and stands.is_going) and st.session_state.get(_PENDING) != entry.name:
            _button(entry, offer, stands)


@st.fragment(run_every=LOOK)
def _live(model: HubId) -> None:
    """How far it is; looks again every second, without the rest of the page."""
    stands = downloads.look(settings().home, model)
    if stands is None or not stands.is_going:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        share = min(1.0, stands.here / stands.bytes) if stands.bytes else 1.0
        st.progress(share, text=_progress(stands), width="stretch")
        st.button(
            _("Cancel"),
            icon=":material/stop_circle:",
            key=f"cancel-{model}",
            help=_("What came is kept, and the next download goes on there."),
            on_click=_cancel,
            args=(model,),
        )


def _progress(stands: Download) -> str:
    words = _("{here} of {size}").format(here=size(stands.here), size=size(stands.bytes))
    if not stands.rate:
        return words
    left = _("{rate} a second, {minutes} min left")
    minutes = max(1, round((stands.bytes - stands.here) / stands.rate / 60))
    return f"{words} · {left.format(rate=size(round(stands.rate)), minutes=minutes)}"


def _confirm(offer: Offer) -> None:
    """What the download is, as the hub says it, and the two buttons."""
    left = offer.bytes - fetching.fetched(offer)
    words = _("{size} will come from {where}, licence {licence}.")
    licence = plain(offer.licence or _("unknown"))
    st.markdown(words.format(size=size(left), where=plain(urlsplit(settings().hf_url).netloc), licence=licence))
    short = _shortage(offer)
    if short:
        st.warning(plain(short), icon=":material/memory:")
    if offer.gated:
        st.info(
            _("The hub asks you to accept the model's terms on its page first, and to log in with: {command}").format(
                command="`hf auth login`"
            ),
            icon=":material/lock:",
        )
    with st.container(horizontal=True, gap="small"):
        label = _("Download all the same") if short else _("Start")
        key = str(offer.id)
        st.button(label, type="primary", icon=":material/download:", key=f"start-{key}", on_click=_start, args=(offer,))
        st.button(_("Not now"), type="tertiary", key=f"not-now-{key}", on_click=_forget_pending)


def _tell_trouble(entry: Entry, stands: Download | None) -> None:
    """Why the last try ended, where it did not end well, and what is left of it."""
    trouble: dict[str, str] = st.session_state.get(_TROUBLE, {})
    if entry.name in trouble:
        st.error(plain(trouble[entry.name]), icon=":material/error:")
    elif stands is not None and stands.state == "failed":
        st.warning(plain(stands.said.to(language())), icon=":material/sync_problem:")
    if stands is not None and stands.here:
        words = _("{here} of {size} are here; a download goes on there.")
        st.caption(words.format(here=size(stands.here), size=size(stands.bytes)))


def _button(entry: Entry, offer: Offer | None, stands: Download | None) -> None:
    if offer is not None and stands is not None and stands.here:
        key = f"go-on-{entry.name}"
        st.button(_("Go on"), icon=":material/play_arrow:", key=key, on_click=_start, args=(offer,))
        return
    st.button(
        _("Download"),
        icon=":material/download:",
        key=f"download-{entry.name}",
        help=_("Asks the hub how large it is first."),
        on_click=_ask,
        args=(entry.name,),
    )


def _ask(name: str) -> None:
    """Have the hub say what the download would be; the answer stands in the model's row."""
    model = hub.read_id(name.strip())
    try:
        if model is None:
            raise HubError(_("{name} is no name of a model; write it as owner/name").format(name=name))
        downloads.ask(settings().home, model, endpoint=settings().hf_url)
    except (HubError, BadCheckpoint) as error:
        st.session_state[_TROUBLE] = {name if model is None else str(model): trouble.told(error)}
    else:
        st.session_state[_PENDING] = str(model)
        st.session_state.pop(_TROUBLE, None)


def _start(offer: Offer) -> None:
    _forget_pending()
    try:
        fetching.check_disk(offer)
        downloads.start(settings().home, offer)
    except (HubError, Busy) as error:
        st.session_state[_TROUBLE] = {str(offer.id): trouble.told(error)}


def _cancel(model: HubId) -> None:
    downloads.cancel(settings().home, model)


def _forget_pending() -> None:
    st.session_state.pop(_PENDING, None)
    st.session_state.pop(_TROUBLE, None)


def _shortage(offer: Offer) -> str | None:
    try:
        fetching.check_memory(offer)
    except HubError as error:
        return trouble.told(error)
    return None


def _name_one(listed: Collection[str]) -> None:
    """Any other model of the hub, by its name.

    :param listed: the names that have a row of their own, where what went wrong is told.
    """
    with (
        st.form("model-name", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input(
            _("Another model of the hub"),
            placeholder="Qwen/Qwen2-0.5B-Instruct",
            key="model-name-words",
            help=_("GPT-2, Llama, Mistral or Qwen2, in safetensors: owner/name, or owner/name@revision."),
        )
        st.form_submit_button(_("Look up"), icon=":material/search:", on_click=_ask_named)
    for name, why in st.session_state.get(_TROUBLE, {}).items():
        if name not in listed:
            st.error(plain(why), icon=":material/error:")


def _ask_named() -> None:
    _ask(st.session_state["model-name-words"])


# --- folders ----------------------------------------------------------------------------------------------------------


def _add_folder(db: Database) -> None:
    with (
        st.form("model-folder", border=False),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        named = st.text_input(
            _("A folder of your own"),
            placeholder="~/models/my-gpt",
            help=_("On the machine where the app runs; it holds config.json and safetensors."),
        )
        added = st.form_submit_button(_("Add"), icon=":material/create_new_folder:")
    if not added or not named.strip():
        return
    try:
        models.add_folder(db, Path(named.strip()))
    except BadCheckpoint as error:
        st.error(plain(trouble.told(error)), icon=":material/error:")
    else:
        st.rerun()


def _forget(folder: Path) -> None:
    try:
        models.remove_folder(catalog(), folder)
    except models.NoSuchFolder:
        return  # another tab was first
    undo.record(_("Forgotten: {name}").format(name=plain(folder.name)), partial(models.keep_folder, folder=folder))


def _key(entry: Entry) -> str:
    return f"{entry.kind}-{entry.name}"


def _count(n: int) -> str:
    """Parameters as the papers write them: `124M`, `1.24B`."""
    if n >= _BILLION:
        return f"{n / _BILLION:.2f}B"
    return f"{n / _MILLION:.0f}M" if n >= 10 * _MILLION else f"{n / _MILLION:.1f}M"
