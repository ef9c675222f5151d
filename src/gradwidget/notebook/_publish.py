"""From a notebook to a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

_MISSING = (
    "Publishing needs nbconvert and a Python kernel, which are not installed: "
    "pip install 'gradwidget[publish]'."
)


class PublishError(Exception):
    """A notebook could not be published; the message says why, and what to do."""


def publish(
    notebook: str | Path,
    output: str | Path | None = None,
    *,
    execute: bool = True,
    slides: bool = False,
    assets: str | Path | None = None,
    timeout: float | None = None,
) -> Path:
    """Write a notebook as a page in which its widgets are alive, without a kernel and the web.

    Args:
        notebook: path of an .ipynb file.
        output: where to: a file, or a folder for a site, in which what pages share lies in
            `assets`; beside the notebook when left out.
        execute: run the notebook first; its widgets are as they are at the end of the run. Else
            they are as the notebook was saved, with its widgets' state.
        slides: as slides, one at each cell that says so, or else at each heading.
        assets: a folder for what several pages share, rather than having all of it in each.
        timeout: of a cell, in seconds; none when left out.

    Returns:
        The path of the page.

    Raises:
        PublishError: nbconvert is missing, a cell has raised, or there is no state to start from.
    """
    source = Path(notebook)
    target = _target(source, output, slides)
    if assets is None and output is not None and is_folder(output):
        assets = target.parent / "assets"
    try:
        from ._exporter import PageExporter, SlidesPageExporter
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "gradwidget":
            raise
        raise PublishError(_MISSING) from error
    exporter = (SlidesPageExporter if slides else PageExporter)()
    read = _read(source)
    if execute:
        _run(read, source, timeout)
    if assets is not None:
        from ._document import Beside

        folder = Path(assets)
        exporter.carrier = Beside(folder, Path(os.path.relpath(folder, target.parent)).as_posix())
    from nbconvert.utils.exceptions import ConversionException

    resources = {"metadata": {"name": source.stem, "path": str(source.parent)}}
    try:
        text, _ = exporter.from_notebook_node(read, resources)
    except ConversionException as error:
        raise PublishError(f"{source}: {error}") from error
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def is_folder(output: str | Path) -> bool:
    """Whether pages go into it, under their own names."""
    return str(output).endswith(("/", os.sep)) or Path(output).is_dir()


def _target(source: Path, output: str | Path | None, slides: bool) -> Path:
    name = f"{source.stem}.slides.html" if slides else f"{source.stem}.html"
    if output is None:
        return source.with_name(name)
    return Path(output) / name if is_folder(output) else Path(output)


def _read(source: Path) -> Any:
    import nbformat

    try:
        return nbformat.read(source, as_version=4)
    except OSError as error:
        raise PublishError(f"{source} cannot be read: {error.strerror}.") from error
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise PublishError(f"{source} is no notebook that nbformat can read.") from error


def _run(notebook: Any, source: Path, timeout: float | None) -> None:
    """Run a notebook in place."""
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    from ._run import Running

    running = Running(timeout=timeout, enabled=True)  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": str(source.resolve().parent)}}
    try:
        running.preprocess(notebook, resources)
    except CellExecutionError as error:
        what = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        raise PublishError(f"{source}, {_where(notebook)} raises {what}") from error
    except CellTimeoutError as error:
        where = f"{source}, {_where(notebook)}"
        raise PublishError(f"{where} takes longer than {timeout:g} s: --timeout.") from error
    except DeadKernelError as error:
        raise PublishError(f"{source}: the kernel died in {_where(notebook)}.") from error
    except NoSuchKernel as error:
        raise PublishError(
            f"{source} wants the kernel {error.name!r}, which is not installed."
        ) from error


def _where(notebook: Any) -> str:
    """The cell that was run last, in words."""
    ran = [
        (number, cell)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and cell.get("execution_count") is not None
    ]
    if not ran:
        return "the first cell"
    number, cell = ran[-1]
    first = next(iter(cell.source.strip().splitlines()), "")
    return f"cell {number} ({first})"
