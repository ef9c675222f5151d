"""Widgets whose p is one, linked in the page and in the kernel."""

from playwright.sync_api import expect

from tests.browser.view import answer, eventually, field, slider

_LINKED = """
import traitlets
from ipywidgets import FloatSlider, HBox, jslink

import gradwidget as gw

power = gw.power()
one, two, three = (gw.GradWidget(power, x=x) for x in (0.25, 0.5, 0.75))
alone = FloatSlider(value=3, min=1, max=6, step=0.5)
jslink((one, "p"), (two, "p"))
jslink((one, "p"), (alone, "value"))
traitlets.link((two, "p"), (three, "p"))
display(alone, one, two, three)
"""


def test_a_p_for_all_of_them(run_notebook, page_errors):
    notebook = run_notebook([_LINKED])
    notebook.wait_painted(3)
    views = notebook.page.locator(".gradwidget").all()
    for view in views[1:]:  # what changes is theirs
        expect(field(view, "p")).to_have_value("3")

    field(views[0], "p").fill("2")
    field(views[0], "p").press("Enter")
    for view, x in zip(views, ("0.25", "0.5", "0.75"), strict=True):
        expect(field(view, "p")).to_have_value("2")
        expect(answer(view)).to_contain_text(f"f′({x}) = {x} agrees")
    eventually(lambda: notebook.evaluate("[one.p, two.p, three.p, alone.value]") == [2.0] * 4)

    # From the slider that is none of ours, and from the one that Python alone links.
    notebook.page.locator(".noUi-handle").first.press("ArrowRight")
    for view in views:
        expect(field(view, "p")).to_have_value("2.5")
    slider(views[2], "p").focus()
    slider(views[2], "p").press("Home")
    for view in views:
        expect(field(view, "p")).to_have_value("1.1")
    assert [error for error in page_errors if "schema" not in error] == []
