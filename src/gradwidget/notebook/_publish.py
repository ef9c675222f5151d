"""From a notebook to a page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ._document import Beside, Carrier, Inside

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
        from ._exporter import PageExporter  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] == "gradwidget":
            raise
        raise PublishError(_MISSING) from error
    read = _read(source)
    if execute:
        run(read, source, timeout)
    text = render(read, source, slides=slides, carrier=_carrier(assets, target))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def render(notebook: Any, source: Path, *, slides: bool, carrier: Carrier) -> str:
    """The text of a page.

    Args:
        notebook: as nbformat reads it, after a run or as it was saved.
        source: where it lies, and its pictures.
        slides: as slides.
        carrier: how the page has what it needs.

    Returns:
        HTML.

    Raises:
        PublishError: there is no state to start from.
    """
    from nbconvert.utils.exceptions import ConversionException

    from ._exporter import PageExporter, SlidesPageExporter

    exporter = (SlidesPageExporter if slides else PageExporter)()
    exporter.carrier = carrier
    resources = {"metadata": {"name": source.stem, "path": str(source.parent)}}
    try:
        return exporter.from_notebook_node(notebook, resources)[0]
    except ConversionException as error:
        raise PublishError(f"{source}: {error}") from error


def _carrier(assets: str | Path | None, target: Path) -> Carrier:
    if assets is None:
        return Inside()
    address = Path(os.path.relpath(assets, target.parent)).as_posix()
    return Beside(Path(assets), address)


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


def run(notebook: Any, source: Path, timeout: float | None) -> None:
    """Run a notebook in place.

    Args:
        notebook: as nbformat reads it.
        source: where it lies; it runs in that folder.
        timeout: of a cell, in seconds.

    Raises:
        PublishError: a cell has raised, takes too long, or there is no such kernel.
    """
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
