"""Formulas: marked in the page as TeX, which the page itself turns into MathML."""

from __future__ import annotations

import re
from html import escape

#: Of an element that holds a formula, which js/saved/published.ts looks for.
MARK = "data-formula"

_MATH = re.compile(r"\$\$(?P<display>.+?)\$\$|\$(?P<inline>.+?)\$", re.DOTALL)
_ENVIRONMENT = re.compile(r"\s*\\begin\{(\w+\*?)\}.*\\end\{\1\}\s*", re.DOTALL)


def inline(tex: str) -> str:
    """A formula in a line of text."""
    return f'<span {MARK}="inline">{escape(tex, quote=False)}</span>'


def display(tex: str) -> str:
    """A formula on a line of its own."""
    return f'<span {MARK}="display">{escape(tex, quote=False)}</span>'


def latex_html(text: str) -> str:
    """What an output says in LaTeX: text, with formulas between dollars or as environments."""
    if _ENVIRONMENT.fullmatch(text):
        return display(text.strip())
    parts, end = [], 0
    for found in _MATH.finditer(text):
        parts.append(escape(text[end : found.start()], quote=False))
        tex = found["display"]
        parts.append(inline(found["inline"]) if tex is None else display(tex))
        end = found.end()
    return f"<p>{''.join(parts)}{escape(text[end:], quote=False)}</p>"
