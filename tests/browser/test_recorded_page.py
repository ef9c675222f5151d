"""A saved page of a problem that cannot be translated: recorded values, and what they cannot do."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

import gradwidget as gw
from tests.publish.recorded import problem


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "recorded.html"
    widget = gw.GradWidget(problem(), x=0.5)
    widget.run(20)
    widget.save_html(path)
    widget.close()
    return path


@pytest.fixture
def open_page(page: Page, saved):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.set_offline(True)  # the context is every test's

    def go(fragment: str = "") -> Page:
        page.goto("about:blank")
        page.goto(saved.as_uri() + fragment)
        page.locator("[data-painted]").wait_for()
        return page

    yield go
    page.context.set_offline(False)
    assert errors == []


def test_the_nearest_recorded_values_are_shown_and_say_so(open_page):
    page = open_page()
    answer = page.get_by_role("heading").first
    expect(answer).to_contain_text("f′(0.5) = 0.3608 agrees with the closed form")
    expect(answer).to_contain_text("(recorded)")
    expect(page.get_by_role("status")).to_have_text("recorded · values that Python has computed")
    expect(page.locator(".gw-figures")).to_contain_text("draws 20")

    x = page.get_by_role("spinbutton", name="x", exact=True)
    x.fill("0.33")
    x.press("Enter")
    expect(answer).to_contain_text("f′(0.35) = 0.2595 agrees")
    expect(x).to_have_value("0.35")
    k = page.get_by_role("spinbutton", name="k", exact=True)
    k.fill("3")
    k.press("Enter")
    expect(k).to_have_value("3.125")
    expect(answer).to_contain_text("f′(0.35) = 0.3295 agrees")
    # The chain belongs to the parameters with which it was drawn.
    expect(page.locator(".gw-figures")).to_contain_text("draws 0")
    k.fill("1")
    k.press("Enter")
    expect(page.locator(".gw-figures")).to_contain_text("draws 20")
    page.get_by_role("slider", name="x", exact=True).focus()
    page.keyboard.press("Home")
    expect(answer).to_contain_text("f′(−1) = −0.6282")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_what_was_not_recorded_cannot_be_done_and_says_why(open_page):
    page = open_page("#seed=7&k=3.4&x=-0.6")
    answer = page.get_by_role("heading").first
    expect(answer).to_contain_text("f′(−0.6) = −0.5142 agrees")
    page.get_by_role("button", name="Settings").click()
    for name in ("Step", "Back", "Run", "Reset", "Check the rule"):
        expect(page.get_by_role("button", name=name, exact=True).first).to_be_disabled()
    for name in ("solver", "precision", "algorithm"):
        expect(page.get_by_role("combobox", name=name)).to_be_disabled()
    expect(page.get_by_role("spinbutton", name="seed")).to_have_value("0")
    step = page.get_by_role("button", name="Step", exact=True).first
    expect(step).to_have_attribute("title", re.compile("recorded in Python, since .*'eigh'"))
    page.get_by_role("button", name="Map", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("needs a kernel")
    page.set_viewport_size({"width": 360, "height": 740})
    expect(answer).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
