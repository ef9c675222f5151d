"""The first thing that a new user does."""

from playwright.sync_api import expect

from tests.browser.hosts import Notebook, make_lab


def test_the_quickstart_shows_the_widget(page, tmp_path):
    with make_lab(tmp_path / "house") as host:
        quickstart = host.root / "quickstart.ipynb"
        stored = quickstart.read_bytes()
        notebook = Notebook(host, page, "quickstart.ipynb")
        expect(notebook.cells).to_have_count(1)

        notebook.run_all()
        view = notebook.wait_painted()

        expect(view.get_by_role("heading").first).to_contain_text("0.5605")
        expect(view.get_by_role("slider", name="p", exact=True)).to_be_visible()
        notebook.end_kernel()

    assert quickstart.read_bytes() == stored
