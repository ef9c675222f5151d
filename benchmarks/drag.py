"""A drag of x in JupyterLab: ours, and what people use today for the same picture.

The peers draw the tutorial's three curves (inner problem, value, gradient by its `custom_jvp`, all
jitted) and the point on each; ours also has the error, the table and the chain's panels.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks._table import Table
from tests.browser.hosts import Notebook, jupyter_server, launch_browser

#: What the peers compute, and the notebook's way to it.
_FUNCTIONS = """
import jax, jax.numpy as jnp, numpy as np
from jax.scipy.optimize import minimize

def g(y, x, p):
    return jnp.sum(jnp.abs(y) ** p / p - x * y)

def f(x, p):
    found = minimize(g, jnp.zeros(1), args=(x, p), method="BFGS")
    return -found.fun, found.x[0]

@jax.custom_jvp
def f_with_gradient(x, p):
    return f(x, p)[0]

@f_with_gradient.defjvp
def rule(primals, tangents):
    value, y = f(*primals)
    return value, y * tangents[0]

XS, YS = np.linspace(-1, 1, 241), np.linspace(-1.2, 1.2, 241)

@jax.jit
def picture(x, p):
    both = jax.value_and_grad(f_with_gradient)
    values, slopes = jax.vmap(lambda each: both(each, p))(jnp.asarray(XS))
    inner = jnp.abs(YS) ** p / p - x * YS
    value, slope = both(x, p)
    return inner, values, slopes, value, slope

def computed(x):
    return [np.asarray(each) for each in picture(x, 3.0)]
"""

_OURS = "import gradwidget as gw\nw = gw.GradWidget(x=0.3, engine={!r})\nw"

_INTERACT = (
    _FUNCTIONS
    + """
%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, interact

@interact(x=FloatSlider(value=0.3, min=-1, max=1, step=0.002, continuous_update=True))
def show(x):
    inner, values, slopes, value, slope = computed(x)
    _, axes = plt.subplots(1, 3, figsize=(10, 3))
    for ax, (xs, ys, at) in zip(axes, (
        (YS, inner, (slope, np.interp(slope, YS, inner))),
        (XS, values, (x, value)),
        (XS, slopes, (x, slope)),
    )):
        ax.plot(xs, ys)
        ax.plot(*at, "o")
    plt.show()
"""
)

_PLOTLY = (
    _FUNCTIONS
    + """
from ipywidgets import FloatSlider, VBox
from plotly.subplots import make_subplots
import plotly.graph_objects as go

fig = go.FigureWidget(make_subplots(rows=1, cols=3))
for column in (1, 2, 3):
    fig.add_scatter(x=XS, y=XS, row=1, col=column)
    fig.add_scatter(x=[0], y=[0], mode="markers", row=1, col=column)
slider = FloatSlider(value=0.3, min=-1, max=1, step=0.002, continuous_update=True)

def update(change):
    x = slider.value
    inner, values, slopes, value, slope = computed(x)
    with fig.batch_update():
        for i, (xs, ys, at) in enumerate((
            (YS, inner, (slope, np.interp(slope, YS, inner))),
            (XS, values, (x, value)),
            (XS, slopes, (x, slope)),
        )):
            fig.data[2 * i].x, fig.data[2 * i].y = xs, ys
            fig.data[2 * i + 1].x, fig.data[2 * i + 1].y = [at[0]], [at[1]]

slider.observe(update, "value")
update(None)
VBox([slider, fig])
"""
)

#: What is dragged, and where its picture can be seen to change.
_CASES = {
    "gradwidget, page engine": (_OURS.format("auto"), "input[aria-label=x]", ".gw-answer"),
    "gradwidget, kernel alone": (
        _OURS.format("kernel"),
        "input[aria-label=x]",
        ".gw-answer",
    ),
    "interact + matplotlib": (_INTERACT, ".noUi-handle", ".jp-OutputArea .widget-output"),
    "plotly FigureWidget": (_PLOTLY, ".noUi-handle", ".js-plotly-plot"),
}

# One move after the other, each timed to the painted frame in which the picture has changed; then
# a move in every frame for some seconds, and how often the picture changed.
_DRAG = """
async ([handle, target, moves, seconds]) => {
  const slider = [...document.querySelectorAll(handle)].find(e => e.matches("[type=range], div"));
  const picture = document.querySelector(target);
  let direction = 1, count = 0;
  const move = () => {
    if (++count % 60 === 0) direction = -direction;
    if (slider.type === "range") {
      slider.value = String(Number(slider.value) + direction * 0.006);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      slider.focus();
      const key = direction > 0 ? "ArrowRight" : "ArrowLeft";
      slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
  };
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  const frame = () => new Promise(requestAnimationFrame);
  const painted = () => new Promise(done => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done(performance.now());
    port2.postMessage(0);
  }));
  const changed = () => new Promise(done => {
    const observer = new MutationObserver(() => { observer.disconnect(); done(true); });
    observer.observe(picture, all);
    setTimeout(() => { observer.disconnect(); done(false); }, 3000);
  });
  const latency = [];
  for (let i = 0; i < moves; i++) {
    await new Promise(done => setTimeout(done, 60));
    await frame();
    const began = performance.now();
    const seen = changed();
    move();
    if (await seen) latency.push(await painted() - began);
  }
  let updates = 0, dirty = false;
  const observer = new MutationObserver(() => { dirty = true; });
  observer.observe(picture, all);
  const began = performance.now();
  while (performance.now() - began < 1000 * seconds) {
    await frame();
    if (dirty) { updates++; dirty = false; }
    move();
  }
  observer.disconnect();
  return { latency, rate: updates / seconds };
}
"""

_MOVES = 40
_SECONDS = 4.0


def run() -> Table:
    """One row for each way to show it, in one JupyterLab."""
    rows: list[tuple[object, ...]] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter_server("lab", Path(folder) / "lab") as host,
        sync_playwright() as playwright,
    ):
        browser = launch_browser(playwright)
        for number, (name, (cell, handle, target)) in enumerate(_CASES.items()):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            notebook = Notebook.write(host, page, f"drag-{number}", [cell])
            notebook.run_all()
            page.locator(target).first.wait_for(timeout=120_000)
            _settle(notebook, page, name)
            found: Any = page.evaluate(_DRAG, [handle, target, _MOVES, _SECONDS])
            latency = sorted(found["latency"])
            rows.append(
                (
                    name,
                    len(latency),
                    median(latency),
                    latency[int(0.95 * (len(latency) - 1))],
                    found["rate"],
                )
            )
            notebook.end_kernel()
            page.close()
        browser.close()
    first = rows[0]
    return Table(
        "A drag of x in JupyterLab",
        ("what", "moves seen", "event to paint p50 (ms)", "p95", "updates/s", "of ours, p50"),
        [(*row, row[2] / first[2]) for row in rows],  # type: ignore[operator]
        note="A move in every frame for the updates. An empty page paints in about one frame.",
    )


def _settle(notebook: Notebook, page: Page, name: str) -> None:
    """Until everything that is compiled or translated once is there."""
    if "page engine" in name:
        while not notebook.evaluate("len(w._page_code)"):
            page.wait_for_timeout(500)
    notebook.wait_idle()
    page.wait_for_timeout(3000)
