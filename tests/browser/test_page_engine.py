"""The page's engine in a real JupyterLab: it answers at once, and the kernel confirms it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.view import answer, field, slider

AGREES = re.compile(r"page · live, the kernel agrees to (1[2-6]) digits")


def test_the_kernel_confirms_the_page(show):
    _, view = show("x=0.5")
    expect(view.get_by_role("status")).to_have_text(AGREES, timeout=60_000)

    slider(view, "x").focus()
    slider(view, "x").press("ArrowRight")
    slider(view, "p").press("ArrowRight")

    expect(answer(view)).to_contain_text("agrees with the closed form")
    expect(view.get_by_role("status")).to_have_text(AGREES)
    expect(view.get_by_role("row", name="closed form")).to_contain_text("µs")


def test_the_kernel_alone_on_request(show):
    _, view = show("x=0.5, engine='kernel'")

    field(view, "x").fill("0.25")
    field(view, "x").press("Enter")

    expect(answer(view)).to_contain_text("f′(0.25) = 0.5 agrees")
    expect(view.get_by_role("status")).to_contain_text("kernel · live")
