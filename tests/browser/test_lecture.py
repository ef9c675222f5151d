"""The lecture, published: what it says holds, and every widget in it is alive without a kernel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.view import answer, button, slider

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page that `gradwidget publish` makes of the lecture, which it runs first."""
    folder = tmp_path_factory.mktemp("lecture")
    path = folder / "lecture.html"
    done = subprocess.run(
        [sys.executable, "-m", "gradwidget", "publish", "examples/lecture.ipynb", "-o", path],
        cwd=PROJECT,
        env=os.environ
        | {
            "JAX_PLATFORMS": "cpu",
            "PYTHONPATH": str(PROJECT / "src"),
            "IPYTHONDIR": str(folder / "ipython"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return path


@pytest.fixture
def lecture(page: Page, published: Path, page_errors: list[str]):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(published.as_uri())
    page.locator("html[data-ready]").wait_for()
    yield page
    assert page_errors == []
    assert [url for url in asked if not url.startswith(("file:", "blob:", "data:"))] == []


def _step(view: Locator) -> None:
    button(view, "Step").click()
    expect(view.locator(".gw-figures")).to_contain_text(re.compile(r"draws [12](?!\d)"))


def test_everything_in_it_is_alive(lecture: Page) -> None:
    views = lecture.locator(".gradwidget")
    expect(views).to_have_count(5)
    expect(lecture.locator(".gradwidget[data-painted]")).to_have_count(5, timeout=60_000)
    theorem, tutorial, microscope, scaled, vector = (views.nth(i) for i in range(5))

    expect(answer(theorem)).to_contain_text("f′(0.314) = 0.5605 agrees")
    slider(theorem, "x").press("Home")
    expect(answer(theorem)).to_contain_text("f′(−1) = −1 agrees")

    button(tutorial, "Next wrong place").click()
    expect(answer(tutorial)).to_contain_text("is wrong by 4.")
    # The notebook's last step is there; here is the next.
    _step(tutorial)

    for view in (microscope, scaled):
        _step(view)
        button(view, "Run").click()
        expect(view.locator(".gw-figures")).to_contain_text(re.compile(r"draws \d\d\d+"))
        button(view, "Pause").click()

    before = answer(vector).inner_text()
    slider(vector, "p").press("Home")
    expect(answer(vector)).not_to_have_text(before)
    for view in views.all():
        expect(view.get_by_role("status")).to_contain_text("live")
        expect(view.get_by_role("alert")).to_have_count(0)


def test_it_reaches_the_tutorials_numbers(lecture: Page) -> None:
    text = lecture.locator("body").inner_text()
    assert "argmin       0.560483\nclosed form  0.560491\n" in text
    assert "Reverse-mode differentiation does not work for lax.while_loop" in text
    assert "df/dp = 0.0535" in text


def test_it_finds_the_bands(lecture: Page) -> None:
    lines = lecture.locator("body").inner_text().splitlines()
    verdicts = [line for line in lines if line.startswith("x = ")]
    with_bfgs = [line.split()[-1] == "agree" for line in verdicts if "closed form" in line]
    assert with_bfgs == [True] + 4 * [False]
    # The later lines are those of the safeguarded solver.
    others = [line.split()[-1] for line in verdicts if "closed form" not in line]
    assert others == 5 * ["agree"]


def test_its_step_is_blackjaxs(lecture: Page) -> None:
    lines = lecture.locator("body").inner_text().splitlines()
    for start in ("from ", "momentum "):
        plain, widget = (numbers(line) for line in lines if re.match(rf"{start}-?\d", line))
        assert plain == pytest.approx(widget, rel=1e-6)


def numbers(line: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", line)]
