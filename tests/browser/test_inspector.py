"""Is it right, and where not: presets, bands, the map, the check, a scaled gradient, in Lab."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.view import SHOW, answer, button, eventually, field, slider


def test_the_inspector(run_notebook, screenshot):
    notebook = run_notebook([SHOW.format("controls='all'")])
    view = notebook.wait_painted().first

    # Where the tutorial's gradient is wrong.
    view.get_by_role("combobox", name="preset").select_option("wrong")
    # BFGS and its second derivative are compiled first.
    wrong = "f′(0.18) = 0.4044 is wrong by 4.7 %"
    expect(answer(view)).to_contain_text(wrong, timeout=120_000)
    table = view.get_by_role("table", name="Gradients")
    rule = table.get_by_role("row", name="argmin custom_jvp")
    expect(rule).to_contain_text("disagree")
    expect(rule).to_contain_text("1.6e-2")  # the inner residual
    refused = table.get_by_role("row", name="jax.grad through the solver")
    expect(refused).to_contain_text("Reverse-mode differentiation does not work")

    # The next band is where mission and measurement say: at x = 5.28 .. 6.27.
    button(view, "Next wrong place").click()
    eventually(lambda: 5.2 < notebook.evaluate("w.x") < 6.3)
    expect(answer(view)).to_contain_text("is wrong by 4.")

    # Over (x, p): to a place on the map by keyboard, and by a click.
    button(view, "Map").click()
    pad = view.get_by_role("application").first
    expect(view.get_by_role("img", name="Map of the relative error for x from")).to_be_visible(
        timeout=120_000
    )
    screenshot("map")
    box = pad.bounding_box()
    pad.click(position={"x": box["width"] * 0.75, "y": box["height"] * 0.3})
    eventually(lambda: notebook.evaluate("[w.p, w.x]") != [3.0, 0.18])
    p, x = notebook.evaluate("[w.p, w.x]")
    eventually(lambda: abs(float(field(view, "p").input_value()) - p) < 1e-9)
    pad.focus()
    pad.press("ArrowRight")
    pad.press("Enter")
    eventually(lambda: notebook.evaluate("w.x") > x)
    assert notebook.evaluate("w.p") == p
    button(view, "Map").click()

    # The rule, checked beside everything else: the page goes on meanwhile.
    view.get_by_role("combobox", name="preset").select_option("good")
    button(view, "Check the rule").click()
    field(view, "p").fill("2")
    field(view, "p").press("Enter")
    expect(answer(view)).to_contain_text("f′(0.314) = 0.3141")
    checks = view.get_by_role("region", name="Check of the rule")
    expect(checks.get_by_role("heading")).to_contain_text("no fault found", timeout=180_000)
    expect(checks).to_contain_text("for earlier values")
    expect(checks.get_by_role("table", name="Checks that do not pass")).to_have_count(0)

    # Half the gradient: the same seed beside the right one.
    slider(view, "gradient scale").focus()
    field(view, "gradient scale").fill("0")
    field(view, "gradient scale").press("Enter")
    button(view, "Step").click()
    beside = view.get_by_role("table", name="Right against scaled")
    expect(beside.get_by_role("row", name="right gradient")).to_be_visible()
    expect(beside.get_by_role("row", name="gradient × 0")).to_be_visible()
    screenshot("scale")
