"""Run in a real JupyterLab: draws that reach the screen, and what the page's frames cost.

Beside it, in the same kernel, a bare `lax.scan` over BlackJAX's kernel; and the frames that a page
drops which shows nothing while the kernel computes: those are the machine's, not the widget's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks._table import Table
from tests.browser.hosts import Notebook, jupyter_server, launch_browser

SECONDS = 4.0
SHOW = "import gradwidget as gw\nw = gw.GradWidget({})\nw"
CASES = {
    "hmc": "step_size=0.3, num_integration_steps=5",
    "hmc, 4 chains": "step_size=0.3, num_integration_steps=5, num_chains=4",
    "nuts": "algorithm='nuts'",
}

#: Draws of the bare scan: about a second of them.
SCAN = 100_000
BARE = f"""
import sys, time
sys.path.insert(0, {str(Path(__file__).resolve().parents[1])!r})
from benchmarks._scan import bare_scan
import gradwidget as gw

def bare_speed(name):
    call = bare_scan(name, gw.power().logdensity_fn, {SCAN})
    call()
    began = time.perf_counter()
    call()
    return {SCAN} / (time.perf_counter() - began)

def keep_busy(seconds):
    call = bare_scan("hmc", gw.power().logdensity_fn, {SCAN})
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        call()
"""

#: Before the page's own scripts: sums up the work in each animation frame.
WATCH = """
window.work = new Map()
const original = window.requestAnimationFrame
window.requestAnimationFrame = callback => original(time => {
    const began = performance.now()
    callback(time)
    window.work.set(time, (window.work.get(time) ?? 0) + performance.now() - began)
})
"""

#: The frames of a page where nothing happens.
REST = """async seconds => {
    const frame = () => new Promise(requestAnimationFrame)
    const began = performance.now()
    const times = []
    while (performance.now() - began < 1000 * seconds) times.push(await frame())
    return times.slice(1).map((time, i) => time - times[i])
}"""

#: Runs for some seconds; the frames' times come from a loop of their own.
RUN = """async ([view, seconds]) => {
    const press = name =>
        [...view.querySelectorAll("button")].find(b => b.textContent === name).click()
    const figures = view.querySelector(".gw-figures")
    const draws = () => Number(figures.textContent.match(/[\\d,]+/)[0].replaceAll(",", ""))
    const frame = () => new Promise(requestAnimationFrame)
    press("Run")
    while (draws() < 200) await frame()
    const [began, before] = [performance.now(), draws()]
    const times = []
    while (performance.now() - began < 1000 * seconds) times.push(await frame())
    const speed = (draws() - before) / ((performance.now() - began) / 1000)
    press("Pause")
    const intervals = times.slice(1).map((time, i) => time - times[i])
    const work = times.map(time => window.work.get(time) ?? 0)
    return { speed, draws: draws(), intervals, work }
}"""


def run() -> Table:
    """One row for each sampler, in one JupyterLab."""
    rows: list[tuple[object, ...]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter_server("lab", Path(folder) / "lab") as host,
        sync_playwright() as playwright,
    ):
        browser = launch_browser(playwright)
        context = browser.new_context(viewport={"width": 1280, "height": 1400})
        context.add_init_script(WATCH)
        for number, (name, arguments) in enumerate(CASES.items()):
            page = context.new_page()
            notebook = Notebook.write(host, page, f"run-{number}", [SHOW.format(arguments)])
            notebook.run_all()
            view = notebook.wait_painted().first
            view.get_by_text("Phase space").scroll_into_view_if_needed()
            notebook.execute("w.step(); w.reset()")  # compiled
            while not notebook.evaluate("len(w._page_sampler)"):  # translated
                page.wait_for_timeout(500)
            page.wait_for_timeout(1500)
            found: Any = page.evaluate(RUN, [view.element_handle(), SECONDS])
            notebook.execute(BARE)
            bare: Any = notebook.evaluate(f"bare_speed({name.split(',')[0]!r})")
            work = sorted(found["work"])
            rows.append(
                (
                    name,
                    found["speed"],
                    found["speed"] / bare if "chains" not in name else "-",
                    found["draws"],
                    work[len(work) // 2],
                    work[int(0.95 * len(work))],
                    _dropped(found["intervals"]),
                )
            )
            if number == 0:
                notebook.execute("w.close()")
                notebook.start(f"keep_busy({SECONDS + 2})")
                page.wait_for_timeout(1000)
                idle = page.evaluate(REST, SECONDS)
                floor = ("no widget, the kernel busy", bare, 1.0, "-", "-", "-", _dropped(idle))
                notebook.wait_idle()
            notebook.end_kernel()
            page.close()
        browser.close()
    rows.append(floor)
    return Table(
        "Run in JupyterLab: draws of each chain that reach the screen",
        (
            "what",
            "draws/s",
            "of the bare scan",
            "draws",
            "ms a frame, median",
            "p95",
            "frames dropped, %",
        ),
        rows,
        note="Goals: at most 10 ms of work in a frame (p95), at most 1 % of the frames dropped.\n"
        "The kernel, the server and the browser share this machine's processors.",
    )


def _dropped(intervals: list[float]) -> float:
    """How many of a hundred frames were dropped, from the milliseconds between those that came."""
    period = sorted(intervals)[len(intervals) // 2]
    missed = sum(round(interval / period) - 1 for interval in intervals)
    return 100 * missed / (len(intervals) + missed)
