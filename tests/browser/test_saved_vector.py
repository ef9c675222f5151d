"""A saved page of a vector: the point, the line, the plane, with nothing to ask for anything."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import gradwidget as gw
from gradwidget.sampling import Chain, Settings
from tests.browser.view import drag


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "banana.html"
    widget = gw.GradWidget(gw.gallery()["banana"], step_size=0.3)
    widget.save_html(path)
    widget.close()
    return path


@pytest.fixture
def open_page(page: Page, saved):
    """Opens the page; it may ask for nothing but itself, and may throw nothing."""
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
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
    assert [url for url in asked if not url.startswith(("file:", "blob:", "about:"))] == []


def described(page: Page, plot: str, pattern: str) -> None:
    canvas = page.locator(f".gw-plot-{plot} canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile(pattern), timeout=20_000)


def test_the_point_the_line_and_the_parameter_are_dragged(open_page):
    page = open_page()
    answer = page.get_by_role("heading").first
    expect(answer).to_contain_text("∇f(x) = (0.01, −0.4) agrees with the closed form")
    expect(page.get_by_role("status")).to_have_text("page · live, no kernel needed")
    described(page, "arrows", r"At x\[0\] = 1\.00, x\[1\] = 0\.500 .* wrong on 0 %")

    point = page.get_by_role("application", name="point of inspection")
    point.scroll_into_view_if_needed()
    drag(point, (-60, 40))
    expect(page).to_have_url(re.compile("#x="))
    expect(answer).not_to_contain_text("(0.01, −0.4)")
    expect(answer).to_contain_text("agrees with the closed form")

    page = open_page("#x=[1.5,0.5]")
    page.get_by_role("slider", name="t", exact=True).focus()
    page.keyboard.press("Home")  # to x = (-4.5, 0.5)
    described(page, "gradient", r"at t = -6\.000 its height is")
    x, y, bend = -4.5, 0.5, 0.3
    away = y + bend * (x**2 - 4)
    slope = x / 4 + 2 * bend * x * away
    expect(answer).to_contain_text(f"({slope:.4g}".replace("-", "−"))
    expect(page.get_by_role("table").first).to_contain_text("d²f/dt² by the rule")
    page.get_by_role("spinbutton", name="bend", exact=True).fill("0")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("∇f(x) = (−1.125, 0.5) agrees")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_density_over_the_plane_has_its_marginals(open_page):
    page = open_page()
    described(
        page, "cloud", r"x\[0\]: mean exact 0, sd exact 2\.00; x\[1\]: mean exact 0, sd exact 1\.97"
    )


def test_the_map_is_computed_where_it_is_asked_for(open_page):
    page = open_page()
    page.get_by_role("button", name="Map", exact=True).click()
    described(page, "map", r"bend")
    described(page, "map", r"wrong on 0 %|no wrong")


def test_it_samples_in_all_coordinates(open_page):
    """The kernel's draws and transition, told in a coordinate and in the plane."""
    problem = gw.gallery()["banana"]
    mass = np.array([[1.0, 0.2], [0.2, 0.5]])
    chain = Chain(
        problem.scaled_logdensity_fn,
        (1.0, 0.3),
        algorithm="nuts",
        settings=Settings(0.3, 5, mass),
        initial_position=np.array([1.0, 0.5]),
    )
    chain.advance(41)
    page = open_page(
        "#algorithm='nuts'&initial_position=[1,0.5]&inverse_mass_matrix=[[1,0.2],[0.2,0.5]]"
        "&chain=40_0.3_5_1~0.2~0.2~0.5"
    )
    expect(page.locator(".gw-figures")).to_contain_text("draws 40")
    page.get_by_role("button", name="Step", exact=True).first.click()
    expect(page.locator(".gw-figures")).to_contain_text("draws 41")
    expect(page.get_by_role("alert")).to_have_count(0)
    step = chain.transition().last_step
    sentence = page.locator(".gw-sentence")
    expect(sentence).to_contain_text(f"drawn {step.momentum[0]:+.3f}".replace("-", "−"))
    known = chain.diagnostics()
    expect(page.locator(".gw-figures")).to_contain_text(f"ESS {known.ess[0]:,.0f}")
    described(page, "cloud", r"41 draws in the plane .* A path of \d+ points from")
    page.get_by_role("combobox", name="direction").select_option("along x[1]")
    expect(sentence).to_contain_text(f"drawn {step.momentum[1]:+.3f}".replace("-", "−"))
    expect(page.locator(".gw-figures")).to_contain_text(f"ESS {known.ess[1]:,.0f}")

    page.get_by_role("button", name="Run", exact=True).first.click()
    described(page, "cloud", r"\d,\d{3} draws in the plane")
    page.get_by_role("button", name="Pause", exact=True).first.click()


@pytest.mark.parametrize("width", [360, 1440])
def test_it_fits(open_page, width):
    page = open_page()
    page.set_viewport_size({"width": width, "height": 800})
    described(page, "arrows", "Contours")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
