"""The built front end, as text."""

from __future__ import annotations

import functools
import importlib.resources


@functools.cache
def static(name: str) -> str:
    """Text of a built front-end file; not its path, which would keep closed widgets alive."""
    file = importlib.resources.files("gradwidget") / "static" / name
    if not file.is_file():
        raise RuntimeError(
            f"gradwidget's front end is missing ({name}). In a checkout, `make build` makes it; "
            "otherwise install gradwidget again."
        )
    return file.read_text(encoding="utf-8")
