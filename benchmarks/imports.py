"""How long an import takes, against `import jax`: each in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from benchmarks._table import Table
from benchmarks._timing import medians

STATEMENTS = (
    "import jax",
    "import gradwidget",
    "from gradwidget import power, inspect",
    "from gradwidget import GradWidget",
)


def run() -> Table:
    """Seconds until the interpreter has run the statement and ended, less an empty one's."""

    empty = "pass"
    found = medians({text: _start(text) for text in (empty, *STATEMENTS)}, rounds=7)
    seconds = {text: found[text] - found[empty] for text in STATEMENTS}
    return Table(
        "Import time",
        ("statement", "seconds", "ratio"),
        [(text, seconds[text], seconds[text] / seconds["import jax"]) for text in STATEMENTS],
        note="Goal: at most 1.3 times `import jax`.",
    )


def _start(statement: str) -> Callable[[], object]:
    return lambda: subprocess.run([sys.executable, "-c", statement], check=True)
