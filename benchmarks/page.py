"""The page engine: a saved page in Chromium, and the same chain in the kernel."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks._table import Table
from gradwidget import GradWidget, power
from gradwidget.sampling import Chain, Settings
from gradwidget.widget._page import gradient_module
from gradwidget.widget._sampler_module import sampler_module
from tests.browser.hosts import launch_browser

_MOVES = 80
_SECONDS = 2.0

# Moves a slider as a hand does; tells how long the handler took, and when a frame was painted.
_DRAG = """
async ([name, moves]) => {
  const slider = document.querySelector(`input[type=range][aria-label="${name}"]`);
  const work = [], paint = [];
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(0);
  }));
  for (let i = 0; i < moves; i++) {
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    const span = Number(slider.max) - Number(slider.min);
    slider.value = String(Number(slider.min) + span * (0.3 + 0.4 * (i / moves)));
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    const handled = performance.now();
    const end = await painted();
    if (i >= 10) { work.push(handled - began); paint.push(end - began); }
  }
  return [work, paint];
}
"""


def run() -> Iterator[Table]:
    """Drags in the page; HMC in the page and in the kernel; what is translated."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        widget = GradWidget()
        began = time.perf_counter()
        widget.save_html(path)
        seconds = time.perf_counter() - began
        widget.close()
        text = path.read_bytes()
        with sync_playwright() as playwright:
            browser = launch_browser(playwright)
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            page.goto(path.as_uri())
            page.locator("[data-painted]").wait_for()
            yield _drags(page)
            yield _steps(page)
            browser.close()
    yield _translated(seconds, len(gzip.compress(text, 9)))


def _drags(page: Page) -> Table:
    rows: list[tuple[object, ...]] = []
    for name in ("x", "p"):
        work, paint = page.evaluate(_DRAG, [name, _MOVES])
        rows.append((f"drag of {name}", median(work), _p95(work), median(paint), _p95(paint)))
    return Table(
        "A drag with the page engine, all panels on",
        ("event", "work p50 (ms)", "work p95", "event to paint p50 (ms)", "p95"),
        rows,
        note="Goal: work p95 at most 8 ms, event to paint p95 at most two frames (33 ms).",
    )


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


def _steps(page: Page) -> Table:
    page.get_by_role("button", name="Step", exact=True).first.click()
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.wait_for_timeout(1000 * _SECONDS)
    page.get_by_role("button", name="Pause", exact=True).first.click()
    shown = page.locator(".gw-figures b").first.inner_text()
    in_page = int(shown.replace(",", "")) / _SECONDS
    chain = Chain(power().scaled_logdensity_fn, (1.0, 3.0), settings=Settings(0.3, 5))
    chain.advance(2_000)
    began = time.perf_counter()
    chain.advance(20_000)
    scanned = 20_000 / (time.perf_counter() - began)
    began = time.perf_counter()
    for _ in range(100):
        chain.advance(1)
    stepped = 100 / (time.perf_counter() - began)
    rates: list[tuple[str, float]] = [
        ("page, running and drawn", in_page),
        ("kernel, compiled loop", scanned),
        ("kernel, one call a step", stepped),
    ]
    rows: list[tuple[object, ...]] = [(name, rate, rate / scanned) for name, rate in rates]
    return Table("HMC, 5 leapfrog steps: draws a second", ("where", "draws/s", "ratio"), rows)


def _translated(seconds: float, page_size: int) -> Table:
    precision = ("safeguarded", "float64")
    rows: list[tuple[object, ...]] = []
    modules: dict[str, Any] = {
        "inspection": lambda: gradient_module(power(), (precision,)),
        **{
            name: lambda name=name: sampler_module(power(), (name,), (precision,))
            for name in ("hmc", "nuts", "mala")
        },
    }
    for name, make in modules.items():
        began = time.perf_counter()
        text = make().encode()
        took = time.perf_counter() - began
        rows.append((name, took, len(text) / 1000, len(zlib.compress(text, 9)) / 1000))
    rows.append(("save_html, the power problem", seconds, "", page_size / 1000))
    return Table(
        "Translation of the power problem",
        ("module", "seconds", "KB", "KB compressed"),
        rows,
        note="Goal of the whole page without its still picture: 100 KB.",
    )
