"""`python -m scripts.notebooks`: run the example notebooks and store what they put out.

Only text and pictures are stored: a widget's state would repeat the whole front end in every
notebook, and a view without its state shows nothing but an error. The quickstart stays without
outputs: its cell is for the reader to run.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLES = PROJECT / "examples"
_KEPT = ("text/plain", "text/latex", "image/png")


def execute(path: Path) -> nbformat.NotebookNode:
    """Run a notebook in a fresh kernel; a cell that raises ends it with that error."""
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    os.environ["PYTHONPATH"] = str(PROJECT / "src")
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": EXAMPLES}},
    )
    client.execute()
    _clean(notebook)
    return notebook


def _clean(notebook: nbformat.NotebookNode) -> None:
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = {kind: output.data[kind] for kind in _KEPT if kind in output.data}


def _remove_outputs(notebook: nbformat.NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def main() -> None:
    """Run examples, in place or into another folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=EXAMPLES, help="where to write the notebooks")
    parser.add_argument("names", nargs="*", help="which ones; all of them if none is named")
    given = parser.parse_args()
    out: Path = given.out
    for path in sorted(EXAMPLES.glob("*.ipynb")):
        if given.names and path.name not in given.names:
            continue
        notebook = execute(path)
        if path.stem == "quickstart":
            _remove_outputs(notebook)
        nbformat.write(notebook, out / path.name)
        print(path.name)


if __name__ == "__main__":
    main()
