"""How does an experiment's form come to be? From the fields of its Params, each with its range and help."""

from __future__ import annotations

from dataclasses import fields
from math import floor, log10
from typing import Any

import streamlit as st

from app import models
from app.settings import settings
from app.ui.catalog import catalog
from app.ui.words import text


def parameters(kind: type, values: dict[str, Any], *, scope: str, without: str = "") -> dict[str, Any]:
    """A widget for each parameter, filled with `values` (a preset's) over the defaults.

    :param without: the name of one that gets no widget here.
    :returns: what the person chose, by parameter name; still to be checked by `make_params`.
    """
    chosen: dict[str, Any] = {}
    for item in fields(kind):
        if item.name == without:
            continue
        about = item.metadata
        value = values.get(item.name, item.default)
        label = text(about["label"]) if about.get("label") else item.name.replace("_", " ")
        shared = {"help": text(about["help"]), "key": f"{scope}-{item.name}"}
        chosen[item.name] = _widget(label, value, about, shared)
    return chosen


def _widget(label: str, value: Any, about: Any, shared: dict[str, Any]) -> Any:
    choices, low, high = about.get("choices"), about.get("low"), about.get("high")
    if isinstance(value, tuple):
        if choices:
            return tuple(st.multiselect(label, choices, default=list(value), **shared))
        return st.text_input(
            label, ",".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value), **shared
        )
    if choices:
        return st.selectbox(label, choices, index=list(choices).index(value), **shared)
    if isinstance(value, bool):
        return st.toggle(label, value, **shared)
    if isinstance(value, int):
        return st.number_input(label, _int(low), _int(high), value, step=1, **shared)
    if isinstance(value, float):
        step = 10.0 ** floor(log10(abs(value))) if value else None
        return st.number_input(label, _float(low), _float(high), value, step=step, format="%g", **shared)
    if about.get("kind") == "text":
        return st.text_area(label, value, **shared)
    if about.get("kind") == "model":
        return _model(label, value, shared)
    return st.text_input(label, value, **shared)


def _int(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _float(bound: float | None) -> float | None:
    return None if bound is None else float(bound)


def _model(label: str, value: str, shared: dict[str, Any]) -> str:
    """One of the models that are here, or any hub id or folder that is typed in."""
    here = [entry.name for entry in models.listing(catalog(), settings().home) if entry.here and not entry.problem]
    options = list(dict.fromkeys([value, *here]))
    return str(st.selectbox(label, options, accept_new_options=True, **shared) or value)
