"""The Copy menu in JupyterLab: what the clipboard holds afterwards."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.view import button, eventually


def test_the_clipboard_holds_what_was_copied(show, screenshot):
    notebook, view = show("p=1.5, x=0.8, seed=7")
    page = notebook.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    read = lambda: page.evaluate("navigator.clipboard.readText()")  # noqa: E731
    menu = view.get_by_role("group", name="copy")
    button(view, "Copy").click()

    button(view, "Python line").click()
    expect(menu).to_contain_text("Python line copied.")
    assert read() == "gw.GradWidget(p=1.5, x=0.8, seed=7)"

    # The draws that the page has made are the kernel's when it writes them.
    for _ in range(3):
        button(view, "Step").click()
    button(view, "CSV").click()
    expect(menu).to_contain_text("CSV copied.")
    assert len(read().splitlines()) == 4
    button(view, "Script").click()
    expect(menu).to_contain_text("Script copied.")
    assert read() == notebook.evaluate("w.code()")

    button(view, "PNG").click()
    expect(menu).to_contain_text("PNG copied.")
    kinds = "navigator.clipboard.read().then(([item]) => item.types)"
    eventually(lambda: page.evaluate(kinds) == ["image/png"])
    expect(view.get_by_role("link", name="Save as a file")).to_have_attribute(
        "download", "gradwidget.png"
    )
    screenshot("menu")
    expect(notebook.cells).to_have_count(1)

    notebook.restart_kernel()
    button(view, "SVG").click()
    expect(menu).to_contain_text("no kernel")
