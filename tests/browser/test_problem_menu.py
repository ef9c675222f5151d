"""The menu of problems in JupyterLab: one after another in the same cell."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.view import SHOW, answer, button, eventually, field, slider


def test_one_problem_after_another(run_notebook, screenshot):
    notebook = run_notebook([SHOW.format("x=0.8")])
    view = notebook.wait_painted().first
    button(view, "Settings").click()
    menu = view.get_by_role("combobox", name="problem", exact=True)
    expect(menu).to_have_value("power")
    expect(view.get_by_role("combobox", name="preset")).to_be_visible()

    # By keyboard: the focus stays in the menu of the new view.
    menu.focus()
    menu.select_option("entropy")
    expect(slider(view, "a")).to_be_visible()
    expect(slider(view, "p")).to_have_count(0)
    expect(menu).to_be_focused()
    expect(menu).to_have_value("entropy")
    expect(view.get_by_role("combobox", name="preset")).to_have_count(0)
    expect(answer(view)).to_contain_text("f′(0.5) = 1.649 agrees with the closed form")
    expect(view.get_by_role("note").filter(has_text="Rockafellar")).to_be_visible()
    screenshot("entropy")

    field(view, "a").fill("2")
    field(view, "a").press("Enter")
    eventually(lambda: notebook.evaluate("w.a") == 2)
    button(view, "Step").click()
    eventually(lambda: notebook.evaluate("w.samples.shape[1]") == 1)

    # To a vector, and back to what was left.
    menu.select_option("banana")
    expect(field(view, "x[1]")).to_be_visible()
    expect(answer(view)).to_contain_text("∇f(x) = ")
    menu.select_option("power")
    expect(field(view, "x")).to_have_value("0.8")
    expect(answer(view)).to_contain_text("f′(0.8) = 0.8944 agrees with the closed form")
    assert notebook.evaluate("w.problem.name") == "power"
