"""The outputs of a notebook as a page shows them: places for widgets, formulas, pictures."""

from __future__ import annotations

from html import escape
from typing import Any

from ..publish import still_html
from ..widget._published import Page, Pages
from ._formulas import latex_html
from ._pages import VIEW, inside, states_of

#: What a page cannot show, beside which there is something else.
_NOT_SHOWN = (VIEW, "application/javascript", "text/vnd.mermaid")


def place_outputs(notebook: Any, pages: Pages) -> None:
    """Give every output of a notebook what a page without the web shows of it; in place.

    Args:
        notebook: as nbformat reads it.
        pages: what is known of its widgets.
    """
    states = states_of(notebook)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data")
            if data is None:
                continue
            view = data.get(VIEW)
            models = [] if view is None else inside(view["model_id"], states)
            shown = [name for name in models if name in pages.widgets]
            for kind in _NOT_SHOWN:
                data.pop(kind, None)
            if shown:
                html = [_place(name, pages.widgets[name], data) for name in shown]
                output["data"] = {"text/html": "".join(html)}
                output["metadata"] = {}
            elif "text/latex" in data and "text/html" not in data:
                data["text/html"] = latex_html(data["text/latex"])


def _place(name: str, page: Page, data: Any) -> str:
    still = f'<div class="still">{_still(page, data)}</div>'
    if page.state is not None:
        return f'<div data-gradwidget="{escape(name)}">{still}</div>'
    why = f"In this page the widget is a picture: {page.why.rstrip('.')}."
    return f'<div class="standing"><p class="note">{escape(why)}</p>{still}</div>'


def _still(page: Page, data: Any) -> str:
    """The picture at the end of the run, or else that of the output."""
    if page.still is not None:
        return still_html(page.still, "p")
    picture, text = data.get("image/png"), data.get("text/plain", "")
    shown = f"<pre>{escape(text)}</pre>"
    if picture:
        source = f"data:image/png;base64,{escape(picture.strip())}"
        shown = f'<img alt="The widget when it was shown first" src="{source}">' + shown
    return shown
