"""Two coordinates of a vector in JupyterLab: the point is dragged, the banana is sampled."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.view import answer, button, drag, eventually

BANANA = "gw.gallery()['banana'], algorithm='nuts', step_size=0.3"

#: A quadratic form of four variables; cheap to compile.
FOUR = """
import jax.numpy as jnp
import gradwidget as gw

w = gw.GradWidget(
    gw.from_function(
        lambda x: jnp.sum(x**2) / 2 + x[0] * x[3],
        logdensity=lambda x, value: -jnp.sum(x**2) / 2,
        dim=4,
    ),
    x=[0.1, 0.2, 0.3, 0.4],
)
w
"""


def shown(view: Locator, plot: str) -> Locator:
    """The canvas, by what it says that it shows."""
    return view.locator(f".gw-plot-{plot} canvas")


def test_the_banana(show):
    notebook, view = show(BANANA)
    arrows, cloud = shown(view, "arrows"), shown(view, "cloud")
    expect(arrows).to_have_attribute("aria-label", re.compile(r"wrong on 0 % of what is shown"))
    point = view.get_by_role("application", name="point of inspection")
    before = arrows.get_attribute("aria-label")
    point.scroll_into_view_if_needed()
    drag(point, (-60, 40))
    eventually(lambda: notebook.evaluate("w.x[0] < 0.5 and w.x[1] < 0"))
    at = notebook.evaluate("[*w.x, *w.inspection.gradient]")
    assert isinstance(at, list)
    x, y = at[:2]
    assert abs(at[2] - (x / 4 + 0.6 * x * (y + 0.3 * (x**2 - 4)))) < 1e-9
    expect(arrows).not_to_have_attribute("aria-label", before or "")
    expect(answer(view)).to_contain_text("agrees with the closed form")
    # The page answers, too; the kernel confirms it.
    agreement = re.compile(r"page · live, the kernel agrees to 1\d digits")
    expect(view.get_by_role("status").first).to_have_text(agreement, timeout=60_000)
    drag(point, (20, -20))
    eventually(lambda: notebook.evaluate(f"w.x[1] > {y}"))
    expect(view.get_by_role("status").first).to_have_text(agreement)
    expect(view.get_by_role("alert")).to_have_count(0)
    y = notebook.evaluate("w.x[1]")

    # With keys, too: the notebook does not take them.
    cells = notebook.cells.count()
    point.focus()
    point.press("ArrowUp")
    eventually(lambda: notebook.evaluate(f"w.x[1] > {y}"))
    assert notebook.evaluate("w.t") == 0
    assert notebook.cells.count() == cells

    button(view, "Run").click()
    eventually(lambda: notebook.evaluate("w.samples.shape[1] > 300"), seconds=60)
    button(view, "Pause").click()
    expect(cloud).to_have_attribute(
        "aria-label", re.compile(r"x\[0\]: mean .* \(exact 0\), sd .* \(exact 2\.00\)")
    )
    expect(cloud).to_have_attribute("aria-label", re.compile(r"A path of \d+ points from"))
    expect(view.get_by_text(re.compile(r"x\[1\]: mean .* \(exact 0\), sd .*1\.97"))).to_be_visible()
    expect(view.locator(".gw-plot-density .gw-note")).to_have_text("over the exact marginal")


def test_two_coordinates_of_four(run_notebook):
    notebook = run_notebook([FOUR])
    view = notebook.wait_painted().first
    button(view, "Step").click()
    arrows, cloud = shown(view, "arrows"), shown(view, "cloud")
    expect(arrows).to_have_attribute("aria-label", re.compile(r"x\[0\] = 0\.100, x\[1\] = 0\.200"))
    view.get_by_role("combobox", name="up", exact=True).select_option("x[3]")
    eventually(lambda: notebook.evaluate("w.plane") == [0, 3])
    # The gradient's components in this plane: x0 + x3 twice.
    expect(arrows).to_have_attribute(
        "aria-label", re.compile(r"x\[3\] = 0\.400 the gradient is \(0\.500, 0\.500\)")
    )
    expect(cloud).to_have_attribute(
        "aria-label", re.compile(r"1 draw in the plane of x\[0\] and x\[3\]")
    )
    expect(cloud).to_have_attribute("aria-label", re.compile(r"from \(1\.00, 1\.00\) to"))
    expect(view.get_by_text("marginals of the draws alone")).to_be_visible()
    assert notebook.evaluate("w.samples.shape") == [1, 1, 4]
