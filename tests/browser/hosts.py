"""Real hosts for the widget: a Jupyter server in its own house, and a notebook in a browser."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import nbformat
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright

HostKind = Literal["lab", "notebook"]

_TOKEN = "tok"
_PROJECT = Path(__file__).resolve().parents[2]
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def launch_browser(playwright: Playwright) -> Browser:
    """Headless Chromium without a network: `$CHROMIUM`, the system's, or else playwright's own."""
    executable = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, _BROWSERS)), None
    )
    return playwright.chromium.launch(
        executable_path=executable,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            # No network: every name and address but this machine's is unknown.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ],
    )


def watch_network(context: BrowserContext) -> list[str]:
    """Fills with every address outside this machine that a page of the context asks for.

    The browser itself refuses them (see `launch_browser`): a route would do so too, but it also
    turns the cache off, and then every page loads the whole of JupyterLab anew.
    """
    outside: list[str] = []

    def note(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            outside.append(url)

    context.on("request", lambda request: note(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: note(socket.url)))
    return outside


class Host(NamedTuple):
    """A running Jupyter server.

    `root` is the folder that it serves.
    """

    kind: HostKind
    root: Path
    port: int

    def url(self, notebook: str) -> str:
        """The address at which a person opens the notebook."""
        base = f"http://127.0.0.1:{self.port}"
        if self.kind == "lab":
            # Without `reset` Lab restores what an earlier page left open.
            return f"{base}/lab/tree/{notebook}?token={_TOKEN}&reset"
        return f"{base}/notebooks/{notebook}?token={_TOKEN}"


@contextlib.contextmanager
def jupyter_server(kind: HostKind, house: Path) -> Iterator[Host]:
    """Start JupyterLab or Notebook 7 whose every setting and file lies in the folder `house`."""
    root = house / "notebooks"
    root.mkdir(parents=True)
    port = free_port()
    command = [sys.executable, "-m", "jupyter", kind, "--allow-root"]
    flags = [*_flags(kind, port), f"--ServerApp.root_dir={root}"]
    with serving([*command, *flags], house, port):
        yield Host(kind, root, port)


@contextlib.contextmanager
def make_lab(house: Path) -> Iterator[Host]:
    """Start JupyterLab as the README says, with `make lab`; it serves the examples."""
    port = free_port()
    with serving(["make", "lab", f"LAB_FLAGS={' '.join(_flags('lab', port))}"], house, port):
        yield Host("lab", _PROJECT / "examples", port)


def _flags(kind: HostKind, port: int) -> list[str]:
    app = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}[kind]
    return [
        *("--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        f"--IdentityProvider.token={_TOKEN}",
        "--ServerApp.terminals_enabled=False",
        f"--{app}.expose_app_in_browser=True",
    ]


@contextlib.contextmanager
def serving(
    command: Sequence[str], house: Path, port: int, ready: str = f"/api?token={_TOKEN}"
) -> Iterator[None]:
    """Run a server, with nothing of its user's, until the block ends.

    It is up once something answers at `ready`.
    """
    house.mkdir(exist_ok=True)
    settings = house / "lab-settings"
    _write_settings(settings)
    env = os.environ | {
        "HOME": str(house),
        "XDG_CONFIG_HOME": str(house / "config"),
        "XDG_CACHE_HOME": str(house / "cache"),
        "XDG_DATA_HOME": str(house / "data"),
        "JUPYTER_CONFIG_DIR": str(house / "jupyter-config"),
        "JUPYTER_DATA_DIR": str(house / "jupyter-data"),
        "JUPYTER_RUNTIME_DIR": str(house / "jupyter-runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(house / "lab-workspaces"),
        "IPYTHONDIR": str(house / "ipython"),
        "JAX_PLATFORMS": "cpu",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(_PROJECT / "src"), os.environ.get("PYTHONPATH")])
        ),
    }
    log_path = house / "server.log"
    with log_path.open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=_PROJECT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # with `make` in front, the group is what must end
        )
    try:
        _wait_until_it_answers(server, f"http://127.0.0.1:{port}{ready}", log_path)
        yield
    finally:
        _end_group(server)


class Notebook:
    """A notebook open in a browser, with a kernel of its own."""

    def __init__(self, host: Host, page: Page, path: str) -> None:
        """Open `path`, relative to the folder that the host serves."""
        self.host, self.page = host, page
        page.goto(host.url(path), wait_until="domcontentloaded")
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.evaluate("() => window.jupyterapp.restored")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        self.wait_idle()

    @classmethod
    def write(cls, host: Host, page: Page, name: str, cells: Sequence[str]) -> Notebook:
        """Write a notebook of code cells and open it."""
        path = host.root / f"{name}.ipynb"
        nbformat.write(_notebook(cells), path)
        return cls(host, page, path.name)

    @property
    def cells(self) -> Locator:
        """The code cells, in order."""
        return self.page.locator(".jp-Notebook .jp-CodeCell")

    def output(self, index: int) -> Locator:
        """What the code cell number `index` has put out."""
        return self.cells.nth(index).locator(".jp-OutputArea-output")

    def run_all(self) -> None:
        """Run every cell and wait until the kernel has nothing left to do."""
        self.command("notebook:run-all-cells")
        self.wait_idle()

    def run_cell(self, index: int) -> None:
        """Run one cell and wait until the kernel has nothing left to do."""
        self.start_cell(index)
        self.wait_idle()

    def start_cell(self, index: int) -> None:
        """Start one cell without waiting for it."""
        self.page.evaluate(
            """async index => {
                const { content } = window.jupyterapp.shell.currentWidget
                content.activeCellIndex = index
                window.jupyterapp.commands.execute("notebook:run-cell")
            }""",
            index,
        )

    def execute(self, code: str) -> None:
        """Run code in the kernel without a cell, for instance to change a trait from Python."""
        self.page.evaluate(
            """async code => {
                const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
                const reply = (await session.kernel.requestExecute({ code }).done).content
                if (reply.status !== "ok") throw new Error(`${reply.ename}: ${reply.evalue}`)
            }""",
            code,
        )

    def start(self, code: str) -> None:
        """Have the kernel run code without a cell, and do not wait for it."""
        self.page.evaluate(
            """code => {
                const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
                session.kernel.requestExecute({ code })
            }""",
            code,
        )

    def evaluate(self, expression: str) -> object:
        """The value of a Python expression in the kernel; it must survive JSON."""
        text = self.page.evaluate(
            """async expression => {
                const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
                const value = `__import__("json").dumps(${expression})`
                const request = { code: "", silent: true, user_expressions: { value } }
                const reply = (await session.kernel.requestExecute(request).done).content
                const result = reply.user_expressions.value
                if (result.status !== "ok") throw new Error(`${result.ename}: ${result.evalue}`)
                return result.data["text/plain"]
            }""",
            expression,
        )
        return json.loads(ast.literal_eval(text))

    def restart_kernel(self) -> None:
        """Restart the kernel; the page stays as it is."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.context.sessionContext.restartKernel()"
        )
        self.wait_idle()

    def command(self, name: str) -> None:
        """Run one of the application's commands."""
        self.page.evaluate("name => window.jupyterapp.commands.execute(name)", name)

    def wait_idle(self, timeout: float = 60.0) -> None:
        """Wait until the kernel is connected and idle and no cell is still to run."""
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp.shell.currentWidget
                const kernel = panel?.context?.sessionContext?.session?.kernel
                const waiting = panel?.content?.widgets?.some(
                    cell => cell.model?.executionState === "running" ||
                        cell.promptNode?.textContent?.includes("*"))
                return (
                    kernel?.connectionStatus === "connected" && kernel.status === "idle" && !waiting
                )
            }""",
            timeout=timeout * 1e3,
        )

    def wait_painted(self, count: int = 1, timeout: float = 60.0) -> Locator:
        """Wait until `count` views of the widget say that they have painted; returns them all."""
        painted = self.page.locator(".gradwidget[data-painted]")
        painted.nth(count - 1).wait_for(timeout=timeout * 1e3)
        return painted

    def end_kernel(self) -> None:
        """End the kernel; a test need not wait for it."""
        if not self.page.is_closed():
            self.page.evaluate(
                "() => window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.shutdown()"
            )


def _notebook(cells: Sequence[str]) -> nbformat.NotebookNode:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    return notebook


def _write_settings(folder: Path) -> None:
    """No news, no update checks, and the theme follows the page's colour scheme."""
    apputils = folder / "@jupyterlab" / "apputils-extension"
    apputils.mkdir(parents=True)
    (apputils / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    (apputils / "themes.jupyterlab-settings").write_text('{"adaptive-theme": true}')


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_it_answers(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def _end_group(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, which ends its kernels first, and insist if it does not."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, end)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(10)
