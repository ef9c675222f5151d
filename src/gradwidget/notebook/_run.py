"""Running a notebook, so that at its end the kernel tells what a page carries."""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell

from ..widget._published import MIME
from ._pages import METADATA, seen_models

# Only where the notebook has used gradwidget: others are run without it.
_DISPLAY = """\
import sys
if "gradwidget.widget" in sys.modules:
    from gradwidget.widget._published import display_pages
    display_pages({ids!r})
"""


class Running(ExecutePreprocessor):
    """nbconvert's, with a last cell of its own that is gone afterwards."""

    def preprocess(
        self, nb: Any, resources: Any = None, km: Any = None
    ) -> tuple[Any, dict[str, Any]]:
        """Run the notebook, and leave in its metadata what a page carries of its widgets.

        Args:
            nb: as nbformat reads it; changed in place.
            resources: as nbconvert hands them from one preprocessor to the next.
            km: the kernel's manager; a new one when left out.

        Returns:
            The notebook and the resources.

        Raises:
            CellExecutionError: a cell has raised.
        """
        # What one cell prints is one text, however the kernel has sent it.
        self.coalesce_streams = True
        self._last = new_code_cell("")
        nb.cells.append(self._last)
        try:
            done: tuple[Any, dict[str, Any]] = super().preprocess(nb, resources, km)
        finally:
            nb.cells.pop()
        for output in self._last.outputs:
            if MIME in output.get("data", {}):
                nb.metadata[METADATA] = output["data"][MIME]
        return done

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Run a cell; the last one asks for what is seen by then."""
        if cell is self._last and self.nb.metadata["language_info"]["name"] == "python":
            ids = seen_models(self.nb, self.widget_state)
            cell.source = _DISPLAY.format(ids=ids)
        done: tuple[Any, Any] = super().preprocess_cell(cell, resources, index)  # type: ignore[no-untyped-call]
        return done
