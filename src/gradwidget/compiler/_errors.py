"""What cannot be translated."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Any


class UnsupportedPrimitiveError(NotImplementedError):
    """A JAX program uses something that has no translation to JavaScript.

    **Attributes:**

    - `primitive`: the name of the JAX primitive.
    - `source`: the user's line that made it, as `"file:line (function)"`, or `None`.
    - `why`: what cannot be translated, as a sentence.
    """

    def __init__(self, primitive: str, source: str | None, why: str = "") -> None:
        self.primitive = primitive
        self.source = source
        self.why = why or f"The JAX primitive {primitive!r} has no translation to JavaScript."
        line = f"\nIt comes from {source}." if source else ""
        super().__init__(
            f"{self.why}{line}\n"
            "Write that line with other operations (`gradwidget.compiler.supported_primitives()` "
            "lists those that can be translated), or leave this function to the kernel."
        )


_HERE = str(Path(__file__).parent)


def user_line(eqn: Any) -> str | None:
    """The line of the user's that made an equation, as `"file:line (function)"`.

    Where it was made says only a private module of JAX, which may move: then there is no line.
    """
    try:
        from jax._src import source_info_util

        made = source_info_util.user_frames(eqn.source_info.traceback)
        # From the innermost outwards, up to where this package began to trace.
        frames = list(takewhile(lambda frame: not frame.file_name.startswith(_HERE), made))
    except (ImportError, AttributeError, TypeError):
        return None
    for frame in frames:
        if "-packages" not in frame.file_name:  # not of an installed library
            return f"{frame.file_name}:{frame.start_line} ({frame.function_name})"
    return None
