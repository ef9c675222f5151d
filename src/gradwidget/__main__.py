"""The command `gradwidget`, also as `python -m gradwidget`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .notebook import PublishError, publish
from .notebook._publish import is_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """The command `gradwidget`.

    Args:
        arguments: those of the command line when left out.

    Returns:
        The exit status: 0, or 1 where a notebook could not be published.
    """
    parser = argparse.ArgumentParser(prog="gradwidget", description="Live gradients in pages.")
    commands = parser.add_subparsers(dest="command", required=True)
    of = commands.add_parser(
        "publish",
        help="write notebooks as pages in which their widgets are alive",
        description="Write notebooks as HTML pages in which every gradwidget is alive, "
        "without a kernel and without the web.",
    )
    of.add_argument("notebook", nargs="+", type=Path, help="an .ipynb file")
    of.add_argument(
        "-o",
        "--output",
        help="the page; or a folder (existing, or with / at its end), in which what the pages "
        "share lies in assets/; beside the notebook when left out",
    )
    of.add_argument("--slides", action="store_true", help="as slides")
    of.add_argument(
        "--no-execute",
        dest="execute",
        action="store_false",
        help="do not run the notebook: use the widgets' state that was saved with it",
    )
    of.add_argument("--assets", metavar="DIR", help="put what pages share into this folder")
    of.add_argument("--timeout", type=float, metavar="SECONDS", help="the longest a cell may take")
    given = parser.parse_args(arguments)
    if len(given.notebook) > 1 and given.output is not None and not is_folder(given.output):
        parser.error("several notebooks need a folder: -o site/")
    for notebook in given.notebook:
        try:
            path = publish(
                notebook,
                given.output,
                execute=given.execute,
                slides=given.slides,
                assets=given.assets,
                timeout=given.timeout,
            )
        except PublishError as error:
            print(f"gradwidget: {error}", file=sys.stderr)
            return 1
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
