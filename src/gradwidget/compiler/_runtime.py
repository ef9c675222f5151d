"""The helper functions of `_runtime.js`: those in use, with what they use themselves."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_START = re.compile(r"^(?:function|const) (\w+)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")


@cache
def _helpers() -> dict[str, str]:
    """Name and text of each helper, without comments, in the order of the file."""
    text = files(__package__).joinpath("_runtime.js").read_text(encoding="utf-8")
    text = re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE)
    starts = list(_START.finditer(text))
    ends = [start.start() for start in starts[1:]] + [len(text)]
    return {
        start.group(1): text[start.start() : end].strip()
        for start, end in zip(starts, ends, strict=True)
    }


@cache
def _needs(name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_helpers()[name])) & _helpers().keys() - {name}


def helper_names() -> frozenset[str]:
    """Names that a program must not use for something else."""
    return frozenset(_helpers())


def helpers_for(program: str) -> str:
    """The text of the helpers that a program uses."""
    waiting = set(_WORD.findall(program)) & _helpers().keys()
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= _needs(name) - used
    return "\n".join(text for name, text in _helpers().items() if name in used)
