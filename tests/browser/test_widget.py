"""The widget in the hands of a user: a real JupyterLab, a real kernel, a real browser."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.view import SHOW, answer, button, drag, eventually, field, slider


@pytest.mark.parametrize("host", ["lab", "notebook7"])
def test_it_shows_the_answer_first(show, request, host, screenshot):
    _, view = show(host=request.getfixturevalue(host))

    expect(answer(view)).to_contain_text("= 0.5605")
    expect(answer(view)).to_contain_text("agrees with the closed form")
    expect(view.get_by_role("status")).to_contain_text("kernel")
    expect(view.get_by_role("alert")).to_have_count(0)
    table = view.get_by_role("table", name="Gradients")
    for name in (
        "argmin custom_jvp",
        "closed form",
        "finite difference",
        "jax.grad through the solver",
    ):
        expect(table.get_by_role("rowheader", name=name, exact=True)).to_have_count(1)
    for name in ("value", "gradient", "relative error", "inner residual", "time", "verdict"):
        expect(table.get_by_role("columnheader", name=name, exact=True)).to_have_count(1)
    for canvas in view.locator("canvas").all():
        assert len(canvas.get_attribute("aria-label") or "") > 20
    screenshot(host)


def test_what_matters_is_visible_at_once(show):
    """At 1280 x 720, in the page as it opens."""
    notebook, view = show()
    notebook.command("application:toggle-left-area")
    view.evaluate("element => element.scrollIntoView({ block: 'start' })")

    for element in (answer(view), *view.locator("canvas").all()[:3], button(view, "Step")):
        expect(element).to_be_in_viewport(ratio=0.99)


def test_dragging_p_moves_everything(show):
    notebook, view = show()
    before = answer(view).inner_text()
    track = slider(view, "p")
    box = track.bounding_box()
    assert box is not None
    # From the thumb at p = 3 on a slider from 1.1 to 6.
    page = notebook.page
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * (3 - 1.1) / (6 - 1.1), y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, y, steps=60)
    page.mouse.up()

    # The hand has let go: where the page is, the kernel comes to.
    p = float(field(view, "p").input_value())
    assert p > 4.5
    eventually(lambda: notebook.evaluate("w.p") == pytest.approx(p))
    expect(answer(view)).not_to_have_text(before)
    expected = 0.31415 ** (1 / (p - 1))
    expect(answer(view)).to_contain_text(f"{expected:.4g}")


@pytest.mark.parametrize("curve", ["value", "gradient"])
def test_dragging_the_handle_on_a_curve_moves_x(show, curve):
    notebook, view = show()
    handle = view.get_by_role("slider", name=f"handle on the {curve} curve")
    handle.scroll_into_view_if_needed()

    drag(handle, by=(60, 0), steps=60)

    # The hand has let go: where the page is, the kernel comes to.
    x = float(field(view, "x").input_value())
    assert x > 0.4
    eventually(lambda: notebook.evaluate("w.x") == pytest.approx(x))
    expect(answer(view)).to_contain_text(f"{x**0.5:.4g}")
    assert notebook.evaluate("w.samples.shape[1]") == 0


def test_typing_a_number(show):
    notebook, view = show()
    field(view, "p").fill("2")
    field(view, "p").press("Enter")

    expect(answer(view)).to_contain_text("= 0.314")
    eventually(lambda: notebook.evaluate("w.p") == 2.0)

    # Beyond the slider's range, but allowed: the slider widens.
    field(view, "p").fill("50")
    field(view, "p").press("Tab")
    eventually(lambda: notebook.evaluate("w.p") == 50.0)
    expect(slider(view, "p")).to_have_attribute("max", "50")


@pytest.mark.parametrize("host", ["lab", "notebook7"])
def test_the_keyboard_is_enough(show, request, host):
    """Every key acts on the widget, and none on the notebook around it (x cuts a cell there)."""
    notebook, view = show(host=request.getfixturevalue(host))
    handle = slider(view, "p")
    handle.focus()
    values = [notebook.evaluate("w.p")]
    for key in ("ArrowRight", "PageUp", "ArrowLeft", "PageDown", "End", "Home"):
        handle.press(key)
        eventually(lambda: notebook.evaluate("w.p") != values[-1])
        values.append(notebook.evaluate("w.p"))
    start, right, up, left, down, end, home = values
    assert start < right < up > left > down
    assert (home, end) == (1.1, 6.0)

    for element in (handle, slider(view, "x"), button(view, "Step"), button(view, "Run")):
        element.focus()
        for key in ("x", "d", "d", "a", "b", "m", "z", "ArrowUp", "ArrowDown"):
            notebook.page.keyboard.press(key)
    expect(notebook.cells).to_have_count(1)
    expect(notebook.page.locator(".jp-Notebook .jp-Cell")).to_have_count(1)
    expect(notebook.output(0).first).to_be_visible()

    button(view, "Step").focus()
    notebook.page.keyboard.press("Enter")
    eventually(lambda: notebook.evaluate("w.samples.shape[1]") == 1)


def test_step_run_pause_reset(show):
    notebook, view = show()
    num_draws = lambda: notebook.evaluate("w.samples.shape[1]")  # noqa: E731

    button(view, "Step").click()
    eventually(lambda: num_draws() == 1)
    told = view.locator("[aria-live=polite]").filter(has_text="leapfrog")
    expect(told.first).to_contain_text("accept")
    assert notebook.evaluate("w.info.acceptance_rate.item()") <= 1.0

    button(view, "Run").click()
    expect(button(view, "Pause")).to_be_visible()
    eventually(lambda: num_draws() > 100)
    button(view, "Pause").click()
    expect(button(view, "Run")).to_be_visible()
    eventually(lambda: (first := num_draws()) and time.sleep(0.3) is None and num_draws() == first)
    assert notebook.evaluate("abs(w.diagnostics.mean) < 1")

    button(view, "Reset").click()
    eventually(lambda: num_draws() == 0)


def test_a_step_in_the_page_is_blackjaxs(show):
    """The draw after two steps is that of a plain loop with the same seed."""
    notebook, view = show("step_size=0.3, num_integration_steps=5, seed=7")
    button(view, "Step").click()
    button(view, "Step").click()
    eventually(lambda: notebook.evaluate("w.samples.shape[1]") == 2)

    notebook.execute(
        """
import blackjax, jax, jax.numpy as jnp
with jax.enable_x64(True):
    hmc = blackjax.hmc(lambda x: gw.power().logdensity_fn(x, 3.0), 0.3, jnp.ones(1), 5)
    key, state = jax.random.key(7), hmc.init(jnp.asarray(1.0))
    plain = []
    for _ in range(2):
        key, step_key = jax.random.split(key)
        state, _info = jax.jit(hmc.step)(step_key, state)
        plain.append(float(state.position))
"""
    )
    assert notebook.evaluate("w.samples[0].tolist()") == pytest.approx(
        notebook.evaluate("plain"), rel=1e-12
    )


@pytest.mark.parametrize("text", ["0.5", "nan", "three"])
def test_a_refused_value(show, text):
    notebook, view = show()
    field(view, "p").fill(text)
    field(view, "p").press("Enter")

    expect(view.get_by_role("alert")).to_contain_text("p")
    expect(field(view, "p")).to_have_value("3")
    expect(answer(view)).to_contain_text("= 0.5605")
    assert notebook.evaluate("w.p") == 3.0

    # The next good value takes the alert away.
    field(view, "p").fill("2")
    field(view, "p").press("Enter")
    expect(view.get_by_role("alert")).to_have_count(0)


def test_python_moves_the_page(show):
    notebook, view = show()
    notebook.execute("w.set(p=2.0, x=0.25)")

    expect(field(view, "p")).to_have_value("2")
    expect(field(view, "x")).to_have_value("0.25")
    expect(answer(view)).to_contain_text("= 0.25")

    notebook.execute("w.x = 0.18; w.p = 3; w.solver = 'bfgs'; w.dtype = 'float32'")
    # Another solver in another precision: a program to compile.
    expect(answer(view)).to_contain_text("is wrong by 4.7", timeout=90_000)


def test_the_wrong_band_is_explained(show):
    _, view = show('preset="tutorial", x=0.18')

    expect(answer(view)).to_contain_text("is wrong by 4.7")
    expect(view).to_contain_text("line search")


def test_two_views_show_the_same(run_notebook):
    notebook = run_notebook([SHOW.format(""), "w"])
    views = notebook.wait_painted(2)
    first, second = views.nth(0), views.nth(1)

    field(first, "p").fill("2")
    field(first, "p").press("Enter")
    expect(field(second, "p")).to_have_value("2")
    expect(answer(second)).to_contain_text("= 0.314")

    button(second, "Step").click()
    eventually(lambda: notebook.evaluate("w.samples.shape[1]") == 1)
    for view in (first, second):
        told = view.locator("[aria-live=polite]").filter(has_text="leapfrog")
        expect(told.first).to_contain_text("accept")


def test_a_busy_kernel_still_answers(run_notebook):
    """Comm handlers run on threads of their own, also while a cell runs."""
    notebook = run_notebook([SHOW.format(""), "import time"])
    view = notebook.wait_painted().first
    notebook.page.evaluate(
        """() => {
            const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
            const cell = session.kernel.requestExecute({ code: "time.sleep(30)" })
            cell.done.then(() => { window.isDone = true })
        }"""
    )
    field(view, "p").fill("2")
    field(view, "p").press("Enter")
    expect(answer(view)).to_contain_text("= 0.314")

    assert not notebook.page.evaluate("() => window.isDone")
    notebook.page.evaluate(
        """() => {
            const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
            return session.kernel.interrupt()
        }"""
    )


def test_a_restarted_kernel_is_noticed(show):
    notebook, view = show()
    notebook.restart_kernel()

    # The last state stays, and the view says that nobody answers.
    button(view, "Step").click()
    expect(view.get_by_role("status")).to_contain_text("no kernel")
    expect(answer(view)).to_contain_text("= 0.5605")

    notebook.run_all()
    view = notebook.wait_painted().first
    expect(view.get_by_role("status")).to_contain_text("live")


def test_a_fast_drag_ends_on_its_last_value(show):
    notebook, view = show()
    track = slider(view, "x")
    box = track.bounding_box()
    assert box is not None
    page, y = notebook.page, box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.65, y)
    page.mouse.down()
    for share in (0.2, 0.9, 0.3, 0.75):
        page.mouse.move(box["x"] + box["width"] * share, y, steps=30)
    page.mouse.up()

    x = float(field(view, "x").input_value())
    assert 0.3 < x < 0.7
    eventually(lambda: notebook.evaluate("w.x") == pytest.approx(x))
    expect(answer(view)).to_contain_text(f"{x**0.5:.4g}")


#: Mean of the commonest opaque colour of a canvas, from 0 to 255.
COMMONEST = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const counts = new Map();
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 255) continue;
        const color = (data[i] + data[i + 1] + data[i + 2]) / 3;
        counts.set(color, (counts.get(color) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? NaN;
}"""


def test_light_and_dark(show, screenshot):
    notebook, view = show()

    def brightness() -> float:
        """Of the headline's text, from 0 to 255."""
        red, green, blue = answer(view).evaluate(
            "element => getComputedStyle(element).color.match(/[\\d.]+/g).slice(0, 3).map(Number)"
        )
        return (red + green + blue) / 3

    def drawn() -> float:
        """Brightness of the faintest that the curve's plot draws: of its grid."""
        return view.locator(".gw-plot-gradient canvas").evaluate(COMMONEST)

    notebook.page.emulate_media(color_scheme="light")
    eventually(lambda: brightness() < 100 and drawn() > 200)
    screenshot("light")
    notebook.page.emulate_media(color_scheme="dark")
    eventually(lambda: brightness() > 150 and drawn() < 60)
    screenshot("dark")
    # Lab takes its style sheets away while it changes: what was drawn must follow all the same.
    notebook.page.emulate_media(color_scheme="light")
    eventually(lambda: drawn() > 200)
