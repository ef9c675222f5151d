"""Hosts that are no notebooks of Jupyter's: an app with two widgets in each of them.

The widgets share a problem, and so what is compiled and translated for it.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import nbformat

from tests.browser.hosts import free_port, serving

_MARIMO = """
    import marimo

    app = marimo.App()


    @app.cell
    def _():
        import marimo as mo

        import gradwidget as gw

        return gw, mo


    @app.cell
    def _(gw, mo):
        power = gw.power()
        one = mo.ui.anywidget(gw.GradWidget(power, x=0.5))
        other = mo.ui.anywidget(gw.GradWidget(power, p=2.0, x=0.25))
        mo.vstack([one, other])
        return


    if __name__ == "__main__":
        app.run()
    """

_SOLARA = """
    import solara

    import gradwidget as gw

    power = gw.power()


    @solara.component
    def Page():
        one = solara.use_memo(lambda: gw.GradWidget(power, x=0.5), [])
        other = solara.use_memo(lambda: gw.GradWidget(power, p=2.0, x=0.25), [])
        with solara.Column():
            solara.lab.ThemeToggle()
            solara.display(one)
            solara.display(other)
    """

_SHINY = """
    from shiny.express import ui
    from shinywidgets import render_widget

    import gradwidget as gw

    power = gw.power()
    ui.input_dark_mode(id="mode", mode="light")


    @render_widget
    def one():
        return gw.GradWidget(power, x=0.5)


    @render_widget
    def other():
        return gw.GradWidget(power, p=2.0, x=0.25)
    """

_CELL = """
    from IPython.display import display

    import gradwidget as gw

    power = gw.power()
    display(gw.GradWidget(power, x=0.5), gw.GradWidget(power, p=2.0, x=0.25))
    """


#: What a notebook runs to show them.
NOTEBOOK_CELL = dedent(_CELL).strip()


class App(NamedTuple):
    """How a host is started.

    Attributes:
        file: name of the app's file.
        source: its text, or that of a notebook's one cell.
        command: arguments of Python, of the file and the port.
        ready: where it answers once it is up.
    """

    file: str
    source: str
    command: Callable[[Path, int], list[str]]
    ready: str = "/"


def _marimo(how: str) -> Callable[[Path, int], list[str]]:
    return lambda file, port: [
        *("-m", "marimo", "--quiet", how, str(file), "--headless", "--no-token"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *(["--skip-update-check"] if how == "edit" else []),
    ]


APPS = {
    "marimo run": App("app.py", _MARIMO, _marimo("run"), "/health"),
    "marimo edit": App("app.py", _MARIMO, _marimo("edit"), "/health"),
    "voila": App(
        "app.ipynb",
        _CELL,
        lambda file, port: [
            *("-m", "voila", str(file), "--no-browser", "--theme=dark"),
            *("--Voila.ip=127.0.0.1", f"--port={port}"),
        ],
        "/voila/static/voila.js",
    ),
    "solara": App(
        "app.py",
        _SOLARA,
        lambda file, port: [
            *("-m", "solara", "run", str(file), "--no-open", "--production"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ],
    ),
    "shiny": App(
        "app.py",
        _SHINY,
        lambda file, port: [
            *("-m", "shiny", "run", str(file), "--host", "127.0.0.1", "--port", str(port)),
        ],
    ),
}


@contextlib.contextmanager
def running(name: str, house: Path) -> Iterator[str]:
    """Start one of `APPS` in a folder of its own; gives the address of its page."""
    app, port = APPS[name], free_port()
    folder = house / "app"
    folder.mkdir(parents=True)
    file = folder / app.file
    source = dedent(app.source).lstrip()
    if file.suffix == ".ipynb":
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
        nbformat.write(notebook, file)
    else:
        file.write_text(source)
    marimo = house / "config" / "marimo" / "marimo.toml"
    marimo.parent.mkdir(parents=True)
    # Else its editor waits for somebody to run the cells.
    marimo.write_text('[runtime]\nauto_instantiate = true\n\n[display]\ntheme = "system"\n')
    with serving([sys.executable, *app.command(file, port)], house, port, app.ready):
        yield f"http://127.0.0.1:{port}/"
