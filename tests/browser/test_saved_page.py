"""A saved page in a browser, opened as a file, with nothing to ask for anything."""

from __future__ import annotations

import gzip
import re
from urllib.parse import unquote

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import gradwidget as gw
from gradwidget.publish._html import embedded_json
from gradwidget.sampling import Chain, Settings


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "page.html"
    own = {"my start": {"p": 2, "x": 0.25, "sentence": "Look at the slope."}}
    widget = gw.GradWidget(x=0.5, presets=own)
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

    def go(fragment: str = "") -> Page:
        page.goto("about:blank")
        page.goto(saved.as_uri() + fragment)
        page.locator("[data-painted]").wait_for()
        return page

    yield go
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "about:"))] == []


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_it_answers_without_a_kernel(open_page):
    page = open_page()
    answer = page.get_by_role("heading").first
    expect(answer).to_contain_text("f′(0.5) = 0.7071 agrees with the closed form")

    page.get_by_role("slider", name="x", exact=True).focus()
    page.keyboard.press("Home")
    expect(answer).to_contain_text("f′(−1) = −1 agrees")
    page.get_by_role("spinbutton", name="p", exact=True).fill("2")
    page.keyboard.press("Enter")
    page.get_by_role("spinbutton", name="x", exact=True).fill("0.25")
    page.keyboard.press("Enter")
    expect(answer).to_contain_text("f′(0.25) = 0.25 agrees")
    expect(page.get_by_role("status")).to_have_text("page · live, no kernel needed")


def test_it_draws_blackjaxs_chain_and_a_link_brings_it_back(open_page):
    page = open_page()
    for _ in range(3):
        press(page, "Step")
    press(page, "Back")
    expect(page).to_have_url(re.compile(r"#chain=2_0\.3_5_1$"))
    press(page, "Run")
    page.wait_for_timeout(300)
    press(page, "Pause")
    chain = Chain(gw.power().scaled_logdensity_fn, (1.0, 3.0), settings=Settings(0.3, 5))
    chain.advance(4)
    step = chain.transition().last_step

    page = open_page("#chain=4_0.3_5_1")
    expect(page.locator(".gw-figures")).to_contain_text("draws 4")
    sentence = page.locator(".gw-sentence")
    expect(sentence).to_contain_text(f"drew u = {step.uniform:.3f}")
    drawn = f"{step.momentum:+.3f}".replace("-", "−")
    expect(sentence).to_contain_text(f"momentum drawn {drawn}")
    assert np.isfinite(step.momentum)


def test_a_preset_needs_another_precision_and_samples(open_page):
    page = open_page()
    press(page, "Settings")
    page.get_by_role("combobox", name="preset").select_option("wrong")
    expect(page.get_by_role("heading").first).to_contain_text("is wrong by 4.7 %")
    press(page, "Step")
    expect(page.locator(".gw-figures")).to_contain_text("draws 1")
    expect(page.locator(".gw-sentence")).to_contain_text("20 leapfrog steps")
    expect(page.get_by_role("alert")).to_have_count(0)


#: Settings as the address has them, and as the kernel's chain takes them.
CHAINS = {
    "hmc": ("", {}),
    "nuts": ("&algorithm='nuts'", {"algorithm": "nuts"}),
    "mala": ("&algorithm='mala'", {"algorithm": "mala"}),
    "several": ("&num_chains=3&seed=5", {"num_chains": 3, "seed": 5}),
}


@pytest.mark.parametrize("which", CHAINS)
def test_the_microscope_shows_what_the_kernels_does(open_page, which):
    """The sentence, the figures, the marks, and the pictures' descriptions."""
    fragment, given = CHAINS[which]
    page = open_page(
        f"#chain=60_0.3_5_1.40_0.2_7_1{fragment}&step_size=0.2&num_integration_steps=7"
    )
    chain = Chain(gw.power().scaled_logdensity_fn, (1.0, 3.0), **given)
    chain.advance(60, Settings(0.3, 5))
    chain.advance(40, Settings(0.2, 7))
    figures = page.locator(".gw-figures")
    expect(figures).to_contain_text("draws 100")
    known = chain.diagnostics()
    text = " ".join(figures.inner_text().split())
    assert f"ESS {known.ess:,.0f}" in text
    assert f"tail ESS {known.ess_tail:,.0f}" in text
    assert f"R-hat {known.rhat:.3f}" in text
    assert ("E-BFMI" in text) is (known.ebfmi is not None)
    if known.ebfmi is not None:
        assert f"E-BFMI {known.ebfmi:.2f}" in text
        assert f"divergent {known.num_divergent}" in text
    expect(page.locator(".gw-plot-trace canvas")).to_have_attribute(
        "aria-label", re.compile("settings changed at 60")
    )


def test_a_transition_is_taken_apart(open_page):
    page = open_page("#chain=3_0.3_5_1")
    press(page, "Next")
    expect(page.locator(".gw-plot-phase canvas")).to_have_attribute(
        "aria-label", re.compile("momentum")
    )
    page = open_page("#chain=3_0.3_5_1&algorithm='nuts'")
    expect(page.locator(".gw-sentence")).to_contain_text("doubling")


def test_the_wrong_gradient_beside_the_right_one(open_page):
    page = open_page("#gradient_scale=0.5&chain=50_0.3_5_1")
    expect(page.locator(".gw-figures").first).to_contain_text("draws 50")
    expect(page.get_by_text("right gradient").first).to_be_visible()


def test_what_needs_a_kernel_says_so(open_page):
    page = open_page()
    press(page, "Settings")
    warm_up = page.get_by_role("button", name="Warm up")
    expect(warm_up).to_be_disabled()
    expect(page.get_by_text("a warm-up compiles BlackJAX's adaptation")).to_be_visible()
    expect(page.get_by_role("button", name="Check the rule")).to_be_disabled()


def test_a_preset_of_ones_own(open_page):
    page = open_page()
    press(page, "Settings")
    page.get_by_role("combobox", name="preset").select_option("my start")
    expect(page.get_by_role("heading").first).to_contain_text("f′(0.25) = 0.25 agrees")
    expect(page.get_by_text("Look at the slope.").first).to_be_visible()


def test_what_it_copies(open_page, tmp_path):
    page = open_page("#p=2&x=0.25&chain=2_0.3_5_1")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    menu = page.get_by_role("group", name="copy")

    def copied(name: str) -> str:
        press(page, name)
        expect(menu).to_contain_text(f"{name} copied.")
        return page.evaluate("navigator.clipboard.readText()")

    press(page, "Copy")
    assert copied("Link") == page.url
    again = eval(copied("Python line"), {"gw": gw})
    assert (again.p, again.x) == (2.0, 0.25)
    lines = copied("CSV").splitlines()
    assert lines[0] == "chain,draw,x"
    np.testing.assert_allclose(
        [float(line.split(",")[2]) for line in lines[1:]], again.samples[0], rtol=1e-12
    )
    again.close()
    drawn = copied("SVG")
    assert drawn.count("<image") >= 7
    assert ">0.25</text>" in drawn
    press(page, "PNG")
    expect(menu).to_contain_text("PNG copied.")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file").click()
    picture = tmp_path / "widget.png"
    download.value.save_as(picture)
    assert picture.read_bytes().startswith(b"\x89PNG")
    expect(page.get_by_role("button", name="Script", exact=True)).to_be_disabled()
    expect(menu).to_contain_text("Python writes the script, which needs a kernel.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(open_page, page, scheme):
    page.emulate_media(color_scheme=scheme)
    open_page()
    expect(page.locator(".gradwidget")).to_have_attribute("data-theme", scheme)
    press(page, "Light or dark")
    other = {"light": "dark", "dark": "light"}[scheme]
    expect(page.locator(".gradwidget")).to_have_attribute("data-theme", other)


def test_a_narrow_page_under_a_finger(browser, saved):
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(saved.as_uri())
    page.locator("[data-painted]").wait_for()
    page.get_by_role("button", name="Step", exact=True).first.tap()
    expect(page.locator(".gw-figures")).to_contain_text("draws 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_code_is_that_of_the_address(open_page):
    page = open_page("#x=0.25")
    press(page, "Show QR code")
    expect(page.locator("#address")).to_have_text(re.compile(r"page\.html#x=0\.25$"))
    dark = page.evaluate(
        """() => {
          const canvas = document.getElementById("code");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((v, i) => i % 4 === 0 && v === 0).length / (data.length / 4);
        }"""
    )
    assert 0.2 < dark < 0.6
    assert "#x=0.25" in unquote(page.url)


def test_without_javascript_it_shows_a_picture_and_the_table(browser, saved):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(saved.as_uri())
    expect(page.locator(".still img")).to_be_visible()
    expect(page.locator(".still h1")).to_contain_text("f′(0.5) = 0.7071 agrees")
    expect(page.locator(".still table")).to_contain_text("closed form")
    context.close()


def test_it_is_small(saved):
    text = saved.read_text()
    still = re.sub(r"data:image/png;base64,[^\"]*", "", text)
    # The goal is 100 KB. This is what it holds today, so that growing is noticed.
    assert len(gzip.compress(still.encode(), 9)) < 202_000


def test_texts_of_the_users_stay_texts():
    text = embedded_json({"label": "</script><script>alert(1)</script><!-- \u2028"})
    assert "<" not in text
    assert "\u2028" not in text
