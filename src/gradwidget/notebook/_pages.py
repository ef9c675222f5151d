"""What a notebook knows of its widgets: which are seen, and how they were when it was saved."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

from ..publish import compress
from ..widget import protocol
from ..widget._page import with_survey
from ..widget._published import Page, Pages, put

#: Where it lies in the metadata of a notebook that has just been run.
METADATA = "gradwidget"
#: Of the state of all widgets.
STATE = "application/vnd.jupyter.widget-state+json"
#: Of a widget's view.
VIEW = "application/vnd.jupyter.widget-view+json"

_NOT_SAVED = (
    "The notebook holds no state from which its widgets could come to life. Leave out "
    "--no-execute, so that it is run; or open it in JupyterLab, choose Settings > Save Widget "
    "State Automatically, run all cells, wait until the widgets are still, and save."
)


class NoStateError(ValueError):
    """The notebook has not been run, and its widgets' state was not saved; says what to do."""


def seen_models(notebook: Any, states: Mapping[str, Any]) -> list[str]:
    """Ids of the models that are displayed, by themselves or in boxes, in their order."""
    seen: dict[str, None] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            shown = output.get("data", {}).get(VIEW)
            if shown is not None:
                seen.update(dict.fromkeys(inside(shown["model_id"], states)))
    return list(seen)


def inside(model: str, states: Mapping[str, Any]) -> list[str]:
    """A model, or the models in a box, or in boxes in it.

    Args:
        model: its id.
        states: of all models, by their ids.
    """
    children = states.get(model, {}).get("children")
    if not isinstance(children, list):
        return [model]
    names = [str(child).removeprefix("IPY_MODEL_") for child in children]
    return [leaf for name in names for leaf in inside(name, states)]


def states_of(notebook: Any) -> dict[str, Any]:
    """The models' states in a notebook's metadata, by their ids; nothing if they were not saved."""
    saved = notebook.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    return {name: {**model["state"], **_buffers(model)} for name, model in saved.items()}


def _buffers(model: Mapping[str, Any]) -> dict[str, bytes]:
    """Bytes stand apart from the values."""
    return {
        buffer["path"][0]: base64.b64decode(buffer["data"])
        for buffer in model.get("buffers", ())
        if len(buffer["path"]) == 1
    }


def saved_pages(notebook: Any) -> Pages:
    """What the widgets of a saved notebook carry.

    Args:
        notebook: as nbformat reads it.

    Returns:
        The pages of all widgets of gradwidget's that it shows.

    Raises:
        NoStateError: there is a widget whose state was not saved, or not all of it.
    """
    states = states_of(notebook)
    pages = Pages({}, {})
    for name in seen_models(notebook, states):
        state = states.get(name)
        if state is None:
            if _is_shown_as_text(notebook):
                raise NoStateError(_NOT_SAVED)
            continue
        if not str(state.get("_anywidget_id", "")).startswith("gradwidget."):
            continue
        why = state.get("_page_refusal", "")
        if why:
            pages.widgets[name] = Page(None, None, why)
        elif state.get("_page_code") and (state.get("_page_sampler") or state["_spec"]["point"]):
            pages.widgets[name] = _saved_page(state, pages.modules)
        else:
            raise NoStateError(_NOT_SAVED)
    return pages


def _is_shown_as_text(notebook: Any) -> bool:
    """Whether an output names a widget of ours: by the state alone nobody could know."""
    return any(
        "GradWidget(" in output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    )


def _alone(code: bytes) -> bytes:
    """A notebook's module for a page without a kernel."""
    return compress(with_survey(zlib.decompress(code).decode()))


#: Traits that decide on the look.
_LOOK = ("view", "lock", "projector")
#: What of a saved state is no input of the widget's.
_NOT_INPUTS = (*_LOOK, "engine", "device", "layout", "tabbable", "tooltip")


def _saved_page(state: Mapping[str, Any], modules: dict[str, bytes]) -> Page:
    inputs = {
        name: value
        for name, value in state.items()
        if not name.startswith("_") and name not in _NOT_INPUTS
    }
    chain = state.get("_chain")
    carried = {
        "values": inputs,
        "look": {name: state[name] for name in _LOOK},
        "segments": protocol.unpack(chain)[0]["segments"] if chain else [],
        "_spec": {**state["_spec"], "problems": []},
        "modules": {
            "gradient": put(_alone(state["_page_code"]), modules),
            # Of a vector the kernel alone samples in a notebook.
            "sampler": put(state.get("_page_sampler", b""), modules),
        },
    }
    return Page(carried, None)
