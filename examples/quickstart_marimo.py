"""The quickstart as a marimo notebook: `marimo edit examples/quickstart_marimo.py`."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo

    import gradwidget as gw

    return gw, mo


@app.cell
def _(mo):
    mo.md(
        """
        # Is this gradient right?

        Drag p and x: the headline says whether the gradient holds, and *Step* shows what
        Hamiltonian Monte Carlo does with it.
        """
    )
    return


@app.cell
def _(gw, mo):
    widget = mo.ui.anywidget(gw.GradWidget())
    widget
    return (widget,)


@app.cell
def _(mo, widget):
    mo.md(f"Here $p$ = {widget.value['p']:.4g} and $x$ = {widget.value['x']:.4g}.")
    return


if __name__ == "__main__":
    app.run()
