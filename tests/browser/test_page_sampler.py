"""The page's sampler in a real JupyterLab: it draws at once, and the kernel draws the same."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import expect

import gradwidget as gw
from gradwidget.sampling import Chain, Settings
from tests.browser.view import answer, button, eventually, field

FIGURES = ".gw-figures"
DRAWS = "() => document.querySelector('.gw-figures').innerText.match(/draws ([\\d,]+)/)[1]"


def wait_for_sampler(notebook, view) -> None:
    """Until the page has been given what it samples with."""
    eventually(lambda: notebook.evaluate("len(w._page_sampler) > 0"), 90)
    expect(view.get_by_role("status")).to_contain_text("the kernel agrees", timeout=60_000)


def num_draws(notebook) -> int:
    return int(notebook.page.evaluate(DRAWS).replace(",", ""))


def test_the_page_draws_and_the_kernel_draws_the_same(show):
    notebook, view = show("x=0.5, controls='all'")
    wait_for_sampler(notebook, view)

    for n in (1, 2, 3):
        button(view, "Step").click()
        # Nobody was asked.
        expect(view.locator(FIGURES)).to_have_text(re.compile(f"^draws {n}(?!\\d)"), timeout=1_000)
    field(view, "step size").fill("0.2")
    field(view, "step size").press("Enter")
    button(view, "Step").click()
    button(view, "Back").click()
    button(view, "Step").click()
    button(view, "Step").click()
    expect(view.locator(FIGURES)).to_have_text(re.compile("^draws 5(?!\\d)"))

    chain = Chain(gw.power().scaled_logdensity_fn, (1.0, 3.0))
    chain.advance(3, Settings(0.3, 5))
    chain.advance(2, Settings(0.2, 5))
    found = np.array(notebook.evaluate("w.samples.tolist()"))
    np.testing.assert_allclose(found, chain.samples, rtol=1e-12)

    button(view, "Run").click()
    eventually(lambda: num_draws(notebook) > 300)
    button(view, "Pause").click()
    eventually(lambda: notebook.evaluate("w.samples.shape[1]") == num_draws(notebook))
    # What a cell draws is taken over.
    notebook.execute("w.step(10)")
    total = notebook.evaluate("w.samples.shape[1]")
    expect(view.locator(FIGURES)).to_have_text(re.compile(f"^draws {total:,}(?!\\d)"))
    expect(view.get_by_role("alert")).to_have_count(0)


#: The page is given its sampler when we say so.
LATE = """
import threading
import gradwidget as gw
from gradwidget.widget import _gradwidget

is_time, make = threading.Event(), _gradwidget.page_sampler
_gradwidget.page_sampler = lambda *args: is_time.wait() and make(*args)
w = gw.GradWidget(x=0.5, num_integration_steps=1000)
w
"""


def test_a_run_that_the_kernel_has_begun_stays_the_kernels_until_it_rests(run_notebook):
    notebook = run_notebook([LATE])
    view = notebook.wait_painted().first
    # The program before it has come, so this one is being made.
    expect(view.get_by_role("status")).to_contain_text("the kernel agrees", timeout=60_000)
    button(view, "Run").click()
    eventually(lambda: num_draws(notebook) > 50)
    notebook.execute("is_time.set()")
    wait_for_sampler(notebook, view)
    before = num_draws(notebook)
    eventually(lambda: num_draws(notebook) > before)

    button(view, "Pause").click()
    eventually(lambda: not notebook.evaluate("w._running"))
    eventually(lambda: notebook.evaluate("w.samples.shape[1]") == num_draws(notebook))
    total = num_draws(notebook)
    button(view, "Step").click()
    expect(view.locator(FIGURES)).to_have_text(re.compile(f"^draws {total + 1:,}(?!\\d)"))
    assert notebook.evaluate("w.samples.shape[1]") == total + 1
    expect(view.get_by_role("alert")).to_have_count(0)


def test_it_goes_on_while_a_cell_is_busy_and_without_a_kernel(show):
    notebook, view = show("x=0.5")
    wait_for_sampler(notebook, view)
    # The lock that every answer needs: this is what a kernel looks like that computes.
    notebook.execute(
        "import threading, time\n"
        "def hold():\n    with w._session.lock:\n        time.sleep(4)\n"
        "threading.Thread(target=hold).start()"
    )
    for n in (1, 2, 3):
        button(view, "Step").click()
        expect(view.locator(FIGURES)).to_have_text(re.compile(f"^draws {n}(?!\\d)"), timeout=1_000)
    assert notebook.evaluate("w.samples.shape[1]") == 3
    expect(view.get_by_role("alert")).to_have_count(0)

    notebook.page.evaluate("() => jupyterapp.shell.currentWidget.context.sessionContext.shutdown()")
    button(view, "Step").click()
    expect(view.locator(FIGURES)).to_have_text(re.compile("^draws 4(?!\\d)"), timeout=1_000)
    field(view, "x").fill("0.25")
    field(view, "x").press("Enter")
    # f'(x) = sign(x) |x|^(q-1), the square root for p = 3.
    expect(answer(view)).to_contain_text("f′(0.25) = 0.5 agrees", timeout=2_000)
    expect(view.get_by_role("status")).to_contain_text(
        "no kernel answers: 1 draw is", timeout=10_000
    )


#: A translation that is wrong in the seventh digit: of the gradient, and of every draw.
DOCTORED = """
import gradwidget as gw
from gradwidget.widget import _page

def doctor(make, name, change):
    def made(*args):
        text = make(*args).replace(f"export function {name}(", "function honest(")
        return text + f"export function {name}(...all) {{ const it = honest(...all); {change} }}"
    return made

_page.gradient_module = doctor(
    _page.gradient_module, "inspect_point", "return {...it, gradient: it.gradient * 1.0000001};"
)
_page.sampler_module = doctor(
    _page.sampler_module, "advance_hmc_float64", "it[0][0][0][0] += 1e-7; return it;"
)
w = gw.GradWidget(x=0.5)
w
"""


def test_a_translation_that_is_wrong_is_found_out(run_notebook):
    notebook = run_notebook([DOCTORED])
    view = notebook.wait_painted().first
    alert = view.get_by_role("alert")
    expect(alert).to_contain_text(
        "The page and the kernel differ at x = 0.5: gradient is 0.70710", timeout=90_000
    )
    expect(view.get_by_role("status")).to_contain_text("the kernel differs")
    eventually(lambda: notebook.evaluate("len(w._page_sampler) > 0"), 90)
    button(view, "Step").click()
    expect(alert).to_contain_text("The page and the kernel differ at draw 1: it is ")
    # The kernel is right.
    chain = Chain(gw.power().scaled_logdensity_fn, (1.0, 3.0))
    chain.advance(1)
    assert notebook.evaluate("w.samples.tolist()") == chain.samples.tolist()
