"""A published notebook in a browser: its widgets are alive, and it asks nobody for anything."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Page, expect

import gradwidget as gw
from gradwidget.notebook._document import Beside, Inside
from gradwidget.notebook._pages import METADATA, STATE
from gradwidget.notebook._publish import render, run
from gradwidget.sampling import Chain, Settings
from tests.browser.view import answer, button, field, slider

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"

# A view makes the page's modules; a notebook that is run has none, so the last cell plays it.
CELLS = [
    new_markdown_cell("# Two widgets\n\nThe minimum is $\\min_y g(y)$, and\n$$f' = y^\\star$$"),
    new_code_cell("import gradwidget as gw\n\nfirst = gw.GradWidget(x=0.5, seed=3)\nfirst"),
    new_markdown_cell("## Another one"),
    new_code_cell("second = gw.GradWidget(p=1.5, x=0.8, lock=['p'])\nsecond"),
    new_code_cell("first.x = 0.25\nfirst.run(2_000)"),
    new_code_cell(
        """import time

for widget in (first, second):
    widget._on_message(widget, {"type": "hello", "view": "a"}, [])
end = time.monotonic() + 120
while not all(w._page_sampler and w._frame and w._chain for w in (first, second)):
    assert time.monotonic() < end
    time.sleep(0.1)
""",
        metadata={"tags": ["remove-cell"]},
    ),
]


@pytest.fixture(scope="module")
def notebook():
    """A notebook with two widgets of one problem that has been run, with its widgets' state."""
    made = new_notebook(
        cells=CELLS, metadata={"kernelspec": {"name": "python3", "display_name": ""}}
    )
    run(made, Path("lecture.ipynb"), 240)
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("published")


@pytest.fixture
def open_page(page: Page, notebook, folder, page_errors):
    """Opens the notebook as a page; it may ask for nothing but itself."""
    asked: list[str] = []
    refused: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)

    def go(name: str, *, slides: bool = False, carrier=None, of=notebook) -> Page:
        path = folder / name
        text = render(of, Path("lecture.ipynb"), slides=slides, carrier=carrier or Inside())
        path.write_text(text, encoding="utf-8")
        page.goto(path.as_uri())
        page.locator("html[data-ready]").wait_for()
        return page

    yield go
    assert page_errors == []
    assert refused == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []


def views(page: Page):
    page.locator("[data-painted]").nth(1).wait_for()
    return page.locator(".gradwidget").nth(0), page.locator(".gradwidget").nth(1)


def faults(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def test_both_widgets_are_alive_as_they_were_at_the_end(open_page):
    page = open_page("page.html")
    first, second = views(page)
    expect(answer(first)).to_contain_text("f′(0.25) = 0.5 agrees")
    chain = Chain(gw.power().scaled_logdensity_fn, (1.0, 3.0), settings=Settings(0.3, 5), seed=3)
    chain.advance(2_000)
    expect(first.locator(".gw-figures")).to_contain_text("draws 2,000")
    known = chain.diagnostics()
    assert f"ESS {known.ess:,.0f}" in " ".join(first.locator(".gw-figures").inner_text().split())

    slider(first, "x").focus()
    page.keyboard.press("Home")
    expect(answer(first)).to_contain_text("f′(−1) = −1 agrees")
    expect(answer(second)).to_contain_text("f′(0.8) = 0.64 agrees")  # it is one of its own
    expect(slider(second, "p")).to_be_disabled()
    field(second, "x").fill("0.5")
    page.keyboard.press("Enter")
    expect(answer(second)).to_contain_text("f′(0.5) = 0.25 agrees")
    button(second, "Step").click()
    expect(second.locator(".gw-figures")).to_contain_text("draws 1")
    button(second, "Run").click()
    expect(second.locator(".gw-figures")).to_contain_text(re.compile(r"draws \d\d+"))
    button(second, "Pause").click()
    expect(first.get_by_role("status")).to_have_text("page · live, no kernel needed")
    assert np.isfinite(known.ess)


def test_it_is_accessible_in_light_and_dark_and_narrow(open_page, page):
    open_page("page.html")
    views(page)
    assert page.locator("math").count() == 2
    assert faults(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator(".gradwidget").first).to_have_attribute("data-theme", "dark")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert faults(page) == []
    page.set_viewport_size({"width": 1280, "height": 720})


def test_on_paper_it_is_a_picture(open_page, page):
    open_page("page.html")
    page.emulate_media(media="print")
    expect(page.locator(".still img").first).to_be_visible()
    expect(page.locator(".gradwidget").first).to_be_hidden()
    expect(page.locator(".still .headline").first).to_contain_text("f′(0.25) = 0.5 agrees")
    page.emulate_media(media="screen")


def test_slides_begin_at_headings_and_keep_their_keys(open_page, page):
    open_page("slides.html", slides=True)
    views(page)
    expect(page.locator(".slide-number")).to_contain_text("1 / 2")
    first = page.locator("section.present .gradwidget")
    slider(first, "x").focus()
    page.keyboard.press("ArrowRight")
    expect(answer(first)).not_to_contain_text("f′(0.25)")
    expect(page.locator(".slide-number")).to_contain_text("1 / 2")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".slide-number")).to_contain_text("2 / 2")
    second = page.locator("section.present .gradwidget")
    button(second, "Step").click()
    expect(second.locator(".gw-figures")).to_contain_text("draws 1")
    assert faults(page) == []


def test_pages_of_a_site_share_what_they_carry(open_page, page, folder):
    carrier = Beside(folder / "assets", "assets")
    open_page("one.html", carrier=carrier)
    views(page)
    files = {file.name for file in (folder / "assets").iterdir()}
    open_page("two.html", carrier=carrier)
    first, _ = views(page)
    button(first, "Step").click()
    expect(first.locator(".gw-figures")).to_contain_text("draws 2,001")
    assert {file.name for file in (folder / "assets").iterdir()} == files
    text = re.sub(r"data:image/png;base64,[^\"]*", "", (folder / "two.html").read_text())
    assert len(text) < 30_000


def test_a_saved_notebook_is_enough(open_page, notebook):
    saved = copy.deepcopy(notebook)
    del saved.metadata[METADATA]
    first, _ = views(open_page("saved.html", of=saved))
    expect(answer(first)).to_contain_text("f′(0.25) = 0.5 agrees")
    expect(first.locator(".gw-figures")).to_contain_text("draws 2,000")


def test_a_saved_notebook_grows_little(notebook):
    """By at most 500 KB for the first widget, and 350 KB for each further one."""
    saved = copy.deepcopy(notebook)
    del saved.metadata[METADATA]
    bare = copy.deepcopy(saved)
    del bare.metadata["widgets"]
    for cell in bare.cells:
        if "outputs" in cell:
            cell.outputs = []
    grown = len(nbformat.writes(saved)) - len(nbformat.writes(bare))
    assert grown < 500_000 + 350_000
    # Neither is much larger than the other: the bound holds for any number of them.
    states = saved.metadata.widgets[STATE]["state"].values()
    widgets = [len(json.dumps(each, indent=1)) for each in states if "_spec" in each["state"]]
    pictures = [
        len(output.data["image/png"])
        for cell in saved.cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    assert max(widgets) + max(pictures) < 350_000


def test_twenty_widgets_are_little_more_than_one(notebook):
    """Under 1.5 times the size, their still pictures not counted."""

    def size(count: int) -> int:
        many = copy.deepcopy(notebook)
        pages = many.metadata[METADATA]["widgets"]
        (name, page), *_ = pages.items()
        cell = next(c for c in many.cells if "first\n" in f"{c.source}\n" and c.get("outputs"))
        many.cells = []
        for number in range(count):
            pages[f"{name}{number}"] = page
            many.cells.append(copy.deepcopy(cell))
            many.cells[-1].id = f"cell{number}"
            (output,) = many.cells[-1].outputs
            output.data["application/vnd.jupyter.widget-view+json"]["model_id"] = f"{name}{number}"
        for other in list(pages)[: -count or None]:
            del pages[other]
        text = render(many, Path("lecture.ipynb"), slides=False, carrier=Inside())
        assert text.count("data-gradwidget=") == count
        return len(re.sub(r"data:image/png;base64,[^\"]*", "", text))

    assert size(20) < 1.5 * size(1)
