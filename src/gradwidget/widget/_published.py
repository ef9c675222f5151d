"""What a published page carries of the widgets of a notebook.

At the end of a run the kernel displays it under a MIME type of its own; from there on it is part of
the notebook until a page has been written.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..publish import Still
from ._gradwidget import GradWidget
from ._page import Carried, refusal, still_of

#: Of the display that tells what the widgets carry.
MIME = "application/vnd.gradwidget.pages+json"


class Page(NamedTuple):
    """What a page carries of one widget.

    Attributes:
        state: JSON-able, as js/saved/published.ts reads it; None where it stands still.
        still: for paper, and for where nothing moves; None where it is not known.
        why: in a sentence, why it stands still.
    """

    state: dict[str, Any] | None
    still: Still | None
    why: str = ""


class Pages(NamedTuple):
    """What a page carries of all its widgets.

    Attributes:
        widgets: by their models' ids.
        modules: compressed, by names that tell their content, so that each is there only once.
    """

    widgets: dict[str, Page]
    modules: dict[str, bytes]


def display_pages(ids: Iterable[str]) -> None:
    """Display what a page carries of these widgets; called in the kernel, after the last cell.

    Args:
        ids: of the models that are seen.
    """
    from IPython.display import display
    from ipywidgets.widgets.widget import _instances

    pages = Pages({}, {})
    for name in ids:
        widget = _instances.get(name)
        if isinstance(widget, GradWidget):
            pages.widgets[name] = _page(widget, pages.modules)
    display({MIME: as_json(pages), "text/plain": ""}, raw=True)


def _page(widget: GradWidget, modules: dict[str, bytes]) -> Page:
    try:
        return page_of(widget._carried(), modules)
    except Exception as error:  # a problem that no page can compute is shown as a picture
        why = refusal(error)
    try:
        return Page(None, still_of(*widget._now()), why)
    except Exception:  # whatever the user's function raises
        return Page(None, None, why)


def page_of(carried: Carried, modules: dict[str, bytes]) -> Page:
    """What a page carries of a widget; its modules go where those of the others are."""
    names = {what: put(code, modules) for what, code in carried.modules.items()}
    return Page({**carried.state, "modules": names}, carried.still)


def put(code: bytes, modules: dict[str, bytes]) -> str:
    """Adds a module; the same content is there once.

    Returns:
        Its name.
    """
    name = hashlib.sha256(code).hexdigest()[:16]
    modules[name] = code
    return name


def as_json(pages: Pages) -> dict[str, Any]:
    """The same in what JSON knows."""
    return {
        "widgets": {
            name: {
                "state": page.state,
                "why": page.why,
                "still": page.still
                and {**page.still._asdict(), "picture": _text(page.still.picture)},
            }
            for name, page in pages.widgets.items()
        },
        "modules": {name: _text(code) for name, code in pages.modules.items()},
    }


def from_json(told: Mapping[str, Any]) -> Pages:
    """Read what :func:`as_json` wrote."""
    widgets = {}
    for name, page in told["widgets"].items():
        still = page["still"]
        if still is not None:
            still = Still(**{**still, "picture": base64.b64decode(still["picture"])})
        widgets[name] = Page(page["state"], still, page["why"])
    return Pages(widgets, {name: base64.b64decode(c) for name, c in told["modules"].items()})


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
