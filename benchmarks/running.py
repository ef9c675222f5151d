"""Run in a real JupyterLab: draws that reach the screen, and what the page's frames cost."""

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
            page.wait_for_timeout(1500)
            found: Any = page.evaluate(RUN, [view.element_handle(), SECONDS])
            work = sorted(found["work"])
            period = sorted(found["intervals"])[len(found["intervals"]) // 2]
            missed = sum(round(interval / period) - 1 for interval in found["intervals"])
            rows.append(
                (
                    name,
                    found["speed"],
                    found["draws"],
                    work[len(work) // 2],
                    work[int(0.95 * len(work))],
                    100 * missed / (len(work) + missed),
                )
            )
            notebook.end_kernel()
            page.close()
        browser.close()
    return Table(
        "Run in JupyterLab: draws of each chain that reach the screen",
        ("what", "draws/s", "draws", "ms a frame, median", "p95", "frames dropped, %"),
        rows,
        note="Goals: at most 10 ms of work in a frame (p95), at most 1 % of the frames dropped.\n"
        "The kernel, the server and the browser share this machine's processors.",
    )
