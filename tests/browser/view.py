"""What a test's hand takes hold of in a view of the widget, by its accessible name."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator

#: The cell that shows a widget, of the arguments it is made with.
SHOW = "import gradwidget as gw\n\nw = gw.GradWidget({})\nw"


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def field(view: Locator, name: str) -> Locator:
    """A number field by its name."""
    return view.get_by_role("spinbutton", name=name, exact=True)


def slider(view: Locator, name: str) -> Locator:
    """A slider by its name."""
    return view.get_by_role("slider", name=name, exact=True)


def button(view: Locator, name: str) -> Locator:
    """A button by its name."""
    return view.get_by_role("button", name=name, exact=True)


def answer(view: Locator) -> Locator:
    """The headline."""
    return view.get_by_role("heading").first


def drag(handle: Locator, by: tuple[float, float], steps: int = 30) -> None:
    """Move the mouse from the middle of an element, in small steps."""
    page = handle.page
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0], y + by[1], steps=steps)
    page.mouse.up()
