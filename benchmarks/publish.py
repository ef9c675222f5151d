"""Published pages: twenty widgets of one problem beside one, in size and in time to paint."""

from __future__ import annotations

import re
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Browser, sync_playwright

from benchmarks._table import Table
from gradwidget.notebook import publish
from tests.browser.hosts import launch_browser

_COUNTS = (1, 20)
_ROUNDS = 5

# Counts what has been painted from the first moment on, without asking often.
_WATCH = """
window.paintedAt = [];
new MutationObserver(() => {
  const count = document.querySelectorAll("[data-painted]").length;
  while (paintedAt.length < count) paintedAt.push(performance.now());
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-painted"] });
"""


def run() -> Table:
    """Publish one widget and twenty, and open both."""
    rows: list[tuple[object, ...]] = []
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = launch_browser(playwright)
        made = {count: _publish(folder, count) for count in _COUNTS}
        times: dict[int, list[list[float]]] = {count: [] for count in _COUNTS}
        for _ in range(_ROUNDS):
            for count, (path, _) in made.items():
                times[count].append(_painted(browser, path, count))
        browser.close()
        sizes = {count: _size(path) for count, (path, _) in made.items()}
        for count, (_, seconds) in made.items():
            first, last = (median(each[i] for each in times[count]) / 1000 for i in (0, -1))
            ratio = sizes[count] / sizes[1]
            rows.append((count, sizes[count] / 1000, ratio, seconds, first, last))
    return Table(
        "A published page without its still pictures",
        ("widgets", "KB", "ratio", "publishing (s)", "first painted (s)", "all painted (s)"),
        rows,
        note="Goals: 20 widgets under 1.5 times the size of one, and painted within 2 s.",
    )


def _publish(folder: Path, count: int) -> tuple[Path, float]:
    cells = [
        new_code_cell(f"import gradwidget as gw\n\ngw.GradWidget(p={1.5 + i / 10}, x=0.5)")
        for i in range(count)
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    source = folder / f"{count}.ipynb"
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), source)
    began = time.perf_counter()
    path = publish(source)
    return path, time.perf_counter() - began


def _size(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    return len(re.sub(r"data:image/png;base64,[^\"]*", "", text))


def _painted(browser: Browser, path: Path, count: int) -> list[float]:
    """Milliseconds from the page's beginning until each widget is painted."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(_WATCH)
    page.goto(path.as_uri())
    page.locator("[data-painted]").nth(count - 1).wait_for(state="attached")
    found: list[float] = page.evaluate("paintedAt")
    page.close()
    return found
