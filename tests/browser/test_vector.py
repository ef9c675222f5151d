"""A vector x in JupyterLab: its components, the line through it, and where the line is wrong."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.view import SHOW, answer, button, eventually, field, slider

X = "x=[0.3, -0.5, 0.18], solver='bfgs'"


def test_the_line_through_a_vector(run_notebook):
    notebook = run_notebook([SHOW.format(X)])
    view = notebook.wait_painted().first
    expect(answer(view)).to_contain_text("∇f(x) = (0.5477, −0.7071, 0.4044) is wrong by 4.7 %")
    expect(view.get_by_role("combobox", name="direction")).to_have_value("0")

    # The third component leaves the band: the gradient is right.
    field(view, "x[2]").fill("0.4")
    field(view, "x[2]").press("Enter")
    expect(answer(view)).to_contain_text("0.6325) agrees with the closed form")

    # Along the third coordinate, back into the band.
    view.get_by_role("combobox", name="direction").select_option("along x[2]")
    slider(view, "t").focus()
    field(view, "t").fill("-0.22")
    field(view, "t").press("Enter")
    expect(answer(view)).to_contain_text("0.4044) is wrong by 4.7 %")
    expect(view.get_by_text("x + t v = (0.300, −0.500, 0.180)")).to_be_visible()

    button(view, "Move here").click()
    eventually(lambda: notebook.evaluate("w.t") == 0)
    assert abs(notebook.evaluate("w.x[2]") - 0.18) < 1e-9
    expect(button(view, "Move here")).to_be_disabled()

    view.get_by_role("combobox", name="direction").select_option("along the gradient")
    eventually(lambda: notebook.evaluate("w.direction") == "gradient")

    button(view, "Step").click()
    eventually(lambda: notebook.evaluate("list(w.samples.shape)") == [1, 1, 3])
    # A bad component is refused with a sentence, and the accepted one stays.
    field(view, "x[0]").fill("far")
    field(view, "x[0]").press("Enter")
    expect(view.get_by_role("alert")).to_contain_text("x[0] must be a finite number")
    expect(field(view, "x[0]")).to_have_value("0.3")
