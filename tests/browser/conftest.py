"""Fixtures: one server and one browser for all tests, a notebook and a kernel for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.browser.hosts import Host, Notebook, jupyter_server, launch_browser, watch_network
from tests.browser.view import SHOW

RESULTS = Path(__file__).resolve().parents[2] / "build" / "test-results"

# A busy machine takes its time; a test waits for what it needs and no longer.
expect.set_options(timeout=20_000)

RunNotebook = Callable[..., Notebook]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave a screenshot of every page of a test that failed."""
    report = yield
    if report.failed:
        for number, page in enumerate(item.stash.get(_PAGES, [])):
            if not page.is_closed():
                page.screenshot(path=RESULTS / f"{_slug(item)}-{number}.png")
    return report


_PAGES = pytest.StashKey[list[Page]]()


def _slug(item: pytest.Item) -> str:
    return re.sub(r"\W+", "-", item.name).strip("-")


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A JupyterLab server."""
    with jupyter_server("lab", tmp_path_factory.mktemp("lab")) as host:
        yield host


@pytest.fixture(scope="session")
def notebook7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A Notebook 7 server."""
    with jupyter_server("notebook", tmp_path_factory.mktemp("notebook")) as host:
        yield host


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        browser = launch_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One browser profile for all tests: the host's own files are loaded from its cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


@pytest.fixture(scope="session")
def outside(context: BrowserContext) -> list[str]:
    """Every address outside this machine that a page asked for; the browser refuses them all."""
    return watch_network(context)


@pytest.fixture
def page(
    context: BrowserContext, outside: list[str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page without a network; a test in which it asks for one fails."""
    before = len(outside)
    page = context.new_page()
    request.node.stash.setdefault(_PAGES, []).append(page)
    yield page
    if not page.is_closed():
        page.close()
    assert outside[before:] == [], "the page asked for addresses outside this machine"


@pytest.fixture
def run_notebook(lab: Host, page: Page, request: pytest.FixtureRequest) -> Iterator[RunNotebook]:
    """`run_notebook([code, ...], host=lab)` opens a notebook with these cells and runs them."""
    opened: list[Notebook] = []

    def run(cells: list[str], host: Host = lab) -> Notebook:
        notebook = Notebook.write(host, page, f"{_slug(request.node)}-{len(opened)}", cells)
        opened.append(notebook)
        notebook.run_all()
        return notebook

    yield run
    for notebook in opened:
        notebook.end_kernel()


@pytest.fixture
def screenshot(page: Page, request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """`screenshot(name)` keeps a picture of the page in build/test-results/."""

    def take(name: str) -> Path:
        path = RESULTS / f"{_slug(request.node)}-{name}.png"
        page.screenshot(path=path)
        return path

    return take


@pytest.fixture
def page_errors(page):
    """What the page's scripts threw; Notebook 7 itself throws one about a schema."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


@pytest.fixture
def show(run_notebook, page_errors):
    """`notebook, view = show("p=2.0")`: a widget made with these arguments, and its painted view.

    A test in which the page throws an error fails.
    """

    def run(arguments: str = "", *more_cells: str, **options) -> tuple[Notebook, Locator]:
        notebook = run_notebook([SHOW.format(arguments)], **options)
        return notebook, notebook.wait_painted().first

    yield run
    assert [error for error in page_errors if "schema" not in error] == []
