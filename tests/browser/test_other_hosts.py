"""The widget in hosts other than JupyterLab, two on a page: all that a hand does with it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.apps import APPS, NOTEBOOK_CELL, running
from tests.browser.view import answer, button, drag, eventually, field, slider

#: Of Voila's own pages; the widget does without.
_VOILAS_OWN = re.compile(r"^https://cdn\.jsdelivr\.net/npm/@fortawesome/")

#: What hosts are made of; none of it may be moved or cut by a key.
_CELLS = "[data-cell-id], .jp-Cell, .gradwidget"


@pytest.fixture(params=["notebook", *APPS])
def host(request, page, outside, tmp_path, page_errors):
    """The name of a host, and its page with two widgets."""
    if request.param == "notebook":
        notebook7, run_notebook = map(request.getfixturevalue, ("notebook7", "run_notebook"))
        run_notebook([NOTEBOOK_CELL], host=notebook7).wait_painted(2)
        yield request.param, page
    else:
        with running(request.param, tmp_path / "house") as url:
            page.goto(url, wait_until="commit")
            page.locator(".gradwidget[data-painted]").nth(1).wait_for(timeout=120_000)
            yield request.param, page
    # Notebook 7 throws one of its own.
    assert [error for error in page_errors if "schema" not in error] == []
    outside[:] = [url for url in outside if not _VOILAS_OWN.match(url)]


def num_draws(view: Locator) -> int:
    found = re.match(r"draws\s+([\d,]+)", view.locator(".gw-figures").inner_text())
    return int(found.group(1).replace(",", "")) if found else -1


def sees_themes(name: str, page: Page, view: Locator) -> None:
    """The host's own way to the other theme, and back where it has one."""
    if name == "voila":
        expect(view).to_have_attribute("data-theme", "dark")  # as it was started
        return
    expect(view).to_have_attribute("data-theme", "light")
    for theme in ("dark", "light"):
        if name == "shiny":
            page.locator("bslib-input-dark-mode").click()
        else:
            page.emulate_media(color_scheme=theme)
        expect(view).to_have_attribute("data-theme", theme)


def test_two_widgets_live(host, screenshot):
    name, page = host
    one, other = page.locator(".gradwidget").all()
    expect(answer(one)).to_contain_text("f′(0.5) = 0.7071 agrees with the closed form")
    expect(answer(other)).to_contain_text("f′(0.25) = 0.25 agrees with the closed form")
    screenshot("shown")

    # Hands: p, and x on the curve.
    drag(slider(one, "p"), by=(30, 0))
    eventually(lambda: float(field(one, "p").input_value()) != 3)
    handle = one.get_by_role("slider", name="handle on the value curve")
    handle.scroll_into_view_if_needed()
    drag(handle, by=(30, 0))
    x, p = (float(field(one, name).input_value()) for name in ("x", "p"))
    assert x > 0.55
    expect(answer(one)).to_contain_text(f"{x ** (1 / (p - 1)):.4g}")

    # Keys move what has the focus, and nothing of the host's.
    cells = page.locator(_CELLS).count()
    slider(one, "x").focus()
    for key in ("x", "d", "d", "a", "ArrowUp", "End", "Home"):
        page.keyboard.press(key)
    expect(answer(one)).to_contain_text("f′(−1) = −1 agrees")
    # Also where there is no control: the widget has the focus then.
    answer(one).click()
    for key in ("x", "d", "d", "a", "m", " "):
        page.keyboard.press(key)
    eventually(lambda: num_draws(one) == 1)
    page.keyboard.press("b")
    eventually(lambda: num_draws(one) == 0)
    if name == "notebook":  # whose keys with a modifier are its own
        context = "window.jupyterapp.shell.currentWidget.context"
        assert page.evaluate(f"{context}.model.dirty")
        page.keyboard.press("Control+s")
        page.wait_for_function(f"() => !{context}.model.dirty")
    assert page.locator(_CELLS).count() == cells

    # The chain.
    button(one, "Step").click()
    eventually(lambda: num_draws(one) == 1)
    expect(one.locator(".gw-sentence")).to_contain_text("leapfrog")
    button(one, "Run").click()
    eventually(lambda: num_draws(one) > 100)
    button(one, "Pause").click()
    expect(button(one, "Run")).to_be_visible()

    # Settings.
    button(one, "Settings").click()
    field(one, "integration steps").fill("7")
    field(one, "integration steps").press("Enter")
    expect(one.locator(".gw-sentence")).to_contain_text("7 leapfrog steps")
    field(one, "x").fill("0.25")
    field(one, "x").press("Enter")
    field(one, "p").fill("3")
    field(one, "p").press("Enter")
    expect(answer(one)).to_contain_text("f′(0.25) = 0.5 agrees")

    sees_themes(name, page, one)

    # Python has followed all of it, and confirms the page's engine.
    confirmed = page.locator(".gw-status", has_text=re.compile(r"the kernel agrees to \d+ digits"))
    expect(confirmed).to_have_count(2, timeout=120_000)
    for view in (one, other):
        expect(view.get_by_role("status").first).to_contain_text("live")
        expect(view.get_by_role("alert")).to_have_count(0)
    expect(answer(other)).to_contain_text("f′(0.25) = 0.25 agrees")
    assert num_draws(other) == 0
    screenshot("used")
